use std::time::Duration;

use countersign::{LicenseError, Moment};

use crate::clock::ClockError;
use crate::lease::Lease;
use crate::license::License;
use crate::status::StatusList;

/// When an installation asks its authority, such that a million of them do not ask in one second. A
/// session keeps to it by itself; a host that keeps the documents itself asks it.
///
/// What is drawn is drawn from a number that the installation keeps: another one for each
/// installation and each lease, and the same one however often it is asked for.
#[derive(Debug, uniffi::Object)]
pub struct Pace(countersign_client::Pace);

#[uniffi::export]
impl Pace {
    /// The pace of an installation that drew this number when it was first started: base64url of 16
    /// random bytes.
    #[uniffi::constructor]
    pub fn new(installation: &str) -> Result<Self, ClockError> {
        Ok(Self(countersign_client::Pace::of(installation.parse()?)))
    }

    /// When a lease is renewed: in the last three quarters of the time up to its `renew_at`.
    pub fn renewal_at(&self, lease: &Lease) -> Moment {
        self.0.renewal_at(&lease.0)
    }

    /// When a status list is fetched anew: by its `refresh_after`, by half of the age that the license
    /// allows it, and by half of the time that it lasts, whichever comes first, else by a day; in the
    /// second half of the time up to that.
    pub fn refresh_at(&self, list: &StatusList, license: &License) -> Moment {
        self.0.refresh_at(&list.0, &license.0)
    }

    /// When a license that ends is asked for again, since it may have been extended: in the day before
    /// its end. Absent if it never ends.
    pub fn extension_at(&self, license: &License) -> Option<Moment> {
        self.0.extension_at(&license.0)
    }

    /// How long to wait when so many attempts in a row had no answer: a random part of a day, yet below
    /// a quarter of what is left until the lease ends, and of an hour where nothing is left. What the
    /// authority asked for comes before it. The chance is drawn anew each time, from 0 to 4,294,967,295;
    /// what lies beyond counts as the nearest.
    pub fn retry_after(
        &self,
        failures: i64,
        left: Duration,
        asked: Option<Duration>,
        chance: i64,
    ) -> Result<Duration, LicenseError> {
        let nearest = |number: i64| u32::try_from(number.max(0)).unwrap_or(u32::MAX);
        let (failures, chance) = (nearest(failures), nearest(chance));
        Ok(countersign_client::Pace::retry_after(
            failures, left, asked, chance,
        ))
    }
}
