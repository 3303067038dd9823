use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use countersign::ActivationRequest;

use crate::authority::{Authority, Refusal};
use crate::http::body::Text;
use crate::http::limit::Caller;
use crate::http::problem::Problem;

/// Activates an instance without a network: what it asks and is answered is carried by a person.
#[utoipa::path(
    post,
    path = "/licenses/answer",
    tag = "product",
    request_body(content = String, content_type = "text/plain", description = "the text of an activation request"),
    responses(
        (status = 200, body = String, content_type = "text/plain", description = "the text of the activation answer"),
        (status = 404, description = "no such license key, or no license under it"),
    ),
)]
pub(crate) async fn answer(
    State(authority): State<Authority>,
    caller: Caller,
    Text(text): Text<{ ActivationRequest::MAX_SIZE }>,
) -> Result<impl IntoResponse, Problem> {
    let request: ActivationRequest = text
        .parse()
        .map_err(|error: countersign::Error| Refusal::field("", error.code(), error))?;
    let brand = Some(&request.brand);
    caller
        .admit_key(&authority, &request.license_key, brand)
        .await?;
    let answer = authority.answer(request).await?.to_string();
    Ok((
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8")],
        answer,
    ))
}
