use axum::extract::State;
use axum::http::StatusCode;

use crate::authority::{ApiKeyList, ApiKeyOrder, ApiKeyPatch, ApiKeyView, Authority, Rotation};
use crate::http::auth::BrandActor;
use crate::http::body::{Json, Name, OptionalJson, PageQuery, Params};
use crate::http::idempotency_key::IdempotencyKey;
use crate::http::problem::Problem;

/// The API keys, newest first.
#[utoipa::path(
    get,
    path = "/api-keys",
    tag = "brand",
    params(PageQuery),
    responses((status = 200, body = ApiKeyList, description = "a page of them")),
)]
pub(crate) async fn list(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    Params(query): Params<PageQuery>,
) -> Result<axum::Json<ApiKeyList>, Problem> {
    let list = authority.api_keys(&actor, None, &query.into()).await?;
    Ok(axum::Json(list))
}

/// Makes an API key. It is of the brand of the key that makes it.
#[utoipa::path(
    post,
    path = "/api-keys",
    tag = "brand",
    params(IdempotencyKey),
    request_body = ApiKeyOrder,
    responses((status = 201, body = ApiKeyView, description = "the key, shown this once")),
)]
pub(crate) async fn create(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    idempotency: IdempotencyKey,
    Json(order): Json<ApiKeyOrder>,
) -> Result<(StatusCode, axum::Json<ApiKeyView>), Problem> {
    let once = idempotency.of(&order)?;
    let key = authority.create_api_key(&actor, order, once).await?;
    Ok((StatusCode::CREATED, axum::Json(key)))
}

/// An API key.
#[utoipa::path(
    get,
    path = "/api-keys/{id}",
    tag = "brand",
    params(("id" = String, Path, description = "its id")),
    responses((status = 200, body = ApiKeyView, description = "the key, without the key itself")),
)]
pub(crate) async fn get(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    Name(id): Name,
) -> Result<axum::Json<ApiKeyView>, Problem> {
    Ok(axum::Json(authority.api_key(&actor, &id).await?))
}

/// Changes an API key: what is stated. The key itself stays.
#[utoipa::path(
    patch,
    path = "/api-keys/{id}",
    tag = "brand",
    params(("id" = String, Path, description = "its id")),
    request_body = ApiKeyPatch,
    responses((status = 200, body = ApiKeyView, description = "the key as it is now")),
)]
pub(crate) async fn change(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    Name(id): Name,
    Json(patch): Json<ApiKeyPatch>,
) -> Result<axum::Json<ApiKeyView>, Problem> {
    let key = authority.change_api_key(&actor, &id, patch).await?;
    Ok(axum::Json(key))
}

/// Deletes an API key, which ends it too.
#[utoipa::path(
    delete,
    path = "/api-keys/{id}",
    tag = "brand",
    params(("id" = String, Path, description = "its id")),
    responses((status = 204, description = "it is gone")),
)]
pub(crate) async fn delete(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    Name(id): Name,
) -> Result<StatusCode, Problem> {
    authority.delete_api_key(&actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a key in the place of another, which goes on for the overlap.
#[utoipa::path(
    post,
    path = "/api-keys/{id}/rotate",
    tag = "brand",
    params(("id" = String, Path, description = "its id"), IdempotencyKey),
    request_body = Option<Rotation>,
    responses((status = 201, body = ApiKeyView, description = "the new key, shown this once")),
)]
pub(crate) async fn rotate(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    Name(id): Name,
    idempotency: IdempotencyKey,
    OptionalJson(rotation): OptionalJson<Rotation>,
) -> Result<(StatusCode, axum::Json<ApiKeyView>), Problem> {
    let once = idempotency.of(&(&id, &rotation))?;
    let key = authority
        .rotate_api_key(&actor, &id, rotation, once)
        .await?;
    Ok((StatusCode::CREATED, axum::Json(key)))
}

/// Ends an API key now. Again: the same answer.
#[utoipa::path(
    post,
    path = "/api-keys/{id}/revoke",
    tag = "brand",
    params(("id" = String, Path, description = "its id")),
    responses((status = 200, body = ApiKeyView, description = "the key, revoked")),
)]
pub(crate) async fn revoke(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    Name(id): Name,
) -> Result<axum::Json<ApiKeyView>, Problem> {
    Ok(axum::Json(authority.revoke_api_key(&actor, &id).await?))
}
