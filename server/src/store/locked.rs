use std::ops::{Deref, DerefMut};

/// A row that was read under its lock, which the transaction holds until it ends. Only such a row
/// is written again: of one that was read without, another transaction may have written since.
#[derive(Clone, Debug)]
pub(crate) struct Locked<T>(pub(super) T);

impl<T> Locked<T> {
    /// The row alone, to be shown.
    pub(crate) fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Locked<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Locked<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}
