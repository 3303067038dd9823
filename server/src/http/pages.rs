//! The OpenAPI document, and pages to read it and to try it. Their assets are part of the program
//! (server/assets/README.md); a page fetches nothing from elsewhere, and may not.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;

use crate::authority::Authority;

use super::openapi;
use super::problem::Problem;

pub(super) fn routes() -> Router<Authority> {
    let json: Arc<str> = openapi::text().into();
    let document = async move || {
        let kind = [(header::CONTENT_TYPE, "application/json")];
        (kind, json.to_string())
    };
    Router::new()
        .route("/api/openapi.json", get(document))
        .route("/", get(async || Redirect::temporary("/api/docs")))
        .route("/api/docs", get(async || page(DOCS)))
        .route("/api/docs/", get(async || page(DOCS)))
        .route("/api/redoc", get(async || page(REDOC)))
        .route("/api/redoc/", get(async || page(REDOC)))
        .route("/api/assets/{name}", get(asset))
}

fn page(html: &'static str) -> Response {
    let policy = [(header::CONTENT_SECURITY_POLICY, POLICY)];
    (policy, Html(html)).into_response()
}

async fn asset(path: Result<Path<String>, PathRejection>) -> Response {
    let name = path.map(|Path(name)| name).unwrap_or_default();
    let Some((_, kind, bytes)) = ASSETS.iter().find(|(other, _, _)| *other == name) else {
        return Problem::new(404, "not_found", "there is nothing at this path").into_response();
    };
    let mut response = (
        [(header::CONTENT_TYPE, *kind), (header::CACHE_CONTROL, KEPT)],
        *bytes,
    )
        .into_response();
    if name.ends_with(".min.js") || name.ends_with(".min.css") {
        // Every browser reads it.
        let gzip = HeaderValue::from_static("gzip");
        response
            .headers_mut()
            .insert(header::CONTENT_ENCODING, gzip);
    }
    response
}

/// Each asset by name, with its type. What is not our own is compressed.
const ASSETS: &[(&str, &str, &[u8])] = &[
    (
        "swagger-ui.min.js",
        JAVASCRIPT,
        include_bytes!("../../assets/swagger-ui-bundle.js.gz"),
    ),
    (
        "swagger-ui.min.css",
        CSS,
        include_bytes!("../../assets/swagger-ui.css.gz"),
    ),
    (
        "redoc.min.js",
        JAVASCRIPT,
        include_bytes!("../../assets/redoc.standalone.js.gz"),
    ),
    (
        "docs.js",
        JAVASCRIPT,
        include_bytes!("../../assets/docs.js"),
    ),
    ("docs.css", CSS, include_bytes!("../../assets/docs.css")),
    (
        "redoc.js",
        JAVASCRIPT,
        include_bytes!("../../assets/redoc.js"),
    ),
    ("redoc.css", CSS, include_bytes!("../../assets/redoc.css")),
];
const DOCS: &str = include_str!("../../assets/docs.html");
const REDOC: &str = include_str!("../../assets/redoc.html");
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const KEPT: &str = "public, max-age=3600";
/// Both pages make styles as they go; Redoc searches in a worker that it makes.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src blob:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
