use std::fmt;

use super::error::StoreError;

/// What a statement is given: the types that both databases have.
#[derive(Clone, Copy)]
pub(crate) enum Value<'a> {
    /// Nothing, of the type of its column.
    Null,
    /// TEXT.
    Text(&'a str),
    /// BIGINT.
    Integer(i64),
    /// BYTEA or BLOB.
    Bytes(&'a [u8]),
}

/// Shows the type only: values may be secrets.
impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "Null",
            Self::Text(_) => "Text",
            Self::Integer(_) => "Integer",
            Self::Bytes(_) => "Bytes",
        })
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for Value<'_> {
    fn from(truth: bool) -> Self {
        Self::Integer(truth.into())
    }
}

impl From<countersign::Moment> for Value<'_> {
    fn from(moment: countersign::Moment) -> Self {
        Self::Integer(moment.unix())
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a> From<&'a Vec<u8>> for Value<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Value<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One row of an answer; columns count from 0.
pub(crate) trait Row {
    /// A column of TEXT; `None` for nothing.
    fn text(&self, column: usize) -> Result<Option<String>, StoreError>;
    /// A column of BIGINT; `None` for nothing.
    fn integer(&self, column: usize) -> Result<Option<i64>, StoreError>;
    /// A column of bytes; `None` for nothing.
    fn bytes(&self, column: usize) -> Result<Option<Vec<u8>>, StoreError>;
}

/// The columns of a row from one on, as a row of their own: the second table of a join.
pub(crate) struct After<'a> {
    /// The whole row.
    pub(crate) row: &'a dyn Row,
    /// How many columns come before.
    pub(crate) columns: usize,
}

impl Row for After<'_> {
    fn text(&self, column: usize) -> Result<Option<String>, StoreError> {
        self.row.text(self.columns + column)
    }

    fn integer(&self, column: usize) -> Result<Option<i64>, StoreError> {
        self.row.integer(self.columns + column)
    }

    fn bytes(&self, column: usize) -> Result<Option<Vec<u8>>, StoreError> {
        self.row.bytes(self.columns + column)
    }
}

/// A type that a column is read as.
pub(crate) trait Column: Sized {
    /// Reads one column.
    fn read(row: &dyn Row, column: usize) -> Result<Self, StoreError>;
}

impl Column for Option<String> {
    fn read(row: &dyn Row, column: usize) -> Result<Self, StoreError> {
        row.text(column)
    }
}

impl Column for String {
    fn read(row: &dyn Row, column: usize) -> Result<Self, StoreError> {
        row.text(column)?.ok_or(MISSING)
    }
}

impl Column for Option<i64> {
    fn read(row: &dyn Row, column: usize) -> Result<Self, StoreError> {
        row.integer(column)
    }
}

impl Column for i64 {
    fn read(row: &dyn Row, column: usize) -> Result<Self, StoreError> {
        row.integer(column)?.ok_or(MISSING)
    }
}

impl Column for bool {
    fn read(row: &dyn Row, column: usize) -> Result<Self, StoreError> {
        Ok(i64::read(row, column)? != 0)
    }
}

impl Column for Option<Vec<u8>> {
    fn read(row: &dyn Row, column: usize) -> Result<Self, StoreError> {
        row.bytes(column)
    }
}

impl Column for Vec<u8> {
    fn read(row: &dyn Row, column: usize) -> Result<Self, StoreError> {
        row.bytes(column)?.ok_or(MISSING)
    }
}

impl Column for countersign::Moment {
    fn read(row: &dyn Row, column: usize) -> Result<Self, StoreError> {
        Self::from_unix(i64::read(row, column)?)
            .map_err(|_| StoreError::Damaged { what: "a moment" })
    }
}

impl Column for Option<countersign::Moment> {
    fn read(row: &dyn Row, column: usize) -> Result<Self, StoreError> {
        match row.integer(column)? {
            None => Ok(None),
            Some(_) => countersign::Moment::read(row, column).map(Some),
        }
    }
}

impl dyn Row + '_ {
    /// Reads a column as the type that is asked for.
    pub(crate) fn get<C: Column>(&self, column: usize) -> Result<C, StoreError> {
        C::read(self, column)
    }
}

const MISSING: StoreError = StoreError::Damaged {
    what: "a column that must have a value",
};
