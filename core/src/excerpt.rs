//! Outside text, as the texts of errors show it.

/// The beginning of `text`, fit for one line of a log: what is invisible stands escaped.
pub(crate) fn excerpt(text: &str) -> String {
    let mut shown = String::new();
    let mut characters = text.chars();
    for character in characters.by_ref().take(MAX_CHARACTERS) {
        match character {
            '\'' | '"' => shown.push(character),
            _ => shown.extend(character.escape_debug()),
        }
    }
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}

/// Characters of the outside text, before escaping.
const MAX_CHARACTERS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpt_is_short_and_visible() {
        let long = "a".repeat(65);
        let cut = "a".repeat(64) + "…";
        let rows = [
            ("", ""),
            ("it's", "it's"),
            ("bücher", "bücher"),
            ("a\nb\0\u{1b}[31m", "a\\nb\\0\\u{1b}[31m"),
            ("\u{202e}moc", "\\u{202e}moc"),
            (&long[1..], &long[1..]),
            (&long, &cut),
        ];
        for (text, expected) in rows {
            assert_eq!(excerpt(text), expected);
        }
    }
}
