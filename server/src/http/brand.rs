//! What a brand's back end asks.

mod activations;
mod api_keys;
mod bundles;
mod customers;
mod licenses;
mod products;
mod provision;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::authority::Authority;

pub(crate) fn routes() -> OpenApiRouter<Authority> {
    OpenApiRouter::new()
        .routes(routes!(provision::provision))
        .routes(routes!(licenses::list))
        .routes(routes!(licenses::show, licenses::change, licenses::delete))
        .routes(routes!(licenses::document))
        .routes(routes!(licenses::renew))
        .routes(routes!(licenses::suspend))
        .routes(routes!(licenses::resume))
        .routes(routes!(licenses::cancel))
        .routes(routes!(licenses::block))
        .routes(routes!(licenses::unblock))
        .routes(routes!(licenses::transfer))
        .routes(routes!(activations::list))
        .routes(routes!(activations::release))
        .routes(routes!(products::list, products::create))
        .routes(routes!(products::get, products::change, products::delete))
        .routes(routes!(bundles::list, bundles::create))
        .routes(routes!(bundles::get, bundles::change, bundles::delete))
        .routes(routes!(customers::list, customers::create))
        .routes(routes!(
            customers::get,
            customers::change,
            customers::delete
        ))
        .routes(routes!(api_keys::list, api_keys::create))
        .routes(routes!(api_keys::get, api_keys::change, api_keys::delete))
        .routes(routes!(api_keys::rotate))
        .routes(routes!(api_keys::revoke))
}
