use axum::extract::State;
use axum::http::StatusCode;

use crate::authority::{ActivationList, ActivationQuery, Authority};
use crate::http::auth::BrandActor;
use crate::http::body::{Name, Names, Params};
use crate::http::problem::Problem;

/// Lists the activations of a license, newest first, with those whose seats were given up.
#[utoipa::path(
    get,
    path = "/licenses/{id}/activations",
    tag = "brand",
    params(("id" = String, Path, description = "the license"), ActivationQuery),
    responses((status = 200, body = ActivationList, description = "a page of activations")),
)]
pub(crate) async fn list(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    Name(id): Name,
    Params(query): Params<ActivationQuery>,
) -> Result<axum::Json<ActivationList>, Problem> {
    let activations = authority.activations(&actor, &id, query).await?;
    Ok(axum::Json(activations))
}

/// Takes a seat away from its instance.
#[utoipa::path(
    delete,
    path = "/licenses/{id}/activations/{activation}",
    tag = "brand",
    params(
        ("id" = String, Path, description = "the license"),
        ("activation" = String, Path, description = "the activation"),
    ),
    responses((status = 204, description = "the seat is free")),
)]
pub(crate) async fn release(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    Names([id, activation]): Names<2>,
) -> Result<StatusCode, Problem> {
    authority
        .release_activation(&actor, &id, &activation)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
