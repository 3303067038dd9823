//! The OpenAPI document, and where it is served.

use std::sync::Arc;

use axum::Router;
use axum::http::header;
use axum::routing::get;
use utoipa::OpenApi;

use crate::authority::Authority;

/// What the document says beside the endpoints.
#[derive(OpenApi)]
#[openapi(info(
    title = "Countersign authority",
    description = "Issues licenses, counts seats and answers products."
))]
struct Document;

pub(super) fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

/// Serves the finished document.
pub(super) fn routes(document: utoipa::openapi::OpenApi) -> Router<Authority> {
    let json: Arc<str> = document.to_pretty_json().unwrap_or_default().into();
    let serve = async move || {
        (
            [(header::CONTENT_TYPE, "application/json")],
            json.to_string(),
        )
    };
    Router::new().route("/api/openapi.json", get(serve))
}
