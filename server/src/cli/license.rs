//! `countersign license`: signs, verifies and inspects licenses.

mod caution;
mod claims_view;
mod inspect;
mod seats;
mod sign;
mod verdict;
mod verify;

use clap::Subcommand;

use crate::clock::Clock;

use super::answer::Answer;
use super::error::Error;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Signs a license: what a customer bought, and every restriction that is stated.
    ///
    /// What is not stated is not restricted: without `--domain` it may serve any domain, without
    /// `--expires` it lasts for ever. A date is a whole day in UTC: as a start it means its first
    /// second, as an end its last. `--terms` takes the same as a file, and holds besides what has no
    /// flag; flags win over it.
    #[command(after_help = sign::EXAMPLES)]
    Sign(Box<sign::Sign>),
    /// Decides whether a license allows a run, an update or support, and says why not.
    ///
    /// State what is known of the run: a rule that needs a fact which is not stated denies. The
    /// clock of this machine is trusted.
    #[command(after_help = verify::EXAMPLES)]
    Verify(Box<verify::Verify>),
    /// Prints what a document states, of any kind: license, lease, status list, trust update.
    #[command(after_help = inspect::EXAMPLES)]
    Inspect(inspect::Inspect),
}

impl Command {
    pub(crate) fn run(self, clock: &Clock) -> Result<Answer, Error> {
        match self {
            Self::Sign(sign) => sign.run(clock),
            Self::Verify(verify) => verify.run(clock),
            Self::Inspect(inspect) => inspect.run(),
        }
    }
}
