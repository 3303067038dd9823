//! What tells a supervisor, a balancer and Prometheus how it goes.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::{Extension, Json, Router};
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::authority::Authority;

use super::problem::Problem;
use super::shell::Shell;

/// That something is well.
#[derive(Serialize, utoipa::ToSchema)]
struct Health {
    /// `ok`.
    status: &'static str,
    /// The version of the program.
    version: &'static str,
}

const WELL: Health = Health {
    status: "ok",
    version: env!("CARGO_PKG_VERSION"),
};

pub(super) fn routes() -> OpenApiRouter<Authority> {
    OpenApiRouter::new()
        .routes(routes!(health))
        .routes(routes!(database))
        .routes(routes!(cache))
        .routes(routes!(ready))
}

/// The endpoint of metrics, for the address that it is served at.
pub(super) fn metrics_route() -> OpenApiRouter<Authority> {
    OpenApiRouter::new().routes(routes!(metrics))
}

/// Metrics and nothing else.
pub(crate) fn metrics_router(authority: Authority) -> Router {
    let router: Router<Authority> = metrics_route().into();
    router.with_state(authority)
}

/// Says that the process answers.
#[utoipa::path(
    get,
    path = "/health",
    tag = "operations",
    responses((status = 200, body = Health, description = "it does")),
)]
async fn health() -> Json<Health> {
    Json(WELL)
}

/// Says whether the database answers.
#[utoipa::path(
    get,
    path = "/health/db",
    tag = "operations",
    responses(
        (status = 200, body = Health, description = "it does"),
        (status = 503, description = "it does not"),
    ),
)]
async fn database(State(authority): State<Authority>) -> Result<Json<Health>, Problem> {
    authority.ping().await?;
    Ok(Json(WELL))
}

/// Says whether answers come from memory, by putting something there and asking for it.
#[utoipa::path(
    get,
    path = "/health/cache",
    tag = "operations",
    responses(
        (status = 200, body = Health, description = "they do"),
        (status = 503, description = "they do not"),
    ),
)]
async fn cache(State(authority): State<Authority>) -> Result<Json<Health>, Problem> {
    match authority.remembers() {
        true => Ok(Json(WELL)),
        false => {
            let detail = "what is in memory does not count: whether others wrote cannot be learned";
            Err(Problem::new(503, "cache_unusable", detail).retry_after(1))
        }
    }
}

/// Says whether requests are to be sent here: the database answers, and the process is not ending.
#[utoipa::path(
    get,
    path = "/ready",
    tag = "operations",
    responses(
        (status = 200, body = Health, description = "they are"),
        (status = 503, description = "they are not"),
    ),
)]
async fn ready(
    State(authority): State<Authority>,
    Extension(shell): Extension<Arc<Shell>>,
) -> Result<Json<Health>, Problem> {
    if shell.is_stopping() {
        return Err(Problem::new(503, "stopping", "the process is ending").retry_after(1));
    }
    authority.ping().await?;
    Ok(Json(WELL))
}

/// Everything that is counted, for Prometheus.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "operations",
    responses(
        (status = 200, body = String, content_type = "application/openmetrics-text", description = "the metrics, as OpenMetrics"),
        (status = 404, description = "they are served at an address of their own"),
    ),
)]
async fn metrics(State(authority): State<Authority>) -> impl IntoResponse {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], authority.metrics_text())
}
