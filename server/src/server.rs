use std::io;
use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::authority::Authority;
use crate::http;

/// An authority that answers on a socket, in the runtime that it was started in.
pub struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<io::Result<()>>,
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
        self.serving.await.map_err(io::Error::other)?
    }
}
