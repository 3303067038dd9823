use std::time::Duration;

use crate::moment::Moment;

/// A span of time that a right lasts for: from `starts_at` up to but excluding `ends_at`.
///
/// Moments are UTC, in whole seconds. Without a start it has always begun, without an end it lasts
/// for ever. A window is never empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    starts_at: Option<Moment>,
    ends_at: Option<Moment>,
    grace: Duration,
}

impl Window {
    /// A window that has always been open and never ends.
    pub const ALWAYS: Self = Self {
        starts_at: None,
        ends_at: None,
        grace: Duration::ZERO,
    };

    /// A window between two moments, either of which may be absent, and no grace period.
    ///
    /// # Errors
    ///
    /// [`EmptyWindow`] unless `starts_at` is before `ends_at`.
    pub fn new(starts_at: Option<Moment>, ends_at: Option<Moment>) -> Result<Self, EmptyWindow> {
        let begun = starts_at.unwrap_or(Moment::MIN);
        match ends_at {
            Some(ends_at) if begun >= ends_at => Err(EmptyWindow),
            _ => Ok(Self {
                starts_at,
                ends_at,
                grace: Duration::ZERO,
            }),
        }
    }

    /// The same window, still honored for `grace` after its end. A window without an end has no
    /// grace period, and stays as it is.
    #[must_use]
    pub fn with_grace(self, grace: Duration) -> Self {
        let grace = if self.ends_at.is_some() {
            grace
        } else {
            Duration::ZERO
        };
        Self { grace, ..self }
    }

    /// When it begins; `None` if it has always been open.
    pub fn starts_at(&self) -> Option<Moment> {
        self.starts_at
    }

    /// The first moment after it; `None` if it never ends.
    pub fn ends_at(&self) -> Option<Moment> {
        self.ends_at
    }

    /// How long after its end it is still honored; zero if it is not.
    pub fn grace(&self) -> Duration {
        self.grace
    }

    /// Whether `moment` falls within it: its grace period does not count.
    pub(crate) fn is_open_at(&self, moment: Moment) -> bool {
        let has_begun = self.starts_at.is_none_or(|starts_at| moment >= starts_at);
        has_begun && self.ends_at.is_none_or(|ends_at| moment < ends_at)
    }

    /// Where `moment` falls.
    pub fn phase(&self, moment: Moment) -> Phase {
        match (self.starts_at, self.ends_at) {
            (Some(starts_at), _) if moment < starts_at => Phase::Before { starts_at },
            (_, Some(ends_at)) if moment >= ends_at => {
                let until = ends_at.saturating_add(self.grace);
                if moment < until {
                    Phase::Grace {
                        ended_at: ends_at,
                        until,
                    }
                } else {
                    Phase::After { ended_at: ends_at }
                }
            }
            (_, ends_at) => Phase::Within { ends_at },
        }
    }
}

/// Where a moment falls in a [`Window`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Before it begins.
    Before {
        /// When it does.
        starts_at: Moment,
    },
    /// In the window.
    Within {
        /// When it ends, if it does.
        ends_at: Option<Moment>,
    },
    /// After its end, but still honored.
    Grace {
        /// When the window ended.
        ended_at: Moment,
        /// The first moment that is honored no more.
        until: Moment,
    },
    /// After its end and its grace period.
    After {
        /// When the window ended; the grace period followed.
        ended_at: Moment,
    },
}

/// A window would end before it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a window must end after it begins")]
pub struct EmptyWindow;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Moment {
        Moment::from_unix(seconds).unwrap()
    }

    #[test]
    fn a_moment_falls_in_one_phase() {
        let window = Window::new(Some(at(10)), Some(at(20))).unwrap();
        let graced = window.with_grace(Duration::from_secs(5));
        let grace = Phase::Grace {
            ended_at: at(20),
            until: at(25),
        };
        let cases = [
            (window, 9, Phase::Before { starts_at: at(10) }),
            (
                window,
                10,
                Phase::Within {
                    ends_at: Some(at(20)),
                },
            ),
            (
                window,
                19,
                Phase::Within {
                    ends_at: Some(at(20)),
                },
            ),
            (window, 20, Phase::After { ended_at: at(20) }),
            (graced, 20, grace),
            (graced, 24, grace),
            (graced, 25, Phase::After { ended_at: at(20) }),
            (Window::ALWAYS, 0, Phase::Within { ends_at: None }),
        ];
        for (window, moment, expected) in cases {
            assert_eq!(window.phase(at(moment)), expected, "{moment} in {window:?}");
        }
    }

    #[test]
    fn grace_to_the_end_of_time_does_not_overflow() {
        let window = Window::new(None, Some(Moment::MAX))
            .unwrap()
            .with_grace(Duration::MAX);
        assert_eq!(
            window.phase(Moment::MAX),
            Phase::After {
                ended_at: Moment::MAX
            }
        );
    }

    #[test]
    fn a_window_is_never_empty() {
        assert_eq!(Window::new(Some(at(10)), Some(at(10))), Err(EmptyWindow));
        assert_eq!(Window::new(Some(at(11)), Some(at(10))), Err(EmptyWindow));
        assert_eq!(Window::new(None, Some(at(0))), Err(EmptyWindow));
    }
}
