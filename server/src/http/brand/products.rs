use axum::extract::State;
use axum::http::StatusCode;

use crate::authority::{Authority, ProductList, ProductOrder, ProductPatch, ProductView};
use crate::http::auth::BrandActor;
use crate::http::body::{Json, Name, PageQuery, Params};
use crate::http::problem::Problem;

/// The products, newest first.
#[utoipa::path(
    get,
    path = "/products",
    tag = "brand",
    params(PageQuery),
    responses(
        (status = 200, body = ProductList, description = "a page of them"),
        (status = 401, body = ref("#/components/schemas/Problem"), description = "no API key in force"),
        (status = 403, body = ref("#/components/schemas/Problem"), description = "not with this API key"),
        (status = 422, body = ref("#/components/schemas/Problem"), description = "members of the request are wrong"),
        (status = 429, body = ref("#/components/schemas/Problem"), description = "too many requests"),
        (status = 503, body = ref("#/components/schemas/Problem"), description = "the authority cannot answer now"),
    ),
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
    request_body = ProductOrder,
    responses(
        (status = 201, body = ProductView, description = "the product"),
        (status = 400, body = ref("#/components/schemas/Problem"), description = "the request cannot be read"),
        (status = 401, body = ref("#/components/schemas/Problem"), description = "no API key in force"),
        (status = 403, body = ref("#/components/schemas/Problem"), description = "not with this API key"),
        (status = 409, body = ref("#/components/schemas/Problem"), description = "it collides with what is there"),
        (status = 413, body = ref("#/components/schemas/Problem"), description = "the body is too large"),
        (status = 415, body = ref("#/components/schemas/Problem"), description = "the body is no JSON"),
        (status = 422, body = ref("#/components/schemas/Problem"), description = "members of the request are wrong"),
        (status = 429, body = ref("#/components/schemas/Problem"), description = "too many requests"),
        (status = 503, body = ref("#/components/schemas/Problem"), description = "the authority cannot answer now"),
    ),
)]
pub(crate) async fn create(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    Json(order): Json<ProductOrder>,
) -> Result<(StatusCode, axum::Json<ProductView>), Problem> {
    let product = authority.create_product(&actor, order).await?;
    Ok((StatusCode::CREATED, axum::Json(product)))
}

/// A product.
#[utoipa::path(
    get,
    path = "/products/{id}",
    tag = "brand",
    params(("id" = String, Path, description = "its id or code")),
    responses(
        (status = 200, body = ProductView, description = "the product"),
        (status = 401, body = ref("#/components/schemas/Problem"), description = "no API key in force"),
        (status = 403, body = ref("#/components/schemas/Problem"), description = "not with this API key"),
        (status = 404, body = ref("#/components/schemas/Problem"), description = "there is none of that name"),
        (status = 429, body = ref("#/components/schemas/Problem"), description = "too many requests"),
        (status = 503, body = ref("#/components/schemas/Problem"), description = "the authority cannot answer now"),
    ),
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
    responses(
        (status = 200, body = ProductView, description = "the product as it is now"),
        (status = 400, body = ref("#/components/schemas/Problem"), description = "the request cannot be read"),
        (status = 401, body = ref("#/components/schemas/Problem"), description = "no API key in force"),
        (status = 403, body = ref("#/components/schemas/Problem"), description = "not with this API key"),
        (status = 404, body = ref("#/components/schemas/Problem"), description = "there is none of that name"),
        (status = 409, body = ref("#/components/schemas/Problem"), description = "it collides with what is there"),
        (status = 413, body = ref("#/components/schemas/Problem"), description = "the body is too large"),
        (status = 415, body = ref("#/components/schemas/Problem"), description = "the body is no JSON"),
        (status = 422, body = ref("#/components/schemas/Problem"), description = "members of the request are wrong"),
        (status = 429, body = ref("#/components/schemas/Problem"), description = "too many requests"),
        (status = 503, body = ref("#/components/schemas/Problem"), description = "the authority cannot answer now"),
    ),
)]
pub(crate) async fn change(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    Name(name): Name,
    Json(patch): Json<ProductPatch>,
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
        (status = 401, body = ref("#/components/schemas/Problem"), description = "no API key in force"),
        (status = 403, body = ref("#/components/schemas/Problem"), description = "not with this API key"),
        (status = 404, body = ref("#/components/schemas/Problem"), description = "there is none of that name"),
        (status = 409, body = ref("#/components/schemas/Problem"), description = "it collides with what is there"),
        (status = 429, body = ref("#/components/schemas/Problem"), description = "too many requests"),
        (status = 503, body = ref("#/components/schemas/Problem"), description = "the authority cannot answer now"),
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
