use axum::extract::State;
use axum::http::StatusCode;
use countersign::protocol::{ActivateRequest, ActivateResponse};

use crate::authority::Authority;
use crate::http::body::Json;
use crate::http::limit::Caller;
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
        (status = 404, description = "no such license key, or no license under it"),
    ),
)]
pub(crate) async fn activate(
    State(authority): State<Authority>,
    caller: Caller,
    Json(request): Json<ActivateRequest>,
) -> Result<(StatusCode, axum::Json<ActivateResponse>), Problem> {
    let brand = request.brand.as_ref();
    caller
        .admit_key(&authority, &request.license_key, brand)
        .await?;
    let (response, is_new) = authority.activate(request).await?;
    let status = match is_new {
        true => StatusCode::CREATED,
        false => StatusCode::OK,
    };
    Ok((status, axum::Json(response)))
}
