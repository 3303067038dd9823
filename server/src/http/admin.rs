//! What operators ask.

mod api_keys;
mod brands;
mod licenses;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::authority::Authority;

pub(crate) fn routes() -> OpenApiRouter<Authority> {
    OpenApiRouter::new()
        .routes(routes!(brands::list, brands::create))
        .routes(routes!(brands::get, brands::change, brands::delete))
        .routes(routes!(brands::keys))
        .routes(routes!(brands::rotate_keys))
        .routes(routes!(brands::revoke_key))
        .routes(routes!(api_keys::list, api_keys::create))
        .routes(routes!(api_keys::get, api_keys::change, api_keys::delete))
        .routes(routes!(api_keys::rotate))
        .routes(routes!(api_keys::revoke))
        .routes(routes!(licenses::list))
}
