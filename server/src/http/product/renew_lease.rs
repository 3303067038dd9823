use axum::extract::State;
use countersign::protocol::{RenewRequest, RenewResponse};

use crate::authority::Authority;
use crate::http::body::Json;
use crate::http::limit::Caller;
use crate::http::problem::Problem;

/// Renews a lease, and hands out the license as it stands now.
#[utoipa::path(
    post,
    path = "/licenses/renew-lease",
    tag = "product",
    request_body(content = ref("#/components/schemas/RenewRequest")),
    responses(
        (status = 200, body = ref("#/components/schemas/RenewResponse"), description = "the new lease, and the license"),
        (status = 404, description = "the license was deleted"),
        (status = 409, description = "the seat was lost, or is shared: the instance activates again"),
    ),
)]
pub(crate) async fn renew_lease(
    State(authority): State<Authority>,
    caller: Caller,
    Json(request): Json<RenewRequest>,
) -> Result<axum::Json<RenewResponse>, Problem> {
    let lease = authority.present_lease(&request.lease).await?;
    caller.admit_lease(&authority, &lease).await?;
    let renewed = authority.renew_lease(lease, request.nonce);
    Ok(axum::Json(renewed.await?))
}
