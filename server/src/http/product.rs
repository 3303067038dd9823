//! What products in the field ask.

mod activate;
mod answer;
mod check;
mod deactivate;
mod renew_lease;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::authority::Authority;

pub(crate) fn routes() -> OpenApiRouter<Authority> {
    OpenApiRouter::new()
        .routes(routes!(activate::activate))
        .routes(routes!(check::check_by_query, check::check))
        .routes(routes!(renew_lease::renew_lease))
        .routes(routes!(deactivate::deactivate))
        .routes(routes!(answer::answer))
}
