use std::fmt;
use std::sync::atomic::Ordering;
use std::time::Duration;

use countersign::Moment;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::secret::{Secret, is_equal};
use crate::store::{Scope, StoreError, Tx, idempotency_keys};

use super::{Authority, Refusal};

/// That a request is carried out once, however often it arrives.
#[derive(Clone)]
pub(crate) struct Idempotency {
    key: String,
    /// What the request says, in a form that is the same for the same request.
    body: String,
}

impl Idempotency {
    /// # Errors
    ///
    /// [`Refusal::Fields`], with the name of the member or header that the key stands in, for one that
    /// is empty or too long.
    pub(crate) fn new(field: &str, key: String, request: &impl Serialize) -> Result<Self, Refusal> {
        if key.is_empty() || key.len() > LONGEST_KEY {
            let detail = format!("it has 1 to {LONGEST_KEY} bytes");
            return Err(Refusal::field(field, "invalid_request", detail));
        }
        // Members have an order, so the text is the same for the same request.
        let body = serde_json::to_string(request).map_err(Refusal::internal)?;
        Ok(Self { key, body })
    }
}

/// Shows nothing of the request, which may hold a license key.
impl fmt::Debug for Idempotency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Idempotency(..)")
    }
}

/// Runs a use case once for each idempotency key: who sends the same key and body again is given
/// the first answer again.
///
/// # Errors
///
/// [`Refusal::Conflict`] where the key was used with another body, and those of `use_case`, after
/// which the key is free again.
fn once<T: Serialize + DeserializeOwned>(
    tx: &mut dyn Tx,
    secret: &Secret,
    owner: &str,
    endpoint: &str,
    request: &Idempotency,
    now: Moment,
    use_case: impl FnOnce(&mut dyn Tx) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let Idempotency { key, body } = request;
    let hash = secret.hash("idempotency key", &[owner, endpoint, key]);
    let body = secret.hash("request", &[body]);
    let place = format!("idempotency_keys/{owner}/{endpoint}");
    if let Some(earlier) = idempotency_keys::note(tx, owner, endpoint, &hash, &body, now)? {
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
    idempotency_keys::keep(tx, owner, endpoint, &hash, &sealed)?;
    Ok(answer)
}

impl Authority {
    /// Runs a use case that writes, and whose request may come twice; `endpoint` is which one it is
    /// for, since keys of different endpoints are different keys.
    ///
    /// # Errors
    ///
    /// Those of [`once`], and of the store.
    pub(super) async fn write_once<T, F>(
        &self,
        scope: Scope,
        endpoint: &'static str,
        request: Option<Idempotency>,
        use_case: F,
    ) -> Result<T, Refusal>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
        F: Fn(&mut dyn Tx) -> Result<T, Refusal> + Send + 'static,
    {
        let Some(request) = request else {
            return self.inner.store.write(scope, use_case).await;
        };
        self.forget_requests().await?;
        let (inner, now) = (self.inner.clone(), self.now());
        let owner = match &scope {
            Scope::Brand(id) => id.clone(),
            Scope::All => OPERATORS.to_owned(),
        };
        let once = move |tx: &mut dyn Tx| {
            once(
                tx,
                &inner.secret,
                &owner,
                endpoint,
                &request,
                now,
                &use_case,
            )
        };
        self.inner.store.write(scope, once).await
    }

    /// Forgets requests that are old enough, once an hour: called by whoever takes new ones.
    ///
    /// # Errors
    ///
    /// [`Refusal::Store`].
    async fn forget_requests(&self) -> Result<(), Refusal> {
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

/// In whose name the requests of operators are kept; no brand has such an id.
const OPERATORS: &str = "operators";
/// The longest idempotency key, in bytes.
const LONGEST_KEY: usize = 255;
/// How long an answer is given again.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
const SECONDS_OF_AN_HOUR: i64 = 60 * 60;
