use axum::extract::State;
use countersign::protocol::{CheckRequest, LicenseStanding};

use crate::authority::Authority;
use crate::http::body::{Json, Params};
use crate::http::limit::Caller;
use crate::http::problem::Problem;

/// Says how a license stands for an instance, without taking a seat.
///
/// The license key stands in the address, and so in the logs of proxies: `POST` keeps it out.
#[utoipa::path(
    get,
    path = "/licenses/check",
    tag = "product",
    params(
        ("license_key" = String, Query, description = "what the customer typed"),
        ("instance_identifier" = String, Query, description = "the instance"),
        ("instance_type" = Option<String>, Query, description = "`url`, `hostname` or `machine_id`"),
        ("brand" = Option<String>, Query, description = "the brand: custom keys are found only with it"),
        ("product" = Option<String>, Query, description = "the product, by id or code: needed where the key has several"),
        ("domain" = Option<String>, Query, description = "the domain that the product serves"),
        ("address" = Option<String>, Query, description = "the address that the product runs at"),
    ),
    responses(
        (status = 200, body = ref("#/components/schemas/LicenseStanding"), description = "how it stands, whether it allows the run or not"),
        (status = 404, description = "no such license key, or no license under it"),
    ),
)]
pub(crate) async fn check_by_query(
    State(authority): State<Authority>,
    caller: Caller,
    Params(request): Params<CheckRequest>,
) -> Result<axum::Json<LicenseStanding>, Problem> {
    let brand = request.brand.as_ref();
    caller
        .admit_key(&authority, &request.license_key, brand)
        .await?;
    Ok(axum::Json(authority.check(request).await?))
}

/// Says how a license stands for an instance, without taking a seat.
#[utoipa::path(
    post,
    path = "/licenses/check",
    tag = "product",
    request_body(content = ref("#/components/schemas/CheckRequest")),
    responses(
        (status = 200, body = ref("#/components/schemas/LicenseStanding"), description = "how it stands, whether it allows the run or not"),
        (status = 404, description = "no such license key, or no license under it"),
    ),
)]
pub(crate) async fn check(
    State(authority): State<Authority>,
    caller: Caller,
    Json(request): Json<CheckRequest>,
) -> Result<axum::Json<LicenseStanding>, Problem> {
    let brand = request.brand.as_ref();
    caller
        .admit_key(&authority, &request.license_key, brand)
        .await?;
    Ok(axum::Json(authority.check(request).await?))
}
