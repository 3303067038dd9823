//! The authority over HTTP (docs/protocol.md): which audience sees what.

mod admin;
mod auth;
mod body;
mod brand;
mod client;
mod cors;
mod health;
mod limit;
mod observe;
mod openapi;
mod options;
mod pages;
mod problem;
mod product;
mod rate;
mod shell;
mod well_known;

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Router};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;
use utoipa_axum::router::OpenApiRouter;

use crate::authority::Authority;

use problem::Problem;

pub(crate) use health::metrics_router;
pub(crate) use openapi::text as openapi_text;
pub(crate) use options::HEADER_COUNT;
pub use options::Options;
pub use rate::{Rate, Rates};
pub(crate) use shell::Shell;

/// Every endpoint of an authority, and what surrounds them.
pub(crate) fn router(authority: Authority, shell: &Arc<Shell>) -> Router {
    let options = &shell.options;
    let mut routes = routes();
    if options.metrics_listen.is_none() {
        routes = routes.merge(health::metrics_route());
    }
    let (router, _) = routes.split_for_parts();
    let request_timeout = options.request_timeout;
    // The last layer is the outermost: it sees requests first and answers last.
    let router = router
        .merge(pages::routes())
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn(refuse_nul))
        .layer(from_fn_with_state(authority.clone(), limit::limit))
        .layer(DefaultBodyLimit::max(options.body_limit))
        .layer(RequestBodyTimeoutLayer::new(options.body_timeout))
        .layer(from_fn(move |request: Request, next: Next| {
            in_time(request_timeout, request, next)
        }))
        .layer(CatchPanicLayer::custom(panicked));
    let router = match cors::layer(&options.origins) {
        Some(cors) => router.layer(cors),
        None => router,
    };
    router
        .layer(from_fn_with_state(shell.clone(), observe::observe))
        .layer(Extension(shell.clone()))
        .with_state(authority)
}

/// Every endpoint but that of metrics, with what the OpenAPI document says of it.
fn routes() -> OpenApiRouter<Authority> {
    OpenApiRouter::new()
        .nest("/api/v1/product", product::routes())
        .nest("/api/v1/brand", brand::routes())
        .nest("/api/v1/admin", admin::routes())
        .nest("/.well-known", well_known::routes())
        .merge(health::routes())
}

/// Refuses an address with a NUL in it: nothing has such a name, and PostgreSQL keeps none.
async fn refuse_nul(request: Request, next: Next) -> Response {
    let address = request
        .uri()
        .path_and_query()
        .map_or("", |all| all.as_str());
    match address.contains("%00") {
        true => Problem::new(400, "malformed", "the address holds a NUL").into_response(),
        false => next.run(request).await,
    }
}

async fn not_found() -> Problem {
    Problem::new(404, "not_found", "there is nothing at this path")
}

async fn method_not_allowed() -> Problem {
    Problem::new(405, "method_not_allowed", "this path takes other methods")
}

/// Answers in time, whatever happens to the work, which may be done all the same.
async fn in_time(longest: Duration, request: Request, next: Next) -> Response {
    match tokio::time::timeout(longest, next.run(request)).await {
        Ok(answer) => answer,
        Err(_) => Problem::new(503, "timeout", "the answer took too long")
            .retry_after(1)
            .into_response(),
    }
}

/// A panic is a bug; its text is not for the caller.
fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let reason = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(reason, "a handler panicked");
    Problem::new(500, "internal", "something went wrong that never should").into_response()
}
