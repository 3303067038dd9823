//! What is over, and may be forgotten.

use countersign::Moment;

use super::{StoreError, Tx};

/// What happened before a moment, and is of no effect any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Past {
    /// Entries of the audit log.
    Events,
    /// Activations whose seat was given up, and whose last lease ended.
    Activations,
}

impl Past {
    /// Deletes at most `limit` of them; how many it was.
    pub(crate) fn delete(
        self,
        tx: &mut dyn Tx,
        before: Moment,
        limit: i64,
    ) -> Result<u64, StoreError> {
        let (table, condition) = self.place();
        tx.execute(
            &format!(
                "DELETE FROM {table} WHERE id IN \
                 (SELECT id FROM {table} WHERE {condition} ORDER BY id LIMIT $2)"
            ),
            &[before.into(), limit.into()],
        )
    }

    /// How many there are.
    pub(crate) fn count(self, tx: &mut dyn Tx, before: Moment) -> Result<i64, StoreError> {
        let (table, condition) = self.place();
        let sql = format!("SELECT COUNT(*) FROM {table} WHERE {condition}");
        Ok(tx
            .first(&sql, &[before.into()], |row| row.get(0))?
            .unwrap_or(0))
    }

    fn place(self) -> (&'static str, &'static str) {
        match self {
            Self::Events => ("events", "created_at < $1"),
            Self::Activations => (
                "activations",
                "released_at < $1 AND (lease_ends_at IS NULL OR lease_ends_at < $1)",
            ),
        }
    }
}
