//! The one place of this crate that reads the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use countersign::{Moment, Tick};

/// Where a session takes the time from.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The two clocks of this machine. The one that only goes on counts sleep as well on Linux,
    /// Android, Apple systems and Windows.
    #[default]
    Machine,
    /// Clocks that are set by hand: for tests and simulations.
    Fixed(FixedClock),
}

impl Clock {
    pub(crate) fn tick(&self) -> Tick {
        match self {
            Self::Machine => Tick {
                wall: wall().into(),
                monotonic: monotonic(),
            },
            Self::Fixed(clock) => clock.tick(),
        }
    }
}

/// Two clocks that go on only when they are told to. Clones are one clock.
#[derive(Clone, Debug)]
pub struct FixedClock(Arc<Shown>);

#[derive(Debug)]
struct Shown {
    /// Unix seconds.
    wall: AtomicI64,
    /// Milliseconds.
    monotonic: AtomicU64,
}

impl FixedClock {
    /// Clocks of a machine that was started just now, at `wall`.
    pub fn at(wall: Moment) -> Self {
        Self(Arc::new(Shown {
            wall: AtomicI64::new(wall.unix()),
            monotonic: AtomicU64::new(0),
        }))
    }

    /// Lets time pass, by both clocks; of the wall clock whole seconds.
    pub fn pass(&self, time: Duration) {
        let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        self.0.wall.fetch_add(seconds, Ordering::SeqCst);
        let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.0.monotonic.fetch_add(millis, Ordering::SeqCst);
    }

    /// Sets the wall clock, as a customer might. The other one does not notice.
    pub fn set_wall(&self, wall: Moment) {
        self.0.wall.store(wall.unix(), Ordering::SeqCst);
    }

    fn tick(&self) -> Tick {
        Tick {
            wall: Moment::nearest(self.0.wall.load(Ordering::SeqCst)),
            monotonic: Duration::from_millis(self.0.monotonic.load(Ordering::SeqCst)),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the host's clock, which the guard doubts"
)]
fn wall() -> SystemTime {
    SystemTime::now()
}

/// The clock of this machine that only goes on.
#[cfg(unix)]
pub(crate) fn monotonic() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let shown = clock_gettime(ClockId::Boottime);
    // On Apple systems this one counts sleep, and `Instant` does not.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let shown = clock_gettime(ClockId::Monotonic);
    let seconds = u64::try_from(shown.tv_sec).unwrap_or(0);
    let nanos = u32::try_from(shown.tv_nsec).unwrap_or(0);
    Duration::new(seconds, nanos)
}

/// Since this process first asked: the clock of Windows counts sleep.
#[cfg(not(unix))]
#[expect(
    clippy::disallowed_methods,
    reason = "the host's clock that only goes on"
)]
pub(crate) fn monotonic() -> Duration {
    use std::sync::OnceLock;
    use std::time::Instant;
    static FIRST: OnceLock<Instant> = OnceLock::new();
    let first = *FIRST.get_or_init(Instant::now);
    Instant::now().saturating_duration_since(first)
}
