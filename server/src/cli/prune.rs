//! `countersign prune`: forgets what has been over for long.

use clap::Args;

use crate::authority::Actor;
use crate::clock::Clock;

use super::answer::Answer;
use super::authority::AuthorityFlags;
use super::error::Error;
use super::resource::JsonFlag;
use super::run::run;

/// Forgets what has been over for long: events of the audit log, and activations whose seats were
/// given up and whose leases ended. Both may name people. Nothing else forgets them.
///
/// While the authority runs, in parts between which others write. Events that were not delivered yet
/// go as well. Seats that are held, licenses and status lists stay.
#[derive(Debug, Args)]
pub(crate) struct Prune {
    /// For how many days they are kept.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36500))]
    older_than: u32,
    /// Only says how many there are.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    json: JsonFlag,
    #[command(flatten)]
    authority: AuthorityFlags,
}

impl Prune {
    pub(crate) fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let authority = self.authority.open(clock)?;
        let actor = Actor::command();
        let pruned = run(authority.prune(&actor, self.older_than, self.dry_run))?;
        let facts = [
            ("events", pruned.events.to_string()),
            ("activations", pruned.activations.to_string()),
        ];
        self.json.print(&pruned, &facts)
    }
}
