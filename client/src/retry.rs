use std::time::{Duration, Instant};

use crate::entropy;
use crate::error::Error;
use crate::retry_after::LONGEST_WAIT;

/// When a request is sent again.
///
/// Every request of this crate is safe to repeat: an instance that claims a seat twice holds one.
/// It is sent again after a lost connection, 429, 502, 503 or 504, no sooner than `Retry-After`
/// asks, and never once `give_up_after` has passed: by then every call of a client has ended. A call of
/// a [`Session`](crate::Session) may ask several questions, one after the other, and each has that time:
/// [`Round`](crate::Round) says how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// How often it is sent at most, the first time included.
    pub attempts: u32,
    /// The most that is waited before the second time; it doubles with each further one.
    pub first_wait: Duration,
    /// How long a call of a client lasts at most, waits included, and each question of a session.
    pub give_up_after: Duration,
}

impl RetryPolicy {
    /// Sends a request once.
    pub fn never(give_up_after: Duration) -> Self {
        Self {
            attempts: 1,
            give_up_after,
            ..Self::default()
        }
    }

    /// How long to wait before attempt number `next`, from 2, when `passed` has gone by since the
    /// first: a random part of a wait that doubles, so that those who lost their connection
    /// together do not come back together. `chance` is drawn anew each time. `None` to give up.
    pub(crate) fn wait(
        &self,
        next: u32,
        passed: Duration,
        retry_after: Option<Duration>,
        chance: u32,
    ) -> Option<Duration> {
        if next > self.attempts {
            return None;
        }
        let doublings = next.saturating_sub(2).min(16);
        let most = self.first_wait.saturating_mul(1 << doublings);
        let most = most.min(self.give_up_after).min(LONGEST_WAIT);
        let drawn = most.mul_f64(f64::from(chance) / f64::from(u32::MAX));
        // After it, and not at it: others were told the same moment.
        let wait = drawn.saturating_add(retry_after.unwrap_or_default());
        (passed.saturating_add(wait) < self.give_up_after).then_some(wait)
    }
}

impl Default for RetryPolicy {
    /// Three times within half a minute.
    fn default() -> Self {
        Self {
            attempts: 3,
            first_wait: Duration::from_millis(500),
            give_up_after: Duration::from_secs(30),
        }
    }
}

/// The attempts of one call.
pub(crate) struct Attempts {
    policy: RetryPolicy,
    began: Instant,
    /// The number of the present one, from 1.
    number: u32,
}

impl Attempts {
    #[expect(clippy::disallowed_methods, reason = "a call is measured from here on")]
    pub(crate) fn begin(policy: RetryPolicy) -> Self {
        let (began, number) = (Instant::now(), 1);
        Self {
            policy,
            began,
            number,
        }
    }

    /// How long the call may still last.
    #[expect(
        clippy::disallowed_methods,
        reason = "measures how long the call lasts"
    )]
    pub(crate) fn left(&self) -> Duration {
        let left = self
            .policy
            .give_up_after
            .saturating_sub(self.began.elapsed());
        left.min(LONGEST_WAIT)
    }

    /// How long to wait before the next attempt, now that the present one has failed; the failure
    /// itself where there is none.
    #[expect(
        clippy::disallowed_methods,
        reason = "measures how long the call lasts"
    )]
    pub(crate) fn wait_after(&mut self, error: Error) -> Result<Duration, Error> {
        if !error.is_worth_repeating() {
            return Err(error);
        }
        self.number = self.number.saturating_add(1);
        let (passed, asked) = (self.began.elapsed(), error.retry_after());
        let wait = self
            .policy
            .wait(self.number, passed, asked, entropy::chance());
        wait.ok_or(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_are_a_random_part_and_end_with_the_policy() {
        let policy = RetryPolicy {
            attempts: 5,
            first_wait: Duration::from_secs(2),
            give_up_after: Duration::from_secs(20),
        };
        let second = Duration::from_secs;
        let cases = [
            (2, second(0), None, u32::MAX, Some(second(2))),
            (3, second(0), None, u32::MAX, Some(second(4))),
            (4, second(0), None, u32::MAX, Some(second(8))),
            (4, second(0), None, 0, Some(second(0))),
            (2, second(0), Some(second(7)), 0, Some(second(7))),
            (2, second(0), Some(second(7)), u32::MAX, Some(second(9))),
            (2, second(0), Some(second(259_200)), 0, None),
            (4, second(13), None, u32::MAX, None),
            (6, second(0), None, 0, None),
            (2, Duration::MAX, Some(Duration::MAX), u32::MAX, None),
        ];
        for (next, passed, asked, chance, expected) in cases {
            assert_eq!(policy.wait(next, passed, asked, chance), expected, "{next}");
        }
    }

    #[test]
    fn a_policy_without_bounds_waits_a_week_at_most() {
        let policy = RetryPolicy {
            attempts: u32::MAX,
            first_wait: Duration::MAX,
            give_up_after: Duration::MAX,
        };
        let wait = policy.wait(u32::MAX, Duration::ZERO, None, u32::MAX);
        assert_eq!(wait, Some(LONGEST_WAIT));
        assert_eq!(Attempts::begin(policy).left(), LONGEST_WAIT);
    }
}
