use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use countersign::ActivationRequest;

use crate::authority::{Authority, Refusal};
use crate::http::body::Text;
use crate::http::problem::Problem;

/// Activates an instance without a network: what it asks and is answered is carried by a person.
#[utoipa::path(
    post,
    path = "/licenses/answer",
    tag = "product",
    request_body(content = String, content_type = "text/plain", description = "the text of an activation request"),
    responses(
        (status = 200, body = String, content_type = "text/plain", description = "the text of the activation answer"),
        (status = 400, body = ref("#/components/schemas/Problem"), description = "the body is no UTF-8"),
        (status = 404, body = ref("#/components/schemas/Problem"), description = "no such license key, or no license under it"),
        (status = 413, body = ref("#/components/schemas/Problem"), description = "the body is too large"),
        (status = 415, body = ref("#/components/schemas/Problem"), description = "the body is of another media type"),
        (status = 422, body = ref("#/components/schemas/Problem"), description = "the body is no activation request, or the license denies: every denial is named"),
        (status = 429, body = ref("#/components/schemas/Problem"), description = "asked too often; `Retry-After` says when to ask again"),
        (status = 503, body = ref("#/components/schemas/Problem"), description = "the database cannot answer now; `Retry-After` says when to ask again"),
    ),
)]
pub(crate) async fn answer(
    State(authority): State<Authority>,
    Text(text): Text<{ ActivationRequest::MAX_SIZE }>,
) -> Result<impl IntoResponse, Problem> {
    let request: ActivationRequest = text
        .parse()
        .map_err(|error: countersign::Error| Refusal::field("", error.code(), error))?;
    let answer = authority.answer(request).await?.to_string();
    Ok((
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8")],
        answer,
    ))
}
