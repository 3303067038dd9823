use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::status::Status;

/// Whether the authority honors a license at present.
///
/// That a license has expired is no standing: it follows from the clock and is never stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It is honored.
    #[default]
    Active,
    /// It is not, for the time being.
    Suspended,
    /// It never will be again.
    Cancelled,
}

impl Standing {
    /// The standing after `transition`. A transition to the present standing changes nothing and
    /// is allowed, so that a request sent twice does no harm.
    ///
    /// # Errors
    ///
    /// [`IllegalTransition`] for suspending, resuming or renewing a cancelled license: that is
    /// final.
    pub fn after(self, transition: Transition) -> Result<Self, IllegalTransition> {
        match (self, transition) {
            (_, Transition::Cancel) => Ok(Self::Cancelled),
            (Self::Active | Self::Suspended, Transition::Renew) => Ok(self),
            (Self::Active | Self::Suspended, Transition::Suspend) => Ok(Self::Suspended),
            (Self::Active | Self::Suspended, Transition::Resume) => Ok(Self::Active),
            (Self::Cancelled, _) => Err(IllegalTransition {
                from: self,
                transition,
            }),
        }
    }

    /// What the status list says of a license of this standing. `blocked` stands beside it: lifting
    /// a block never lifts a suspension.
    pub fn status(self, blocked: bool) -> Status {
        match self {
            Self::Cancelled => Status::Revoked,
            Self::Suspended => Status::Suspended,
            Self::Active if blocked => Status::Suspended,
            Self::Active => Status::Valid,
        }
    }

    /// The standing in snake case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Cancelled => "cancelled",
        }
    }
}

impl FromStr for Standing {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let all = [Self::Active, Self::Suspended, Self::Cancelled];
        all.into_iter()
            .find(|standing| standing.name() == text)
            .ok_or(UnknownName)
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What people decide about a license.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
pub enum Transition {
    /// No longer honor it, for the time being.
    Suspend,
    /// Honor it again.
    Resume,
    /// Never honor it again.
    Cancel,
    /// Move the end of its validity.
    Renew,
}

impl Transition {
    /// The standing it leads to; `None` for a renewal, which leaves the standing as it is.
    pub fn target(self) -> Option<Standing> {
        match self {
            Self::Suspend => Some(Standing::Suspended),
            Self::Resume => Some(Standing::Active),
            Self::Cancel => Some(Standing::Cancelled),
            Self::Renew => None,
        }
    }

    /// The transition in snake case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Cancel => "cancel",
            Self::Renew => "renew",
        }
    }
}

impl FromStr for Transition {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let all = [Self::Suspend, Self::Resume, Self::Cancel, Self::Renew];
        all.into_iter()
            .find(|transition| transition.name() == text)
            .ok_or(UnknownName)
    }
}

impl fmt::Display for Transition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A transition that a standing does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a license that is {from} cannot become {}", self.to())]
pub struct IllegalTransition {
    /// The standing it has.
    pub from: Standing,
    /// What was asked for.
    pub transition: Transition,
}

impl IllegalTransition {
    /// The standing it would have had to take; for a renewal, active.
    pub fn to(&self) -> Standing {
        self.transition.target().unwrap_or(Standing::Active)
    }
}

/// A text names no standing and no transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such standing or transition")]
pub struct UnknownName;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_says_what_the_standing_and_the_block_say_together() {
        let cases = [
            (Standing::Active, false, Status::Valid),
            (Standing::Active, true, Status::Suspended),
            (Standing::Suspended, false, Status::Suspended),
            (Standing::Suspended, true, Status::Suspended),
            (Standing::Cancelled, false, Status::Revoked),
            (Standing::Cancelled, true, Status::Revoked),
        ];
        for (standing, blocked, expected) in cases {
            assert_eq!(standing.status(blocked), expected, "{standing} {blocked}");
        }
    }

    #[test]
    fn an_illegal_transition_names_both_standings() {
        let error = Standing::Cancelled.after(Transition::Suspend).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a license that is cancelled cannot become suspended"
        );
    }
}
