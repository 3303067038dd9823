use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::Uri;
use hyper::header::HeaderValue;
use hyper::http::uri::Scheme;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio_rustls::TlsConnector;
use tower_service::Service;

use crate::client::USER_AGENT;
use crate::client::connection::{Connection, Io, Stream};
use crate::proxy::Proxy;
use crate::tls::UnprovenProxy;

/// Connects to an authority, directly or through a proxy, under TLS or not, within the time that there is
/// for it.
#[derive(Clone)]
pub(super) struct Connector {
    tcp: HttpConnector,
    tls: TlsConnector,
    proxy_tls: TlsConnector,
    proxies: Option<Arc<Matcher>>,
    within: Duration,
}

type Reason = Box<dyn StdError + Send + Sync>;
type Connecting<T> = Pin<Box<dyn Future<Output = Result<T, Reason>> + Send>>;

impl Connector {
    pub(super) fn new(
        tls: ClientConfig,
        proxy_tls: ClientConfig,
        proxy: &Proxy,
        within: Duration,
    ) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(within));
        let proxies = match proxy {
            Proxy::OfSystem => Some(Matcher::from_system()),
            Proxy::None => None,
            Proxy::At(url) => Some(Matcher::builder().all(url.as_str()).build()),
        };
        Self {
            tcp,
            tls: Arc::new(tls).into(),
            proxy_tls: Arc::new(proxy_tls).into(),
            proxies: proxies.map(Arc::new),
            within,
        }
    }

    /// What a proxy is shown that passes a request on as it stands; one that only connects is shown it
    /// when it is asked to.
    pub(super) fn proxy_authorization(&self, to: &Uri) -> Option<HeaderValue> {
        let proxy = self.proxies.as_ref()?.intercept(to)?;
        proxy.basic_auth().filter(|_| !is_tls(to)).cloned()
    }

    async fn connect(self, to: Uri) -> Result<Connection, Reason> {
        let proxy = self.proxies.as_ref().and_then(|known| known.intercept(&to));
        let Some(proxy) = proxy else {
            let io = self.reach(to.clone()).await?;
            return Ok(Connection::new(self.secured(io, &to).await?));
        };
        let io = match proxy.uri().scheme_str() {
            Some("socks5" | "socks5h") => self.by_socks(&proxy, &to).await?,
            _ if is_tls(&to) => self.by_tunnel(&proxy, &to).await?,
            _ => {
                let io = self.reach_proxy(proxy.uri().clone()).await?;
                return Ok(Connection::to_proxy(io));
            }
        };
        Ok(Connection::new(self.secured(io, &to).await?))
    }

    /// A connection to whoever is at `at` itself, before any TLS.
    async fn reach(&self, at: Uri) -> Result<Io, Reason> {
        let stream = self.tcp.clone().call(at).await?.into_inner();
        Ok(boxed(stream))
    }

    /// One to a proxy at `at`, under TLS where it is reached so.
    async fn reach_proxy(&self, at: Uri) -> Result<Io, Reason> {
        let io = self.reach(at.clone()).await?;
        if !is_tls(&at) {
            return Ok(io);
        }
        let secured = self.proxy_tls.connect(name(&at)?, io.into_inner()).await;
        Ok(boxed(secured.map_err(UnprovenProxy::told)?))
    }

    /// The same connection under TLS, where the authority is asked so.
    async fn secured(&self, io: Io, to: &Uri) -> Result<Io, Reason> {
        match is_tls(to) {
            true => Ok(boxed(self.tls.connect(name(to)?, io.into_inner()).await?)),
            false => Ok(io),
        }
    }

    async fn by_tunnel(&self, proxy: &Intercept, to: &Uri) -> Result<Io, Reason> {
        let agent = [(hyper::header::USER_AGENT, USER_AGENT)];
        let agent = agent.map(|(name, value)| (name, HeaderValue::from_static(value)));
        let mut tunnel = Tunnel::new(proxy.uri().clone(), Directly(self.clone()))
            .with_headers(agent.into_iter().collect());
        if let Some(auth) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(auth.clone());
        }
        Ok(tunnel.call(to.clone()).await?)
    }

    async fn by_socks(&self, proxy: &Intercept, to: &Uri) -> Result<Io, Reason> {
        let port = to.port_u16().unwrap_or(if is_tls(to) { 443 } else { 80 });
        let named = match proxy.uri().scheme_str() {
            Some("socks5") => {
                let mut found = tokio::net::lookup_host((host(to)?, port)).await?;
                let found = found.next().ok_or("the name has no address")?;
                found.to_string()
            }
            _ => format!("{}:{port}", to.host().unwrap_or_default()),
        };
        let mut at = proxy.uri().clone().into_parts();
        if proxy.uri().port().is_none() {
            let at_port = format!("{}:{SOCKS}", proxy.uri().host().unwrap_or_default());
            at.authority = Some(at_port.parse()?);
        }
        let mut socks = SocksV5::new(Uri::from_parts(at)?, self.tcp.clone());
        if let Some((user, password)) = proxy.raw_auth() {
            socks = socks.with_auth(user.to_owned(), password.to_owned());
        }
        let to = Uri::builder().scheme("https").authority(named);
        let stream = socks.call(to.path_and_query("/").build()?).await?;
        Ok(boxed(stream.into_inner()))
    }
}

impl Service<Uri> for Connector {
    type Response = Connection;
    type Error = Reason;
    type Future = Connecting<Connection>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Reason>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let (connecting, within) = (self.clone().connect(to), self.within);
        Box::pin(async move { tokio::time::timeout(within, connecting).await? })
    }
}

/// The way to a proxy that leads on.
#[derive(Clone)]
struct Directly(Connector);

impl Service<Uri> for Directly {
    type Response = Io;
    type Error = Reason;
    type Future = Connecting<Io>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Reason>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, at: Uri) -> Self::Future {
        let connector = self.0.clone();
        Box::pin(async move { connector.reach_proxy(at).await })
    }
}

/// The proxies may have passwords.
impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}

fn boxed(stream: impl Stream + 'static) -> Io {
    TokioIo::new(Box::new(stream))
}

fn is_tls(to: &Uri) -> bool {
    to.scheme() == Some(&Scheme::HTTPS)
}

/// The name or the address, without the brackets of one of IPv6.
fn host(to: &Uri) -> Result<&str, Reason> {
    let host = to.host().ok_or("the address names no host")?;
    Ok(host.trim_start_matches('[').trim_end_matches(']'))
}

/// What whoever is at `at` is to show a certificate for.
fn name(at: &Uri) -> Result<ServerName<'static>, Reason> {
    Ok(ServerName::try_from(host(at)?.to_owned())?)
}

/// The port of SOCKS (RFC 1928).
const SOCKS: u16 = 1080;
