use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use crate::authority::{
    ApiKeyList, ApiKeyOrder, ApiKeyPatch, ApiKeyView, Authority, PageParams, Rotation,
};
use crate::http::auth::Operator;
use crate::http::body::{Json, Name, OptionalJson, Params};
use crate::http::idempotency_key::IdempotencyKey;
use crate::http::problem::Problem;

/// Which API keys are asked for.
#[derive(Clone, Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ApiKeyQuery {
    /// A brand, by id or code; nothing for all.
    #[serde(default)]
    brand: Option<String>,
    /// The most that is shown [default: 50; at most 500].
    #[serde(default)]
    limit: Option<u32>,
    /// The `next` of the page before.
    #[serde(default)]
    cursor: Option<String>,
}

/// The API keys, newest first: of operators and of brands.
#[utoipa::path(
    get,
    path = "/api-keys",
    tag = "admin",
    params(ApiKeyQuery),
    responses(
        (status = 200, body = ApiKeyList, description = "a page of them"),
        (status = 404, description = "there is none of that name"),
    ),
)]
pub(crate) async fn list(
    State(authority): State<Authority>,
    Operator(actor): Operator,
    Params(query): Params<ApiKeyQuery>,
) -> Result<axum::Json<ApiKeyList>, Problem> {
    let ApiKeyQuery {
        brand,
        limit,
        cursor,
    } = query;
    let params = PageParams { limit, cursor };
    let list = authority
        .api_keys(&actor, brand.as_deref(), &params)
        .await?;
    Ok(axum::Json(list))
}

/// Makes an API key.
#[utoipa::path(
    post,
    path = "/api-keys",
    tag = "admin",
    params(IdempotencyKey),
    request_body = ApiKeyOrder,
    responses(
        (status = 201, body = ApiKeyView, description = "the key, shown this once"),
        (status = 404, description = "there is none of that name"),
    ),
)]
pub(crate) async fn create(
    State(authority): State<Authority>,
    Operator(actor): Operator,
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
    tag = "admin",
    params(("id" = String, Path, description = "its id")),
    responses((status = 200, body = ApiKeyView, description = "the key, without the key itself")),
)]
pub(crate) async fn get(
    State(authority): State<Authority>,
    Operator(actor): Operator,
    Name(id): Name,
) -> Result<axum::Json<ApiKeyView>, Problem> {
    Ok(axum::Json(authority.api_key(&actor, &id).await?))
}

/// Changes an API key: what is stated. The key itself stays.
#[utoipa::path(
    patch,
    path = "/api-keys/{id}",
    tag = "admin",
    params(("id" = String, Path, description = "its id")),
    request_body = ApiKeyPatch,
    responses((status = 200, body = ApiKeyView, description = "the key as it is now")),
)]
pub(crate) async fn change(
    State(authority): State<Authority>,
    Operator(actor): Operator,
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
    tag = "admin",
    params(("id" = String, Path, description = "its id")),
    responses((status = 204, description = "it is gone")),
)]
pub(crate) async fn delete(
    State(authority): State<Authority>,
    Operator(actor): Operator,
    Name(id): Name,
) -> Result<StatusCode, Problem> {
    authority.delete_api_key(&actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a key in the place of another, which goes on for the overlap.
#[utoipa::path(
    post,
    path = "/api-keys/{id}/rotate",
    tag = "admin",
    params(("id" = String, Path, description = "its id"), IdempotencyKey),
    request_body = Option<Rotation>,
    responses((status = 201, body = ApiKeyView, description = "the new key, shown this once")),
)]
pub(crate) async fn rotate(
    State(authority): State<Authority>,
    Operator(actor): Operator,
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
    tag = "admin",
    params(("id" = String, Path, description = "its id")),
    responses((status = 200, body = ApiKeyView, description = "the key, revoked")),
)]
pub(crate) async fn revoke(
    State(authority): State<Authority>,
    Operator(actor): Operator,
    Name(id): Name,
) -> Result<axum::Json<ApiKeyView>, Problem> {
    Ok(axum::Json(authority.revoke_api_key(&actor, &id).await?))
}
