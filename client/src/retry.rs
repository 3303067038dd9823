use std::time::{Duration, Instant};

use crate::entropy;
use crate::error::{Error, Kind};
use crate::retry_after::LONGEST_WAIT;

/// When a request is sent again.
///
/// Every request of this crate is safe to repeat: an instance that claims a seat twice holds one.
/// It is sent again after a lost connection, 429, 502, 503 or 504, no sooner than `Retry-After`
/// asks, and never once `give_up_after` has passed: by then every call has ended, one of a client and one
/// of a [`Session`](crate::Session), which may ask several questions, one after the other, but for what
/// its storage takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// How often it is sent at most, the first time included.
    pub attempts: u32,
    /// The most that is waited before the second time; it doubles with each further one.
    pub first_wait: Duration,
    /// How long a call lasts at most, waits included, and all that it asks.
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
    /// call began: a random part of a wait that doubles, so that those who lost their connection
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

/// When a call is to have ended, with all that it asks.
#[derive(Clone, Copy)]
pub(crate) struct Deadline {
    began: Instant,
    lasts: Duration,
    /// Whether nothing was asked yet.
    is_first: bool,
}

impl Deadline {
    #[expect(clippy::disallowed_methods, reason = "a call is measured from here on")]
    pub(crate) fn of(policy: &RetryPolicy) -> Self {
        Self {
            began: Instant::now(),
            lasts: policy.give_up_after,
            is_first: true,
        }
    }

    /// The same, for the question after this one, which is asked only where enough is left.
    pub(crate) fn of_next(self) -> Self {
        Self {
            is_first: false,
            ..self
        }
    }

    /// The same, for who had to wait for a storage before the first question: what that took beside the
    /// quarter of the time in which others may write counts for nothing.
    #[cfg(feature = "blocking")]
    pub(crate) fn beside_a_storage(self) -> Self {
        let more = self.passed().saturating_sub(self.lasts / 4);
        Self {
            began: self.began.checked_add(more).unwrap_or(self.began),
            ..self
        }
    }

    /// How long a storage may still take. One that works takes a moment, also for an answer that came at
    /// the last.
    #[cfg(feature = "async")]
    pub(crate) fn left_for_storage(&self) -> Duration {
        self.left().max(LEAST_TIME)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "measures how long the call lasts"
    )]
    fn passed(&self) -> Duration {
        self.began.elapsed()
    }

    /// How long the call may still last.
    fn left(&self) -> Duration {
        let left = self.lasts.saturating_sub(self.passed());
        left.min(LONGEST_WAIT)
    }

    /// Whether a question that was begun now would be given up before many an authority can answer.
    fn is_near(&self) -> bool {
        !self.is_first && self.left() < LEAST_TIME.min(self.lasts / 4)
    }
}

/// The attempts of one question.
pub(crate) struct Attempts {
    policy: RetryPolicy,
    deadline: Deadline,
    /// The number of the present one, from 1.
    number: u32,
}

impl Attempts {
    /// Those of a question of a call that ends by `deadline`.
    ///
    /// # Errors
    ///
    /// Where too little of the call is left.
    pub(crate) fn begin(policy: RetryPolicy, deadline: Deadline) -> Result<Self, Error> {
        if deadline.is_near() {
            let why = "too little of the call's time is left to ask it";
            return Err(Error::because(Kind::Unreachable, why));
        }
        Ok(Self {
            policy,
            deadline,
            number: 1,
        })
    }

    /// How long the call may still last.
    pub(crate) fn left(&self) -> Duration {
        self.deadline.left()
    }

    /// How long to wait before the next attempt, now that the present one has failed; the failure
    /// itself where there is none.
    pub(crate) fn wait_after(&mut self, error: Error) -> Result<Duration, Error> {
        if !error.is_worth_repeating() {
            return Err(error);
        }
        self.number = self.number.saturating_add(1);
        let (passed, asked) = (self.deadline.passed(), error.retry_after());
        let wait = self
            .policy
            .wait(self.number, passed, asked, entropy::chance());
        wait.ok_or(error)
    }
}

/// The least time for which a question is sent: a connection, TLS and an answer over a slow network.
const LEAST_TIME: Duration = Duration::from_secs(1);

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
        assert_eq!(Deadline::of(&policy).left(), LONGEST_WAIT);
    }
}
