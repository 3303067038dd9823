//! The one place that reads the time.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use countersign::Moment;

/// Where the present moment comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The clock of this machine.
    System,
    /// A moment that passes only when it is set: for tests, and for signing the same bytes again.
    Fixed(FixedClock),
}

/// A moment that passes only when it is set. Clones are one clock.
#[derive(Clone, Debug)]
pub struct FixedClock(Arc<AtomicI64>);

impl Clock {
    /// A clock that shows `moment` until it is set.
    pub fn fixed(moment: Moment) -> Self {
        Self::Fixed(FixedClock(Arc::new(AtomicI64::new(moment.unix()))))
    }

    /// Sets the time that a fixed clock shows. The machine's clock is not ours to set.
    pub fn set(&self, moment: Moment) {
        if let Self::Fixed(FixedClock(shown)) = self {
            shown.store(moment.unix(), Ordering::SeqCst);
        }
    }

    /// The present moment.
    pub fn now(&self) -> Moment {
        match self {
            Self::System => machine_time().into(),
            Self::Fixed(FixedClock(shown)) => Moment::nearest(shown.load(Ordering::SeqCst)),
        }
    }

    /// Time since some moment, for what is counted by how much of it goes by: setting the machine's clock
    /// does not change it, and setting a fixed one does.
    pub(crate) fn gone_by(&self) -> Duration {
        match self {
            Self::System => monotonic(),
            Self::Fixed(_) => Duration::from_secs(u64::try_from(self.now().unix()).unwrap_or(0)),
        }
    }
}

/// Measures how long something takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(Instant);

#[expect(
    clippy::disallowed_methods,
    reason = "what the process says of its own speed is measured here"
)]
impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// Since the start.
    pub(crate) fn seconds(self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the operator's machine says when a document is signed or looked at"
)]
fn machine_time() -> SystemTime {
    SystemTime::now()
}

/// Time since this was asked first, which nobody sets: for how long something is kept in memory.
pub(crate) fn monotonic() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    let now = machine_instant();
    now.saturating_duration_since(*START.get_or_init(|| now))
}

#[expect(
    clippy::disallowed_methods,
    reason = "how old what is kept in memory is, is measured here"
)]
fn machine_instant() -> Instant {
    Instant::now()
}
