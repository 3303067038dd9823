use axum::extract::State;
use axum::http::StatusCode;

use crate::authority::{Authority, ProductOrder, ProductView};
use crate::http::auth::BrandActor;
use crate::http::body::Json;
use crate::http::problem::Problem;

/// Makes a product.
#[utoipa::path(
    post,
    path = "/products",
    tag = "brand",
    request_body = ProductOrder,
    responses((status = 201, body = ProductView, description = "the product")),
)]
pub(crate) async fn create(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    Json(order): Json<ProductOrder>,
) -> Result<(StatusCode, axum::Json<ProductView>), Problem> {
    let product = authority.create_product(&actor, order).await?;
    Ok((StatusCode::CREATED, axum::Json(product)))
}
