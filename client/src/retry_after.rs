use std::time::Duration;

use chrono::{DateTime, NaiveDateTime};

/// What `Retry-After` asks for (RFC 9110, section 10.2.3): seconds, or a date, which is held against
/// the `Date` of the same answer, since the host's clock may be wrong. How far off a date is that comes
/// without one is not known: it is waited for a minute.
pub(crate) fn retry_after(value: &str, date: Option<&str>) -> Option<Duration> {
    let value = value.trim();
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = if is_number {
        value.parse().unwrap_or(u64::MAX)
    } else {
        let until = http_date(value)?;
        match date.and_then(http_date) {
            Some(now) => u64::try_from(until.saturating_sub(now)).unwrap_or(0),
            None => WITHOUT_DATE,
        }
    };
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}

/// A date of HTTP in any of its three forms (RFC 9110, section 5.6.7), in Unix seconds.
fn http_date(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(date) = DateTime::parse_from_rfc2822(text) {
        return Some(date.timestamp());
    }
    let forms = ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
    let mut read = forms
        .iter()
        .filter_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    Some(read.next()?.and_utc().timestamp())
}

/// How many seconds are waited for a date that is held against none.
const WITHOUT_DATE: u64 = 60;

/// The longest wait that is believed of an authority.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_of_retry_after_are_read() {
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        let cases = [
            ("120", date, Some(120)),
            (" 0 ", None, Some(0)),
            ("99999999999999999999999999", None, Some(604_800)),
            ("Sat, 06 Nov 2094 08:49:37 GMT", date, Some(604_800)),
            ("Sun, 06 Nov 1994 08:51:37 GMT", date, Some(120)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", date, Some(0)),
            ("Sunday, 06-Nov-94 08:51:37 GMT", date, Some(120)),
            ("Sunday, 06-Nov-94 08:00:00 GMT", date, Some(0)),
            ("Sun Nov  6 08:51:37 1994", date, Some(120)),
            ("Sun Nov 13 08:49:36 1994", date, Some(604_799)),
            (
                "Sun Nov  6 08:51:37 1994",
                Some("Sunday, 06-Nov-94 08:49:37 GMT"),
                Some(120),
            ),
            ("Sun, 06 Nov 1994 08:51:37 GMT", None, Some(60)),
            ("Sunday, 06-Nov-94 08:51:37 GMT", Some("now"), Some(60)),
            ("Sunday, 31-Feb-94 08:51:37 GMT", date, None),
            ("Sun Nov  6 08:51:37", date, None),
            ("soon", date, None),
            ("+1", date, None),
            ("", date, None),
            ("-1", date, None),
        ];
        for (value, date, seconds) in cases {
            let expected = seconds.map(Duration::from_secs);
            assert_eq!(retry_after(value, date), expected, "{value}");
        }
    }
}
