/// Which part of a list is asked for: lists are newest first, by moment and then by id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// Rows made before this moment, in Unix seconds,
    pub(crate) before: i64,
    /// or at it, with an id before this one.
    pub(crate) before_id: String,
    /// The most rows that are shown.
    pub(crate) limit: i64,
}

impl Page {
    /// How many rows to read: one more than is shown, which says whether there is a next page.
    pub(crate) fn rows(&self) -> i64 {
        self.limit + 1
    }
}
