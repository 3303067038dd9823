//! What is sent to an authority and how its answers are read, without sending anything: for hosts
//! that have an HTTP stack of their own. Both clients of this crate are thin over it.

use std::fmt;
use std::time::Duration;

use countersign::protocol::{
    ActivateRequest, ActivateResponse, CheckRequest, DeactivateRequest, DeactivateResponse,
    InstanceType, LicenseStanding, Problem, RenewRequest, RenewResponse,
};
use countersign::{
    Document, Instance, Lease, License, LicenseKey, Nonce, Product, Signed, StatusList, TrustStore,
    Verified,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Kind};
use crate::retry::retry_after;

/// One question to an authority: a request to send, and how its answer is read.
#[must_use]
pub struct Exchange<T> {
    request: Request,
    read: Box<dyn FnOnce(&Response) -> Result<T, Error> + Send>,
}

impl<T> Exchange<T> {
    /// What to send.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Reads what came back. Nothing of it is believed that was not signed for this very question.
    ///
    /// # Errors
    ///
    /// What [`Error`] says to do.
    pub fn read(self, response: &Response) -> Result<T, Error> {
        (self.read)(response)
    }
}

impl<T> fmt::Debug for Exchange<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Exchange").field(&self.request).finish()
    }
}

/// A request of HTTP.
pub struct Request {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Below the authority's address, with the slash that it begins with.
    pub path: String,
    /// JSON, to be sent as `application/json`; nothing for `GET`.
    pub body: Option<String>,
    /// The most bytes that an answer has: stop reading there.
    pub max_answer: usize,
}

/// The body may hold a license key or a lease.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// An answer of HTTP.
pub struct Response {
    /// The status.
    pub status: u16,
    /// The header `Content-Type`.
    pub content_type: Option<String>,
    /// The header `Retry-After`.
    pub retry_after: Option<String>,
    /// The header `Date`.
    pub date: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Response({}, {} bytes)", self.status, self.body.len())
    }
}

/// What an activation yields: documents that stand on their own, already verified.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Activation {
    /// The license.
    pub license: Verified<License>,
    /// The lease on the seat; nothing where the instance needs no seat.
    pub lease: Option<Verified<Lease>>,
    /// Seats in use, this one included.
    pub seats_used: u32,
    /// Seats left; nothing where there is no limit.
    pub seats_remaining: Option<u32>,
}

/// What a renewal yields.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Renewal {
    /// The license as it stands now.
    pub license: Verified<License>,
    /// The lease.
    pub lease: Verified<Lease>,
}

/// Which license a product asks about.
#[derive(Clone, Debug)]
pub struct Claimant {
    /// The product that asks.
    pub product: Product,
    /// What the customer typed.
    pub license_key: LicenseKey,
    /// This installation.
    pub instance: Instance,
}

/// Claims a seat. `nonce` is drawn at random for this one question.
pub fn activate(claimant: Claimant, trust: TrustStore, nonce: Nonce) -> Exchange<Activation> {
    let request = ActivateRequest {
        license_key: claimant.license_key,
        instance_identifier: claimant.instance.value().to_owned(),
        instance_type: Some(InstanceType::of(&claimant.instance)),
        brand: Some(claimant.product.brand.clone()),
        product: Some(claimant.product.code.to_string()),
        domain: None,
        address: None,
        nonce: Some(nonce),
        metadata: Default::default(),
    };
    let (product, instance) = (claimant.product, claimant.instance);
    post("/licenses/activate", &request, move |response| {
        let answer: ActivateResponse = answered(response)?;
        let license = answer.license.ok_or_else(|| no_answer(response))?;
        let license = verified(&license, &trust)?;
        if license.product != product {
            return Err(untrusted("the license is for another product"));
        }
        let lease = match answer.lease {
            Some(lease) => Some(fresh(&lease, &trust, nonce, &license, &instance)?),
            None if license.takes_no_seat(&instance) => None,
            None => return Err(no_answer(response)),
        };
        Ok(Activation {
            license,
            lease,
            seats_used: answer.seats_used,
            seats_remaining: answer.seats_remaining,
        })
    })
}

/// Exchanges a lease for one that runs longer.
pub fn renew(lease: &Verified<Lease>, trust: TrustStore, nonce: Nonce) -> Exchange<Renewal> {
    let held = lease.clone();
    let request = lease.as_str().parse::<Signed<Lease>>();
    let request = request.map(|lease| RenewRequest { lease, nonce });
    let read = move |response: &Response| {
        let answer: RenewResponse = answered(response)?;
        let license = verified(&answer.license, &trust)?;
        if license.product != held.product || license.id != held.license_id {
            return Err(untrusted("the license is another one"));
        }
        let lease = fresh(&answer.lease, &trust, nonce, &license, &held.instance)?;
        Ok(Renewal { license, lease })
    };
    match request {
        Ok(request) => post("/licenses/renew-lease", &request, read),
        // A verified document parses; should it ever not, the authority says so.
        Err(_) => post("/licenses/renew-lease", &(), read),
    }
}

/// Asks how a license stands for an instance, without taking a seat. What is answered is signed by
/// nobody: show it, and decide nothing by it.
pub fn standing(claimant: Claimant) -> Exchange<LicenseStanding> {
    let request = CheckRequest {
        license_key: claimant.license_key,
        instance_identifier: claimant.instance.value().to_owned(),
        instance_type: Some(InstanceType::of(&claimant.instance)),
        brand: Some(claimant.product.brand),
        product: Some(claimant.product.code.to_string()),
        domain: None,
        address: None,
    };
    post("/licenses/check", &request, answered)
}

/// Gives the seat up. Giving up a seat that is not held succeeds.
pub fn deactivate(lease: &Verified<Lease>) -> Exchange<()> {
    let request = DeactivateRequest {
        lease: lease.as_str().parse().ok(),
        ..DeactivateRequest::default()
    };
    post("/licenses/deactivate", &request, |response| {
        answered::<DeactivateResponse>(response).map(|_| ())
    })
}

/// Fetches the status list that a license names. `None` for a license that names none.
pub fn statuses(
    license: &Verified<License>,
    trust: TrustStore,
) -> Option<Exchange<Verified<StatusList>>> {
    let terms = license.status.as_ref()?;
    let (uri, brand) = (terms.uri.clone(), license.product.brand.clone());
    // The list is fetched from the authority that the host was given, wherever that is reached
    // today; what was signed says which list it is.
    let path = match uri.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|slash| rest.get(slash..)),
        None => None,
    };
    let request = Request {
        method: "GET",
        path: path?.to_owned(),
        body: None,
        max_answer: MAX_LIST,
    };
    let read = move |response: &Response| {
        if response.status != 200 {
            return Err(failure(response));
        }
        let text = std::str::from_utf8(&response.body).map_err(|_| no_answer(response))?;
        let signed: Signed<StatusList> = text.parse().map_err(|_| no_answer(response))?;
        let list = verified(&signed, &trust)?;
        match list.uri == uri && list.brand == brand {
            true => Ok(list),
            false => Err(untrusted("the status list is another one")),
        }
    };
    Some(Exchange {
        request,
        read: Box::new(read),
    })
}

fn post<T>(
    path: &str,
    body: &impl Serialize,
    read: impl FnOnce(&Response) -> Result<T, Error> + Send + 'static,
) -> Exchange<T> {
    Exchange {
        request: Request {
            method: "POST",
            path: format!("/api/v1/product{path}"),
            body: Some(serde_json::to_string(body).unwrap_or_default()),
            max_answer: MAX_ANSWER,
        },
        read: Box::new(read),
    }
}

fn answered<T: DeserializeOwned>(response: &Response) -> Result<T, Error> {
    match response.status {
        200..=299 => serde_json::from_slice(&response.body).map_err(|_| no_answer(response)),
        _ => Err(failure(response)),
    }
}

fn verified<D: Document>(signed: &Signed<D>, trust: &TrustStore) -> Result<Verified<D>, Error> {
    signed
        .verify(trust)
        .map_err(|error| Error::because(Kind::Untrusted, error))
}

/// A lease that answers this very question: whatever was signed before does not.
fn fresh(
    signed: &Signed<Lease>,
    trust: &TrustStore,
    nonce: Nonce,
    license: &License,
    instance: &Instance,
) -> Result<Verified<Lease>, Error> {
    let lease = verified(signed, trust)?;
    if lease.nonce != nonce {
        return Err(untrusted("the lease answers another question"));
    }
    if lease.instance != *instance {
        return Err(untrusted("the lease is another instance's"));
    }
    if lease.license_id != license.id || lease.product != license.product {
        return Err(untrusted("the lease is on another license"));
    }
    Ok(lease)
}

/// What an answer means that is no success.
fn failure(response: &Response) -> Error {
    let asked = response
        .retry_after
        .as_deref()
        .and_then(|value| retry_after(value, response.date.as_deref()));
    if matches!(response.status, 429 | 502 | 503 | 504) {
        return Error::new(Kind::Overloaded { retry_after: asked });
    }
    let is_problem = response
        .content_type
        .as_deref()
        .is_some_and(|kind| kind.starts_with("application/problem+json"));
    match serde_json::from_slice::<Problem>(&response.body) {
        Ok(problem) if is_problem && (400..500).contains(&response.status) => {
            Error::new(Kind::Refused { problem })
        }
        _ => no_answer(response),
    }
}

fn no_answer(response: &Response) -> Error {
    Error::new(Kind::NoAuthority {
        status: response.status,
    })
}

fn untrusted(reason: &'static str) -> Error {
    Error::because(Kind::Untrusted, reason)
}

/// The longest wait that is believed of an authority.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// A license of 1 MiB and a lease, as JSON.
const MAX_ANSWER: usize = 2 << 20;
/// A status list, as docs/format.md limits it.
const MAX_LIST: usize = 4 << 20;
