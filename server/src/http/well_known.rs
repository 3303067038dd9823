//! What anybody may fetch: the keys of a brand, and its status lists.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use countersign::Code;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::authority::{Authority, Refusal, SignedList};

use super::problem::Problem;

pub(crate) fn routes() -> OpenApiRouter<Authority> {
    OpenApiRouter::new()
        .routes(routes!(key_set))
        .routes(routes!(status_list))
}

/// The keys of a brand. For people and tools: a product trusts the keys that it was built with.
#[utoipa::path(
    get,
    path = "/{brand}/jwks.json",
    tag = "public",
    params(("brand" = String, Path, description = "the code of the brand")),
    responses(
        (status = 200, body = Object, content_type = "application/jwk-set+json", description = "a JWK Set (RFC 7517)"),
        (status = 404, description = "no such brand"),
    ),
)]
async fn key_set(
    State(authority): State<Authority>,
    path: Result<Path<String>, PathRejection>,
) -> Result<impl IntoResponse, Problem> {
    let Path(brand) = path.map_err(|_| UNKNOWN_BRAND)?;
    let keys = authority.key_set(&parse_brand(&brand)?).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/jwk-set+json"),
        (header::CACHE_CONTROL, "public, max-age=60"),
    ];
    Ok((headers, keys))
}

/// The standing of every license of a list, signed.
#[utoipa::path(
    get,
    path = "/{brand}/status/{list}",
    tag = "public",
    params(
        ("brand" = String, Path, description = "the code of the brand"),
        ("list" = String, Path, description = "the number of the list, as licenses state it"),
    ),
    responses(
        (status = 200, body = String, content_type = "application/statuslist+jwt", description = "the signed list"),
        (status = 304, description = "it is the one that `If-None-Match` names"),
        (status = 404, description = "no such brand or list"),
    ),
)]
async fn status_list(
    State(authority): State<Authority>,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Path((brand, list)) = path.map_err(|_| UNKNOWN_BRAND)?;
    let number = list
        .parse()
        .ok()
        .filter(|number: &i64| number.to_string() == list);
    let number = number.ok_or(Refusal::NotFound {
        what: "status_list",
    })?;
    let list = authority.status_list(&parse_brand(&brand)?, number).await?;
    let tag = format!("\"{}\"", list.tag);
    let age = SignedList::KEPT_BY_OTHERS.as_secs();
    let is_held = is_named(&headers, &tag);
    let common = [
        (header::ETAG, tag),
        (header::CACHE_CONTROL, format!("public, max-age={age}")),
    ];
    if is_held {
        return Ok((StatusCode::NOT_MODIFIED, common).into_response());
    }
    let kind = [(header::CONTENT_TYPE, "application/statuslist+jwt")];
    Ok((common, kind, list.document.as_str().to_owned()).into_response())
}

/// A text that is no code is no brand's.
fn parse_brand(text: &str) -> Result<Code, Refusal> {
    text.parse().map_err(|_| UNKNOWN_BRAND)
}

/// Whether `If-None-Match` names an entity tag, by weak comparison (RFC 9110, section 13.1.2).
fn is_named(headers: &HeaderMap, tag: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|named| named == "*" || named.strip_prefix("W/").unwrap_or(named) == tag)
}

const UNKNOWN_BRAND: Refusal = Refusal::NotFound { what: "brand" };
