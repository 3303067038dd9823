use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use chrono::format::ParseErrorKind;
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

/// A moment in UTC, in whole seconds, from the start of 1970 to the end of the year 9999.
///
/// Written as RFC 3339, `2026-12-31T23:59:59Z`; in signed documents it is the number of seconds
/// since 1970 (RFC 7519, `NumericDate`), which has no leap seconds: one counts as the second after it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Moment(i64);

impl Moment {
    /// The start of 1970, the earliest moment there is.
    pub const MIN: Self = Self(0);
    /// The last second of the year 9999.
    pub const MAX: Self = Self(253_402_300_799);

    /// The moment that many seconds after the start of 1970.
    ///
    /// # Errors
    ///
    /// [`InvalidMoment::OutOfRange`] before 1970 and after the year 9999.
    pub const fn from_unix(seconds: i64) -> Result<Self, InvalidMoment> {
        if seconds < Self::MIN.0 || seconds > Self::MAX.0 {
            return Err(InvalidMoment::OutOfRange);
        }
        Ok(Self(seconds))
    }

    /// The nearest moment to that many seconds after the start of 1970: for a clock, which may show
    /// anything.
    pub const fn nearest(seconds: i64) -> Self {
        if seconds < Self::MIN.0 {
            Self::MIN
        } else if seconds > Self::MAX.0 {
            Self::MAX
        } else {
            Self(seconds)
        }
    }

    /// Seconds since the start of 1970.
    pub const fn unix(self) -> i64 {
        self.0
    }

    /// The moment `length` later, at most [`MAX`](Self::MAX). Parts of a second are dropped.
    pub fn saturating_add(self, length: Duration) -> Self {
        let later = self.0.unsigned_abs().saturating_add(length.as_secs());
        Self(later.min(Self::MAX.0.unsigned_abs()).cast_signed())
    }

    /// The moment `length` earlier, at least [`MIN`](Self::MIN). Parts of a second are dropped.
    pub fn saturating_sub(self, length: Duration) -> Self {
        let earlier = self.0.unsigned_abs().saturating_sub(length.as_secs());
        Self(earlier.cast_signed())
    }

    /// How long after `earlier` this is; zero if it is not.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_secs(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }

    /// Reads what an operator means as a start: RFC 3339, or a bare date for its first second, UTC.
    ///
    /// # Errors
    ///
    /// [`InvalidMoment::NoSuchDay`] for a date that the calendar does not have,
    /// [`InvalidMoment::NotADate`] for what is neither, and else as [`FromStr`].
    pub fn from_start(text: &str) -> Result<Self, InvalidMoment> {
        Self::at_day_time(text, NaiveTime::MIN)
    }

    /// Reads what an operator means as an end: RFC 3339, or a bare date for its last second, UTC,
    /// so that every display shows the day that was meant.
    ///
    /// # Errors
    ///
    /// As [`from_start`](Self::from_start).
    pub fn from_end(text: &str) -> Result<Self, InvalidMoment> {
        const LAST_SECOND: NaiveTime = match NaiveTime::from_hms_opt(23, 59, 59) {
            Some(time) => time,
            None => NaiveTime::MIN,
        };
        Self::at_day_time(text, LAST_SECOND)
    }

    fn at_day_time(text: &str, time: NaiveTime) -> Result<Self, InvalidMoment> {
        let is_bare = text
            .bytes()
            .map(|byte| if byte.is_ascii_digit() { b'0' } else { byte });
        if !is_bare.eq("0000-00-00".bytes()) {
            return text.parse().map_err(|error| match error {
                InvalidMoment::NotRfc3339 => InvalidMoment::NotADate,
                error => error,
            });
        }
        let date: NaiveDate = text.parse().map_err(|_| InvalidMoment::NoSuchDay)?;
        Self::from_unix(date.and_time(time).and_utc().timestamp())
    }
}

/// What a host's clock shows, as the nearest moment there is.
impl From<SystemTime> for Moment {
    fn from(time: SystemTime) -> Self {
        match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => Self::MIN.saturating_add(since),
            Err(_) => Self::MIN,
        }
    }
}

impl TryFrom<DateTime<Utc>> for Moment {
    type Error = InvalidMoment;

    /// Drops parts of a second.
    fn try_from(time: DateTime<Utc>) -> Result<Self, InvalidMoment> {
        Self::from_unix(time.timestamp())
    }
}

impl From<Moment> for DateTime<Utc> {
    fn from(moment: Moment) -> Self {
        Self::from_timestamp(moment.0, 0).unwrap_or_default()
    }
}

/// Reads RFC 3339 with any offset. Parts of a second are dropped. A leap second, 23:59:60 UTC at the
/// end of a month (RFC 3339, section 5.7), is the second after it; anywhere else `:60` is refused.
impl FromStr for Moment {
    type Err = InvalidMoment;

    fn from_str(text: &str) -> Result<Self, InvalidMoment> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(InvalidMoment::NotRfc3339);
        }
        let time = DateTime::parse_from_rfc3339(text).map_err(|error| match error.kind() {
            ParseErrorKind::OutOfRange | ParseErrorKind::Impossible => InvalidMoment::NoSuchMoment,
            _ => InvalidMoment::NotRfc3339,
        })?;
        let seconds = time.timestamp();
        if time.timestamp_subsec_nanos() < NANOSECONDS {
            return Self::from_unix(seconds);
        }
        let after = DateTime::from_timestamp(seconds.saturating_add(1), 0);
        match after.filter(|after| after.day() == 1 && after.time() == NaiveTime::MIN) {
            Some(after) => Self::from_unix(after.timestamp()),
            None => Err(InvalidMoment::NoSuchMoment),
        }
    }
}

impl TryFrom<String> for Moment {
    type Error = InvalidMoment;

    fn try_from(text: String) -> Result<Self, InvalidMoment> {
        text.parse()
    }
}

impl From<Moment> for String {
    fn from(moment: Moment) -> Self {
        moment.to_string()
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&DateTime::<Utc>::from(*self).to_rfc3339_opts(SecondsFormat::Secs, true))
    }
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text or number is no moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidMoment {
    /// Not in the form of RFC 3339.
    #[error("not a moment: write it as 2026-12-31T23:59:59Z")]
    NotRfc3339,
    /// Neither a date nor in the form of RFC 3339, where both may stand.
    #[error("neither a date nor a moment: write it as 2026-12-31 or 2026-12-31T23:59:59Z")]
    NotADate,
    /// A date that the calendar does not have.
    #[error("there is no such day")]
    NoSuchDay,
    /// In the form of RFC 3339, but on no calendar and no clock; `:60` among them, unless it is
    /// 23:59:60 UTC at the end of a month.
    #[error("there is no such moment")]
    NoSuchMoment,
    /// Before 1970, or after the year 9999.
    #[error("a moment must lie between 1970 and the end of year 9999")]
    OutOfRange,
}

/// The longest text of a moment, in bytes: room for more parts of a second than any clock shows.
const MAX_TEXT_BYTES: usize = 64;
/// How many make a second; a leap second is shown with as many, or more.
const NANOSECONDS: u32 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_and_shown() {
        const CASES: &[(&str, Result<&str, InvalidMoment>)] = &[
            ("2026-12-31T23:59:59Z", Ok("2026-12-31T23:59:59Z")),
            ("2027-01-01T01:59:59+02:00", Ok("2026-12-31T23:59:59Z")),
            ("1970-01-01T00:00:00Z", Ok("1970-01-01T00:00:00Z")),
            ("9999-12-31T23:59:59Z", Ok("9999-12-31T23:59:59Z")),
            ("1969-12-31T23:59:59Z", Err(InvalidMoment::OutOfRange)),
            ("9999-12-31T23:59:59-01:00", Err(InvalidMoment::OutOfRange)),
            // Parts of a second are cut off, never rounded.
            ("2026-12-31T23:59:59.999Z", Ok("2026-12-31T23:59:59Z")),
            (
                "1970-01-01T00:00:00.9999999999Z",
                Ok("1970-01-01T00:00:00Z"),
            ),
            ("1969-12-31T23:59:59.999Z", Err(InvalidMoment::OutOfRange)),
            ("2026-12-31T23:59:59.Z", Err(InvalidMoment::NotRfc3339)),
            // A leap second is the second after it.
            ("2016-12-31T23:59:60Z", Ok("2017-01-01T00:00:00Z")),
            ("2016-12-31T23:59:60.5Z", Ok("2017-01-01T00:00:00Z")),
            ("1990-12-31T15:59:60-08:00", Ok("1991-01-01T00:00:00Z")),
            ("2027-03-01T01:59:60+02:00", Ok("2027-03-01T00:00:00Z")),
            ("9999-12-31T23:59:60Z", Err(InvalidMoment::OutOfRange)),
            // Anywhere else there is none.
            ("2016-12-30T23:59:60Z", Err(InvalidMoment::NoSuchMoment)),
            ("2016-12-31T12:34:60Z", Err(InvalidMoment::NoSuchMoment)),
            (
                "2016-12-31T23:59:60+02:00",
                Err(InvalidMoment::NoSuchMoment),
            ),
            ("2016-12-31T23:59:61Z", Err(InvalidMoment::NoSuchMoment)),
            // What no calendar and no clock has.
            ("2026-02-30T00:00:00Z", Err(InvalidMoment::NoSuchMoment)),
            ("2026-12-31T24:00:00Z", Err(InvalidMoment::NoSuchMoment)),
            // Other forms.
            ("2026-12-31", Err(InvalidMoment::NotRfc3339)),
            ("2026-12-31T23:59:59", Err(InvalidMoment::NotRfc3339)),
            ("", Err(InvalidMoment::NotRfc3339)),
        ];
        for (text, expected) in CASES {
            let shown = text.parse::<Moment>().map(|moment| moment.to_string());
            assert_eq!(shown, expected.map(str::to_owned), "{text}");
        }
        let with_digits = |digits: usize| format!("2026-12-31T23:59:59.{}Z", "9".repeat(digits));
        let longest = with_digits(MAX_TEXT_BYTES - with_digits(0).len());
        assert_eq!(longest.parse(), Moment::from_unix(1_798_761_599));
        assert_eq!(
            longest.replace('.', ".9").parse::<Moment>(),
            Err(InvalidMoment::NotRfc3339)
        );
    }

    #[test]
    fn a_bare_date_is_its_first_second_as_a_start_and_its_last_as_an_end() {
        let shown = |moment: Result<Moment, _>| moment.map(|moment| moment.to_string());
        assert_eq!(
            shown(Moment::from_start("2026-12-31")),
            Ok("2026-12-31T00:00:00Z".into())
        );
        assert_eq!(
            shown(Moment::from_end("2026-12-31")),
            Ok("2026-12-31T23:59:59Z".into())
        );
        assert_eq!(
            shown(Moment::from_end("2026-12-31T12:00:00Z")),
            Ok("2026-12-31T12:00:00Z".into())
        );
        const REFUSED: &[(&str, InvalidMoment)] = &[
            ("2026-13-31", InvalidMoment::NoSuchDay),
            ("2026-02-30", InvalidMoment::NoSuchDay),
            ("1969-12-31", InvalidMoment::OutOfRange),
            ("+12026-1-1", InvalidMoment::NotADate),
            ("2026-12-31T23:59:59", InvalidMoment::NotADate),
            ("yesterday", InvalidMoment::NotADate),
            ("2026-12-31T25:00:00Z", InvalidMoment::NoSuchMoment),
        ];
        for (text, error) in REFUSED {
            assert_eq!(Moment::from_start(text), Err(*error), "{text}");
            assert_eq!(Moment::from_end(text), Err(*error), "{text}");
        }
    }

    #[test]
    fn arithmetic_saturates() {
        assert_eq!(Moment::MAX.saturating_add(Duration::MAX), Moment::MAX);
        assert_eq!(Moment::MIN.saturating_sub(Duration::MAX), Moment::MIN);
        assert_eq!(Moment::MIN.since(Moment::MAX), Duration::ZERO);
        assert_eq!(
            Moment::MAX.since(Moment::MIN),
            Duration::from_secs(253_402_300_799)
        );
        let before_1970 = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
        assert_eq!(Moment::from(before_1970), Moment::MIN);
    }
}
