use std::sync::atomic::Ordering;
use std::time::Duration;

use countersign::Moment;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::secret::{Secret, is_equal};
use crate::store::{Scope, StoreError, Tx, idempotency_keys};

use super::{Authority, Refusal};

/// Runs a use case once for each idempotency key: who sends the same key and body again is given
/// the first answer again.
///
/// # Errors
///
/// [`Refusal::Conflict`] where the key was used with another body, and those of `use_case`, after
/// which the key is free again.
pub(super) fn once<T: Serialize + DeserializeOwned>(
    tx: &mut dyn Tx,
    secret: &Secret,
    request: &Request<'_>,
    now: Moment,
    use_case: impl FnOnce(&mut dyn Tx) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let Request {
        brand_id,
        endpoint,
        key,
        body,
    } = *request;
    let hash = secret.hash("idempotency key", &[brand_id, endpoint, key]);
    let body = secret.hash("request", &[body]);
    let place = format!("idempotency_keys/{brand_id}/{endpoint}");
    if let Some(earlier) = idempotency_keys::note(tx, brand_id, endpoint, &hash, &body, now)? {
        if !is_equal(&earlier.body, &body) {
            return Err(Refusal::Conflict {
                code: "idempotency_key_reused",
                detail: "the idempotency key was used with another request".to_owned(),
            });
        }
        return earlier
            .answer
            .and_then(|sealed| secret.open(&place, &sealed))
            .and_then(|answer| serde_json::from_slice(&answer).ok())
            .ok_or(Refusal::Store(StoreError::Damaged {
                what: "an idempotency key",
            }));
    }
    let answer = use_case(tx)?;
    let text = serde_json::to_vec(&answer).map_err(Refusal::internal)?;
    let sealed = secret.seal(&place, &text)?;
    idempotency_keys::keep(tx, brand_id, endpoint, &hash, &sealed)?;
    Ok(answer)
}

/// A request that may come twice.
#[derive(Clone, Copy)]
pub(super) struct Request<'a> {
    pub(super) brand_id: &'a str,
    /// Which endpoint it is for: keys of different endpoints are different keys.
    pub(super) endpoint: &'a str,
    pub(super) key: &'a str,
    /// What it says, in a form that is the same for the same request.
    pub(super) body: &'a str,
}

impl Authority {
    /// Forgets requests that are old enough, once an hour: called by whoever takes new ones.
    ///
    /// # Errors
    ///
    /// [`Refusal::Store`].
    pub(super) async fn forget_requests(&self) -> Result<(), Refusal> {
        let now = self.now();
        let hour = now.unix() / SECONDS_OF_AN_HOUR;
        if self.inner.forgot_in_hour.swap(hour, Ordering::Relaxed) == hour {
            return Ok(());
        }
        let before = now.saturating_sub(KEPT);
        let forget = move |tx: &mut dyn Tx| Ok(idempotency_keys::forget(tx, before)?);
        self.inner.store.write(Scope::All, forget).await
    }
}

/// How long an answer is given again.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
const SECONDS_OF_AN_HOUR: i64 = 60 * 60;
