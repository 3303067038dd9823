use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use countersign::protocol::Problem;
use serde_json::Value;

use crate::storage::InsideStorage;

/// A request did not do what was asked.
///
/// The variant says what to do about it. No text holds a license key or a lease.
#[derive(Clone, Debug, thiserror::Error, uniffi::Error)]
pub enum ClientError {
    /// The authority could not be asked: no network, no answer in time, too much to do, a failure of its
    /// own, something else answered in its place, or the request could not even be made, as where the
    /// system gives no random numbers. Decide with the documents at hand, and ask again later.
    #[error("{text}")]
    Unreachable {
        /// `unreachable`.
        code: String,
        /// What happened, in one line for people.
        text: String,
        /// What caused it, for who looks into it.
        reason: Option<String>,
        /// How long the authority asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// The answer holds a document that does not verify, or answers another question. It grants
    /// nothing: decide with the documents at hand.
    #[error("{text}")]
    Untrusted {
        /// `untrusted`.
        code: String,
        /// What happened, in one line for people.
        text: String,
        /// What caused it, for who looks into it.
        reason: Option<String>,
    },
    /// The authority declined. Tell the user; asking again changes nothing.
    #[error("{text}")]
    Refused {
        /// The code of the problem, as docs/protocol.md lists it.
        code: String,
        /// What the authority said, in one line for people.
        text: String,
        /// All that it said.
        refusal: Box<Refusal>,
    },
    /// The seat is given up, and the session holds it no more, but that could not be saved. The session
    /// goes on trying; see that the state can be written.
    #[error("{text}")]
    Unsaved {
        /// `unsaved`.
        code: String,
        /// What happened, in one line for people.
        text: String,
        /// What caused it, for who looks into it.
        reason: Option<String>,
    },
    /// The call is not to be made as it was, and nobody was asked: it came from within a call of the
    /// host's own storage. Asking again changes nothing.
    #[error("{text}")]
    Unfit {
        /// `unfit`.
        code: String,
        /// What happened, in one line for people.
        text: String,
        /// What caused it, for who looks into it.
        reason: Option<String>,
    },
}

impl ClientError {
    /// Of a request that cannot be made since the system denies what it needs, as the client takes it.
    pub(crate) fn not_made(cause: impl Error) -> Self {
        Self::Unreachable {
            code: "unreachable".into(),
            text: "the request cannot be made; ask again later".into(),
            reason: Some(chain(&cause)),
            retry_after: None,
        }
    }
}

impl From<countersign_client::Error> for ClientError {
    fn from(error: countersign_client::Error) -> Self {
        let text = error.to_string();
        let reason = error.source().map(chain);
        if let Some(problem) = error.refusal() {
            let code = problem.code.clone();
            let refusal = Box::new(Refusal::from(problem));
            return Self::Refused {
                code,
                text,
                refusal,
            };
        }
        if error.is_untrusted() {
            let code = "untrusted".into();
            return Self::Untrusted { code, text, reason };
        }
        if error.is_unsaved() {
            let code = "unsaved".into();
            return Self::Unsaved { code, text, reason };
        }
        // Whatever else it is, it is no word of the authority.
        Self::Unreachable {
            code: "unreachable".into(),
            text,
            reason,
            retry_after: error.retry_after(),
        }
    }
}

impl From<InsideStorage> for ClientError {
    fn from(error: InsideStorage) -> Self {
        Self::Unfit {
            code: "unfit".into(),
            text: "the request cannot be made".into(),
            reason: Some(error.to_string()),
        }
    }
}

/// Why an authority declined.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Refusal {
    /// The status of HTTP.
    pub status: i32,
    /// The problem in a few words.
    pub title: String,
    /// The problem in a sentence.
    pub detail: String,
    /// The rules that deny, where a license does.
    pub denials: Vec<Reason>,
    /// What is wrong with the request, by the names of its members.
    pub errors: HashMap<String, Vec<String>>,
}

impl From<&Problem> for Refusal {
    fn from(problem: &Problem) -> Self {
        Self {
            status: problem.status.into(),
            title: problem.title.clone(),
            detail: problem.detail.clone(),
            denials: problem.denials.iter().map(reason).collect(),
            errors: problem.errors.clone().into_iter().collect(),
        }
    }
}

/// A denial or a notice as an authority states it.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Reason {
    /// The stable name, in snake case.
    pub code: String,
    /// All of it, as in the report of a decision: JSON on one line.
    pub report: String,
}

/// A member of a decision's report as the authority sent it.
pub(crate) fn reason(stated: &Value) -> Reason {
    let code = stated.get("code").and_then(Value::as_str);
    Reason {
        code: code.unwrap_or_default().into(),
        report: stated.to_string(),
    }
}

/// The causes of an error, the nearest first.
pub(crate) fn chain(error: &(impl Error + ?Sized)) -> String {
    let mut told = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        told.push_str(": ");
        told.push_str(&cause.to_string());
        next = cause.source();
    }
    told
}
