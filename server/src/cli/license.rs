//! `countersign license`: signs, verifies and inspects licenses, and manages those of an authority.

pub(crate) mod caution;
mod claims_view;
mod inspect;
mod manage;
mod seats;
mod sign;
mod terms;
mod unused;
mod verdict;
mod verify;
mod which;

use clap::Subcommand;

use crate::authority::Verdict;
use crate::clock::Clock;

use super::answer::Answer;
use super::error::Error;

pub(crate) use manage::print_json;
pub(crate) use which::Which;

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
    /// Issues a license key in an authority, and under it a license for each product.
    Issue(Box<manage::Issue>),
    /// Lists the licenses of an authority, newest first.
    List(manage::List),
    /// Shows a license of an authority, with its license key.
    Show(manage::Show),
    /// Moves the end of a license.
    Renew(manage::Renew),
    /// Suspends a license: it is not honored, for the time being.
    Suspend(manage::Decide),
    /// Honors a suspended license again.
    Resume(manage::Decide),
    /// Cancels a license, for good.
    Cancel(manage::Decide),
    /// Blocks a license, beside whatever else is decided about it.
    Block(manage::Decide),
    /// Lifts a block, and no suspension.
    Unblock(manage::Decide),
    /// Removes a license and its activations. On its status list it stays revoked for ever.
    Delete(manage::Show),
    /// Gives a license to another customer.
    Transfer(manage::TransferTo),
    /// Changes the terms of a license, or the product it is for.
    ///
    /// A term that is stated takes the place of the one before as a whole; `--seats` alone leaves
    /// the rest of the rule of seats. What there is too much of when seats become fewer is released,
    /// oldest first.
    Change(Box<manage::ChangeTo>),
    /// Writes the signed text of a license, for products that get it as a file.
    File(manage::ToFile),
}

impl Command {
    pub(crate) fn run(self, clock: &Clock) -> Result<Answer, Error> {
        match self {
            Self::Sign(sign) => sign.run(clock),
            Self::Verify(verify) => verify.run(clock),
            Self::Inspect(inspect) => inspect.run(),
            Self::Issue(issue) => issue.run(clock),
            Self::List(list) => list.run(clock),
            Self::Show(show) => show.run(clock),
            Self::Renew(renew) => renew.run(clock),
            Self::Suspend(decide) => decide.run(Verdict::Suspend, clock),
            Self::Resume(decide) => decide.run(Verdict::Resume, clock),
            Self::Cancel(decide) => decide.run(Verdict::Cancel, clock),
            Self::Block(decide) => decide.run(Verdict::Block, clock),
            Self::Unblock(decide) => decide.run(Verdict::Unblock, clock),
            Self::Delete(delete) => delete.delete(clock),
            Self::Transfer(transfer) => transfer.run(clock),
            Self::Change(change) => change.run(clock),
            Self::File(file) => file.run(clock),
        }
    }
}
