//! Objects as this crate writes them.

use super::Reader;

/// The members of an object in a known order, and with nothing around them. What is read so is read the
/// same in any order, but not as fast.
pub(crate) struct AsWritten<'r, 'a> {
    pub(crate) reader: &'r mut Reader<'a>,
    /// What comes before the next member.
    before: u8,
}

impl<'r, 'a> AsWritten<'r, 'a> {
    /// The members of the object that `reader` is to read, which is no part of another value.
    pub(crate) fn of(reader: &'r mut Reader<'a>) -> Self {
        reader.depth += 1;
        Self {
            reader,
            before: b'{',
        }
    }

    /// Whether the next member is the one of that name, which has its quotes and its colon. Its value is
    /// read then.
    #[inline(always)]
    pub(crate) fn comes(&mut self, name: &'static str) -> bool {
        let Some(rest) = self.reader.rest.strip_prefix(char::from(self.before)) else {
            return false;
        };
        let Some(rest) = rest.strip_prefix(name) else {
            return false;
        };
        self.reader.rest = rest;
        self.before = b',';
        true
    }

    /// Whether there is no further member.
    pub(crate) fn end(self) -> bool {
        self.reader.depth -= 1;
        self.before == b',' && self.reader.take(b'}')
    }
}
