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

    /// When a lease is renewed: by its `renew_at`, in the last three quarters of the time up to it. So
    /// a fleet that was activated within an hour is spread over most of the time that a lease lasts,
    /// and no notice that a renewal is due is ever seen where renewals are answered.
    pub fn renewal_at(&self, lease: &Lease) -> Moment {
        let spread = lease.renew_at.since(lease.issued_at) * 3 / 4;
        lease.renew_at.saturating_sub(self.part(spread, &lease.id))
    }

    /// When a status list is fetched anew: by its `refresh_after`, by half of the age that the license
    /// allows it, and by half of the time that it lasts, whichever comes first, else by a day; in the
    /// second half of the time up to that.
    pub fn refresh_at(&self, list: &StatusList, license: &License) -> Moment {
        let freshness = license.status.as_ref().and_then(|terms| terms.freshness);
        let lasts = list.ends_at.map(|ends_at| ends_at.since(list.issued_at));
        let bounds = [freshness, lasts].into_iter().flatten();
        let after = bounds
            .map(|bound| bound / 2)
            .chain(list.refresh_after)
            .min()
            .unwrap_or(A_DAY);
        let which = list.issued_at.to_string();
        let due_at = list.issued_at.saturating_add(after);
        due_at.saturating_sub(self.part(after / 2, &which))
    }

    /// When a license that ends is asked for again, since it may have been extended: in the day before
    /// its end. `None` if it never ends.
    pub fn extension_at(&self, license: &License) -> Option<Moment> {
        let ends_at = license.validity.ends_at()?;
        Some(ends_at.saturating_sub(self.part(A_DAY, &ends_at.to_string())))
    }

    /// How long to wait when `failures` attempts in a row had no answer: a random part of a day, yet
    /// below a quarter of what is `left` until the lease ends, and of an hour where nothing is left.
    /// After the first failure half of all come back within a minute, since the network of a machine
    /// that wakes up is often a moment late. What the authority `asked` for comes before it. `chance`
    /// is drawn anew each time.
    ///
    /// A wait that doubled would bring most of those who waited out an outage back right at its end;
    /// docs/scale.md has the figures.
    pub fn retry_after(
        failures: u32,
        left: Duration,
        asked: Option<Duration>,
        chance: u32,
    ) -> Duration {
        let most = match left {
            Duration::ZERO => AN_HOUR,
            left => (left / 4).clamp(FIRST_WAIT, A_DAY),
        };
        let is_soon = failures <= 1 && chance.is_multiple_of(2);
        let window = if is_soon { FIRST_WAIT } else { most };
        let drawn = window.mul_f64(f64::from(chance) / f64::from(u32::MAX));
        // Those who were told one moment to come back at do not all come back at it.
        let asked = asked.unwrap_or_default().min(most.max(AN_HOUR));
        asked.saturating_add(drawn).min(LONGEST_WAIT)
    }

    /// How long to wait when a seat that was lost was refused `refusals` times in a row, since others have
    /// all seats: an hour after the first refusal, twice as long after each further one, a day at most,
    /// and up to a quarter more by `chance`, which is drawn anew each time.
    pub(crate) fn seat_again_after(refusals: u32, chance: u32) -> Duration {
        let doublings = refusals.saturating_sub(1).min(16);
        let wait = AN_HOUR.saturating_mul(1 << doublings).min(A_DAY);
        let drawn = (wait / 4).mul_f64(f64::from(chance) / f64::from(u32::MAX));
        wait.saturating_add(drawn)
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
/// The longest wait of who has nothing left, and the longest that an authority may ask of anybody.
const AN_HOUR: Duration = Duration::from_secs(60 * 60);
/// The shortest wait is a part of this.
const FIRST_WAIT: Duration = Duration::from_secs(60);
/// The longest wait there is.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(2 * 24 * 60 * 60);

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

    fn pace(number: u32) -> Pace {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        Pace::of(Nonce::from_bytes(bytes))
    }

    #[test]
    fn renewals_spread_over_most_of_the_time_to_renew_at_and_are_the_same_each_time() {
        let lease = lease("lease-1");
        let (mut hours, spread) = ([0_u32; 63], 63 * 3600);
        for number in 0..10_000_u32 {
            let at = pace(number).renewal_at(&lease);
            assert_eq!(at, pace(number).renewal_at(&lease));
            let before = lease.renew_at.unix() - at.unix();
            assert!((0..spread).contains(&before), "{before}");
            hours[usize::try_from(before / 3600).unwrap()] += 1;
        }
        let (least, most) = (hours.iter().min().unwrap(), hours.iter().max().unwrap());
        assert!(
            (110..=210).contains(least) && (110..=210).contains(most),
            "{hours:?}"
        );
    }

    #[test]
    fn a_list_is_fetched_before_any_bound_on_its_age_is_half_reached() {
        let second = Duration::from_secs;
        let (hour, day) = (3600, 86_400);
        let cases = [
            (None, None, None, day),
            (Some(hour), None, None, hour),
            (Some(day), Some(4 * hour), None, 2 * hour),
            (Some(day), Some(90 * day), Some(12 * hour), 6 * hour),
            (None, Some(90 * day), None, 45 * day),
            (Some(1), None, None, 1),
        ];
        for (refresh_after, freshness, lasts, latest) in cases {
            let brand: countersign::Code = "acme".parse().unwrap();
            let (uri, issued_at) = ("https://a.example/1", Moment::nearest(1000));
            let entries = countersign::Statuses::valid(8);
            let mut list = StatusList::new(brand, uri.into(), issued_at, entries);
            list.refresh_after = refresh_after.map(second);
            list.ends_at = lasts.map(|lasts| issued_at.saturating_add(second(lasts)));
            let product = "acme/editor".parse().unwrap();
            let mut license = License::new("l".parse().unwrap(), product, issued_at);
            let mut terms = countersign::StatusTerms::new(0, uri.into());
            terms.freshness = freshness.map(second);
            license.status = Some(terms);
            for number in 0..500 {
                let after = pace(number).refresh_at(&list, &license).since(issued_at);
                let (least, most) = (second(latest / 2), second(latest));
                assert!(after >= least && after <= most, "{after:?} of {most:?}");
            }
        }
    }

    #[test]
    fn each_lease_is_renewed_at_a_moment_of_its_own() {
        let pace = Pace::of(Nonce::from_bytes([7; 16]));
        let (one, other) = (lease("lease-1"), lease("lease-2"));
        assert_ne!(pace.renewal_at(&one), pace.renewal_at(&other));
    }

    #[test]
    fn half_of_those_who_failed_once_come_back_within_a_minute() {
        let week = Duration::from_secs(604_800);
        let waits = (0..1000).map(|number: u32| {
            let chance = number * (u32::MAX / 1000);
            [1, 2].map(|failures| Pace::retry_after(failures, week, None, chance) <= MINUTE)
        });
        let [after_one, after_two] = waits.fold([0, 0], |[one, two], [first, second]| {
            [one + u32::from(first), two + u32::from(second)]
        });
        assert_eq!((after_one, after_two), (500, 1));
    }

    #[test]
    fn a_seat_that_others_have_is_asked_for_after_an_hour_at_first_and_once_a_day_on_the_long_run()
    {
        let (none, hour) = (Duration::ZERO, 60 * MINUTE);
        let cases = [
            (1, 0, hour, none),
            (1, u32::MAX, hour, 15 * MINUTE),
            (2, 0, 2 * hour, none),
            (5, u32::MAX, 16 * hour, 4 * hour),
            (6, 0, 24 * hour, none),
            (u32::MAX, u32::MAX, 24 * hour, 6 * hour),
        ];
        for (refusals, chance, least, more) in cases {
            let wait = Pace::seat_again_after(refusals, chance);
            assert_eq!(wait, least + more, "{refusals}");
        }
    }

    #[test]
    fn waits_are_a_part_of_a_day_within_a_quarter_of_what_is_left() {
        let hour = 60 * MINUTE;
        let days = |days: u32| days * 24 * hour;
        let cases = [
            (1, days(7), None, u32::MAX, days(1)),
            (2, days(7), None, u32::MAX, days(1)),
            (2, days(7), None, 0, Duration::ZERO),
            (99, days(2), None, u32::MAX, 12 * hour),
            (99, hour, None, u32::MAX, 15 * MINUTE),
            (99, MINUTE, None, u32::MAX, MINUTE),
            (99, Duration::ZERO, None, u32::MAX, hour),
            (99, Duration::MAX, None, u32::MAX, days(1)),
            (1, days(7), Some(hour), 0, hour),
            (1, days(7), Some(hour), u32::MAX, hour + days(1)),
            (1, days(7), Some(days(3)), 0, days(1)),
            (1, hour, Some(days(3)), 0, hour),
            (2, days(7), Some(days(3)), u32::MAX, days(2)),
            (1, Duration::ZERO, Some(Duration::MAX), 0, hour),
        ];
        for (failures, left, asked, chance, expected) in cases {
            assert_eq!(
                Pace::retry_after(failures, left, asked, chance),
                expected,
                "{failures}, {left:?}, {asked:?}"
            );
        }
    }
}
