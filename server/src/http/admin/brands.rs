use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::authority::{Authority, BrandList, BrandOrder, BrandPatch, BrandView, KeyList};
use crate::http::auth::Operator;
use crate::http::body::{Json, Name, Names, OpenJson, OptionalJson, PageQuery, Params};
use crate::http::idempotency_key::IdempotencyKey;
use crate::http::problem::Problem;

/// Which key gives way to the standby key.
#[derive(Debug, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyRotation {
    /// The id of the key that signs now; nothing for whichever does.
    #[serde(default)]
    active: Option<String>,
}

/// The brands, newest first.
#[utoipa::path(
    get,
    path = "/brands",
    tag = "admin",
    params(PageQuery),
    responses((status = 200, body = BrandList, description = "a page of them")),
)]
pub(crate) async fn list(
    State(authority): State<Authority>,
    Operator(_): Operator,
    Params(query): Params<PageQuery>,
) -> Result<axum::Json<BrandList>, Problem> {
    Ok(axum::Json(authority.brands(&query.into()).await?))
}

/// Makes a brand, with a key to sign with and a standby key.
#[utoipa::path(
    post,
    path = "/brands",
    tag = "admin",
    params(IdempotencyKey),
    request_body = BrandOrder,
    responses((status = 201, body = BrandView, description = "the brand")),
)]
pub(crate) async fn create(
    State(authority): State<Authority>,
    Operator(actor): Operator,
    idempotency: IdempotencyKey,
    Json(order): Json<BrandOrder>,
) -> Result<(StatusCode, axum::Json<BrandView>), Problem> {
    let once = idempotency.of(&order)?;
    let brand = authority.create_brand(&actor, order, once).await?;
    Ok((StatusCode::CREATED, axum::Json(brand)))
}

/// A brand.
#[utoipa::path(
    get,
    path = "/brands/{id}",
    tag = "admin",
    params(("id" = String, Path, description = "its id or code")),
    responses((status = 200, body = BrandView, description = "the brand")),
)]
pub(crate) async fn get(
    State(authority): State<Authority>,
    Operator(_): Operator,
    Name(name): Name,
) -> Result<axum::Json<BrandView>, Problem> {
    Ok(axum::Json(authority.brand(&name).await?))
}

/// Changes a brand: what is stated.
#[utoipa::path(
    patch,
    path = "/brands/{id}",
    tag = "admin",
    params(("id" = String, Path, description = "its id or code")),
    request_body = BrandPatch,
    responses((status = 200, body = BrandView, description = "the brand as it is now")),
)]
pub(crate) async fn change(
    State(authority): State<Authority>,
    Operator(actor): Operator,
    Name(name): Name,
    OpenJson(patch): OpenJson<BrandPatch>,
) -> Result<axum::Json<BrandView>, Problem> {
    let brand = authority.change_brand(&actor, &name, patch).await?;
    Ok(axum::Json(brand))
}

/// Deletes a brand that has no licenses, with everything that is its own.
#[utoipa::path(
    delete,
    path = "/brands/{id}",
    tag = "admin",
    params(("id" = String, Path, description = "its id or code")),
    responses(
        (status = 204, description = "it is gone"),
        (status = 409, description = "it collides with what is there"),
    ),
)]
pub(crate) async fn delete(
    State(authority): State<Authority>,
    Operator(actor): Operator,
    Name(name): Name,
) -> Result<StatusCode, Problem> {
    authority.delete_brand(&actor, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The keys that a brand signs with: the one in use first, then the standby.
#[utoipa::path(
    get,
    path = "/brands/{id}/keys",
    tag = "admin",
    params(("id" = String, Path, description = "its id or code")),
    responses((status = 200, body = KeyList, description = "the keys")),
)]
pub(crate) async fn keys(
    State(authority): State<Authority>,
    Operator(_): Operator,
    Name(name): Name,
) -> Result<axum::Json<KeyList>, Problem> {
    Ok(axum::Json(authority.keys(&name).await?))
}

/// Signs with the standby key from now on, and makes a new standby. Nothing is issued anew.
#[utoipa::path(
    post,
    path = "/brands/{id}/keys/rotate",
    tag = "admin",
    params(("id" = String, Path, description = "its id or code"), IdempotencyKey),
    request_body = Option<KeyRotation>,
    responses((status = 200, body = KeyList, description = "the keys as they are now")),
)]
pub(crate) async fn rotate_keys(
    State(authority): State<Authority>,
    Operator(actor): Operator,
    Name(name): Name,
    idempotency: IdempotencyKey,
    OptionalJson(rotation): OptionalJson<KeyRotation>,
) -> Result<axum::Json<KeyList>, Problem> {
    let once = idempotency.of(&(&name, &rotation))?;
    let keys = authority.rotate_keys(&actor, &name, rotation.active, None, once);
    Ok(axum::Json(keys.await?))
}

/// Takes back a key that somebody else may have, and signs anew what it had signed.
#[utoipa::path(
    post,
    path = "/brands/{id}/keys/{key}/revoke",
    tag = "admin",
    params(
        ("id" = String, Path, description = "the brand's id or code"),
        ("key" = String, Path, description = "the key's id"),
    ),
    responses(
        (status = 200, body = KeyList, description = "the keys as they are now"),
        (status = 409, description = "the brand signs with it"),
    ),
)]
pub(crate) async fn revoke_key(
    State(authority): State<Authority>,
    Operator(actor): Operator,
    Names([brand, key]): Names<2>,
) -> Result<axum::Json<KeyList>, Problem> {
    Ok(axum::Json(
        authority.revoke_key(&actor, &brand, &key).await?,
    ))
}
