mod first_bytes;
mod peers;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;
use tower::Service as _;

use crate::authority::Authority;
use crate::http::{self, HEADER_COUNT, Options, Shell};

use first_bytes::FirstBytes;
use peers::Peers;

/// An authority that answers on a socket, in the runtime that it was started in.
pub struct Server {
    address: SocketAddr,
    metrics_address: Option<SocketAddr>,
    stop: watch::Sender<bool>,
    serving: Vec<JoinHandle<()>>,
    stop_keeping: watch::Sender<bool>,
    keeping: JoinHandle<()>,
}

impl Server {
    /// Answers on `address`, without limits on rates; port 0 takes any that is free.
    ///
    /// # Errors
    ///
    /// If the address cannot be listened on.
    pub async fn start(authority: Authority, address: SocketAddr) -> io::Result<Self> {
        Self::start_with(authority, address, Options::default()).await
    }

    /// The same as `options` say.
    ///
    /// # Errors
    ///
    /// If an address cannot be listened on.
    pub async fn start_with(
        authority: Authority,
        address: SocketAddr,
        options: Options,
    ) -> io::Result<Self> {
        let shell = Arc::new(Shell::new(
            options,
            authority.clock().clone(),
            authority.metrics().clone(),
        )?);
        let (stop, stopped) = watch::channel(false);
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let mut metrics_address = None;
        let mut serving = Vec::new();
        if let Some(address) = shell.options.metrics_listen {
            let listener = TcpListener::bind(address).await?;
            metrics_address = Some(listener.local_addr()?);
            let router = http::metrics_router(authority.clone());
            let socket = Socket::new(listener, router, shell.clone());
            serving.push(tokio::spawn(socket.serve(stopped.clone())));
        }
        let (stop_keeping, stopped_keeping) = watch::channel(false);
        let keeping = tokio::spawn(keep(authority.clone(), stopped_keeping));
        let router = http::router(authority, &shell);
        let socket = Socket::new(listener, router, shell.clone());
        serving.push(tokio::spawn(socket.serve(stopped.clone())));
        serving.push(tokio::spawn(sweep(shell, stopped)));
        Ok(Self {
            address,
            metrics_address,
            stop,
            serving,
            stop_keeping,
            keeping,
        })
    }

    /// Where it answers.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where metrics are, if they are elsewhere.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_address
    }

    /// Accepts no more, answers what was accepted, for as long as the options allow, and ends.
    ///
    /// # Errors
    ///
    /// If serving had failed before.
    pub async fn stop(self) -> io::Result<()> {
        let _ = self.stop.send(true);
        for serving in self.serving {
            serving.await.map_err(io::Error::other)?;
        }
        // What the last requests left to be written is written after them.
        let _ = self.stop_keeping.send(true);
        self.keeping.await.map_err(io::Error::other)
    }
}

/// A socket that is listened on, and what answers there.
struct Socket {
    listener: TcpListener,
    router: Router,
    shell: Arc<Shell>,
    builder: auto::Builder<TokioExecutor>,
}

impl Socket {
    fn new(listener: TcpListener, router: Router, shell: Arc<Shell>) -> Self {
        let options = &shell.options;
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(options.header_timeout)
            .max_buf_size(options.header_limit);
        if options.header_count != HEADER_COUNT {
            builder.http1().max_headers(options.header_count);
        }
        builder
            .http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(options.header_timeout)
            .keep_alive_timeout(options.header_timeout)
            .max_header_list_size(u32::try_from(options.header_limit).unwrap_or(u32::MAX))
            .max_concurrent_streams(STREAMS);
        Self {
            listener,
            router,
            shell,
            builder,
        }
    }

    /// Accepts connections until it is told to stop, then waits for what was accepted.
    async fn serve(self, mut stopped: watch::Receiver<bool>) {
        let graceful = GracefulShutdown::new();
        let most = self.shell.options.connections.min(Semaphore::MAX_PERMITS);
        let connections = Arc::new(Semaphore::new(most));
        let peers = Arc::new(Peers::default());
        loop {
            let accepted = async {
                let permit = connections.clone().acquire_owned().await;
                (permit, self.listener.accept().await)
            };
            let (permit, accepted) = tokio::select! {
                accepted = accepted => accepted,
                _ = stopped.wait_for(|stopped| *stopped) => break,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) if is_of_the_peer(&error) => continue,
                Err(error) => {
                    // Out of files, most likely: some connection has to end first.
                    tracing::error!(error = &error as &dyn std::error::Error, "cannot accept");
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            };
            let options = &self.shell.options;
            let most = options.connections_per_address;
            let Some(counted) = peers.admit(peer.ip(), most, &options.proxies) else {
                // Hung up on, and told nothing: that would cost more than it is worth.
                continue;
            };
            let connection = graceful.watch(self.connection(stream, peer));
            let open = Open::new(self.shell.clone());
            tokio::spawn(async move {
                // Who hangs up, or sends what is no HTTP, is answered by hyper or by nobody.
                let _ = connection.await;
                drop((permit, counted, open));
            });
        }
        self.shell.stop();
        drop(self.listener);
        let longest = self.shell.options.shutdown_timeout;
        if tokio::time::timeout(longest, graceful.shutdown())
            .await
            .is_err()
        {
            tracing::warn!("requests that were accepted took too long and are dropped");
        }
    }

    fn connection(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
    ) -> impl hyper_util::server::graceful::GracefulConnection<Error: Send> + Send + use<> {
        // An answer is one write; waiting for more only delays it.
        let _ = stream.set_nodelay(true);
        let router = self.router.clone();
        let service = hyper::service::service_fn(move |request: hyper::Request<_>| {
            let mut request: Request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            // A router is ready at any time.
            router.clone().call(request)
        });
        let stream = FirstBytes::within(self.shell.options.header_timeout, stream);
        self.builder
            .serve_connection(TokioIo::new(stream), service)
            .into_owned()
    }
}

/// Counts a connection while it is open.
struct Open(Arc<Shell>);

impl Open {
    fn new(shell: Arc<Shell>) -> Self {
        shell.metrics.connections.inc();
        Self(shell)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.metrics.connections.dec();
    }
}

/// Writes now and then, and at the end, what requests leave to be written later.
async fn keep(authority: Authority, mut stopped: watch::Receiver<bool>) {
    let mut is_stopped = false;
    while !is_stopped {
        // Also where nobody is left who could say so.
        is_stopped = tokio::time::timeout(BETWEEN_WRITES, stopped.wait_for(|stopped| *stopped))
            .await
            .is_ok();
        if let Err(refusal) = authority.write_checks().await {
            tracing::warn!(?refusal, "when instances asked last is not written");
        }
        if let Err(refusal) = authority.let_go_floated().await {
            tracing::warn!(?refusal, "floating seats whose time is over are not let go");
        }
    }
}

/// Now and then forgets who has not asked for long.
async fn sweep(shell: Arc<Shell>, mut stopped: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(BETWEEN_SWEEPS);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => shell.gate.sweep(),
            _ = stopped.wait_for(|stopped| *stopped) => return,
        }
    }
}

/// Whether a connection ended before it was accepted.
fn is_of_the_peer(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
    )
}

/// Requests at once on one connection of HTTP/2.
const STREAMS: u32 = 128;
/// How long to wait where no connection can be accepted.
const PAUSE: Duration = Duration::from_millis(100);
const BETWEEN_SWEEPS: Duration = Duration::from_secs(60);
/// How long it is kept in memory alone when instances asked last.
const BETWEEN_WRITES: Duration = Duration::from_secs(60);
