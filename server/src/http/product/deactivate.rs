use axum::extract::State;
use countersign::protocol::{DeactivateRequest, DeactivateResponse};

use crate::authority::Authority;
use crate::http::body::Json;
use crate::http::problem::Problem;

/// Gives a seat up; the answer is the same where none was held.
#[utoipa::path(
    post,
    path = "/licenses/deactivate",
    tag = "product",
    request_body(content = ref("#/components/schemas/DeactivateRequest")),
    responses(
        (status = 200, body = ref("#/components/schemas/DeactivateResponse"), description = "the seat is free"),
        (status = 400, body = ref("#/components/schemas/Problem"), description = "the body is malformed"),
        (status = 404, body = ref("#/components/schemas/Problem"), description = "no such license key, or no license under it"),
        (status = 413, body = ref("#/components/schemas/Problem"), description = "the body is too large"),
        (status = 415, body = ref("#/components/schemas/Problem"), description = "the body is of another media type"),
        (status = 422, body = ref("#/components/schemas/Problem"), description = "a member is wrong, or the lease is not genuine"),
        (status = 429, body = ref("#/components/schemas/Problem"), description = "asked too often; `Retry-After` says when to ask again"),
        (status = 503, body = ref("#/components/schemas/Problem"), description = "the database cannot answer now; `Retry-After` says when to ask again"),
    ),
)]
pub(crate) async fn deactivate(
    State(authority): State<Authority>,
    Json(request): Json<DeactivateRequest>,
) -> Result<axum::Json<DeactivateResponse>, Problem> {
    Ok(axum::Json(authority.deactivate(request).await?))
}
