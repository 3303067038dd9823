//! The authority over HTTP (docs/protocol.md): which audience sees what.

mod admin;
mod auth;
mod body;
mod brand;
mod openapi;
mod problem;
mod product;
mod well_known;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use utoipa_axum::router::OpenApiRouter;

use crate::authority::Authority;

use problem::Problem;

/// Every endpoint of an authority.
pub(crate) fn router(authority: Authority) -> Router {
    let (router, document) = routes().split_for_parts();
    router
        .merge(openapi::routes(document))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(middleware::from_fn(refuse_nul))
        .with_state(authority)
}

/// Every endpoint, with what the OpenAPI document says of it.
fn routes() -> OpenApiRouter<Authority> {
    OpenApiRouter::with_openapi(openapi::document())
        .nest("/api/v1/product", product::routes())
        .nest("/api/v1/brand", brand::routes())
        .nest("/api/v1/admin", admin::routes())
        .nest("/.well-known", well_known::routes())
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
