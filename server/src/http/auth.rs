use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;

use crate::authority::{Actor, Authority, Refusal, Scopes};
use crate::request_id;

use super::client::ClientAddress;
use super::problem::Problem;
use super::shell::Shell;

/// Who asks on behalf of a brand. Reading takes the scope `read`, every other method `write`.
pub(crate) struct BrandActor(pub(crate) Actor);

/// An operator who asks.
pub(crate) struct Operator(pub(crate) Actor);

impl FromRequestParts<Authority> for BrandActor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Authority) -> Result<Self, Problem> {
        let actor = authenticate(parts, state).await?;
        match actor.brand {
            Some(_) => Ok(Self(actor)),
            None => Err(forbidden("an operator's key acts for no brand")),
        }
    }
}

impl FromRequestParts<Authority> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Authority) -> Result<Self, Problem> {
        let actor = authenticate(parts, state).await?;
        match actor.brand {
            None => Ok(Self(actor)),
            Some(_) => Err(forbidden("an operator's key is needed")),
        }
    }
}

async fn authenticate(parts: &Parts, authority: &Authority) -> Result<Actor, Problem> {
    let shell = parts.extensions.get::<Arc<Shell>>();
    let client = parts.extensions.get::<ClientAddress>();
    let key = api_key(parts).ok_or(Refusal::Unauthorized)?;
    // Who tries keys asks the database no more often than their address may.
    let is_familiar = authority.is_familiar(key);
    if let (false, Some(shell), Some(client)) = (is_familiar, shell, client) {
        shell.gate.stranger(client.0)?;
    }
    let mut actor = match authority
        .authenticate(key, client.map(|client| client.0))
        .await
    {
        Err(Refusal::Unauthorized) => {
            if let (Some(shell), Some(client)) = (shell, client) {
                shell.gate.unknown_api_key(client.0);
            }
            return Err(Refusal::Unauthorized.into());
        }
        authenticated => authenticated?,
    };
    if let Some(shell) = shell {
        let own = match &actor.brand {
            Some(brand) => authority.brand_rates(brand).await?.api_key,
            None => None,
        };
        shell.gate.api_key(&actor.name, own)?;
    }
    actor.request_id = request_id::current();
    if actor.scopes == Scopes::Read && !parts.method.is_safe() {
        return Err(forbidden("the API key may only read"));
    }
    Ok(actor)
}

/// The key in `X-API-Key`, or the bearer token (RFC 6750).
fn api_key(parts: &Parts) -> Option<&str> {
    let text = |name| parts.headers.get(name)?.to_str().ok();
    text(header::HeaderName::from_static("x-api-key")).or_else(|| {
        let (scheme, key) = text(header::AUTHORIZATION)?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
    })
}

fn forbidden(detail: &'static str) -> Problem {
    Refusal::Forbidden {
        detail: detail.into(),
    }
    .into()
}
