use axum::extract::State;
use countersign::protocol::{DeactivateRequest, DeactivateResponse};

use crate::authority::Authority;
use crate::http::body::Json;
use crate::http::limit::Caller;
use crate::http::problem::Problem;

/// Gives a seat up; the answer is the same where none was held.
#[utoipa::path(
    post,
    path = "/licenses/deactivate",
    tag = "product",
    request_body(content = ref("#/components/schemas/DeactivateRequest")),
    responses(
        (status = 200, body = ref("#/components/schemas/DeactivateResponse"), description = "the seat is free"),
        (status = 404, description = "no such license key, or no license under it"),
    ),
)]
pub(crate) async fn deactivate(
    State(authority): State<Authority>,
    caller: Caller,
    Json(request): Json<DeactivateRequest>,
) -> Result<axum::Json<DeactivateResponse>, Problem> {
    let given = authority.given_up(request).await?;
    caller.admit_seat(&authority, &given).await?;
    Ok(axum::Json(authority.deactivate(given).await?))
}
