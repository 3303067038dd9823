use std::time::Duration;

use countersign::{Lease, License, Moment, Nonce, StatusList};
use ring::hmac;

/// When an installation asks its authority, such that a million of them do not ask in one second.
///
/// What is drawn is drawn from a number that the installation keeps: another one for each
/// installation and each lease, and the same one however often it is asked for.
#[derive(Clone, Debug)]
pub struct Pace(hmac::Key);

impl Pace {
    /// The pace of an installation that drew `installation` when it was first started.
    pub fn of(installation: Nonce) -> Self {
        let text = installation.to_string();
        Self(hmac::Key::new(hmac::HMAC_SHA256, text.as_bytes()))
    }

    /// When a lease is renewed: in the first half of the time from `renew_at` to its end. The other
    /// half is left for an authority that does not answer.
    pub fn renewal_at(&self, lease: &Lease) -> Moment {
        let spread = lease.ends_at.since(lease.renew_at) / 2;
        lease.renew_at.saturating_add(self.part(spread, &lease.id))
    }

    /// When a status list is fetched anew: after its own `refresh_after`, else after half of the age
    /// that the license allows it, else after a day; and in the first half of the time from there to
    /// the moment it is stale, within as much time again.
    pub fn refresh_at(&self, list: &StatusList, license: &License) -> Moment {
        let freshness = license.status.as_ref().and_then(|terms| terms.freshness);
        let after = list
            .refresh_after
            .or(freshness.map(|freshness| freshness / 2))
            .unwrap_or(A_DAY);
        let due_at = list.issued_at.saturating_add(after);
        let stale_after = freshness.map(|freshness| freshness.saturating_sub(after) / 2);
        let spread = stale_after.unwrap_or(after).min(after);
        let which = list.issued_at.to_string();
        due_at.saturating_add(self.part(spread, &which))
    }

    /// How long to wait when `failures` attempts in a row had no answer: a random part of a time that
    /// doubles from a minute on to six hours, yet stays below a quarter of what is `left` until the
    /// lease ends, and what the authority asked for. `chance` is drawn anew each time.
    ///
    /// After an outage, those who waited come back within as long a time as six hours.
    pub fn retry_after(
        failures: u32,
        left: Duration,
        asked: Option<Duration>,
        chance: u32,
    ) -> Duration {
        let doublings = failures.saturating_sub(1).min(16);
        let window = FIRST_WAIT.saturating_mul(1 << doublings);
        let window = window.min(left / 4).clamp(FIRST_WAIT, LONGEST_WAIT);
        let drawn = window.mul_f64(f64::from(chance) / f64::from(u32::MAX));
        drawn.max(asked.unwrap_or_default().min(LONGEST_WAIT))
    }

    /// A part of `spread` in whole seconds.
    fn part(&self, spread: Duration, which: &str) -> Duration {
        let drawn = hmac::sign(&self.0, which.as_bytes());
        let first = drawn.as_ref().first_chunk().copied().unwrap_or_default();
        let share = u128::from(u64::from_be_bytes(first)) * u128::from(spread.as_secs());
        Duration::from_secs(u64::try_from(share >> 64).unwrap_or(0))
    }
}

const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The time that is waited at most after the first failure.
const FIRST_WAIT: Duration = Duration::from_secs(60);
/// The longest wait, whatever an authority asks for.
const LONGEST_WAIT: Duration = Duration::from_secs(6 * 60 * 60);

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn lease(id: &str) -> Lease {
        let (from, until) = (Moment::nearest(0), Moment::nearest(604_800));
        Lease::new(
            id.into(),
            "a".into(),
            ("acme/editor".parse().unwrap(), "l".parse().unwrap()),
            countersign::Instance::parse("machine", "m").unwrap(),
            (from, until),
            Nonce::from_bytes([0; 16]),
        )
    }

    #[test]
    fn renewals_spread_over_a_quarter_of_the_lease_and_are_the_same_each_time() {
        let lease = lease("lease-1");
        let (mut hours, spread) = ([0_u32; 42], 151_200);
        for number in 0..10_000_u32 {
            let mut bytes = [0; 16];
            bytes[..4].copy_from_slice(&number.to_be_bytes());
            let pace = Pace::of(Nonce::from_bytes(bytes));
            let at = pace.renewal_at(&lease);
            assert_eq!(at, pace.renewal_at(&lease));
            let after = at.unix() - lease.renew_at.unix();
            assert!((0..spread).contains(&after), "{after}");
            hours[usize::try_from(after / 3600).unwrap()] += 1;
        }
        let (least, most) = (hours.iter().min().unwrap(), hours.iter().max().unwrap());
        assert!(
            (180..=300).contains(least) && (180..=300).contains(most),
            "{hours:?}"
        );
    }

    #[test]
    fn each_lease_is_renewed_at_a_moment_of_its_own() {
        let pace = Pace::of(Nonce::from_bytes([7; 16]));
        let (one, other) = (lease("lease-1"), lease("lease-2"));
        assert_ne!(pace.renewal_at(&one), pace.renewal_at(&other));
    }

    #[test]
    fn waits_double_within_a_quarter_of_what_is_left() {
        let days = Duration::from_secs(3 * 24 * 60 * 60);
        let hour = 60 * MINUTE;
        let cases = [
            (1, days, None, u32::MAX, MINUTE),
            (3, days, None, u32::MAX, 4 * MINUTE),
            (3, days, None, 0, Duration::ZERO),
            (30, days, None, u32::MAX, 6 * hour),
            (30, hour, None, u32::MAX, 15 * MINUTE),
            (30, Duration::ZERO, None, u32::MAX, MINUTE),
            (1, days, Some(hour), 0, hour),
            (1, days, Some(days), 0, 6 * hour),
        ];
        for (failures, left, asked, chance, expected) in cases {
            assert_eq!(
                Pace::retry_after(failures, left, asked, chance),
                expected,
                "{failures}"
            );
        }
    }
}
