//! The bytes that codes and domains are of: `a-z`, `0-9`, `.`, `_` and `-`. A document has many of them,
//! so that each is looked up in a table and no branch hangs on it.

/// Whether `text` has no other bytes.
pub(crate) fn are_all_of(text: &str) -> bool {
    text.bytes().fold(0, |seen, byte| seen | kind(byte)) & OTHER == 0
}

/// Whether `text` is labels between dots, as nearly all domains have them: each begins with a letter or
/// `_`, since a number begins with a digit, and has no two hyphens together, since those may be Punycode.
pub(crate) fn are_usual_labels_of(text: &str) -> bool {
    // It begins as after a dot.
    let (wrong, last) = text.bytes().fold((0, kind(b'.')), |(wrong, before), byte| {
        let kind = kind(byte);
        (wrong | kind & before >> REFUSED, kind)
    });
    // And it ends as before one.
    (wrong | DOT & last >> REFUSED) == 0
}

#[inline]
fn kind(byte: u8) -> u8 {
    KINDS.get(usize::from(byte)).copied().unwrap_or(OTHER)
}

/// Of each byte what it is and, in the upper half, what may not follow it in a domain.
#[expect(
    clippy::indexing_slicing,
    reason = "what goes wrong does so when compiled"
)]
const KINDS: [u8; 256] = {
    let mut kinds = [OTHER; 256];
    let mut byte = 0;
    while byte < kinds.len() {
        kinds[byte] = match byte as u8 {
            b'a'..=b'z' | b'_' => OTHER << REFUSED,
            b'0'..=b'9' => DIGIT | OTHER << REFUSED,
            b'-' => HYPHEN | (OTHER | HYPHEN) << REFUSED,
            b'.' => DOT | (OTHER | HYPHEN | DIGIT | DOT) << REFUSED,
            _ => OTHER,
        };
        byte += 1;
    }
    kinds
};
/// Digits, hyphens and dots; letters are none of them.
const DIGIT: u8 = 1;
const HYPHEN: u8 = 2;
const DOT: u8 = 4;
const OTHER: u8 = 8;
/// How far the upper half is.
const REFUSED: u32 = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_of_a_name_or_not() {
        for character in (0..=0xff).map(char::from) {
            let is_one = matches!(character, 'a'..='z' | '0'..='9' | '.' | '_' | '-');
            let text = format!("a{character}a");
            assert_eq!(are_all_of(&text), is_one, "{text:?}");
            assert_eq!(are_usual_labels_of(&text), is_one, "{text:?}");
        }
    }

    #[test]
    fn labels_are_usual_by_what_follows_what() {
        let rows = [
            ("", false),
            ("a", true),
            ("_a.b_", true),
            ("a.b", true),
            (".a", false),
            ("a.", false),
            ("a..b", false),
            ("1a", false),
            ("a.1b", false),
            ("a1.b1", true),
            ("-a", false),
            ("a.-b", false),
            ("a-.b", true),
            ("a-", true),
            ("a-1", true),
            ("a--b", false),
            ("aé", false),
        ];
        for (text, expected) in rows {
            assert_eq!(are_usual_labels_of(text), expected, "{text}");
        }
    }
}
