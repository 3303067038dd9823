use std::fmt;
use std::time::Duration;

use countersign::TrustStore;
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use url::Url;

use crate::address::{Address, PlainHttp};
use crate::environment::Environment;
use crate::error::Peer;
use crate::proxy::Proxy;
use crate::retry::RetryPolicy;
use crate::tls::{self, FeatureRoots, Pin, Roots};

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
///
/// No client fails to be built for what the environment has or lacks. Where the system has no
/// certificates, or names a proxy of another kind, each call says so at once, by an error that
/// [is unreachable](crate::Error::is_unreachable); certificates are looked for again with the next one.
#[derive(Clone)]
#[must_use]
pub struct ClientBuilder {
    url: Url,
    trust: TrustStore,
    retry: RetryPolicy,
    connect_within: Duration,
    only_roots: Option<Vec<CertificateDer<'static>>>,
    pins: Vec<Pin>,
    proxy: Proxy,
    proxy_roots: Option<Vec<CertificateDer<'static>>>,
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
            only_roots: None,
            pins: Vec::new(),
            proxy: Proxy::OfSystem,
            proxy_roots: None,
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
    /// certificate a company signs itself. Nothing of the system is needed then to verify it; a proxy is
    /// verified [on its own](Self::proxy).
    ///
    /// # Errors
    ///
    /// [`InvalidSettings::Certificates`] for a text without a certificate.
    pub fn only_roots(mut self, pem: &str) -> Result<Self, InvalidSettings> {
        self.only_roots = Some(certificates(pem)?);
        Ok(self)
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
    ///
    /// One that is reached by `https://` is to show a certificate that the features trust, or one of
    /// [`proxy_roots`](Self::proxy_roots). [`only_roots`](Self::only_roots) and [`pin`](Self::pin) are
    /// of the authority, which is verified behind it as without it.
    pub fn proxy(mut self, url: Url) -> Self {
        self.proxy = Proxy::At(url);
        self
    }

    /// Trusts the certificate authorities in `pem`, and no others, for a proxy that is reached by
    /// `https://`, whoever names it: for one whose certificate a company signs itself, where the system
    /// does not know that.
    ///
    /// # Errors
    ///
    /// [`InvalidSettings::Certificates`] for a text without a certificate.
    pub fn proxy_roots(mut self, pem: &str) -> Result<Self, InvalidSettings> {
        self.proxy_roots = Some(certificates(pem)?);
        Ok(self)
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
        let (mut is_stated, mut misnamed) = (false, None);
        let proxy = match (address.is_loopback(), self.proxy) {
            (true, _) | (false, Proxy::None) => Proxy::None,
            (false, Proxy::OfSystem) => {
                let named = Proxy::of_environment(&self.url);
                named.unwrap_or_else(|error| {
                    misnamed = Some(error);
                    Proxy::None
                })
            }
            (false, Proxy::At(url)) => {
                is_stated = true;
                Proxy::at(url).map_err(|_| InvalidSettings::Proxy)?
            }
        };
        let of_features = FeatureRoots::new();
        let or_features = |only: Option<_>| {
            only.map_or_else(|| Roots::OfFeatures(of_features.clone()), Roots::Only)
        };
        let to_proxy = or_features(self.proxy_roots);
        let to_authority = match address.is_plain() {
            true => Roots::None,
            false if !self.pins.is_empty() => Roots::Pinned(self.pins),
            false => or_features(self.only_roots),
        };
        let is_of_features = |roots: &Roots| matches!(roots, Roots::OfFeatures(_));
        let (verified, is_stated) = if is_of_features(&to_authority) {
            (Some(Peer::Authority), true)
        } else if proxy.is_under_tls() && is_of_features(&to_proxy) {
            (Some(Peer::Proxy), is_stated)
        } else {
            (None, false)
        };
        if is_stated && !FeatureRoots::ARE_BUILT_IN {
            return Err(InvalidSettings::NoRoots);
        }
        Ok(Settings {
            address,
            trust: self.trust,
            retry: self.retry,
            connect_within: self.connect_within,
            tls: tls::config(to_authority)?,
            proxy_tls: tls::config(to_proxy)?,
            proxy,
            environment: Environment::new(verified.map(|peer| (peer, of_features)), misnamed),
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
    /// How the authority is verified.
    pub(crate) tls: ClientConfig,
    /// How a proxy is verified.
    pub(crate) proxy_tls: ClientConfig,
    pub(crate) proxy: Proxy,
    pub(crate) environment: Environment,
}

fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, InvalidSettings> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(InvalidSettings::Certificates),
    }
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
    /// No feature brings certificates, and none are stated.
    #[error(
        "no certificate is trusted: state the authority's own, or build with the feature \
         `native-roots` or `webpki-roots`"
    )]
    NoRoots,
    /// The address of the proxy is not one of HTTP or SOCKS 5.
    #[error(
        "the address of a proxy begins with `http://`, `https://`, `socks5://` or `socks5h://`"
    )]
    Proxy,
    /// What HTTP or TLS needs beneath is not there.
    #[error("the HTTP client cannot be set up")]
    Http(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// How long a connection may take to come about.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
