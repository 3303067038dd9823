use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::clock::Clock;
use crate::metrics::Metrics;
use crate::request_id::RequestIds;

use super::Options;
use super::rate::Gate;

/// What surrounds the endpoints of one server. In the extensions of every request.
pub(crate) struct Shell {
    pub(crate) options: Options,
    pub(crate) gate: Gate,
    pub(crate) metrics: Arc<Metrics>,
    pub(super) ids: RequestIds,
    is_stopping: AtomicBool,
}

impl Shell {
    /// # Errors
    ///
    /// If the operating system gives no random bytes.
    pub(crate) fn new(options: Options, clock: Clock, metrics: Arc<Metrics>) -> io::Result<Self> {
        Ok(Self {
            gate: Gate::new(options.rates, clock, metrics.clone())?,
            ids: RequestIds::new()?,
            options,
            metrics,
            is_stopping: AtomicBool::new(false),
        })
    }

    /// From now on it is not ready for more.
    pub(crate) fn stop(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Relaxed)
    }
}
