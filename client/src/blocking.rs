//! The same client, blocking, without tokio. A call runs on the thread that makes it, but for the lookup of
//! a name: that has a thread of its own, which may outlive the call, as a lookup cannot be broken off.

use std::fmt;
use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use countersign::protocol::LicenseStanding;
use countersign::{
    ActivationAnswer, ActivationRequest, Lease, License, StatusList, TrustStore, Verified,
};
use ureq::AsSendBody;
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{Connector, SocksConnector, TcpConnector};
use url::Url;

use crate::address::Address;
use crate::entropy;
use crate::environment::Environment;
use crate::error::{Error, Kind, Peer};
use crate::exchange::{self, Activation, Claimant, Exchange, Renewal, Request, Response};
use crate::proxy::Proxy;
use crate::retry::{Attempts, Deadline, RetryPolicy};
use crate::settings::{ClientBuilder, InvalidSettings, Settings};
use crate::tls;

mod connector;
mod tunnel;

use connector::TlsConnector;
use tunnel::TunnelConnector;

/// Talks to a license authority, and blocks until it answers. Clones share one connection pool; keep
/// one per process.
///
/// Every call ends within [`RetryPolicy::give_up_after`].
///
/// # Errors
///
/// All methods fail alike. [`Error::refusal`] says why the authority declined;
/// [`Error::is_unreachable`] means that it could not be asked, and [`Error::is_untrusted`] that its
/// answer does not verify: documents already held stay good in either case.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    http: ureq::Agent,
    address: Address,
    trust: TrustStore,
    retry: RetryPolicy,
    environment: Environment,
}

impl Client {
    /// A client of the authority at `url` that accepts documents signed by a key in `trust`.
    pub fn builder(url: Url, trust: TrustStore) -> ClientBuilder {
        ClientBuilder::new(url, trust)
    }

    /// Claims a seat, or confirms the one that the instance holds.
    ///
    /// Safe to repeat: a second call from the same instance takes no second seat.
    ///
    /// # Errors
    ///
    /// As [`Client`] says.
    pub fn activate(&self, claimant: &Claimant) -> Result<Activation, Error> {
        self.ask(|| {
            let (claimant, trust) = (claimant.clone(), self.0.trust.clone());
            Ok(exchange::activate(claimant, trust, entropy::nonce()?))
        })
    }

    /// Exchanges a lease for one that runs longer.
    ///
    /// # Errors
    ///
    /// As [`Client`] says.
    pub fn renew(&self, lease: &Verified<Lease>) -> Result<Renewal, Error> {
        self.ask(|| {
            let trust = self.0.trust.clone();
            Ok(exchange::renew(lease, trust, entropy::nonce()?))
        })
    }

    /// What the authority knows of a license and an instance, without taking a seat. It is signed
    /// by nobody: show it, and decide nothing by it.
    ///
    /// # Errors
    ///
    /// As [`Client`] says.
    pub fn standing(&self, claimant: &Claimant) -> Result<LicenseStanding, Error> {
        self.ask(|| Ok(exchange::standing(claimant.clone())))
    }

    /// Gives the seat up. Giving up a seat that is not held succeeds.
    ///
    /// # Errors
    ///
    /// As [`Client`] says.
    pub fn deactivate(&self, lease: &Verified<Lease>) -> Result<(), Error> {
        self.ask(|| Ok(exchange::deactivate(lease)))
    }

    /// The present status list; `None` for a license that names none.
    ///
    /// # Errors
    ///
    /// As [`Client`] says.
    pub fn statuses(
        &self,
        license: &Verified<License>,
    ) -> Result<Option<Verified<StatusList>>, Error> {
        let list = || exchange::statuses(license, self.0.trust.clone());
        if list().is_none() {
            return Ok(None);
        }
        self.ask(|| list().ok_or_else(|| Error::new(Kind::Unfit)))
            .map(Some)
    }

    /// Has the request of a machine without a network answered, for a person who carries both. The
    /// answer is verified by that machine, not here.
    ///
    /// # Errors
    ///
    /// As [`Client`] says.
    pub fn answer(&self, request: &ActivationRequest) -> Result<ActivationAnswer, Error> {
        self.ask(|| Ok(exchange::answer(request)))
    }

    /// How long one call may take.
    pub(crate) fn patience(&self) -> Duration {
        self.0.retry.give_up_after
    }

    /// When a call ends that begins now.
    pub(crate) fn deadline(&self) -> Deadline {
        Deadline::of(&self.0.retry)
    }

    fn ask<T>(&self, question: impl FnMut() -> Result<Exchange<T>, Error>) -> Result<T, Error> {
        self.ask_until(self.deadline(), question)
    }

    /// Asks until there is an answer, the policy gives up or the call ends; each attempt is a question of
    /// its own.
    #[expect(clippy::disallowed_methods, reason = "waits for the next attempt")]
    pub(crate) fn ask_until<T>(
        &self,
        deadline: Deadline,
        mut question: impl FnMut() -> Result<Exchange<T>, Error>,
    ) -> Result<T, Error> {
        let mut attempts = Attempts::begin(self.0.retry, deadline)?;
        loop {
            let (request, read) = question()?.into_parts();
            let answer = self.send(request, attempts.left());
            match answer.and_then(|response| read(&response)) {
                Ok(answer) => return Ok(answer),
                Err(error) => std::thread::sleep(attempts.wait_after(error)?),
            }
        }
    }

    fn send(&self, request: Request, limit: Duration) -> Result<Response, Error> {
        self.0.environment.make_ready()?;
        let url = self.0.address.url(&request.path);
        let url = url.map_err(|error| Error::because(Kind::Unfit, error))?;
        let asked = ureq::http::Request::builder()
            .method(request.method)
            .uri(url.as_str());
        let answer = match request.body {
            Some(body) => {
                let asked = asked.header("content-type", request.content_type);
                self.run(asked.body(body), limit)?
            }
            None => self.run(asked.body(()), limit)?,
        };
        let header = |name| {
            let value = answer.headers().get(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        let mut response = Response {
            status: answer.status().as_u16(),
            content_type: header("content-type"),
            retry_after: header("retry-after"),
            date: header("date"),
            request_id: header("x-request-id"),
            body: Vec::new(),
        };
        // One byte more tells what is too long from what just fits.
        let most = u64::try_from(request.max_answer).unwrap_or(u64::MAX);
        let body = answer.into_body().into_reader();
        let read = body
            .take(most.saturating_add(1))
            .read_to_end(&mut response.body);
        match read {
            Ok(_) if response.body.len() > request.max_answer => {
                let status = response.status;
                Err(Error::new(Kind::NoAuthority { status }))
            }
            Ok(_) => Ok(response),
            Err(error) => Err(Error::because(Kind::Unreachable, error)),
        }
    }

    fn run<B: AsSendBody>(
        &self,
        asked: Result<ureq::http::Request<B>, ureq::http::Error>,
        limit: Duration,
    ) -> Result<ureq::http::Response<ureq::Body>, Error> {
        let asked = asked.map_err(|error| Error::because(Kind::Unfit, error))?;
        let asked = self.0.http.configure_request(asked);
        let asked = asked.timeout_global(Some(limit)).build();
        self.0.http.run(asked).map_err(failed)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({})", self.0.address)
    }
}

impl ClientBuilder {
    /// The client, without tokio.
    ///
    /// # Errors
    ///
    /// What [`InvalidSettings`] says.
    pub fn build_blocking(self) -> Result<Client, InvalidSettings> {
        let Settings {
            address,
            trust,
            retry,
            connect_within,
            tls,
            proxy_tls,
            proxy,
            environment,
        } = self.settings()?;
        let proxy = match proxy {
            Proxy::OfSystem | Proxy::None => None,
            Proxy::At(url) => {
                let proxy = ureq::Proxy::new(url.as_str());
                Some(proxy.map_err(|_| InvalidSettings::Proxy)?)
            }
        };
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(proxy)
            .timeout_connect(Some(connect_within))
            .user_agent(USER_AGENT)
            .build();
        let connector =
            ().chain(TunnelConnector::new(proxy_tls))
                .chain(SocksConnector::default())
                .chain(TcpConnector::default())
                .chain(TlsConnector::new(tls, Peer::Authority));
        Ok(Client(Arc::new(Inner {
            http: ureq::Agent::with_parts(config, connector, DefaultResolver::default()),
            address,
            trust,
            retry,
            environment,
        })))
    }
}

fn failed(error: ureq::Error) -> Error {
    match error {
        ureq::Error::Io(error) => {
            let kind = tls::unproven(&error).unwrap_or(Kind::Unreachable);
            Error::because(kind, error)
        }
        ureq::Error::Http(_) | ureq::Error::BadUri(_) => Error::because(Kind::Unfit, error),
        _ => Error::because(Kind::Unreachable, error),
    }
}

/// What a request says of its sender.
const USER_AGENT: &str = concat!("countersign-client/", env!("CARGO_PKG_VERSION"));
