//! What a brand's back end asks.

mod products;
mod provision;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::authority::Authority;

pub(crate) fn routes() -> OpenApiRouter<Authority> {
    OpenApiRouter::new()
        .routes(routes!(provision::provision))
        .routes(routes!(products::create))
}
