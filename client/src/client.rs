use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use countersign::protocol::LicenseStanding;
use countersign::{
    ActivationAnswer, ActivationRequest, Lease, License, StatusList, TrustStore, Verified,
};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes};
use hyper::header::{
    ACCEPT, CONTENT_TYPE, DATE, HeaderName, HeaderValue, PROXY_AUTHORIZATION, RETRY_AFTER,
    USER_AGENT as AGENT,
};
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use url::Url;

use crate::address::Address;
use crate::entropy;
use crate::environment::Environment;
use crate::error::{Error, Kind};
use crate::exchange::{self, Activation, Claimant, Exchange, Renewal, Request, Response};
use crate::retry::{Attempts, Deadline, RetryPolicy};
use crate::settings::{ClientBuilder, InvalidSettings, Settings};
use crate::tls;

mod before;
mod connection;
mod connector;

use before::BeforeTheAnswer;
use connector::Connector;

/// Talks to a license authority, on tokio. Clones share one connection pool; keep one per process.
///
/// Every call ends within [`RetryPolicy::give_up_after`]; to drop one is to cancel it.
///
/// # Errors
///
/// All methods fail alike. [`Error::refusal`] says why the authority declined;
/// [`Error::is_unreachable`] means that it could not be asked, and [`Error::is_untrusted`] that its
/// answer does not verify: documents already held stay good in either case.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    http: legacy::Client<Connector, Full<Bytes>>,
    connector: Connector,
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
    pub async fn activate(&self, claimant: &Claimant) -> Result<Activation, Error> {
        self.ask(|| {
            let (claimant, trust) = (claimant.clone(), self.0.trust.clone());
            Ok(exchange::activate(claimant, trust, entropy::nonce()?))
        })
        .await
    }

    /// Exchanges a lease for one that runs longer.
    ///
    /// # Errors
    ///
    /// As [`Client`] says.
    pub async fn renew(&self, lease: &Verified<Lease>) -> Result<Renewal, Error> {
        self.ask(|| {
            let trust = self.0.trust.clone();
            Ok(exchange::renew(lease, trust, entropy::nonce()?))
        })
        .await
    }

    /// What the authority knows of a license and an instance, without taking a seat. It is signed
    /// by nobody: show it, and decide nothing by it.
    ///
    /// # Errors
    ///
    /// As [`Client`] says.
    pub async fn standing(&self, claimant: &Claimant) -> Result<LicenseStanding, Error> {
        self.ask(|| Ok(exchange::standing(claimant.clone()))).await
    }

    /// Gives the seat up. Giving up a seat that is not held succeeds.
    ///
    /// # Errors
    ///
    /// As [`Client`] says.
    pub async fn deactivate(&self, lease: &Verified<Lease>) -> Result<(), Error> {
        self.ask(|| Ok(exchange::deactivate(lease))).await
    }

    /// The present status list; `None` for a license that names none.
    ///
    /// # Errors
    ///
    /// As [`Client`] says.
    pub async fn statuses(
        &self,
        license: &Verified<License>,
    ) -> Result<Option<Verified<StatusList>>, Error> {
        let list = || exchange::statuses(license, self.0.trust.clone());
        if list().is_none() {
            return Ok(None);
        }
        let ask = || list().ok_or_else(|| Error::new(Kind::Unfit));
        self.ask(ask).await.map(Some)
    }

    /// Has the request of a machine without a network answered, for a person who carries both. The
    /// answer is verified by that machine, not here.
    ///
    /// # Errors
    ///
    /// As [`Client`] says.
    pub async fn answer(&self, request: &ActivationRequest) -> Result<ActivationAnswer, Error> {
        self.ask(|| Ok(exchange::answer(request))).await
    }

    /// How long one call may take.
    pub(crate) fn patience(&self) -> Duration {
        self.0.retry.give_up_after
    }

    /// When a call ends that begins now.
    pub(crate) fn deadline(&self) -> Deadline {
        Deadline::of(&self.0.retry)
    }

    async fn ask<T>(
        &self,
        question: impl FnMut() -> Result<Exchange<T>, Error>,
    ) -> Result<T, Error> {
        self.ask_until(self.deadline(), question).await
    }

    /// Asks until there is an answer, the policy gives up or the call ends; each attempt is a question of
    /// its own.
    pub(crate) async fn ask_until<T>(
        &self,
        deadline: Deadline,
        mut question: impl FnMut() -> Result<Exchange<T>, Error>,
    ) -> Result<T, Error> {
        let mut attempts = Attempts::begin(self.0.retry, deadline)?;
        loop {
            let (request, read) = question()?.into_parts();
            let answer = match tokio::time::timeout(attempts.left(), self.send(request)).await {
                Ok(answer) => answer,
                Err(late) => Err(Error::because(Kind::Unreachable, late)),
            };
            match answer.and_then(|response| read(&response)) {
                Ok(answer) => return Ok(answer),
                Err(error) => tokio::time::sleep(attempts.wait_after(error)?).await,
            }
        }
    }

    /// That the environment has what a call takes; what was missing is read on a thread that may wait for
    /// a disk.
    async fn ready(&self) -> Result<(), Error> {
        if self.0.environment.is_ready() {
            return Ok(());
        }
        let environment = self.0.environment.clone();
        let made_ready = tokio::task::spawn_blocking(move || environment.make_ready()).await;
        made_ready.map_err(|error| Error::because(Kind::Unfit, error))?
    }

    async fn send(&self, request: Request) -> Result<Response, Error> {
        self.ready().await?;
        let most = request.max_answer;
        let mut asked = self.asked(request)?;
        let before = BeforeTheAnswer::default();
        before.count(&mut asked);
        let answer = tokio::select! {
            answer = self.0.http.request(asked) => answer.map_err(failed)?,
            () = before.too_many() => {
                let why = "it answers again and again that an answer is to come";
                return Err(Error::because(Kind::Unreachable, why));
            }
        };
        let header = |name| {
            let value = answer.headers().get(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        let mut response = Response {
            status: answer.status().as_u16(),
            content_type: header(CONTENT_TYPE),
            retry_after: header(RETRY_AFTER),
            date: header(DATE),
            request_id: header(REQUEST_ID),
            body: Vec::new(),
        };
        let too_long = |status| Err(Error::new(Kind::NoAuthority { status }));
        let mut body = answer.into_body();
        let announced = body.size_hint().lower();
        if usize::try_from(announced).map_or(true, |announced| announced > most) {
            return too_long(response.status);
        }
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| Error::because(Kind::Unreachable, error))?;
            let Ok(piece) = frame.into_data() else {
                continue;
            };
            if response.body.len().saturating_add(piece.len()) > most {
                return too_long(response.status);
            }
            response.body.extend_from_slice(&piece);
        }
        Ok(response)
    }

    /// The request as it is sent.
    fn asked(&self, request: Request) -> Result<hyper::Request<Full<Bytes>>, Error> {
        let url = self.0.address.url(&request.path);
        let url = url.map_err(|error| Error::because(Kind::Unfit, error))?;
        let mut asked = hyper::Request::builder()
            .method(request.method)
            .uri(url.as_str())
            .header(ACCEPT, "*/*")
            .header(AGENT, USER_AGENT);
        if let Some(uri) = asked.uri_ref()
            && let Some(auth) = self.0.connector.proxy_authorization(uri)
        {
            asked = asked.header(PROXY_AUTHORIZATION, auth);
        }
        if request.body.is_some() {
            asked = asked.header(CONTENT_TYPE, HeaderValue::from_static(request.content_type));
        }
        let body = Full::from(request.body.unwrap_or_default());
        let asked = asked.body(body);
        asked.map_err(|error| Error::because(Kind::Unfit, error))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({})", self.0.address)
    }
}

impl ClientBuilder {
    /// The client, for tokio.
    ///
    /// # Errors
    ///
    /// What [`InvalidSettings`] says.
    pub fn build(self) -> Result<Client, InvalidSettings> {
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
        let connector = Connector::new(tls, proxy_tls, &proxy, connect_within);
        let http = legacy::Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .http1_max_buf_size(MOST_BUFFERED)
            .build(connector.clone());
        Ok(Client(Arc::new(Inner {
            http,
            connector,
            address,
            trust,
            retry,
            environment,
        })))
    }
}

fn failed(error: legacy::Error) -> Error {
    let kind = tls::unproven(&error).unwrap_or(Kind::Unreachable);
    Error::because(kind, error)
}

/// What a request is found again by.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// How long a connection is kept for the next call.
const IDLE: Duration = Duration::from_secs(15);
/// What a request says of its sender.
const USER_AGENT: &str = concat!("countersign-client/", env!("CARGO_PKG_VERSION"));
/// How much of an answer is read ahead, and how long its head may be.
const MOST_BUFFERED: usize = 64 << 10;
