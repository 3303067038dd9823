use std::time::Duration;

use serde::Serialize;

use crate::store::prune::Past;
use crate::store::{Scope, Tx};

use super::refusal::to_value;
use super::{Actor, Authority, Refusal, event};

/// What was forgotten, or would be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Pruned {
    /// Entries of the audit log, delivered or not.
    pub(crate) events: u64,
    /// Activations whose seats were given up.
    pub(crate) activations: u64,
}

impl Authority {
    /// Forgets what has been over for longer than a number of days: both name people. Seats that are
    /// held, leases that run, and status lists are not touched.
    ///
    /// # Errors
    ///
    /// [`Refusal::Store`]; what was forgotten until then is gone.
    pub(crate) async fn prune(
        &self,
        actor: &Actor,
        days: u32,
        dry_run: bool,
    ) -> Result<Pruned, Refusal> {
        let length = Duration::from_secs(u64::from(days) * SECONDS_PER_DAY);
        let now = self.now();
        let before = now.saturating_sub(length);
        if dry_run {
            let use_case = move |tx: &mut dyn Tx| {
                let count = |tx: &mut dyn Tx, past: Past| past.count(tx, before);
                Ok(Pruned {
                    events: count(tx, Past::Events)?.unsigned_abs(),
                    activations: count(tx, Past::Activations)?.unsigned_abs(),
                })
            };
            return self.inner.store.read(Scope::All, use_case).await;
        }
        let mut pruned = Pruned::default();
        for (past, count) in [
            (Past::Events, &mut pruned.events),
            (Past::Activations, &mut pruned.activations),
        ] {
            // In parts, between which others write.
            loop {
                let use_case = move |tx: &mut dyn Tx| Ok(past.delete(tx, before, PART)?);
                let deleted = self.inner.store.write(Scope::All, use_case).await?;
                *count += deleted;
                if deleted < PART.unsigned_abs() {
                    break;
                }
            }
        }
        if pruned != Pruned::default() {
            let actor = actor.clone();
            let use_case = move |tx: &mut dyn Tx| {
                let mut data = to_value(&pruned);
                if let Some(members) = data.as_object_mut() {
                    members.insert("before".to_owned(), to_value(&before));
                }
                event::record(
                    tx,
                    &actor,
                    None,
                    "authority.pruned",
                    "authority",
                    &data,
                    now,
                )
            };
            self.inner.store.write(Scope::All, use_case).await?;
        }
        Ok(pruned)
    }
}

const SECONDS_PER_DAY: u64 = 24 * 60 * 60;
/// How many rows one transaction deletes.
const PART: i64 = 1000;
