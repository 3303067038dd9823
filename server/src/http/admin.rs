//! What operators ask.

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::authority::{ApiKeyOrder, ApiKeyView, Authority, BrandOrder, BrandView};

use super::auth::Operator;
use super::body::Json;
use super::problem::Problem;

pub(crate) fn routes() -> OpenApiRouter<Authority> {
    OpenApiRouter::new()
        .routes(routes!(create_brand))
        .routes(routes!(create_api_key))
}

/// Makes a brand.
#[utoipa::path(
    post,
    path = "/brands",
    tag = "admin",
    request_body = BrandOrder,
    responses((status = 201, body = BrandView, description = "the brand")),
)]
async fn create_brand(
    State(authority): State<Authority>,
    Operator(actor): Operator,
    Json(order): Json<BrandOrder>,
) -> Result<(StatusCode, axum::Json<BrandView>), Problem> {
    let brand = authority.create_brand(&actor, order).await?;
    Ok((StatusCode::CREATED, axum::Json(brand)))
}

/// Makes an API key.
#[utoipa::path(
    post,
    path = "/api-keys",
    tag = "admin",
    request_body = ApiKeyOrder,
    responses((status = 201, body = ApiKeyView, description = "the key, shown this once")),
)]
async fn create_api_key(
    State(authority): State<Authority>,
    Operator(actor): Operator,
    Json(order): Json<ApiKeyOrder>,
) -> Result<(StatusCode, axum::Json<ApiKeyView>), Problem> {
    let key = authority.create_api_key(&actor, order).await?;
    Ok((StatusCode::CREATED, axum::Json(key)))
}
