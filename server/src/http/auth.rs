use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header;
use axum::http::request::Parts;

use crate::authority::{Actor, Authority, Refusal, Scopes};

use super::problem::Problem;

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
    let key = api_key(parts).ok_or(Refusal::Unauthorized)?;
    let actor = authority.authenticate(key, caller_address(parts)).await?;
    if actor.scopes == Scopes::Read && !parts.method.is_safe() {
        return Err(forbidden("the API key may only read"));
    }
    Ok(actor)
}

/// The address of the peer.
fn caller_address(parts: &Parts) -> Option<IpAddr> {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    peer.map(|ConnectInfo(address)| address.ip())
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
