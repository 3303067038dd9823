use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, ValueHint};

use crate::authority::{Authority, Database, Opening, PublicUrl, Refusal};
use crate::clock::Clock;
use crate::config::{Config, Origin, Reach, SETTINGS, Setting, Stated};

use super::error::Error;
use super::run::run;

/// Which authority a command works on: its files and its database.
#[derive(Clone, Debug)]
pub(crate) struct AuthorityFlags(Stating);

/// Everything that can be set.
#[derive(Clone, Debug)]
pub(crate) struct ConfigFlags(Stating);

/// What flags and environment state.
#[derive(Clone, Debug)]
struct Stating {
    file: Option<PathBuf>,
    stated: Vec<Stated>,
}

impl AuthorityFlags {
    /// Opens the authority that the flags name, which is there already.
    ///
    /// # Errors
    ///
    /// [`Error::Config`], [`Error::NoAuthority`], [`Error::DataFolder`] and [`Error::Authority`].
    pub(crate) fn open(&self, clock: &Clock) -> Result<Authority, Error> {
        let config = self.config()?;
        refuse_none(&config)?;
        let public_url = config.public_url.clone();
        open(&config, &public_url, clock)
    }

    /// What is set, by these flags and elsewhere.
    ///
    /// # Errors
    ///
    /// [`Error::Config`].
    pub(crate) fn config(&self) -> Result<Config, Error> {
        self.0.config()
    }

    /// The folder of the authority's files.
    ///
    /// # Errors
    ///
    /// As [`config`](Self::config).
    pub(crate) fn folder(&self) -> Result<PathBuf, Error> {
        Ok(self.config()?.data)
    }

    /// The file of the SQLite database; nothing where PostgreSQL is used.
    ///
    /// # Errors
    ///
    /// As [`config`](Self::config).
    pub(crate) fn sqlite_file(&self) -> Result<Option<PathBuf>, Error> {
        match self.config()?.database {
            Database::Sqlite(file) => Ok(Some(file)),
            Database::Postgres(_) => Ok(None),
        }
    }

    /// Runs a use case of the authority that the flags name.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open) and [`run`].
    pub(crate) fn ask<T>(
        &self,
        clock: &Clock,
        use_case: impl AsyncFnOnce(&Authority) -> Result<T, Refusal>,
    ) -> Result<T, Error> {
        let authority = self.open(clock)?;
        run(use_case(&authority))
    }
}

impl ConfigFlags {
    /// What is set, by these flags and elsewhere.
    ///
    /// # Errors
    ///
    /// [`Error::Config`].
    pub(crate) fn config(&self) -> Result<Config, Error> {
        self.0.config()
    }
}

/// Opens the authority that is configured, and makes its folder where there is none.
///
/// # Errors
///
/// [`Error::DataFolder`] and [`Error::Authority`].
pub(crate) fn open(
    config: &Config,
    public_url: &PublicUrl,
    clock: &Clock,
) -> Result<Authority, Error> {
    let folder = &config.data;
    // A file that is made and gone says it before the database does, in words of its own.
    std::fs::create_dir_all(folder)
        .and_then(|()| tempfile::tempfile_in(folder).map(|_| ()))
        .map_err(|source| Error::DataFolder {
            folder: folder.clone(),
            source,
        })?;
    let opening = Opening {
        database: config.database.clone(),
        secret: folder.join("secret"),
        public_url: String::new(),
        clock: clock.clone(),
    };
    Authority::open_at(&opening, public_url).map_err(|source| Error::Authority { source })
}

/// Refuses to work on an authority that nobody has made: most likely its folder is misspelled.
fn refuse_none(config: &Config) -> Result<(), Error> {
    let is_there = match &config.database {
        Database::Sqlite(file) => file.is_file(),
        Database::Postgres(_) => config.data.join("secret").is_file(),
    };
    match is_there {
        true => Ok(()),
        false => Err(Error::NoAuthority {
            folder: config.data.clone(),
        }),
    }
}

impl Stating {
    fn config(&self) -> Result<Config, Error> {
        Config::new(self.stated.clone(), self.file.as_deref())
            .map_err(|source| Error::Config { source })
    }

    fn of(matches: &ArgMatches, reaches: &[Reach]) -> Result<Self, clap::Error> {
        let mut stated = Vec::new();
        for setting in settings(reaches) {
            let Some(value) = matches.get_one::<String>(setting.name) else {
                continue;
            };
            let origin = match matches.value_source(setting.name) {
                Some(ValueSource::EnvVariable) => Origin::Environment,
                _ => Origin::Flag,
            };
            // An empty variable is how some systems leave one out.
            if origin == Origin::Environment && value.is_empty() {
                continue;
            }
            if value.contains('\0') {
                return Err(clap::Error::new(ErrorKind::InvalidValue));
            }
            stated.push(Stated {
                setting,
                value: value.clone(),
                origin,
            });
        }
        let file = matches.get_one::<PathBuf>(FILE).cloned();
        let file = file.filter(|file| !file.as_os_str().is_empty());
        Ok(Self { file, stated })
    }
}

fn settings(reaches: &[Reach]) -> impl Iterator<Item = &'static Setting> {
    SETTINGS
        .iter()
        .filter(|setting| reaches.contains(&setting.reach))
}

fn augment(command: Command, reaches: &[Reach]) -> Command {
    let file = Arg::new(FILE)
        .long("config")
        .env("COUNTERSIGN_CONFIG")
        .value_name("FILE")
        .value_hint(ValueHint::FilePath)
        .value_parser(clap::value_parser!(PathBuf))
        .help("A file that states settings [default: `countersign.toml` in the data folder]");
    settings(reaches).fold(command.arg(file), |command, setting| {
        let mut help = setting.help.to_owned();
        if !setting.default.is_empty() {
            help.push_str(&format!(" [default: {}]", setting.default));
        }
        command.arg(
            Arg::new(setting.name)
                .long(setting.flag)
                .env(setting.variable)
                .hide_env_values(true)
                .value_name(setting.value)
                .help(help),
        )
    })
}

macro_rules! flags {
    ($flags:ident, $reaches:expr) => {
        impl Args for $flags {
            fn augment_args(command: Command) -> Command {
                augment(command, $reaches)
            }

            fn augment_args_for_update(command: Command) -> Command {
                augment(command, $reaches)
            }
        }

        impl FromArgMatches for $flags {
            fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
                Stating::of(matches, $reaches).map(Self)
            }

            fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
                *self = Self::from_arg_matches(matches)?;
                Ok(())
            }
        }
    };
}

flags!(AuthorityFlags, &[Reach::Authority]);
flags!(ConfigFlags, &[Reach::Authority, Reach::Serving]);

/// The id of the argument that names the file.
const FILE: &str = "config";
