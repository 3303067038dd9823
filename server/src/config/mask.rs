/// The address of a database without its password.
pub(crate) fn without_password(address: &str) -> String {
    let address = match address.split_once("://") {
        Some((scheme, rest)) => {
            // A slash in a password is to be escaped, and often is not: everything up to the last
            // `@` counts.
            match rest.rsplit_once('@') {
                Some((user, place)) => {
                    let user = user
                        .split_once(':')
                        .map_or(user.to_owned(), |(user, _)| format!("{user}:{MASK}"));
                    format!("{scheme}://{user}@{place}")
                }
                None => address.to_owned(),
            }
        }
        None => address.to_owned(),
    };
    let lower = address.to_ascii_lowercase();
    let mut masked = String::new();
    let mut at = 0;
    while let Some(found) = lower.get(at..).and_then(|rest| rest.find("password")) {
        let end = at + found + "password".len();
        let (Some(before), Some(rest)) = (address.get(at..end), address.get(end..)) else {
            break;
        };
        masked.push_str(before);
        at = end;
        let Some(value) = rest.trim_start().strip_prefix('=') else {
            continue;
        };
        let value = value.trim_start();
        let length = match value.strip_prefix('\'') {
            Some(quoted) => closing_quote(quoted).map_or(value.len(), |end| end + 2),
            None => value
                .find(|c: char| c == '&' || c.is_whitespace())
                .unwrap_or(value.len()),
        };
        masked.push('=');
        masked.push_str(MASK);
        at = address.len() - value.len() + length;
    }
    masked.push_str(address.get(at..).unwrap_or_default());
    masked
}

fn closing_quote(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let closes = c == '\'' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        closes.then_some(at)
    })
}

const MASK: &str = "***";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_form_of_a_password_is_shown() {
        for (address, shown) in [
            ("postgres://h/db", "postgres://h/db"),
            ("postgres://u@h/db", "postgres://u@h/db"),
            ("postgres://u:p@h:5432/db", "postgres://u:***@h:5432/db"),
            ("postgres://u:p/q@r@h/db", "postgres://u:***@h/db"),
            (
                "postgres://h/db?password=p&user=u",
                "postgres://h/db?password=***&user=u",
            ),
            ("host=h password=p user=u", "host=h password=*** user=u"),
            (
                "host=h PASSWORD = 'p \\' q' user=u",
                "host=h PASSWORD=*** user=u",
            ),
            ("password='p", "password=***"),
        ] {
            assert_eq!(without_password(address), shown);
        }
    }
}
