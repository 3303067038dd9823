use std::time::Duration;

/// What `Retry-After` asks for (RFC 9110, section 10.2.3): seconds, or a date, which is held against
/// the `Date` of the same answer, since the host's clock may be wrong.
pub(crate) fn retry_after(value: &str, date: Option<&str>) -> Option<Duration> {
    let value = value.trim();
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = if is_number {
        value.parse().unwrap_or(u64::MAX)
    } else {
        let (until, now) = (http_date(value)?, http_date(date?)?);
        u64::try_from(until.saturating_sub(now)).unwrap_or(0)
    };
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}

/// A date of HTTP (RFC 9110, section 5.6.7), in Unix seconds.
fn http_date(text: &str) -> Option<i64> {
    let date = chrono::DateTime::parse_from_rfc2822(text.trim()).ok()?;
    Some(date.timestamp())
}

/// The longest wait that is believed of an authority.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_retry_after_are_read() {
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        let cases = [
            ("120", date, Some(120)),
            (" 0 ", None, Some(0)),
            ("99999999999999999999999999", None, Some(604_800)),
            ("Sat, 06 Nov 2094 08:49:37 GMT", date, Some(604_800)),
            ("Sun, 06 Nov 1994 08:51:37 GMT", date, Some(120)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", date, Some(0)),
            ("Sun, 06 Nov 1994 08:51:37 GMT", None, None),
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
