//! What is said of every request: to the caller in headers, to the operator in logs, metrics and
//! traces. Nothing of it holds a text of the request but an id that is sane: paths and queries may
//! hold secrets, so a route stands for both.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use opentelemetry_http::HeaderExtractor;
use tracing::{Instrument as _, field};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::clock::Stopwatch;
use crate::request_id;

use super::client::ClientAddress;
use super::problem::ProblemCode;
use super::shell::Shell;

/// Gives a request its id and its client's address, and tells how it went.
pub(super) async fn observe(
    State(shell): State<Arc<Shell>>,
    mut request: Request,
    next: Next,
) -> Response {
    let stopwatch = Stopwatch::start();
    let stated = request.headers().get(&REQUEST_ID);
    let id = shell.ids.of(stated.and_then(|id| id.to_str().ok()));
    let client = ClientAddress::of(
        request.extensions(),
        request.headers(),
        &shell.options.proxies,
        shell.options.proxy_header,
    );
    let method = known(request.method());
    let path = request.extensions().get::<MatchedPath>().cloned();
    let route = path.as_ref().map_or("none", MatchedPath::as_str);
    let span = tracing::info_span!(
        "request",
        id = id.as_str(),
        method,
        route,
        client = %client.0,
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        http.response.status_code = field::Empty,
    );
    if request.headers().contains_key("traceparent") {
        let headers = HeaderExtractor(request.headers());
        let parent =
            opentelemetry::global::get_text_map_propagator(|traces| traces.extract(&headers));
        // Without a collector there is nothing to hang it on.
        let _ = span.set_parent(parent);
    }
    request.extensions_mut().insert(client);
    request.extensions_mut().insert(shell.clone());
    shell.metrics.in_flight.inc();
    // However it ends: who hangs up takes the answer with it.
    let in_flight = InFlight(shell.clone());
    let mut response = request_id::of_task(id.clone(), next.run(request))
        .instrument(span.clone())
        .await;
    drop(in_flight);
    let status = response.status().as_u16();
    let seconds = stopwatch.seconds();
    shell.metrics.answered(method, route, status, seconds);
    span.record("http.response.status_code", status);
    let code = response.extensions().get::<ProblemCode>();
    tracing::info!(
        parent: None,
        id = id.as_str(),
        method,
        route,
        client = %client.0,
        status,
        code = code.map(|ProblemCode(code)| code.as_str()),
        micros = (seconds * 1e6).round(),
        "answered"
    );
    protect(response.headers_mut());
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

struct InFlight(Arc<Shell>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.metrics.in_flight.dec();
    }
}

/// Headers that keep browsers and caches from what is not theirs, unless the endpoint says otherwise.
fn protect(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
}

/// A method by a name of ours: callers may write any.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// The header that carries a request's id.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
