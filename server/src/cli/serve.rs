//! `countersign serve`: the authority over HTTP.

use std::io;
use std::time::Duration;

use clap::Args;
use tokio::runtime::Runtime;

use crate::authority::Authority;
use crate::clock::{Clock, Stopwatch};
use crate::config::Config;
use crate::server::Server;

use super::answer::Answer;
use super::authority::{ConfigFlags, open};
use super::error::Error;
use super::operator_key::{OperatorKey, State};
use super::run::run;

/// Serves an authority: issues licenses, counts seats and answers products, over HTTP.
///
/// With nothing configured its database is SQLite in the platform's data folder, and it answers on
/// this machine only. Standard output is the log. Where no operator has a key yet, one is made and
/// written to `operator.key` in the data folder. SIGTERM and SIGINT end it once what it accepted is
/// answered; a second one ends it at once.
///
/// Each flag can be a variable of the environment, or a line of the file: `config show` names them.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    flags: Box<ConfigFlags>,
}

impl Serve {
    pub(crate) fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let config = self.flags.config()?;
        // Dropped last, when nothing is left to be traced.
        let _traces = config
            .telemetry
            .start()
            .map_err(|source| Error::Telemetry { source })?;
        let authority = open_in_time(&config, clock)?;
        let public_url = run(authority.public_url())?;
        tracing::info!("products reach it under {public_url}, which is signed into licenses");
        let runtime = Runtime::new().map_err(|source| Error::Serving { source })?;
        let key = OperatorKey::ensure(&authority, &config, &runtime)?;
        if let State::Made(_) = key.state {
            let file = key.file.display();
            tracing::info!(%file, "an operator's key is made");
        }
        let served = runtime.block_on(serve(authority, &config));
        // What a second signal left behind is waited for no longer.
        runtime.shutdown_background();
        served.map(|()| Answer::Done)
    }
}

/// Opens the authority once its database can be reached: the two may be started at once.
#[expect(
    clippy::disallowed_methods,
    reason = "nobody says when a database begins to answer"
)]
fn open_in_time(config: &Config, clock: &Clock) -> Result<Authority, Error> {
    let waiting = Stopwatch::start();
    loop {
        match open(config, &config.public_url, clock) {
            Err(Error::Authority { source })
                if source.is_unreachable()
                    && waiting.seconds() < config.database_wait.as_secs_f64() =>
            {
                tracing::warn!("the database cannot be reached yet");
                std::thread::sleep(BETWEEN_TRIES);
            }
            opened => return opened,
        }
    }
}

async fn serve(authority: Authority, config: &Config) -> Result<(), Error> {
    // Before anybody is told that it answers, so that whoever reads that may end it.
    let mut ended = Signals::new().map_err(|source| Error::Serving { source })?;
    let options = config.options.clone();
    let server = Server::start_with(authority, config.listen, options)
        .await
        .map_err(|source| cannot_listen(config, source))?;
    tracing::info!("listening on http://{}", server.address());
    if let Some(address) = server.metrics_address() {
        tracing::info!("metrics on http://{address}/metrics");
    }
    ended.wait().await;
    tracing::info!("ending: what was accepted is answered");
    tokio::select! {
        stopped = server.stop() => stopped.map_err(|source| Error::Serving { source })?,
        () = ended.wait() => tracing::warn!("ending at once: what is not answered is dropped"),
    }
    tracing::info!("ended");
    Ok(())
}

fn cannot_listen(config: &Config, source: io::Error) -> Error {
    // Of two addresses, the one that can be bound now is not the one that could not.
    let metrics = config
        .options
        .metrics_listen
        .filter(|_| std::net::TcpListener::bind(config.listen).is_ok());
    match metrics {
        Some(address) => Error::Listen {
            flag: "--metrics-listen",
            address,
            source,
        },
        None => Error::Listen {
            flag: "--listen",
            address: config.listen,
            source,
        },
    }
}

/// What a supervisor, or a person at a terminal, ends a process with.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    async fn wait(&mut self) {
        // Where the signal cannot be waited for, the process is ended from outside.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Between two tries to reach a database.
const BETWEEN_TRIES: Duration = Duration::from_millis(500);
