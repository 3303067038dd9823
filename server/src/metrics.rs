//! What the authority counts, for Prometheus. Labels hold names that the program chose, and nothing
//! that a caller stated.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Every metric of one authority.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    latencies: Family<Endpoint, Histogram, fn() -> Histogram>,
    /// What was counted before, by method and route, so that no label has to be made to find it.
    known: RwLock<HashMap<&'static str, HashMap<String, Vec<Known>>>>,
    /// Requests that are being answered.
    pub(crate) in_flight: Gauge,
    /// Connections that are open.
    pub(crate) connections: Gauge,
    /// Requests turned away by a rate limit.
    pub(crate) limited: Family<Limited, Counter>,
    /// Use cases that wait for the database.
    pub(crate) waiting: Family<Queue, Gauge>,
    /// How many use cases one transaction of SQLite committed.
    pub(crate) batches: Histogram,
    /// Answers from memory.
    pub(crate) cache_hits: Counter,
    /// Answers that had to be read from the database.
    pub(crate) cache_misses: Counter,
    /// Seats taken by an instance that held none.
    pub(crate) seats_claimed: Counter,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Endpoint {
    method: &'static str,
    route: String,
}

/// Where answers of one status are counted.
#[derive(Clone)]
struct Known {
    status: u16,
    requests: Counter,
    latencies: Histogram,
}

/// Which limit turned a request away.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Limited {
    /// `address`, `license_key` or `api_key`.
    pub(crate) by: &'static str,
}

/// Which queue.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Queue {
    /// `read`, `write`, or `all` where there is one for both.
    pub(crate) queue: &'static str,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("countersign");
        let requests = Family::<Answered, Counter>::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        let latencies =
            Family::<Endpoint, Histogram, fn() -> Histogram>::new_with_constructor(|| {
                Histogram::new(SECONDS)
            });
        registry.register_with_unit(
            "http_request_duration",
            "From the head of a request to that of its answer",
            Unit::Seconds,
            latencies.clone(),
        );
        let in_flight = Gauge::default();
        registry.register(
            "http_requests_in_flight",
            "Requests being answered",
            in_flight.clone(),
        );
        let connections = Gauge::default();
        registry.register("http_connections", "Connections open", connections.clone());
        let limited = Family::<Limited, Counter>::default();
        registry.register(
            "rate_limited",
            "Requests turned away by a rate limit",
            limited.clone(),
        );
        let waiting = Family::<Queue, Gauge>::default();
        registry.register(
            "store_queue_length",
            "Use cases waiting for the database",
            waiting.clone(),
        );
        let batches = Histogram::new(BATCHES);
        registry.register(
            "store_batch_size",
            "Use cases committed at once",
            batches.clone(),
        );
        let cache_hits = Counter::default();
        registry.register("cache_hits", "Answers from memory", cache_hits.clone());
        let cache_misses = Counter::default();
        registry.register(
            "cache_misses",
            "Answers read from the database",
            cache_misses.clone(),
        );
        let seats_claimed = Counter::default();
        registry.register("seats_claimed", "Seats newly taken", seats_claimed.clone());
        Self {
            registry,
            requests,
            latencies,
            known: RwLock::default(),
            in_flight,
            connections,
            limited,
            waiting,
            batches,
            cache_hits,
            cache_misses,
            seats_claimed,
        }
    }
}

impl Metrics {
    /// Counts an answer.
    pub(crate) fn answered(&self, method: &'static str, route: &str, status: u16, seconds: f64) {
        let known = self.known(method, route, status).unwrap_or_else(|| {
            let known = Known {
                status,
                requests: self.requests.get_or_create_owned(&Answered {
                    method,
                    route: route.to_owned(),
                    status,
                }),
                latencies: self.latencies.get_or_create_owned(&Endpoint {
                    method,
                    route: route.to_owned(),
                }),
            };
            let mut all = self.known.write().unwrap_or_else(PoisonError::into_inner);
            let routes = all.entry(method).or_default();
            routes
                .entry(route.to_owned())
                .or_default()
                .push(known.clone());
            known
        });
        known.requests.inc();
        known.latencies.observe(seconds);
    }

    fn known(&self, method: &'static str, route: &str, status: u16) -> Option<Known> {
        let all = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let statuses = all.get(method)?.get(route)?;
        statuses
            .iter()
            .find(|known| known.status == status)
            .cloned()
    }

    /// Everything, as OpenMetrics has it, which Prometheus reads.
    pub(crate) fn to_text(&self) -> String {
        let mut text = String::new();
        // Writing to a text cannot fail.
        let _ = prometheus_client::encoding::text::encode(&mut text, &self.registry);
        text
    }
}

/// Bounds of latencies, in seconds.
const SECONDS: [f64; 14] = [
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
];
/// Bounds of batches.
const BATCHES: [f64; 8] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0];
