//! What an operator can set, and where: flags, the environment, a file, in that order of strength.

mod file;
mod mask;
mod setting;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use countersign::AddressPattern;

use crate::authority::{Database, PublicUrl};
use crate::http::{Options, ProxyHeader, Rate, Rates};
use crate::telemetry::{LogForm, Telemetry};

pub(crate) use mask::without_password;
pub(crate) use setting::{Reach, SETTINGS, Setting};

/// A value that somebody stated.
#[derive(Clone)]
pub(crate) struct Stated {
    pub(crate) setting: &'static Setting,
    pub(crate) value: String,
    pub(crate) origin: Origin,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The command line.
    Flag,
    /// A variable of the environment.
    Environment,
    /// The file.
    File {
        /// Its path.
        file: PathBuf,
        /// From 1.
        line: usize,
    },
    /// Nobody stated it.
    Default,
}

/// Everything that is set.
#[derive(Clone)]
pub(crate) struct Config {
    /// Every setting that has a value, in the order of [`SETTINGS`].
    stated: Vec<Stated>,
    /// The folder of the authority's files.
    pub(crate) data: PathBuf,
    pub(crate) database: Database,
    pub(crate) public_url: PublicUrl,
    pub(crate) listen: SocketAddr,
    pub(crate) telemetry: Telemetry,
    pub(crate) options: Options,
    /// How long a database that is not there yet is waited for.
    pub(crate) database_wait: Duration,
}

/// What is set makes no sense.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("`{}` cannot be read", file.display())]
    File {
        file: PathBuf,
        source: std::io::Error,
    },
    /// A line of the file.
    #[error("`{}`: line {line}: {reason}", file.display())]
    Line {
        file: PathBuf,
        line: usize,
        reason: String,
    },
    /// A value that the setting cannot have.
    #[error("{place}: {reason}")]
    Value { place: String, reason: String },
    /// The platform names no folder for data.
    #[error("this platform has no folder for data: state `--data`")]
    NoDataFolder,
}

impl Config {
    /// What holds: `stated` by flags and environment, and what the file states besides.
    ///
    /// # Errors
    ///
    /// [`ConfigError`].
    pub(crate) fn new(mut stated: Vec<Stated>, file: Option<&Path>) -> Result<Self, ConfigError> {
        let in_file = match file {
            Some(file) => file::read(file, true)?,
            None => {
                let folder = data_folder(&stated)?;
                let in_file = file::read(&folder.join(FILE_NAME), false)?;
                // The file in the data folder cannot say that the folder is another.
                if let Some(data) = in_file.iter().find(|stated| stated.setting.name == "data") {
                    let reason = format!("`{}` is not set in its own folder", data.setting.name);
                    return Err(data.fault(reason));
                }
                in_file
            }
        };
        for value in in_file {
            if !stated
                .iter()
                .any(|other| other.setting.name == value.setting.name)
            {
                stated.push(value);
            }
        }
        for setting in SETTINGS {
            let is_stated = stated
                .iter()
                .any(|other| other.setting.name == setting.name);
            if !is_stated && !setting.default.is_empty() {
                stated.push(Stated {
                    setting,
                    value: setting.default.to_owned(),
                    origin: Origin::Default,
                });
            }
        }
        stated.sort_by_key(|stated| {
            SETTINGS
                .iter()
                .position(|setting| setting.name == stated.setting.name)
        });
        Self::parse(stated)
    }

    fn parse(stated: Vec<Stated>) -> Result<Self, ConfigError> {
        let values = Values(&stated);
        let data = data_folder(&stated)?;
        let database = match values.find("database") {
            Some(database) => {
                let text = database.value.as_str();
                let is_postgres = text.starts_with("postgres://")
                    || text.starts_with("postgresql://")
                    || (text.contains('=') && !text.contains("://"));
                if !is_postgres {
                    let reason = "it is to begin with `postgres://`; SQLite needs no address";
                    return Err(database.fault(reason));
                }
                Database::Postgres(text.to_owned())
            }
            None => Database::Sqlite(data.join("countersign.db")),
        };
        let rate = |rate, burst| -> Result<Rate, ConfigError> {
            Ok(Rate {
                per_second: values.number(rate, 0)?,
                burst: values.number(burst, 1)?,
            })
        };
        let options = Options {
            proxies: values.list("proxies", |text| {
                text.parse::<AddressPattern>()
                    .map_err(|error| error.to_string())
            })?,
            proxy_header: values
                .parse("proxy_header", proxy_header)?
                .unwrap_or(ProxyHeader::XForwardedFor),
            origins: values.list("cors_origins", origin)?,
            body_limit: values.number("body_limit", 1)?,
            header_limit: values.number("header_limit", 8192)?,
            header_count: values.number("header_count", 1)?,
            connections: values.number("connections", 1)?,
            connections_per_address: values.number("connections_per_address", 1)?,
            header_timeout: values.seconds("header_timeout")?,
            body_timeout: values.seconds("body_timeout")?,
            request_timeout: values.seconds("request_timeout")?,
            shutdown_timeout: values.seconds("shutdown_timeout")?,
            rates: Rates {
                address: rate("address_rate", "address_burst")?,
                license_key: rate("license_key_rate", "license_key_burst")?,
                api_key: rate("api_key_rate", "api_key_burst")?,
                unknown_key_cost: values.number("unknown_key_cost", 1)?,
            },
            metrics_listen: values.parse("metrics_listen", address)?,
        };
        let telemetry = Telemetry {
            form: values
                .parse("log", |text| match text {
                    "text" => Ok(LogForm::Text),
                    "json" => Ok(LogForm::Json),
                    _ => Err("it is `text` or `json`".to_owned()),
                })?
                .unwrap_or(LogForm::Text),
            level: values
                .parse("log_level", |text| {
                    let known = ["error", "warn", "info", "debug", "trace"].contains(&text);
                    match tracing::Level::from_str(text) {
                        Ok(level) if known => Ok(level),
                        _ => Err("it is `error`, `warn`, `info`, `debug` or `trace`".to_owned()),
                    }
                })?
                .unwrap_or(tracing::Level::INFO),
            collector: values.parse("otlp", collector)?,
        };
        let listen = values.parse("listen", address)?;
        let listen = listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 0)));
        Ok(Self {
            data,
            database,
            public_url: match values.parse("public_url", public_url)? {
                Some(stated) => PublicUrl::Stated(stated),
                None => PublicUrl::Default(url_of(listen)),
            },
            listen,
            telemetry,
            options,
            database_wait: Duration::from_secs(values.number::<u32>("database_wait", 0)?.into()),
            stated,
        })
    }

    /// Each setting with its value, passwords masked, and where the value came from.
    pub(crate) fn shown(&self) -> impl Iterator<Item = (&'static Setting, String, &Origin)> {
        SETTINGS.iter().map(|setting| {
            match self
                .stated
                .iter()
                .find(|other| other.setting.name == setting.name)
            {
                Some(stated) => (setting, stated.shown(), &stated.origin),
                None => {
                    let value = match setting.name {
                        "data" => self.data.display().to_string(),
                        "database" => self.data.join("countersign.db").display().to_string(),
                        "public_url" => url_of(self.listen),
                        _ => String::new(),
                    };
                    (setting, value, &Origin::Default)
                }
            }
        })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("flag"),
            Self::Environment => f.write_str("environment"),
            Self::File { file, line } => write!(f, "{}:{line}", file.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

impl Stated {
    /// The value without a password in it.
    fn shown(&self) -> String {
        match self.setting.name {
            "database" | "otlp" => without_password(&self.value),
            _ => self.value.clone(),
        }
    }

    fn fault(&self, reason: impl Into<String>) -> ConfigError {
        let Setting {
            name,
            flag,
            variable,
            ..
        } = self.setting;
        let reason = reason.into();
        match &self.origin {
            Origin::Flag => ConfigError::Value {
                place: format!("`--{flag}`"),
                reason,
            },
            Origin::Environment => ConfigError::Value {
                place: format!("`{variable}`"),
                reason,
            },
            Origin::File { file, line } => ConfigError::Line {
                file: file.clone(),
                line: *line,
                reason: format!("`{name}`: {reason}"),
            },
            Origin::Default => ConfigError::Value {
                place: format!("`{name}`"),
                reason,
            },
        }
    }
}

/// Shows no password.
impl fmt::Debug for Stated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} = {} ({})",
            self.setting.name,
            self.shown(),
            self.origin
        )
    }
}

/// Shows no password.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.stated).finish()
    }
}

/// What is stated, by name.
struct Values<'a>(&'a [Stated]);

impl<'a> Values<'a> {
    fn find(&self, name: &str) -> Option<&'a Stated> {
        self.0
            .iter()
            .find(|stated| stated.setting.name == name && !stated.value.is_empty())
    }

    fn parse<T>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, ConfigError> {
        self.find(name)
            .map(|stated| parse(&stated.value).map_err(|reason| stated.fault(reason)))
            .transpose()
    }

    fn list<T>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Vec<T>, ConfigError> {
        let all = |text: &str| text.split(',').map(str::trim).map(&parse).collect();
        Ok(self.parse(name, all)?.unwrap_or_default())
    }

    fn number<T: FromStr + PartialOrd + fmt::Display + Default>(
        &self,
        name: &str,
        least: T,
    ) -> Result<T, ConfigError> {
        let parse = |text: &str| {
            let number: Option<T> = text.parse().ok();
            let number = number.filter(|number| *number >= least);
            number.ok_or_else(|| format!("it is a number from {least}"))
        };
        Ok(self.parse(name, parse)?.unwrap_or_default())
    }

    fn seconds(&self, name: &str) -> Result<Duration, ConfigError> {
        Ok(Duration::from_secs(self.number::<u32>(name, 1)?.into()))
    }
}

fn data_folder(stated: &[Stated]) -> Result<PathBuf, ConfigError> {
    match Values(stated).find("data") {
        Some(data) => Ok(PathBuf::from(&data.value)),
        None => directories::ProjectDirs::from("", "", "countersign")
            .map(|folders| folders.data_dir().to_owned())
            .ok_or(ConfigError::NoDataFolder),
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        "it is an address and a port, such as `127.0.0.1:8600` or `[::]:8600`".to_owned()
    })
}

fn proxy_header(text: &str) -> Result<ProxyHeader, String> {
    match text.to_ascii_lowercase().as_str() {
        "x-forwarded-for" => Ok(ProxyHeader::XForwardedFor),
        "forwarded" => Ok(ProxyHeader::Forwarded),
        _ => Err("it is `x-forwarded-for` or `forwarded`".to_owned()),
    }
}

fn origin(text: &str) -> Result<String, String> {
    let is_origin = text.split_once("://").is_some_and(|(scheme, host)| {
        !scheme.is_empty() && !host.is_empty() && !host.contains('/')
    });
    match text == "*" || (is_origin && text.bytes().all(|byte| byte.is_ascii_graphic())) {
        true => Ok(text.to_owned()),
        false => Err("an origin is a scheme and a host, such as `https://shop.example`".to_owned()),
    }
}

fn public_url(text: &str) -> Result<String, String> {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let is_plain = text
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !b"?#@".contains(&byte));
    match rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/')) && is_plain {
        true => Ok(text.trim_end_matches('/').to_owned()),
        false => Err("it is an `https://` URL without query or user".to_owned()),
    }
}

/// Under which this machine itself reaches what listens.
fn url_of(listen: SocketAddr) -> String {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, listen.port()))
}

/// Where traces go: encrypted, or in the same network.
fn collector(text: &str) -> Result<String, String> {
    let rest = ["http://", "https://"]
        .into_iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic());
    match rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/')) && is_plain {
        true => Ok(text.to_owned()),
        false => Err("it is an `http://` or `https://` URL, such as \
                      `http://127.0.0.1:4318/v1/traces`"
            .to_owned()),
    }
}

/// The file in the data folder.
pub(crate) const FILE_NAME: &str = "countersign.toml";
