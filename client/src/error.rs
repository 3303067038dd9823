use std::fmt;
use std::time::Duration;

use countersign::protocol::Problem;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// A request did not do what was asked.
///
/// What went wrong inside is not part of the interface; what the caller should do about it is. No
/// text, `Debug` included, holds a license key or a lease.
pub struct Error(Box<Inner>);

struct Inner {
    kind: Kind,
    source: Option<Source>,
}

pub(crate) enum Kind {
    /// Nobody answered, or not in time.
    Unreachable,
    /// The authority has too much to do.
    Overloaded { retry_after: Option<Duration> },
    /// Something answered that is no authority, such as the login page of a network.
    NoAuthority { status: u16 },
    /// An answer that does not verify.
    Untrusted,
    /// A genuine authority said no.
    Refused { problem: Problem },
    /// The request could not be made at all.
    Unfit,
}

impl Error {
    pub(crate) fn new(kind: Kind) -> Self {
        Self(Box::new(Inner { kind, source: None }))
    }

    pub(crate) fn because(kind: Kind, source: impl Into<Source>) -> Self {
        Self(Box::new(Inner {
            kind,
            source: Some(source.into()),
        }))
    }

    /// The authority could not be asked: no network, no answer in time, too much to do, or
    /// something else answered in its place. Decide with the documents at hand, and ask again
    /// later.
    pub fn is_unreachable(&self) -> bool {
        matches!(
            self.0.kind,
            Kind::Unreachable | Kind::Overloaded { .. } | Kind::NoAuthority { .. }
        )
    }

    /// The answer holds a document that does not verify, or answers another question. It grants
    /// nothing: decide with the documents at hand.
    pub fn is_untrusted(&self) -> bool {
        matches!(self.0.kind, Kind::Untrusted)
    }

    /// Why the authority declined, if it did. Tell the user; asking again changes nothing.
    pub fn refusal(&self) -> Option<&Problem> {
        match &self.0.kind {
            Kind::Refused { problem } => Some(problem),
            _ => None,
        }
    }

    /// How long the authority asks to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        match self.0.kind {
            Kind::Overloaded { retry_after } => retry_after,
            _ => None,
        }
    }

    pub(crate) fn is_worth_repeating(&self) -> bool {
        matches!(self.0.kind, Kind::Unreachable | Kind::Overloaded { .. })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.kind {
            Kind::Unreachable => f.write_str(
                "the authority cannot be reached; what was granted before goes on until it ends",
            ),
            Kind::Overloaded {
                retry_after: Some(wait),
            } => write!(
                f,
                "the authority asks to be left alone for {} seconds",
                wait.as_secs()
            ),
            Kind::Overloaded { retry_after: None } => {
                f.write_str("the authority has too much to do; ask again later")
            }
            Kind::NoAuthority { status } => write!(
                f,
                "something answers that is no authority (status {status}); check the network and \
                 the address"
            ),
            Kind::Untrusted => f.write_str(
                "the answer does not verify with the keys that are trusted; it grants nothing",
            ),
            Kind::Refused { problem } if problem.detail.is_empty() => {
                write!(f, "the authority declined: {}", problem.code)
            }
            Kind::Refused { problem } => write!(f, "the authority declined: {}", problem.detail),
            Kind::Unfit => f.write_str("the request cannot be made"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Error");
        shown.field("text", &self.to_string());
        if let Some(source) = &self.0.source {
            shown.field("source", &source.to_string());
        }
        shown.finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let source = self.0.source.as_deref()?;
        Some(source)
    }
}
