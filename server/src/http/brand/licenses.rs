use std::num::NonZeroU32;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use countersign::Moment;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::authority::{
    Authority, ChangedLicense, LicenseChange, LicenseDocument, LicenseList, LicenseQuery,
    LicenseView, Refusal, Transfer, Verdict,
};
use crate::http::auth::BrandActor;
use crate::http::body::{Json, Name, OpenJson, OptionalJson, Params};
use crate::http::idempotency_key::IdempotencyKey;
use crate::http::problem::Problem;

use super::provision::{refuse_other_seats, take, take_nullable, take_terms};

/// The new end of a license.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Renewal {
    /// RFC 3339, or a date for its last second, UTC.
    expiration_date: String,
}

/// Why something is decided about a license, for the audit log.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Grounds {
    #[serde(default)]
    reason: Option<String>,
}

/// How a change is made.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ChangeQuery {
    /// Only says what would be, and which seats would go [default: no].
    #[serde(default)]
    dry_run: bool,
}

/// Lists the licenses of the brand, newest first.
#[utoipa::path(
    get,
    path = "/licenses",
    tag = "brand",
    params(LicenseQuery),
    responses((status = 200, body = LicenseList, description = "a page of licenses")),
)]
pub(crate) async fn list(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    Params(query): Params<LicenseQuery>,
) -> Result<axum::Json<LicenseList>, Problem> {
    Ok(axum::Json(authority.licenses(&actor, query).await?))
}

/// Shows a license.
#[utoipa::path(
    get,
    path = "/licenses/{id}",
    tag = "brand",
    params(("id" = String, Path, description = "the license")),
    responses((status = 200, body = LicenseView, description = "the license")),
)]
pub(crate) async fn show(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    Name(id): Name,
) -> Result<axum::Json<LicenseView>, Problem> {
    Ok(axum::Json(authority.license(&actor, &id).await?))
}

/// Gives out the signed text of a license: as JSON or, where `text/plain` is asked for, as a file.
#[utoipa::path(
    get,
    path = "/licenses/{id}/document",
    tag = "brand",
    params(("id" = String, Path, description = "the license")),
    responses(
        (status = 200, description = "the signed text", content(
            (LicenseDocument = "application/json"),
            (String = "text/plain"),
        )),
    ),
)]
pub(crate) async fn document(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    Name(id): Name,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let document = authority.license_document(&actor, &id).await?;
    let vary = [(header::VARY, "Accept".to_owned())];
    if !prefers_text(&headers) {
        return Ok((vary, axum::Json(document)).into_response());
    }
    let file = format!("attachment; filename=\"{}.license\"", document.id);
    let kind = (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned());
    let headers = [kind, (header::CONTENT_DISPOSITION, file)];
    Ok((vary, headers, document.armor).into_response())
}

/// Changes the terms of a license, or the product it is for.
///
/// Members are `product`, `max_seats`, `expiration_date`, and any term by its name; `null` takes a
/// term away. What there is too much of when seats become fewer is released, oldest first.
#[utoipa::path(
    patch,
    path = "/licenses/{id}",
    tag = "brand",
    params(("id" = String, Path, description = "the license"), ChangeQuery),
    request_body(content = Object, description = "what is to be different"),
    responses((status = 200, body = ChangedLicense, description = "the license with its new revision")),
)]
pub(crate) async fn change(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    Name(id): Name,
    Params(query): Params<ChangeQuery>,
    OpenJson(body): OpenJson<Map<String, Value>>,
) -> Result<axum::Json<ChangedLicense>, Problem> {
    let change = read_change(body, query.dry_run)?;
    let changed = authority.change_license(&actor, &id, change).await?;
    Ok(axum::Json(changed))
}

/// Removes a license and its activations. On its status list it stays revoked for ever.
#[utoipa::path(
    delete,
    path = "/licenses/{id}",
    tag = "brand",
    params(("id" = String, Path, description = "the license")),
    responses((status = 204, description = "it is gone")),
)]
pub(crate) async fn delete(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    Name(id): Name,
) -> Result<StatusCode, Problem> {
    authority.delete_license(&actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Moves the end of a license.
#[utoipa::path(
    post,
    path = "/licenses/{id}/renew",
    tag = "brand",
    params(("id" = String, Path, description = "the license"), IdempotencyKey),
    request_body = Renewal,
    responses((status = 200, body = LicenseView, description = "the license")),
)]
pub(crate) async fn renew(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    Name(id): Name,
    idempotency: IdempotencyKey,
    Json(renewal): Json<Renewal>,
) -> Result<axum::Json<LicenseView>, Problem> {
    let end = Moment::from_end(&renewal.expiration_date)
        .map_err(|error| Refusal::field("expiration_date", "invalid_moment", error))?;
    let once = idempotency.of(&(&id, end))?;
    let renewed = authority.renew_license(&actor, &id, end, once);
    Ok(axum::Json(renewed.await?))
}

/// Suspends a license: it is not honored, for the time being.
#[utoipa::path(
    post,
    path = "/licenses/{id}/suspend",
    tag = "brand",
    params(("id" = String, Path, description = "the license")),
    request_body = Option<Grounds>,
    responses((status = 200, body = LicenseView, description = "the license")),
)]
pub(crate) async fn suspend(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    Name(id): Name,
    OptionalJson(grounds): OptionalJson<Grounds>,
) -> Result<axum::Json<LicenseView>, Problem> {
    let (verdict, reason) = (Verdict::Suspend, grounds.reason.as_deref());
    let decided = authority.decide_on_license(&actor, &id, verdict, reason);
    Ok(axum::Json(decided.await?))
}

/// Honors a suspended license again.
#[utoipa::path(
    post,
    path = "/licenses/{id}/resume",
    tag = "brand",
    params(("id" = String, Path, description = "the license")),
    request_body = Option<Grounds>,
    responses((status = 200, body = LicenseView, description = "the license")),
)]
pub(crate) async fn resume(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    Name(id): Name,
    OptionalJson(grounds): OptionalJson<Grounds>,
) -> Result<axum::Json<LicenseView>, Problem> {
    let (verdict, reason) = (Verdict::Resume, grounds.reason.as_deref());
    let decided = authority.decide_on_license(&actor, &id, verdict, reason);
    Ok(axum::Json(decided.await?))
}

/// Cancels a license, for good.
#[utoipa::path(
    post,
    path = "/licenses/{id}/cancel",
    tag = "brand",
    params(("id" = String, Path, description = "the license")),
    request_body = Option<Grounds>,
    responses((status = 200, body = LicenseView, description = "the license")),
)]
pub(crate) async fn cancel(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    Name(id): Name,
    OptionalJson(grounds): OptionalJson<Grounds>,
) -> Result<axum::Json<LicenseView>, Problem> {
    let (verdict, reason) = (Verdict::Cancel, grounds.reason.as_deref());
    let decided = authority.decide_on_license(&actor, &id, verdict, reason);
    Ok(axum::Json(decided.await?))
}

/// Blocks a license, beside whatever else is decided about it.
#[utoipa::path(
    post,
    path = "/licenses/{id}/block",
    tag = "brand",
    params(("id" = String, Path, description = "the license")),
    request_body = Option<Grounds>,
    responses((status = 200, body = LicenseView, description = "the license")),
)]
pub(crate) async fn block(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    Name(id): Name,
    OptionalJson(grounds): OptionalJson<Grounds>,
) -> Result<axum::Json<LicenseView>, Problem> {
    let (verdict, reason) = (Verdict::Block, grounds.reason.as_deref());
    let decided = authority.decide_on_license(&actor, &id, verdict, reason);
    Ok(axum::Json(decided.await?))
}

/// Lifts a block, and no suspension.
#[utoipa::path(
    post,
    path = "/licenses/{id}/unblock",
    tag = "brand",
    params(("id" = String, Path, description = "the license")),
    request_body = Option<Grounds>,
    responses((status = 200, body = LicenseView, description = "the license")),
)]
pub(crate) async fn unblock(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    Name(id): Name,
    OptionalJson(grounds): OptionalJson<Grounds>,
) -> Result<axum::Json<LicenseView>, Problem> {
    let (verdict, reason) = (Verdict::Unblock, grounds.reason.as_deref());
    let decided = authority.decide_on_license(&actor, &id, verdict, reason);
    Ok(axum::Json(decided.await?))
}

/// Gives a license to another customer.
///
/// It gets a license key of its own, which the answer shows; the former one opens it no longer.
#[utoipa::path(
    post,
    path = "/licenses/{id}/transfer",
    tag = "brand",
    params(("id" = String, Path, description = "the license"), IdempotencyKey),
    request_body = Transfer,
    responses((status = 200, body = LicenseView, description = "the license")),
)]
pub(crate) async fn transfer(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    Name(id): Name,
    idempotency: IdempotencyKey,
    Json(transfer): Json<Transfer>,
) -> Result<axum::Json<LicenseView>, Problem> {
    let once = idempotency.of(&(&id, &transfer))?;
    let transferred = authority.transfer_license(&actor, &id, transfer, once);
    Ok(axum::Json(transferred.await?))
}

/// Reads a change: the members of its own, and any term of a license.
fn read_change(mut body: Map<String, Value>, dry_run: bool) -> Result<LicenseChange, Refusal> {
    let product = take(&mut body, "product")?;
    let max_seats = take_nullable::<NonZeroU32>(&mut body, "max_seats")?;
    let terms = take_terms(body)?;
    refuse_other_seats(max_seats.flatten(), &terms)?;
    Ok(LicenseChange {
        product,
        max_seats,
        terms,
        dry_run,
        insist: false,
    })
}

/// Whether plain text is asked for, and JSON is not.
fn prefers_text(headers: &HeaderMap) -> bool {
    let accepted = headers
        .get(header::ACCEPT)
        .and_then(|accepted| accepted.to_str().ok())
        .unwrap_or_default();
    accepted.contains("text/plain") && !accepted.contains("application/json")
}
