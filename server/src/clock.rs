//! The one place that reads the time.

use std::time::SystemTime;

use countersign::Moment;

/// Where the present moment comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Clock {
    /// The clock of this machine.
    System,
    /// One moment, for ever: for tests, and for signing the same bytes again.
    Fixed(Moment),
}

impl Clock {
    /// The present moment.
    pub(crate) fn now(self) -> Moment {
        match self {
            Self::System => machine_time().into(),
            Self::Fixed(moment) => moment,
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the operator's machine says when a document is signed or looked at"
)]
fn machine_time() -> SystemTime {
    SystemTime::now()
}
