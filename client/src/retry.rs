use std::time::Duration;

/// When a request is sent again.
///
/// Every request of this crate is safe to repeat: an instance that claims a seat twice holds one.
/// It is sent again after a lost connection, 429, 502, 503 or 504, no sooner than `Retry-After`
/// asks, and never once `give_up_after` has passed: by then every call has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// How often it is sent at most, the first time included.
    pub attempts: u32,
    /// The most that is waited before the second time; it doubles with each further one.
    pub first_wait: Duration,
    /// How long a call lasts at most, waits included.
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
        let drawn = most.mul_f64(f64::from(chance) / f64::from(u32::MAX));
        let wait = drawn.max(retry_after.unwrap_or_default());
        (passed + wait < self.give_up_after).then_some(wait)
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

/// What `Retry-After` asks for (RFC 9110, section 10.2.3): seconds, or a date, which is held against
/// the `Date` of the same answer, since the host's clock may be wrong.
pub(crate) fn retry_after(value: &str, date: Option<&str>) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let until = http_date(value)?;
    let now = http_date(date?)?;
    Some(Duration::from_secs(
        u64::try_from(until.saturating_sub(now)).unwrap_or(0),
    ))
}

/// A date of HTTP (RFC 9110, section 5.6.7), in Unix seconds.
fn http_date(text: &str) -> Option<i64> {
    let date = chrono::DateTime::parse_from_rfc2822(text.trim()).ok()?;
    Some(date.timestamp())
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
            (2, second(0), Some(second(259_200)), 0, None),
            (4, second(13), None, u32::MAX, None),
            (6, second(0), None, 0, None),
        ];
        for (next, passed, asked, chance, expected) in cases {
            assert_eq!(policy.wait(next, passed, asked, chance), expected, "{next}");
        }
    }

    #[test]
    fn both_forms_of_retry_after_are_read() {
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        let cases = [
            ("120", date, Some(120)),
            (" 0 ", None, Some(0)),
            ("Sun, 06 Nov 1994 08:51:37 GMT", date, Some(120)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", date, Some(0)),
            ("Sun, 06 Nov 1994 08:51:37 GMT", None, None),
            ("soon", date, None),
            ("-1", date, None),
        ];
        for (value, date, seconds) in cases {
            let expected = seconds.map(Duration::from_secs);
            assert_eq!(retry_after(value, date), expected, "{value}");
        }
    }
}
