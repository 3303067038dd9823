use axum::extract::State;
use axum::http::StatusCode;

use crate::authority::{Authority, ProductList, ProductOrder, ProductPatch, ProductView};
use crate::http::auth::BrandActor;
use crate::http::body::{Name, OpenJson, PageQuery, Params};
use crate::http::idempotency_key::IdempotencyKey;
use crate::http::problem::Problem;

/// The products, newest first.
#[utoipa::path(
    get,
    path = "/products",
    tag = "brand",
    params(PageQuery),
    responses((status = 200, body = ProductList, description = "a page of them")),
)]
pub(crate) async fn list(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    Params(query): Params<PageQuery>,
) -> Result<axum::Json<ProductList>, Problem> {
    let list = authority.products(&actor, &query.into()).await?;
    Ok(axum::Json(list))
}

/// Makes a product.
#[utoipa::path(
    post,
    path = "/products",
    tag = "brand",
    params(IdempotencyKey),
    request_body = ProductOrder,
    responses((status = 201, body = ProductView, description = "the product")),
)]
pub(crate) async fn create(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    idempotency: IdempotencyKey,
    OpenJson(order): OpenJson<ProductOrder>,
) -> Result<(StatusCode, axum::Json<ProductView>), Problem> {
    let once = idempotency.of(&order)?;
    let product = authority.create_product(&actor, order, once).await?;
    Ok((StatusCode::CREATED, axum::Json(product)))
}

/// A product.
#[utoipa::path(
    get,
    path = "/products/{id}",
    tag = "brand",
    params(("id" = String, Path, description = "its id or code")),
    responses((status = 200, body = ProductView, description = "the product")),
)]
pub(crate) async fn get(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    Name(name): Name,
) -> Result<axum::Json<ProductView>, Problem> {
    Ok(axum::Json(authority.product(&actor, &name).await?))
}

/// Changes a product: what is stated.
#[utoipa::path(
    patch,
    path = "/products/{id}",
    tag = "brand",
    params(("id" = String, Path, description = "its id or code")),
    request_body = ProductPatch,
    responses((status = 200, body = ProductView, description = "the product as it is now")),
)]
pub(crate) async fn change(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    Name(name): Name,
    OpenJson(patch): OpenJson<ProductPatch>,
) -> Result<axum::Json<ProductView>, Problem> {
    let product = authority.change_product(&actor, &name, patch).await?;
    Ok(axum::Json(product))
}

/// Deletes a product that no license and no bundle names.
#[utoipa::path(
    delete,
    path = "/products/{id}",
    tag = "brand",
    params(("id" = String, Path, description = "its id or code")),
    responses(
        (status = 204, description = "it is gone"),
        (status = 409, description = "it collides with what is there"),
    ),
)]
pub(crate) async fn delete(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    Name(name): Name,
) -> Result<StatusCode, Problem> {
    authority.delete_product(&actor, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}
