//! Which names stand in an object.

use std::collections::BTreeSet;

use super::Reader;

/// The names of an object's members so far. A filter of 64 bits answers most questions alone.
pub(crate) struct Names<'a> {
    text: &'a str,
    filter: u64,
    count: usize,
    /// Where in the text the first names begin, compared one by one: for more of them that would cost
    /// more than a tree. Numbers that are short, since each object begins with as many.
    few: [u32; FEW],
    /// What has no place in `few`: further names, and those with an escape.
    others: Option<BTreeSet<String>>,
}

impl<'a> Names<'a> {
    /// No names yet, of an object that `reader` is to read.
    pub(crate) fn of(reader: &Reader<'a>) -> Self {
        Self {
            text: reader.text,
            filter: 0,
            count: 0,
            few: [0; FEW],
            others: None,
        }
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.filter & Self::bit(name) != 0 && self.has(name)
    }

    #[cold]
    fn has(&self, name: &str) -> bool {
        let is_name = |&start: &u32| {
            let rest = self.text.get(start as usize..).unwrap_or_default();
            rest.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with('"'))
        };
        let others = self.others.as_ref();
        // Those at their places have no escape, and so no quotation mark: the first one ends them.
        !name.contains('"') && self.few.iter().take(self.count).any(is_name)
            || others.is_some_and(|others| others.contains(name))
    }

    /// Adds `name`, which begins at `start` of the text, if it is not there.
    #[inline]
    pub(super) fn insert(&mut self, name: &str, start: usize) -> bool {
        let bit = Self::bit(name);
        if self.filter & bit != 0 && self.has(name) {
            return false;
        }
        match (u32::try_from(start), self.few.get_mut(self.count)) {
            (Ok(start), Some(few)) => {
                self.filter |= bit;
                *few = start;
                self.count += 1;
                true
            }
            _ => self.insert_other(name),
        }
    }

    /// The same of a name that has no place in the text or among the first.
    #[cold]
    pub(super) fn insert_other(&mut self, name: &str) -> bool {
        if self.contains(name) {
            return false;
        }
        self.filter |= Self::bit(name);
        self.others.get_or_insert_default().insert(name.to_owned());
        true
    }

    /// The weights are such that no two claims of a license have the same bit.
    fn bit(name: &str) -> u64 {
        let (first, last) = match name.as_bytes() {
            [only] => (*only, *only),
            [first, .., last] => (*first, *last),
            [] => (0, 0),
        };
        let mixed = 4 * usize::from(first) + usize::from(last) + 10 * name.len();
        1 << (mixed as u32 % u64::BITS)
    }
}

/// How many names are compared one by one: a license has that many claims.
const FEW: usize = 24;
