use std::fmt;
use std::time::Duration;

use countersign::TrustStore;
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use url::Url;

use crate::address::{Address, PlainHttp};
use crate::proxy::{self, Proxy};
use crate::retry::RetryPolicy;
use crate::tls::{self, Pin, Roots};

/// What a client is made of: either client is built from it.
///
/// Unless it is told otherwise, a client trusts the certificates that the features name, goes
/// through the proxy that the system names, and asks again as [`RetryPolicy::default`] says. No
/// client ever follows a redirect.
///
/// The system names a proxy by `HTTPS_PROXY`, else `ALL_PROXY` (for an address without TLS by
/// `HTTP_PROXY`), and in `NO_PROXY` what is reached without; both clients read them when they are
/// built. The async client reads the settings of macOS and Windows as well, where the environment
/// names none. A proxy is one of HTTP or of SOCKS 5: `socks5h://` leaves it to the proxy to look the
/// authority's name up, `socks5://` does not.
#[derive(Clone)]
#[must_use]
pub struct ClientBuilder {
    url: Url,
    trust: TrustStore,
    retry: RetryPolicy,
    connect_within: Duration,
    roots: Roots,
    pins: Vec<Pin>,
    proxy: Proxy,
    plain: PlainHttp,
}

impl ClientBuilder {
    /// A client of the authority at `url` that accepts documents signed by a key in `trust`. The
    /// path of `url`, if it has one, stands before every path that is asked for.
    pub fn new(url: Url, trust: TrustStore) -> Self {
        Self {
            url,
            trust,
            retry: RetryPolicy::default(),
            connect_within: CONNECT_WITHIN,
            roots: Roots::OfFeatures,
            pins: Vec::new(),
            proxy: Proxy::OfSystem,
            plain: PlainHttp::Loopback,
        }
    }

    /// When a request is sent again, and how long a call lasts at most.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// How long a connection may take to come about, 10 seconds unless stated, so that an address
    /// that swallows packets leaves time to try again.
    pub fn connect_within(mut self, limit: Duration) -> Self {
        self.connect_within = limit;
        self
    }

    /// Trusts the certificate authorities in `pem`, and no others: for an authority whose
    /// certificate a company signs itself.
    ///
    /// # Errors
    ///
    /// [`InvalidSettings::Certificates`] for a text without a certificate.
    pub fn only_roots(mut self, pem: &str) -> Result<Self, InvalidSettings> {
        let certificates: Result<Vec<_>, _> =
            CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
        match certificates {
            Ok(certificates) if !certificates.is_empty() => {
                self.roots = Roots::Only(certificates);
                Ok(self)
            }
            _ => Err(InvalidSettings::Certificates),
        }
    }

    /// Accepts the certificate that `pin` names, whoever signed it, whatever name it bears and
    /// whenever it ends, and no other. Stated several times, it accepts each: state the next one
    /// before the authority changes.
    pub fn pin(mut self, pin: Pin) -> Self {
        self.pins.push(pin);
        self
    }

    /// Goes through the proxy at `url`, whatever the system names: `http://`, `https://`,
    /// `socks5://` or `socks5h://`, with a name and a password where it asks for them. An authority
    /// at a loopback address is asked directly.
    pub fn proxy(mut self, url: Url) -> Self {
        self.proxy = Proxy::At(url);
        self
    }

    /// Goes through no proxy, whatever the system names.
    pub fn no_proxy(mut self) -> Self {
        self.proxy = Proxy::None;
        self
    }

    /// Asks without TLS at any address. License keys and leases can then be read on the way, and
    /// used by whoever reads them; a loopback address needs no such permission.
    pub fn insecure_http(mut self) -> Self {
        self.plain = PlainHttp::Anywhere;
        self
    }

    pub(crate) fn settings(self) -> Result<Settings, InvalidSettings> {
        let address = Address::new(&self.url, self.plain)?;
        let roots = match address.is_plain() {
            true => Roots::None,
            false => self.roots,
        };
        let proxy = match (address.is_loopback(), self.proxy) {
            (true, _) | (false, Proxy::None) => Proxy::None,
            (false, Proxy::OfSystem) => Proxy::of_environment(&self.url)?,
            (false, Proxy::At(url)) if !proxy::is_spoken(&url) => {
                return Err(InvalidSettings::Proxy);
            }
            (false, proxy) => proxy,
        };
        Ok(Settings {
            address,
            trust: self.trust,
            retry: self.retry,
            connect_within: self.connect_within,
            tls: tls::config(roots, self.pins)?,
            proxy,
        })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("host", &self.url.host_str())
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

/// What was set, checked.
pub(crate) struct Settings {
    pub(crate) address: Address,
    pub(crate) trust: TrustStore,
    pub(crate) retry: RetryPolicy,
    pub(crate) connect_within: Duration,
    pub(crate) tls: ClientConfig,
    pub(crate) proxy: Proxy,
}

/// No client can be made of what was set.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSettings {
    /// The address is no URL of HTTP.
    #[error("the address of an authority begins with `https://`")]
    Scheme,
    /// Another machine would be asked without TLS.
    #[error("only a loopback address is asked without TLS: begin with `https://`")]
    Plain,
    /// The address says more than where the authority is.
    #[error("the address of an authority has no user, password, query or fragment")]
    Superfluous,
    /// The text holds no certificate in PEM, or a broken one.
    #[error("no certificate can be read from the text: it is to hold them in PEM")]
    Certificates,
    /// The system has no certificates, and no feature brings any.
    #[error(
        "no certificate is trusted: install the system's, state the authority's own, or build \
         with the feature `native-roots` or `webpki-roots`"
    )]
    NoRoots,
    /// The address of the proxy is not one of HTTP or SOCKS 5.
    #[error(
        "the address of a proxy begins with `http://`, `https://`, `socks5://` or `socks5h://`"
    )]
    Proxy,
    /// The same of one that the environment names.
    #[error(
        "the environment variable `{variable}` names no proxy of HTTP or SOCKS 5: let it begin with \
         `http://`, `https://`, `socks5://` or `socks5h://`, or list the authority in `NO_PROXY`"
    )]
    ProxyOfEnvironment {
        /// Its name.
        variable: &'static str,
    },
    /// What HTTP or TLS needs beneath is not there.
    #[error("the HTTP client cannot be set up")]
    Http(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// How long a connection may take to come about.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
