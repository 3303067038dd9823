use axum::extract::State;
use axum::http::StatusCode;

use crate::authority::{Authority, BundleList, BundleOrder, BundlePatch, BundleView};
use crate::http::auth::BrandActor;
use crate::http::body::{Json, Name, PageQuery, Params};
use crate::http::idempotency_key::IdempotencyKey;
use crate::http::problem::Problem;

/// The bundles, newest first.
#[utoipa::path(
    get,
    path = "/bundles",
    tag = "brand",
    params(PageQuery),
    responses((status = 200, body = BundleList, description = "a page of them")),
)]
pub(crate) async fn list(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    Params(query): Params<PageQuery>,
) -> Result<axum::Json<BundleList>, Problem> {
    let list = authority.bundles(&actor, &query.into()).await?;
    Ok(axum::Json(list))
}

/// Makes a bundle.
#[utoipa::path(
    post,
    path = "/bundles",
    tag = "brand",
    params(IdempotencyKey),
    request_body = BundleOrder,
    responses((status = 201, body = BundleView, description = "the bundle")),
)]
pub(crate) async fn create(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    idempotency: IdempotencyKey,
    Json(order): Json<BundleOrder>,
) -> Result<(StatusCode, axum::Json<BundleView>), Problem> {
    let once = idempotency.of(&order)?;
    let bundle = authority.create_bundle(&actor, order, once).await?;
    Ok((StatusCode::CREATED, axum::Json(bundle)))
}

/// A bundle.
#[utoipa::path(
    get,
    path = "/bundles/{id}",
    tag = "brand",
    params(("id" = String, Path, description = "its id or code")),
    responses((status = 200, body = BundleView, description = "the bundle")),
)]
pub(crate) async fn get(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    Name(name): Name,
) -> Result<axum::Json<BundleView>, Problem> {
    Ok(axum::Json(authority.bundle(&actor, &name).await?))
}

/// Changes a bundle: what is stated.
#[utoipa::path(
    patch,
    path = "/bundles/{id}",
    tag = "brand",
    params(("id" = String, Path, description = "its id or code")),
    request_body = BundlePatch,
    responses((status = 200, body = BundleView, description = "the bundle as it is now")),
)]
pub(crate) async fn change(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    Name(name): Name,
    Json(patch): Json<BundlePatch>,
) -> Result<axum::Json<BundleView>, Problem> {
    let bundle = authority.change_bundle(&actor, &name, patch).await?;
    Ok(axum::Json(bundle))
}

/// Deletes a bundle. Its products stay.
#[utoipa::path(
    delete,
    path = "/bundles/{id}",
    tag = "brand",
    params(("id" = String, Path, description = "its id or code")),
    responses((status = 204, description = "it is gone")),
)]
pub(crate) async fn delete(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    Name(name): Name,
) -> Result<StatusCode, Problem> {
    authority.delete_bundle(&actor, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}
