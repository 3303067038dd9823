use std::str::FromStr;

use countersign::{Amount, Code, InvalidAmount, InvalidCode, InvalidMoment, Moment};

use super::error::Error;

/// Reads a value of a flag that takes several with commas between them, blanks around it left out.
///
/// # Errors
///
/// As reading the value alone.
pub(crate) fn listed<T: FromStr>(text: &str) -> Result<T, T::Err> {
    text.trim().parse()
}

/// `NAME=N`, the value of a flag that states an amount: of a limit, or of what is in use of it.
#[derive(Clone, Debug)]
pub(crate) struct NamedAmount {
    pub(crate) name: Code,
    pub(crate) amount: Amount,
}

impl FromStr for NamedAmount {
    type Err = InvalidPair;

    fn from_str(text: &str) -> Result<Self, InvalidPair> {
        let (name, number) = text.split_once('=').ok_or(InvalidPair::NoEquals)?;
        Ok(Self {
            name: name.parse()?,
            amount: number.parse()?,
        })
    }
}

/// `CODE` or `CODE=DATE`: an entitlement, and the last day that it lasts.
#[derive(Clone, Debug)]
pub(crate) struct EntitlementFlag {
    pub(crate) code: Code,
    pub(crate) until: Option<Moment>,
}

impl FromStr for EntitlementFlag {
    type Err = InvalidPair;

    fn from_str(text: &str) -> Result<Self, InvalidPair> {
        let (code, until) = match text.split_once('=') {
            Some((code, date)) => (code, Some(Moment::from_end(date)?)),
            None => (text, None),
        };
        let code = code.parse()?;
        Ok(Self { code, until })
    }
}

/// `NAME=TEXT`: something of the vendor's own.
#[derive(Clone, Debug)]
pub(crate) struct MetaFlag {
    pub(crate) name: String,
    pub(crate) text: String,
}

impl FromStr for MetaFlag {
    type Err = InvalidPair;

    fn from_str(text: &str) -> Result<Self, InvalidPair> {
        let (name, text) = text.split_once('=').ok_or(InvalidPair::NoEquals)?;
        let (name, text) = (name.to_owned(), text.to_owned());
        Ok(Self { name, text })
    }
}

/// `NAME=VALUE`: a member of something, whose value is JSON or, where it is none, a text.
#[derive(Clone, Debug)]
pub(crate) struct MemberFlag {
    pub(crate) name: String,
    pub(crate) value: serde_json::Value,
}

impl FromStr for MemberFlag {
    type Err = InvalidPair;

    fn from_str(text: &str) -> Result<Self, InvalidPair> {
        let (name, value) = text.split_once('=').ok_or(InvalidPair::NoEquals)?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
        let name = name.to_owned();
        Ok(Self { name, value })
    }
}

/// Refuses a flag that states two things of one name, since only one of them could be meant.
///
/// # Errors
///
/// [`Error::Twice`].
pub(crate) fn refuse_twice<'a>(
    flag: &'static str,
    names: impl IntoIterator<Item = &'a str>,
) -> Result<(), Error> {
    let mut seen = std::collections::BTreeSet::new();
    match names.into_iter().find(|&name| !seen.insert(name)) {
        Some(name) => Err(Error::Twice {
            flag,
            name: name.to_owned(),
        }),
        None => Ok(()),
    }
}

/// A value of a flag is no pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidPair {
    /// It has one part only.
    #[error("`=` is missing")]
    NoEquals,
    /// Its name is none.
    #[error(transparent)]
    Code(#[from] InvalidCode),
    /// Its number is none.
    #[error(transparent)]
    Amount(#[from] InvalidAmount),
    /// Its date is none.
    #[error(transparent)]
    Moment(#[from] InvalidMoment),
}
