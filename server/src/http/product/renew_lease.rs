use axum::extract::State;
use countersign::protocol::{RenewRequest, RenewResponse};

use crate::authority::Authority;
use crate::http::body::Json;
use crate::http::problem::Problem;

/// Renews a lease, and hands out the license as it stands now.
#[utoipa::path(
    post,
    path = "/licenses/renew-lease",
    tag = "product",
    request_body(content = ref("#/components/schemas/RenewRequest")),
    responses(
        (status = 200, body = ref("#/components/schemas/RenewResponse"), description = "the new lease, and the license"),
        (status = 400, body = ref("#/components/schemas/Problem"), description = "the body is malformed"),
        (status = 404, body = ref("#/components/schemas/Problem"), description = "the license was deleted"),
        (status = 409, body = ref("#/components/schemas/Problem"), description = "the seat was lost, or is shared: the instance activates again"),
        (status = 413, body = ref("#/components/schemas/Problem"), description = "the body is too large"),
        (status = 415, body = ref("#/components/schemas/Problem"), description = "the body is of another media type"),
        (status = 422, body = ref("#/components/schemas/Problem"), description = "a member is wrong, or the license denies: every denial is named"),
        (status = 429, body = ref("#/components/schemas/Problem"), description = "asked too often; `Retry-After` says when to ask again"),
        (status = 503, body = ref("#/components/schemas/Problem"), description = "the database cannot answer now; `Retry-After` says when to ask again"),
    ),
)]
pub(crate) async fn renew_lease(
    State(authority): State<Authority>,
    Json(request): Json<RenewRequest>,
) -> Result<axum::Json<RenewResponse>, Problem> {
    Ok(axum::Json(authority.renew_lease(request).await?))
}
