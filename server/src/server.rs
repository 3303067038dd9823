use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::authority::Authority;
use crate::http;

/// An authority that answers on a socket, in the runtime that it was started in.
pub struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<io::Result<()>>,
    stop_keeping: oneshot::Sender<()>,
    keeping: JoinHandle<()>,
}

impl Server {
    /// Answers on `address`; port 0 takes any that is free.
    ///
    /// # Errors
    ///
    /// If the address cannot be listened on.
    pub async fn start(authority: Authority, address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let (stop_keeping, stopped) = oneshot::channel::<()>();
        let keeping = tokio::spawn(keep(authority.clone(), stopped));
        let router = http::router(authority);
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(async move {
            axum::serve(
                listener,
                router.into_make_service_with_connect_info::<SocketAddr>(),
            )
            .with_graceful_shutdown(async {
                let _ = stopped.await;
            })
            .await
        });
        Ok(Self {
            address,
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

    /// Answers what was accepted, accepts no more, and ends.
    ///
    /// # Errors
    ///
    /// If serving had failed before.
    pub async fn stop(self) -> io::Result<()> {
        let _ = self.stop.send(());
        let served = self.serving.await.map_err(io::Error::other);
        let _ = self.stop_keeping.send(());
        self.keeping.await.map_err(io::Error::other)?;
        served?
    }
}

/// Writes now and then, and at the end, what requests leave to be written later.
async fn keep(authority: Authority, mut stopped: oneshot::Receiver<()>) {
    let mut is_stopped = false;
    while !is_stopped {
        // Also where nobody is left who could say so.
        is_stopped = timeout(BETWEEN_WRITES, &mut stopped).await.is_ok();
        if let Err(refusal) = authority.write_checks().await {
            tracing::warn!(?refusal, "when instances asked last is not written");
        }
    }
}

/// How long it is kept in memory alone when instances asked last.
const BETWEEN_WRITES: Duration = Duration::from_secs(60);
