//! The authority over HTTP (docs/protocol.md): which audience sees what.

mod admin;
mod auth;
mod body;
mod brand;
mod client;
mod cors;
mod health;
mod idempotency_key;
mod limit;
mod observe;
mod openapi;
mod options;
mod pages;
mod problem;
mod product;
mod query;
mod rate;
mod shell;
mod unique;
mod well_known;

use std::any::Any;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutBody;
use utoipa_axum::router::OpenApiRouter;

use crate::authority::Authority;

use problem::Problem;
use query::Queried;

pub use client::ProxyHeader;
pub(crate) use health::metrics_router;
pub(crate) use openapi::text as openapi_text;
pub(crate) use options::HEADER_COUNT;
pub use options::Options;
pub(crate) use rate::network;
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
    // Every request copies each layer once for every layer outside it, so there are few. The last is the
    // outermost: it sees requests first and answers last.
    let router = router
        .merge(pages::routes())
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(
            (shell.clone(), Arc::new(Queried::new())),
            bounded,
        ))
        .layer(CatchPanicLayer::custom(panicked));
    let router = match cors::layer(&options.origins) {
        Some(cors) => router.layer(cors),
        None => router,
    };
    router
        .layer(from_fn_with_state(shell.clone(), observe::observe))
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

/// Answers a request within the limits on its size, its time and its number.
async fn bounded(
    State((shell, queried)): State<(Arc<Shell>, Arc<Queried>)>,
    mut request: Request,
    next: Next,
) -> Response {
    let options = &shell.options;
    DefaultBodyLimit::max(options.body_limit).apply(&mut request);
    request.extensions_mut().insert(shell.clone());
    let request = request.map(|body| Body::new(TimeoutBody::new(options.body_timeout, body)));
    let answer = async {
        refuse_nul(&request)?;
        queried.refuse_unknown(&request)?;
        limit::limit(&shell, request, next).await
    };
    // Whatever happens to the work, which may be done all the same.
    match tokio::time::timeout(options.request_timeout, answer).await {
        Ok(answer) => answer.into_response(),
        Err(_) => Problem::new(503, "timeout", "the answer took too long")
            .retry_after(1)
            .into_response(),
    }
}

/// Refuses an address with a NUL in it: nothing has such a name, and PostgreSQL keeps none.
fn refuse_nul(request: &Request) -> Result<(), Problem> {
    let address = request.uri().path_and_query();
    match address.is_some_and(|address| address.as_str().contains("%00")) {
        true => Err(Problem::new(400, "malformed", "the address holds a NUL")),
        false => Ok(()),
    }
}

async fn not_found() -> Problem {
    Problem::new(404, "not_found", "there is nothing at this path")
}

async fn method_not_allowed() -> Problem {
    Problem::new(405, "method_not_allowed", "this path takes other methods")
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
