use super::error::StoreError;
use super::row::{Row, Value};

/// One transaction on either database.
///
/// The first error of the database ends it: a use case may say what the error means, but what
/// follows fails, and nothing is kept.
///
/// Statements are portable SQL with the placeholders `$1`, `$2`, ...; they are prepared once a
/// connection and kept, so their texts are few. Rows are locked by `FOR NO KEY UPDATE` at the end of a
/// statement that asks for them, which SQLite, with its one writer, has no need of.
pub(crate) trait Tx {
    /// Runs a statement; how many rows it changed.
    fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64, StoreError>;

    /// Runs a statement of which only the failure matters. That may be told with a later one, or
    /// with the commit, so that the database is not waited for.
    fn send(&mut self, sql: &str, values: &[Value<'_>]) -> Result<(), StoreError>;

    /// Runs a statement and hands on each row of its answer.
    fn rows(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&dyn Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError>;

    /// Runs several statements in order, and hands on the rows of each. They are sent at once, so that
    /// the database is waited for once.
    fn ask(&mut self, questions: &mut [Question<'_>]) -> Result<(), StoreError>;

    /// Notes what this transaction changes, for what is kept in memory.
    fn note(&mut self, change: Change);
}

/// A statement, and what takes each row of its answer.
pub(crate) struct Question<'a> {
    pub(crate) sql: &'a str,
    pub(crate) values: &'a [Value<'a>],
    pub(crate) each: &'a mut dyn FnMut(&dyn Row) -> Result<(), StoreError>,
}

impl dyn Tx + '_ {
    /// Every row of an answer, read by `read`.
    pub(crate) fn all<T>(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        mut read: impl FnMut(&dyn Row) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut all = Vec::new();
        self.rows(sql, values, &mut |row| {
            all.push(read(row)?);
            Ok(())
        })?;
        Ok(all)
    }

    /// The first row of an answer, read by `read`; `None` if there is none.
    pub(crate) fn first<T>(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        mut read: impl FnMut(&dyn Row) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut first = None;
        self.rows(sql, values, &mut |row| {
            if first.is_none() {
                first = Some(read(row)?);
            }
            Ok(())
        })?;
        Ok(first)
    }
}

/// Whose rows a transaction may reach. On PostgreSQL the database refuses the others as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Those of one brand, by its id.
    Brand(String),
    /// All: for operators, and until it is known which brand a license key is of.
    All,
}

/// What a transaction changed that may be kept in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// A license key, or a license, seat or standing under it; by the id of the license key.
    LicenseKey(String),
    /// The status list of a brand, by the brand's id.
    StatusList(String),
    /// A brand, its products or its keys, by the brand's id.
    Brand(String),
    /// API keys.
    ApiKeys,
}
