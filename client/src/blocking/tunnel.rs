use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::ClientConfig;
use ureq::Error;
use ureq::unversioned::transport::time::{Duration, Instant};
use ureq::unversioned::transport::{
    Buffers, ConnectProxyConnector, ConnectionDetails, Connector, NextTimeout, TcpConnector,
    Transport,
};

use super::connector::{TlsConnector, left};
use crate::error::Peer;

/// Has a proxy of HTTP connect, within the time to connect in. The connector that `ureq` has gives
/// each piece of the proxy's answer that time anew, and so waits for as long as the answer trickles; and
/// it verifies a proxy as the authority.
pub(crate) struct TunnelConnector {
    tunnel: ConnectProxyConnector,
    /// Connects to the proxy itself.
    to_proxy: Arc<Connect>,
}

impl TunnelConnector {
    /// Verifies a proxy that is reached under TLS by `tls`.
    pub(crate) fn new(tls: ClientConfig) -> Self {
        let chain = ().chain(TcpConnector::default()).chain(TlsConnector::new(tls, Peer::Proxy));
        let to_proxy = move |proxy: &ConnectionDetails<'_>| {
            let transport = chain.connect(proxy, None)?;
            Ok(transport.ok_or(Error::ConnectionFailed)?.boxed())
        };
        Self {
            tunnel: ConnectProxyConnector::default(),
            to_proxy: Arc::new(to_proxy),
        }
    }
}

impl<In: Transport> Connector<In> for TunnelConnector {
    type Out = <ConnectProxyConnector as Connector<In>>::Out;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        let limit = Arc::new(Limit::of(details));
        let (connect, limited) = (self.to_proxy.clone(), limit.clone());
        let connect = move |proxy: &ConnectionDetails<'_>| {
            // The name of the proxy was looked up meanwhile.
            let timeout = in_time(left(proxy))?;
            let now = (proxy.current_time)();
            let proxy = copy(proxy, now, timeout, proxy.run_connector.clone());
            let transport = Limited {
                transport: connect(&proxy)?,
                current_time: proxy.current_time.clone(),
                limit: limited.clone(),
            };
            Ok(transport.boxed())
        };
        let details = copy(details, details.now, details.timeout, Arc::new(connect));
        let connected = self.tunnel.connect(&details, chained);
        limit.lift();
        connected
    }
}

impl fmt::Debug for TunnelConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TunnelConnector")
    }
}

/// When a connection is to stand.
struct Limit {
    at: Instant,
    /// Whether it stands: what follows has limits of its own.
    is_lifted: AtomicBool,
}

impl Limit {
    fn of(details: &ConnectionDetails<'_>) -> Self {
        Self {
            at: details.now + details.timeout.after,
            is_lifted: AtomicBool::new(false),
        }
    }

    fn lift(&self) {
        self.is_lifted.store(true, Ordering::Relaxed);
    }

    /// What is left of `timeout` as of `now`.
    fn shorten(&self, mut timeout: NextTimeout, now: Instant) -> Result<NextTimeout, Error> {
        if !self.is_lifted.load(Ordering::Relaxed)
            && let (Instant::Exact(at), Instant::Exact(now)) = (self.at, now)
        {
            let left = Duration::Exact(at.saturating_duration_since(now));
            timeout.after = timeout.after.min(left);
        }
        in_time(timeout)
    }
}

/// A connection to a proxy, which lasts no longer than it may until it leads on.
struct Limited {
    transport: Box<dyn Transport>,
    current_time: Arc<dyn Fn() -> Instant + Send + Sync>,
    limit: Arc<Limit>,
}

impl Transport for Limited {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.transport.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let timeout = self.limit.shorten(timeout, (self.current_time)())?;
        self.transport.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let timeout = self.limit.shorten(timeout, (self.current_time)())?;
        self.transport.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.transport.is_open()
    }

    fn is_tls(&self) -> bool {
        self.transport.is_tls()
    }
}

impl fmt::Debug for Limited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Limited")
    }
}

type Connect = dyn Fn(&ConnectionDetails<'_>) -> Result<Box<dyn Transport>, Error> + Send + Sync;

fn copy<'a>(
    details: &ConnectionDetails<'a>,
    now: Instant,
    timeout: NextTimeout,
    run_connector: Arc<Connect>,
) -> ConnectionDetails<'a> {
    ConnectionDetails {
        uri: details.uri,
        addrs: details.addrs.clone(),
        config: details.config,
        request_level: details.request_level,
        resolver: details.resolver,
        now,
        timeout,
        current_time: details.current_time.clone(),
        run_connector,
        register_shutdown: details.register_shutdown.clone(),
    }
}

fn in_time(timeout: NextTimeout) -> Result<NextTimeout, Error> {
    match timeout.after.is_zero() {
        true => Err(Error::Timeout(timeout.reason)),
        false => Ok(timeout),
    }
}
