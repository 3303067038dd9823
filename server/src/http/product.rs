//! What products in the field ask.

mod activate;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::authority::Authority;

pub(crate) fn routes() -> OpenApiRouter<Authority> {
    OpenApiRouter::new().routes(routes!(activate::activate))
}
