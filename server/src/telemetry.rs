//! What the process says of itself while it runs: logs on standard output, and traces to a collector.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio_rustls::rustls::crypto::ring;
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// How a process tells what it does.
#[derive(Clone, Debug)]
pub(crate) struct Telemetry {
    pub(crate) form: LogForm,
    pub(crate) level: Level,
    /// Where traces go: a URL.
    pub(crate) collector: Option<String>,
}

/// The form of a line in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogForm {
    /// For people.
    Text,
    /// A JSON object, for programs.
    Json,
}

/// Traces that are still to be sent; dropped last.
pub(crate) struct Traces(Option<SdkTracerProvider>);

impl Telemetry {
    /// Begins to log and to trace, for the whole process.
    ///
    /// # Errors
    ///
    /// If the collector's address is none, or this was done before.
    pub(crate) fn start(&self) -> Result<Traces, Box<dyn Error + Send + Sync>> {
        let lines = tracing_subscriber::fmt::layer().with_ansi(false);
        let lines = match self.form {
            LogForm::Text => lines.with_target(false).boxed(),
            LogForm::Json => lines
                .json()
                .flatten_event(true)
                .with_current_span(false)
                .with_span_list(false)
                .with_target(false)
                .boxed(),
        };
        // What libraries say may quote what they were given.
        let logged = Targets::new()
            .with_target("countersign_server", self.level)
            .with_default(Level::ERROR);
        let provider = self.collector.as_deref().map(provider).transpose()?;
        let traces = provider.as_ref().map(|provider| {
            opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
            tracing_opentelemetry::layer()
                .with_tracer(provider.tracer("countersign"))
                .with_location(false)
                .with_threads(false)
                .with_filter(Targets::new().with_target("countersign_server", Level::INFO))
        });
        tracing_subscriber::registry()
            .with(lines.with_filter(logged))
            .with(traces)
            .try_init()?;
        Ok(Traces(provider))
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        if let Some(provider) = &self.0 {
            // What cannot be sent any more is lost, and nobody is left to be told.
            let _ = provider.shutdown_with_timeout(PATIENCE);
        }
    }
}

fn provider(url: &str) -> Result<SdkTracerProvider, Box<dyn Error + Send + Sync>> {
    let mut agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(PATIENCE));
    if url.starts_with("https://") {
        agent = agent.tls_config(tls()?);
    }
    let agent = agent.build();
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Collector(agent.into()))
        .with_endpoint(url)
        .build()?;
    let resource = Resource::builder().with_service_name("countersign").build();
    Ok(SdkTracerProvider::builder()
        .with_resource(resource)
        .with_batch_exporter(exporter)
        .build())
}

/// How the collector shows that it is the one: by a certificate of those that the system trusts, or
/// that `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
fn tls() -> Result<TlsConfig, Box<dyn Error + Send + Sync>> {
    let trusted = rustls_native_certs::load_native_certs();
    if trusted.certs.is_empty() {
        return Err("this system trusts no certificates: name some in `SSL_CERT_FILE`".into());
    }
    let trusted = trusted
        .certs
        .iter()
        .map(|certificate| Certificate::from_der(certificate).to_owned());
    Ok(TlsConfig::builder()
        .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()))
        .root_certs(RootCerts::from(trusted))
        .build())
}

/// The way to the collector. The exporter has a thread of its own, which may wait.
#[derive(Debug)]
struct Collector(ureq::Agent);

impl HttpClient for Collector {
    fn send_bytes<'a, 'b>(
        &'a self,
        request: Request<Bytes>,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'b>>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let request = Request::from_parts(parts, body.to_vec());
            let answer = self.0.run(request)?;
            let (parts, mut body) = answer.into_parts();
            let bytes = body.with_config().limit(LONGEST_ANSWER).read_to_vec()?;
            Ok(Response::from_parts(parts, bytes.into()))
        })
    }
}

/// How long the collector may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest answer of a collector, in bytes.
const LONGEST_ANSWER: u64 = 1 << 20;
