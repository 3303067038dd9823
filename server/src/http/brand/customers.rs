use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use crate::authority::{
    Authority, CustomerList, CustomerOrder, CustomerPatch, CustomerView, PageParams,
};
use crate::http::auth::BrandActor;
use crate::http::body::{Json, Name, Params};
use crate::http::idempotency_key::IdempotencyKey;
use crate::http::problem::Problem;

/// Which customers are asked for.
#[derive(Clone, Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CustomerQuery {
    /// An e-mail address.
    #[serde(default)]
    email: Option<String>,
    /// The most that is shown [default: 50; at most 500].
    #[serde(default)]
    limit: Option<u32>,
    /// The `next` of the page before.
    #[serde(default)]
    cursor: Option<String>,
}

/// The customers, newest first; or the one of an e-mail address, compared without case.
#[utoipa::path(
    get,
    path = "/customers",
    tag = "brand",
    params(CustomerQuery),
    responses((status = 200, body = CustomerList, description = "a page of them")),
)]
pub(crate) async fn list(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    Params(query): Params<CustomerQuery>,
) -> Result<axum::Json<CustomerList>, Problem> {
    let CustomerQuery {
        email,
        limit,
        cursor,
    } = query;
    let params = PageParams { limit, cursor };
    let list = authority
        .customers(&actor, email.as_deref(), &params)
        .await?;
    Ok(axum::Json(list))
}

/// Makes a customer.
#[utoipa::path(
    post,
    path = "/customers",
    tag = "brand",
    params(IdempotencyKey),
    request_body = CustomerOrder,
    responses((status = 201, body = CustomerView, description = "the customer")),
)]
pub(crate) async fn create(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    idempotency: IdempotencyKey,
    Json(order): Json<CustomerOrder>,
) -> Result<(StatusCode, axum::Json<CustomerView>), Problem> {
    let once = idempotency.of(&order)?;
    let customer = authority.create_customer(&actor, order, once).await?;
    Ok((StatusCode::CREATED, axum::Json(customer)))
}

/// A customer.
#[utoipa::path(
    get,
    path = "/customers/{id}",
    tag = "brand",
    params(("id" = String, Path, description = "its id or reference")),
    responses((status = 200, body = CustomerView, description = "the customer")),
)]
pub(crate) async fn get(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    Name(name): Name,
) -> Result<axum::Json<CustomerView>, Problem> {
    Ok(axum::Json(authority.customer(&actor, &name).await?))
}

/// Changes a customer: what is stated.
#[utoipa::path(
    patch,
    path = "/customers/{id}",
    tag = "brand",
    params(("id" = String, Path, description = "its id or reference")),
    request_body = CustomerPatch,
    responses(
        (status = 200, body = CustomerView, description = "the customer as it is now"),
        (status = 409, description = "it collides with what is there"),
    ),
)]
pub(crate) async fn change(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    Name(name): Name,
    Json(patch): Json<CustomerPatch>,
) -> Result<axum::Json<CustomerView>, Problem> {
    let customer = authority.change_customer(&actor, &name, patch).await?;
    Ok(axum::Json(customer))
}

/// Deletes a customer who has no licenses.
#[utoipa::path(
    delete,
    path = "/customers/{id}",
    tag = "brand",
    params(("id" = String, Path, description = "its id or reference")),
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
    authority.delete_customer(&actor, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}
