use axum::extract::State;
use axum::http::StatusCode;
use countersign::protocol::{ActivateRequest, ActivateResponse};

use crate::authority::Authority;
use crate::http::body::Json;
use crate::http::problem::Problem;

/// Takes a seat for an instance; one that holds a seat keeps it.
#[utoipa::path(
    post,
    path = "/licenses/activate",
    tag = "product",
    request_body(content = ref("#/components/schemas/ActivateRequest")),
    responses(
        (status = 201, body = ref("#/components/schemas/ActivateResponse"), description = "the seat is taken"),
        (status = 200, body = ref("#/components/schemas/ActivateResponse"), description = "it was held already"),
        (status = 400, body = ref("#/components/schemas/Problem"), description = "the body is malformed"),
        (status = 404, body = ref("#/components/schemas/Problem"), description = "no such license key, or no license under it"),
        (status = 413, body = ref("#/components/schemas/Problem"), description = "the body is too large"),
        (status = 415, body = ref("#/components/schemas/Problem"), description = "the body is of another media type"),
        (status = 422, body = ref("#/components/schemas/Problem"), description = "a member is wrong, or the license denies: every denial is named"),
        (status = 429, body = ref("#/components/schemas/Problem"), description = "asked too often; `Retry-After` says when to ask again"),
        (status = 503, body = ref("#/components/schemas/Problem"), description = "the database cannot answer now; `Retry-After` says when to ask again"),
    ),
)]
pub(crate) async fn activate(
    State(authority): State<Authority>,
    Json(request): Json<ActivateRequest>,
) -> Result<(StatusCode, axum::Json<ActivateResponse>), Problem> {
    let (response, is_new) = authority.activate(request).await?;
    let status = match is_new {
        true => StatusCode::CREATED,
        false => StatusCode::OK,
    };
    Ok((status, axum::Json(response)))
}
