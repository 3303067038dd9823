//! A text that as a rule is short.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

/// A text that asks for no memory of its own unless it is long: a document has many, and is read
/// anew by each process that starts.
///
/// One text has one form, so that forms may be compared.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum ShortText {
    /// So many bytes of UTF-8, and zeroes.
    Inline(u8, [u8; INLINE]),
    /// A text that has no place there. Others share it, so that a copy asks for no memory either.
    Shared(Arc<str>),
}

impl ShortText {
    pub(crate) const EMPTY: Self = Self::Inline(0, [0; INLINE]);

    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Inline(length, bytes) => bytes.get(..usize::from(*length)).unwrap_or_default(),
            Self::Shared(text) => text.as_bytes(),
        }
    }
}

/// One copy of the code, as of all that a document is read with.
impl From<&str> for ShortText {
    #[inline(never)]
    fn from(text: &str) -> Self {
        let mut bytes = [0; INLINE];
        match (u8::try_from(text.len()), bytes.get_mut(..text.len())) {
            (Ok(length), Some(place)) => {
                place.copy_from_slice(text.as_bytes());
                Self::Inline(length, bytes)
            }
            _ => Self::Shared(text.into()),
        }
    }
}

impl From<ShortText> for String {
    fn from(text: ShortText) -> Self {
        (*text).to_owned()
    }
}

impl Deref for ShortText {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            // Only a text gets in.
            Self::Inline(..) => std::str::from_utf8(self.as_bytes()).unwrap_or_default(),
            Self::Shared(text) => text,
        }
    }
}

/// By bytes, as texts are.
impl Ord for ShortText {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl PartialOrd for ShortText {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// As the text, by which maps may be asked.
impl Hash for ShortText {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl fmt::Debug for ShortText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

/// How many bytes have a place: with their number and what tells the forms apart they fill three words.
const INLINE: usize = 22;

#[cfg(test)]
mod tests {
    use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

    use super::*;

    #[test]
    fn it_is_the_text_it_was_made_of_whatever_its_length() {
        assert_eq!(size_of::<ShortText>(), 3 * size_of::<usize>());
        let hasher = BuildHasherDefault::<DefaultHasher>::default();
        let texts: Vec<String> = (0..INLINE + 3)
            .flat_map(|length| [&"a".repeat(length), "b", "é"].map(|end| "a".repeat(length) + end))
            .collect();
        for text in &texts {
            let short = ShortText::from(text.as_str());
            assert_eq!(
                (&*short, String::from(short.clone())),
                (text.as_str(), text.clone())
            );
            assert_eq!(format!("{short:?}"), format!("{text:?}"));
            assert_eq!(hasher.hash_one(&short), hasher.hash_one(text.as_str()));
            for other in &texts {
                let other_short = ShortText::from(other.as_str());
                assert_eq!(short.cmp(&other_short), text.cmp(other), "{text} {other}");
                assert_eq!(short == other_short, text == other, "{text} {other}");
            }
        }
    }
}
