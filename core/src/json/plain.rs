//! The bytes that stand for themselves within a string.

/// How many bytes at the beginning stand for themselves within a string, if that is told by whole words
/// of eight bytes.
#[inline(always)]
pub(super) fn plain_length(bytes: &[u8]) -> Option<usize> {
    let mut length = 0;
    for word in bytes.as_chunks().0 {
        let special = special_bytes(u64::from_le_bytes(*word));
        if special != 0 {
            return Some(length + (special.trailing_zeros() / u8::BITS) as usize);
        }
        length += word.len();
    }
    None
}

/// Whether a byte does not stand for itself within a string.
pub(super) fn is_special(byte: u8) -> bool {
    byte < b' ' || byte == b'"' || byte == b'\\'
}

/// The highest bit of each byte of `word` that does not stand for itself within a string: of the
/// first such byte for certain, and of no byte if there is none.
fn special_bytes(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 0xff;
    let all = |byte: u8| ONES * u64::from(byte);
    // A borrow goes to higher bytes only, which come later.
    let less_than = |word: u64, least: u8| word.wrapping_sub(all(least));
    // With its second bit turned, a quotation mark is next to the control characters.
    let control_or_quote = less_than(word ^ all(2), (b'"' ^ 2) + 1);
    let backslash = less_than(word ^ all(b'\\'), 1);
    (control_or_quote | backslash) & !word & all(1 << (u8::BITS - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_stand_for_itself_is_found_wherever_it_is() {
        for byte in 0..=u8::MAX {
            for (at, around) in (0..20).flat_map(|at| [(at, b'a'), (at, b'!'), (at, 0xff)]) {
                let mut bytes = [around; 24];
                bytes[at] = byte;
                let expected = is_special(byte).then_some(at);
                assert_eq!(
                    plain_length(&bytes),
                    expected,
                    "{byte} at {at} amid {around}"
                );
            }
        }
    }
}
