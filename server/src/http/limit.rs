//! Turns away requests of products that come too often: by their address before anything is read, and
//! by their license once it is known which one they are about.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use countersign::{Code, LicenseKey};

use crate::authority::{Authority, Counted, Given, PresentedLease};

use super::client::ClientAddress;
use super::problem::{Problem, ProblemCode};
use super::shell::Shell;

/// What may come from an address: of products, and of whoever fetches what is public.
pub(super) async fn limit(
    shell: &Shell,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let path = request.uri().path();
    let is_product = path.starts_with(PRODUCT);
    if !is_product && !path.starts_with(PUBLIC) {
        return Ok(next.run(request).await);
    }
    let ClientAddress(address) = ClientAddress::noted(&request);
    shell.gate.address(address)?;
    if is_product {
        // Nobody has shown who they are: what they may make the authority keep is little.
        let longest = shell.options.body_limit.min(LONGEST_BODY);
        DefaultBodyLimit::max(longest).apply(&mut request);
    }
    let answer = next.run(request).await;
    let code = answer.extensions().get::<ProblemCode>();
    if code.is_some_and(|ProblemCode(code)| UNKNOWN.contains(&code.as_str())) {
        shell.gate.unknown_license_key(address);
    }
    Ok(answer)
}

/// A product that asks.
pub(crate) struct Caller {
    shell: Arc<Shell>,
    address: ClientAddress,
}

impl Caller {
    /// Lets a request with a license key through.
    ///
    /// # Errors
    ///
    /// If there were too many with it, or from this address about licenses of its brand.
    pub(crate) async fn admit_key(
        &self,
        authority: &Authority,
        key: &LicenseKey,
        brand: Option<&Code>,
    ) -> Result<(), Problem> {
        match self.is_counted(authority).await? {
            true => self.admit(&authority.counted_by_key(key, brand).await?),
            false => Ok(()),
        }
    }

    /// Lets a request with a lease through.
    ///
    /// # Errors
    ///
    /// The same, by its license.
    pub(crate) async fn admit_lease(
        &self,
        authority: &Authority,
        lease: &PresentedLease,
    ) -> Result<(), Problem> {
        match self.is_counted(authority).await? {
            true => self.admit(&authority.counted_by_lease(lease).await?),
            false => Ok(()),
        }
    }

    /// Lets a request through that gives up a seat.
    ///
    /// # Errors
    ///
    /// The same, by what it names.
    pub(crate) async fn admit_seat(
        &self,
        authority: &Authority,
        given: &Given,
    ) -> Result<(), Problem> {
        match given {
            Given::Instance(claimant) => {
                let brand = claimant.brand.as_ref();
                self.admit_key(authority, &claimant.license_key, brand)
                    .await
            }
            Given::Lease(lease) => self.admit_lease(authority, lease).await,
        }
    }

    /// Whether anybody has set a limit.
    async fn is_counted(&self, authority: &Authority) -> Result<bool, Problem> {
        let own = self.shell.options.rates.license_key;
        Ok(own.per_second > 0 || authority.brands_have_rates().await?)
    }

    fn admit(&self, counted: &Counted) -> Result<(), Problem> {
        let gate = &self.shell.gate;
        let own = counted.brand.as_ref();
        if let Some((brand_id, rates)) = own
            && let Some(rate) = rates.address
        {
            gate.address_of_brand(self.address.0, brand_id, rate)?;
        }
        let own = own.and_then(|(_, rates)| rates.license_key);
        gate.license(&counted.who, own)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let shell = parts.extensions.get::<Arc<Shell>>().cloned();
        let address = parts.extensions.get::<ClientAddress>().copied();
        match (shell, address) {
            (Some(shell), Some(address)) => Ok(Self { shell, address }),
            _ => Err(Problem::new(500, "internal", "nobody knows who asks")),
        }
    }
}

/// Where the product side begins.
const PRODUCT: &str = "/api/v1/product/";
/// Where that begins which anybody may fetch.
const PUBLIC: &str = "/.well-known/";
/// The codes of answers to who tries keys: license keys that nobody has, and leases that no brand
/// signed.
const UNKNOWN: [&str; 3] = ["license_key_not_found", "unknown_key", "bad_signature"];
/// The longest body of a product, in bytes: an activation request has as many at most.
const LONGEST_BODY: usize = countersign::ActivationRequest::MAX_SIZE;
