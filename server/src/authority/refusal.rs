use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use countersign::{Denial, IllegalTransition};
use serde::Serialize;
use serde_json::Value;

use crate::store::StoreError;

/// Why a use case did nothing.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// What is asked for is not there, or not the caller's.
    NotFound {
        /// What it is, in snake case: `license`, `license_key`.
        what: &'static str,
    },
    /// Members of the request are not what they should be.
    Fields(Vec<FieldFault>),
    /// The license, or the rule of its seats, says no. Never empty.
    Denied(Vec<Reason>),
    /// It makes no sense as things stand.
    Unprocessable {
        /// The stable name.
        code: &'static str,
        /// One line for people.
        detail: String,
    },
    /// It collides with what is there.
    Conflict {
        /// The stable name.
        code: &'static str,
        /// One line for people.
        detail: String,
    },
    /// Nobody that may ask this has asked.
    Unauthorized,
    /// The caller may not ask this.
    Forbidden {
        /// One line for people.
        detail: Cow<'static, str>,
    },
    /// Something besides the database is missing, until an operator sees to it.
    Unavailable {
        /// The stable name.
        code: &'static str,
        /// One line for people.
        detail: &'static str,
    },
    /// The database failed.
    Store(StoreError),
    /// Something that never should.
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

/// What is wrong with one member of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldFault {
    /// The path of the member, such as `products[1]`.
    pub(crate) field: String,
    /// The stable name of what is wrong.
    pub(crate) code: &'static str,
    /// One line for people.
    pub(crate) detail: String,
}

/// A denial: of the core, or of the authority.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reason {
    /// The denial's code.
    pub(crate) code: &'static str,
    /// One line for people.
    pub(crate) text: String,
    /// The denial, as the report of a decision shows it.
    pub(crate) report: Value,
}

impl Reason {
    /// A denial that the authority makes itself.
    pub(crate) fn new(code: &'static str, text: String, facts: &[(&str, Value)]) -> Self {
        let code_fact = ("code".to_owned(), Value::from(code));
        let facts = facts
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()));
        Self {
            code,
            text,
            report: std::iter::once(code_fact).chain(facts).collect(),
        }
    }
}

impl From<&Denial> for Reason {
    fn from(denial: &Denial) -> Self {
        Self {
            code: denial.code(),
            text: denial.to_string(),
            report: to_value(denial),
        }
    }
}

impl Refusal {
    /// A fault of one member.
    pub(crate) fn field(
        field: impl Into<String>,
        code: &'static str,
        detail: impl ToString,
    ) -> Self {
        Self::Fields(vec![FieldFault {
            field: field.into(),
            code,
            detail: detail.to_string(),
        }])
    }

    /// What was to be deleted is needed by something else.
    pub(crate) fn in_use(detail: impl ToString) -> Self {
        Self::Conflict {
            code: "in_use",
            detail: detail.to_string(),
        }
    }

    /// The stable name of it, as HTTP says it in `code`.
    pub(crate) fn code(&self) -> Cow<'static, str> {
        match self {
            Self::NotFound { what } => format!("{what}_not_found").into(),
            Self::Fields(faults) => match faults.as_slice() {
                [only] => only.code.into(),
                _ => "invalid_request".into(),
            },
            Self::Denied(reasons) => reasons
                .first()
                .map_or("denied", |reason| reason.code)
                .into(),
            Self::Unprocessable { code, .. }
            | Self::Conflict { code, .. }
            | Self::Unavailable { code, .. } => (*code).into(),
            Self::Unauthorized => "unauthorized".into(),
            Self::Forbidden { .. } => "forbidden".into(),
            Self::Store(StoreError::Busy) => "overloaded".into(),
            Self::Store(StoreError::OutcomeUnknown) => "outcome_unknown".into(),
            Self::Store(error) if error.is_temporary() => "unavailable".into(),
            Self::Store(_) | Self::Internal(_) => "internal".into(),
        }
    }

    /// Something that never should happen.
    pub(crate) fn internal(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(error.into())
    }
}

/// One line for people, as HTTP says it in `detail`.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { what: "api_key" } => f.write_str("there is no such API key"),
            Self::NotFound { what } => write!(f, "there is no such {}", what.replace('_', " ")),
            Self::Fields(faults) => {
                let texts = faults.iter().map(|fault| match fault.field.is_empty() {
                    true => fault.detail.clone(),
                    false => format!("`{}`: {}", fault.field, fault.detail),
                });
                f.write_str(&Vec::from_iter(texts).join("; "))
            }
            Self::Denied(reasons) => {
                let texts: Vec<&str> = reasons.iter().map(|reason| reason.text.as_str()).collect();
                f.write_str(&texts.join("; "))
            }
            Self::Unprocessable { detail, .. } | Self::Conflict { detail, .. } => {
                f.write_str(detail)
            }
            Self::Unauthorized => f.write_str("an API key that is known and in force is needed"),
            Self::Forbidden { detail } => f.write_str(detail),
            Self::Unavailable { detail, .. } => f.write_str(detail),
            Self::Store(error) => error.fmt(f),
            Self::Internal(error) => error.fmt(f),
        }
    }
}

impl Error for Refusal {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Store(error) => error.source(),
            Self::Internal(error) => error.source(),
            _ => None,
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        Self::internal(error)
    }
}

impl From<IllegalTransition> for Refusal {
    fn from(error: IllegalTransition) -> Self {
        let facts = [
            ("from", to_value(&error.from)),
            ("to", to_value(&error.to())),
        ];
        let reason = Reason::new("illegal_transition", error.to_string(), &facts);
        Self::Denied(vec![reason])
    }
}

/// A value that always has a form in JSON.
pub(crate) fn to_value(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}
