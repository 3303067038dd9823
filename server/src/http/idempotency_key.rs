use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::Serialize;

use crate::authority::{Idempotency, Refusal};

use super::problem::Problem;

/// The header under which a request is carried out once.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
pub(crate) struct IdempotencyKey {
    /// For 24 hours at least the same key and request are given the first answer again.
    #[param(rename = "Idempotency-Key", min_length = 1, max_length = 255)]
    key: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut stated = parts.headers.get_all(NAME).iter();
        let key = match (stated.next(), stated.next()) {
            (None, _) => None,
            (Some(key), None) => Some(key.to_str().map_err(|_| refused("it is no ASCII text"))?),
            (Some(_), Some(_)) => return Err(refused("it is stated twice")),
        };
        Ok(Self {
            key: key.map(str::to_owned),
        })
    }
}

impl IdempotencyKey {
    /// Whether it is stated, and is another key.
    pub(super) fn differs_from(&self, other: &str) -> bool {
        self.key.as_ref().is_some_and(|key| key != other)
    }

    /// That this request is carried out once, where that is asked for.
    pub(super) fn of(self, request: &impl Serialize) -> Result<Option<Idempotency>, Refusal> {
        self.key
            .map(|key| Idempotency::new(NAME, key, request))
            .transpose()
    }
}

fn refused(detail: &str) -> Problem {
    Refusal::field(NAME, "invalid_request", detail).into()
}

const NAME: &str = "Idempotency-Key";
