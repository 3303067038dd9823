use axum::extract::State;

use crate::authority::{Authority, LicenseList, LicenseQuery};
use crate::http::auth::Operator;
use crate::http::body::Params;
use crate::http::problem::Problem;

/// Lists the licenses of all brands, newest first.
#[utoipa::path(
    get,
    path = "/licenses",
    tag = "admin",
    params(LicenseQuery),
    responses((status = 200, body = LicenseList, description = "a page of licenses")),
)]
pub(crate) async fn list(
    State(authority): State<Authority>,
    Operator(actor): Operator,
    Params(query): Params<LicenseQuery>,
) -> Result<axum::Json<LicenseList>, Problem> {
    Ok(axum::Json(authority.licenses(&actor, query).await?))
}
