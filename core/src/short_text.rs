//! A text that as a rule is short.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

/// A text that asks for no memory of its own unless it is long: a document has many, and is read
/// anew by each process that starts.
///
/// `PLACE` bytes have a place in it: with their number and what tells the forms apart they are to fill
/// whole words. One text has one form, so that forms may be compared.
#[derive(Clone)]
pub(crate) enum ShortText<const PLACE: usize> {
    /// So many bytes of UTF-8, and zeroes.
    Inline(u8, [u8; PLACE]),
    /// A text that has no place there. Others share it, so that a copy asks for no memory either.
    Shared(Arc<str>),
}

impl<const PLACE: usize> ShortText<PLACE> {
    pub(crate) const EMPTY: Self = Self::Inline(0, [0; PLACE]);

    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Inline(length, bytes) => bytes.get(..usize::from(*length)).unwrap_or_default(),
            Self::Shared(text) => text.as_bytes(),
        }
    }

    /// Apart, since nearly no text is so long.
    #[cold]
    #[inline(never)]
    fn shared(text: &str) -> Self {
        Self::Shared(text.into())
    }

    #[cold]
    #[inline(never)]
    fn is_same_shared(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Shared(text), Self::Shared(other)) if text == other)
    }

    #[cold]
    #[inline(never)]
    fn cmp_shared(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

/// One copy of the code, as of all that a document is read with.
impl<const PLACE: usize> From<&str> for ShortText<PLACE> {
    #[inline(never)]
    fn from(text: &str) -> Self {
        let mut bytes = [0; PLACE];
        match (u8::try_from(text.len()), bytes.get_mut(..text.len())) {
            (Ok(length), Some(place)) => {
                place.copy_from_slice(text.as_bytes());
                Self::Inline(length, bytes)
            }
            _ => Self::shared(text),
        }
    }
}

impl<const PLACE: usize> From<ShortText<PLACE>> for String {
    fn from(text: ShortText<PLACE>) -> Self {
        (*text).to_owned()
    }
}

impl<const PLACE: usize> Deref for ShortText<PLACE> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            // Only a text gets in.
            Self::Inline(..) => std::str::from_utf8(self.as_bytes()).unwrap_or_default(),
            Self::Shared(text) => text,
        }
    }
}

/// Decisions compare several: all places at once, which takes no call.
impl<const PLACE: usize> PartialEq for ShortText<PLACE> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Inline(length, bytes), Self::Inline(other_length, other_bytes)) => {
                length == other_length && bytes == other_bytes
            }
            _ => self.is_same_shared(other),
        }
    }
}

impl<const PLACE: usize> Eq for ShortText<PLACE> {}

/// By bytes, as texts are.
impl<const PLACE: usize> Ord for ShortText<PLACE> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            // Zeroes follow, so that lengths tell apart only texts that end in some of their own.
            (Self::Inline(length, bytes), Self::Inline(other_length, other_bytes)) => {
                bytes.cmp(other_bytes).then(length.cmp(other_length))
            }
            _ => self.cmp_shared(other),
        }
    }
}

impl<const PLACE: usize> PartialOrd for ShortText<PLACE> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// As the text, by which maps may be asked.
impl<const PLACE: usize> Hash for ShortText<PLACE> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl<const PLACE: usize> fmt::Debug for ShortText<PLACE> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

#[cfg(test)]
mod tests {
    use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

    use super::*;

    #[test]
    fn it_is_the_text_it_was_made_of_whatever_its_length() {
        let texts: Vec<String> = (0..42)
            .flat_map(|length| {
                [&"a".repeat(length), "b", "é", "\0"].map(|end| "a".repeat(length) + end)
            })
            .collect();
        assert_are_texts::<22>(&texts);
        assert_are_texts::<38>(&texts);
    }

    fn assert_are_texts<const PLACE: usize>(texts: &[String]) {
        assert_eq!(size_of::<ShortText<PLACE>>(), PLACE + 2);
        let hasher = BuildHasherDefault::<DefaultHasher>::default();
        for text in texts {
            let short = ShortText::<PLACE>::from(text.as_str());
            assert_eq!(
                (&*short, String::from(short.clone())),
                (text.as_str(), text.clone())
            );
            assert_eq!(format!("{short:?}"), format!("{text:?}"));
            assert_eq!(hasher.hash_one(&short), hasher.hash_one(text.as_str()));
            for other in texts {
                let other_short = ShortText::<PLACE>::from(other.as_str());
                assert_eq!(short.cmp(&other_short), text.cmp(other), "{text} {other}");
                assert_eq!(short == other_short, text == other, "{text} {other}");
            }
        }
    }
}
