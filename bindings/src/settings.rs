use std::time::Duration;

use countersign_client::{InvalidSettings, RetryPolicy, Url};

use crate::client_error::chain;
use crate::trust::TrustStore;

/// How a client asks. Whatever is absent is as the client finds it fit.
#[derive(Clone, Debug, Default, uniffi::Record)]
pub struct ClientSettings {
    /// How often a request is sent at most, the first time included; 3 unless stated.
    #[uniffi(default)]
    pub attempts: Option<i32>,
    /// The most that is waited before the second time, half a second unless stated; it doubles with
    /// each further one.
    #[uniffi(default)]
    pub first_wait: Option<Duration>,
    /// How long a call lasts at most, waits included; 30 seconds unless stated.
    #[uniffi(default)]
    pub give_up_after: Option<Duration>,
    /// How long a connection may take to come about; 10 seconds unless stated.
    #[uniffi(default)]
    pub connect_within: Option<Duration>,
    /// Certificate authorities in PEM: these are trusted, and no others.
    #[uniffi(default)]
    pub only_roots: Option<String>,
    /// Certificates that are accepted, whoever signed them, and no others.
    #[uniffi(default)]
    pub pins: Vec<Pin>,
    /// What requests go through; absent for the proxy that the system names.
    #[uniffi(default)]
    pub proxy: Option<Proxy>,
    /// Asks without TLS at any address. License keys and leases can then be read on the way; a
    /// loopback address needs no such permission.
    #[uniffi(default)]
    pub insecure_http: bool,
}

/// Names the one certificate that an authority shows.
#[derive(Clone, Debug, uniffi::Enum)]
pub enum Pin {
    /// By its public key, which stays the same where a certificate is renewed for the same key.
    PublicKey {
        /// The SHA-256 of the DER of `SubjectPublicKeyInfo`: 32 bytes.
        sha256: Vec<u8>,
    },
    /// By the certificate itself, as browsers show it.
    Certificate {
        /// The SHA-256 of its DER: 32 bytes.
        sha256: Vec<u8>,
    },
}

impl TryFrom<Pin> for countersign_client::Pin {
    type Error = SettingsError;

    fn try_from(pin: Pin) -> Result<Self, SettingsError> {
        let hash = |sha256: Vec<u8>| {
            let text = "a pin is a SHA-256 of 32 bytes";
            sha256
                .try_into()
                .map_err(|_| SettingsError::new("invalid_pin", text))
        };
        Ok(match pin {
            Pin::PublicKey { sha256 } => Self::PublicKey(hash(sha256)?),
            Pin::Certificate { sha256 } => Self::Certificate(hash(sha256)?),
        })
    }
}

/// What requests go through.
#[derive(Clone, Debug, uniffi::Enum)]
pub enum Proxy {
    /// No proxy, whatever the system names.
    Direct,
    /// One proxy, whatever the system names.
    At {
        /// Its address: `http://`, `https://`, `socks5://` or `socks5h://`.
        url: String,
    },
}

/// What a client of the authority at `url` is made of.
pub(crate) fn builder(
    url: &str,
    trust: &TrustStore,
    settings: ClientSettings,
) -> Result<countersign_client::ClientBuilder, SettingsError> {
    let mut builder = countersign_client::ClientBuilder::new(parse_url(url)?, trust.0.clone());
    let mut retry = RetryPolicy::default();
    if let Some(attempts) = settings.attempts {
        let text = "a request is sent at least once";
        let attempts = u32::try_from(attempts).ok().filter(|count| *count > 0);
        retry.attempts = attempts.ok_or(SettingsError::new("invalid_attempts", text))?;
    }
    retry.first_wait = settings.first_wait.unwrap_or(retry.first_wait);
    retry.give_up_after = settings.give_up_after.unwrap_or(retry.give_up_after);
    builder = builder.retry(retry);
    if let Some(limit) = settings.connect_within {
        builder = builder.connect_within(limit);
    }
    if let Some(pem) = settings.only_roots {
        builder = builder.only_roots(&pem)?;
    }
    for pin in settings.pins {
        builder = builder.pin(pin.try_into()?);
    }
    builder = match settings.proxy {
        None => builder,
        Some(Proxy::Direct) => builder.no_proxy(),
        Some(Proxy::At { url }) => builder.proxy(parse_url(&url)?),
    };
    if settings.insecure_http {
        builder = builder.insecure_http();
    }
    Ok(builder)
}

fn parse_url(text: &str) -> Result<Url, SettingsError> {
    let text = text.parse::<Url>();
    text.map_err(|error| {
        SettingsError::new("invalid_url", &format!("the address is no URL: {error}"))
    })
}

/// No client can be made of what was set.
#[derive(Clone, Debug, thiserror::Error, uniffi::Error)]
pub enum SettingsError {
    /// A setting is not what it should be.
    #[error("{text}")]
    Invalid {
        /// The stable name of what is wrong, in snake case.
        code: String,
        /// What is wrong, in one line for people.
        text: String,
    },
}

impl SettingsError {
    fn new(code: &str, text: &str) -> Self {
        Self::Invalid {
            code: code.into(),
            text: text.into(),
        }
    }
}

impl From<InvalidSettings> for SettingsError {
    fn from(error: InvalidSettings) -> Self {
        let code = match error {
            InvalidSettings::Scheme => "invalid_scheme",
            InvalidSettings::Plain => "plain_http",
            InvalidSettings::Superfluous => "superfluous_address",
            InvalidSettings::Certificates => "invalid_certificates",
            InvalidSettings::Proxy => "invalid_proxy",
            _ => "http_unavailable",
        };
        Self::new(code, &chain(&error))
    }
}
