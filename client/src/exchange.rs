//! What is sent to an authority and how its answers are read, without sending anything: for hosts
//! that have an HTTP stack of their own. Both clients of this crate are thin over it.

use std::fmt;

use countersign::protocol::{
    ActivateRequest, ActivateResponse, CheckRequest, DeactivateRequest, DeactivateResponse,
    InstanceType, LicenseStanding, Problem, RenewRequest, RenewResponse,
};
use countersign::{
    ActivationAnswer, ActivationRequest, Document, Instance, Lease, License, LicenseKey, Nonce,
    Product, Signed, StatusList, TrustStore, Verified,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Kind};
use crate::retry_after::retry_after;

/// One question to an authority: a request to send, and how its answer is read.
///
/// To ask again is to make it anew: each activation and each renewal has a nonce of its own.
#[must_use]
pub struct Exchange<T> {
    request: Request,
    read: Read<T>,
}

type Read<T> = Box<dyn FnOnce(&Response) -> Result<T, Error> + Send>;

impl<T> Exchange<T> {
    /// What to send.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Reads what came back. Nothing of it is believed that a trusted key did not sign, and no lease that
    /// was not signed for this very question.
    ///
    /// # Errors
    ///
    /// What [`Error`] says to do.
    pub fn read(self, response: &Response) -> Result<T, Error> {
        (self.read)(response)
    }

    /// The same question, whose answer is made into something else.
    pub fn map<U>(self, make: impl FnOnce(T) -> U + Send + 'static) -> Exchange<U>
    where
        T: 'static,
    {
        let read = self.read;
        Exchange {
            request: self.request,
            read: Box::new(|response| read(response).map(make)),
        }
    }

    #[cfg(any(feature = "async", feature = "blocking"))]
    pub(crate) fn into_parts(self) -> (Request, Read<T>) {
        (self.request, self.read)
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
    /// What is sent; nothing for `GET`.
    pub body: Option<String>,
    /// The header `Content-Type`, where there is a body.
    pub content_type: &'static str,
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
    /// The header `X-Request-Id`, by which who runs the authority finds a request again.
    pub request_id: Option<String>,
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
    let secret = claimant.license_key.as_str().to_owned();
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
    post("/licenses/activate", &request, secret, move |response| {
        let answer: ActivateResponse = answered(response)?;
        let license = answer.license.ok_or_else(|| no_answer(response))?;
        let license = verified(&license, &trust)?;
        if license.product != product {
            return Err(untrusted("the license is for another product"));
        }
        let lease = match answer.lease {
            Some(lease) => Some(fresh(&lease, &trust, nonce, &license, &instance)?),
            None if license.activation.is_none() || license.takes_no_seat(&instance) => None,
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
    let secret = lease.as_str().to_owned();
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
        Ok(request) => post("/licenses/renew-lease", &request, secret, read),
        // A verified document parses; should it ever not, the authority says so.
        Err(_) => post("/licenses/renew-lease", &(), secret, read),
    }
}

/// Asks how a license stands for an instance, without taking a seat. What is answered is signed by
/// nobody: show it, and decide nothing by it.
pub fn standing(claimant: Claimant) -> Exchange<LicenseStanding> {
    let secret = claimant.license_key.as_str().to_owned();
    let request = CheckRequest {
        license_key: claimant.license_key,
        instance_identifier: claimant.instance.value().to_owned(),
        instance_type: Some(InstanceType::of(&claimant.instance)),
        brand: Some(claimant.product.brand),
        product: Some(claimant.product.code.to_string()),
        domain: None,
        address: None,
    };
    post("/licenses/check", &request, secret, answered)
}

/// Gives the seat up. Giving up a seat that is not held succeeds.
pub fn deactivate(lease: &Verified<Lease>) -> Exchange<()> {
    let request = DeactivateRequest {
        lease: lease.as_str().parse().ok(),
        ..DeactivateRequest::default()
    };
    let secret = lease.as_str().to_owned();
    post("/licenses/deactivate", &request, secret, |response| {
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
    let request = Request {
        method: "GET",
        path: list_path(&uri)?.to_owned(),
        body: None,
        content_type: JSON,
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

/// Has the request of a machine without a network answered. The answer is verified nowhere on the
/// way: the machine that drew up the request does that.
pub fn answer(request: &ActivationRequest) -> Exchange<ActivationAnswer> {
    let secret = request.license_key.as_str().to_owned();
    Exchange {
        request: Request {
            method: "POST",
            path: "/api/v1/product/licenses/answer".to_owned(),
            body: Some(request.to_string()),
            content_type: "text/plain; charset=utf-8",
            max_answer: ActivationAnswer::MAX_SIZE,
        },
        read: Box::new(move |response| match response.status {
            200..=299 => {
                let text = std::str::from_utf8(&response.body).map_err(|_| no_answer(response))?;
                text.parse().map_err(|_| no_answer(response))
            }
            _ => Err(failure(response).without(&secret)),
        }),
    }
}

/// The path of a status list below the authority's address. The list is fetched from the authority
/// that the host was given, wherever that is reached today; what was signed says which list it is.
fn list_path(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once("://")?;
    let path = rest.get(rest.find('/')?..)?;
    // The address that the authority had then may have had a path, as may the one it has today.
    let below = path.find("/.well-known/").and_then(|at| path.get(at..));
    Some(below.unwrap_or(path))
}

/// `secret` is what is sent and may stand in no text: an authority's refusal may quote it.
fn post<T: 'static>(
    path: &str,
    body: &impl Serialize,
    secret: String,
    read: impl FnOnce(&Response) -> Result<T, Error> + Send + 'static,
) -> Exchange<T> {
    Exchange {
        request: Request {
            method: "POST",
            path: format!("/api/v1/product{path}"),
            body: Some(serde_json::to_string(body).unwrap_or_default()),
            content_type: JSON,
            max_answer: MAX_ANSWER,
        },
        read: Box::new(move |response| read(response).map_err(|error| error.without(&secret))),
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
        .is_some_and(|kind| is_media_type(kind, "application/problem+json"));
    if response.body.len() > MAX_PROBLEM {
        return no_answer(response);
    }
    let problem = serde_json::from_slice::<Problem>(&response.body);
    match (problem, response.status) {
        (Ok(problem), 400..=499) if is_problem => Error::new(Kind::Refused { problem }),
        (Ok(problem), status @ 500..=599) if is_problem => Error::new(Kind::Failed {
            status,
            code: problem.code,
            request_id: response.request_id.clone().filter(|id| is_request_id(id)),
            retry_after: asked,
        }),
        _ => no_answer(response),
    }
}

/// Whether a header names that media type, as RFC 9110 compares one: in upper or lower case, with or
/// without parameters.
fn is_media_type(header: &str, name: &str) -> bool {
    let essence = header.split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case(name)
}

/// Whether a request may be called that, as docs/protocol.md says.
fn is_request_id(id: &str) -> bool {
    let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    (1..=64).contains(&id.len()) && id.bytes().all(is_fit)
}

fn no_answer(response: &Response) -> Error {
    Error::new(Kind::NoAuthority {
        status: response.status,
    })
}

fn untrusted(reason: &'static str) -> Error {
    Error::because(Kind::Untrusted, reason)
}

const JSON: &str = "application/json";
/// A license of 1 MiB and a lease, as JSON.
const MAX_ANSWER: usize = 2 << 20;
/// A problem: what is sent is looked for in all of it, so that none shows a secret.
const MAX_PROBLEM: usize = 64 << 10;
/// A status list, as docs/format.md limits it.
const MAX_LIST: usize = 4 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_by_the_media_type_of_a_problem_and_no_other() {
        let cases = [
            (Some("application/problem+json"), true),
            (Some("Application/Problem+JSON"), true),
            (Some("application/problem+json; charset=utf-8"), true),
            (Some(" application/problem+json\t;charset=utf-8"), true),
            (Some("application/problem+jsonx"), false),
            (Some("application/problem+json, text/html"), false),
            (Some("text/html; application/problem+json"), false),
            (Some("application/json"), false),
            (Some(""), false),
            (None, false),
        ];
        for (kind, is_refusal) in cases {
            let response = Response {
                status: 409,
                content_type: kind.map(str::to_owned),
                retry_after: None,
                date: None,
                request_id: None,
                body: br#"{"status":409,"code":"seat_lost"}"#.to_vec(),
            };
            let refusal = failure(&response).refusal().map(|it| it.code.clone());
            let expected = is_refusal.then(|| "seat_lost".to_owned());
            assert_eq!(refusal, expected, "{kind:?}");
        }
    }

    #[test]
    fn a_status_list_is_asked_for_below_the_address_of_today() {
        let cases = [
            (
                "https://a.example/.well-known/acme/status/1",
                Some("/.well-known/acme/status/1"),
            ),
            (
                "https://a.example/x/.well-known/acme/status/1",
                Some("/.well-known/acme/status/1"),
            ),
            ("https://a.example/lists/1", Some("/lists/1")),
            ("https://a.example", None),
            ("urn:acme:1", None),
        ];
        for (uri, expected) in cases {
            assert_eq!(list_path(uri), expected, "{uri}");
        }
    }
}
