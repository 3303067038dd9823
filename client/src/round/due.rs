use std::time::Duration;

use countersign::{Denial, Run, Tick};

use crate::entropy;
use crate::keeper::Keeper;
use crate::pace::Pace;
use crate::round::question::Question;
use crate::state::HeldBack;

/// What is to be asked now.
pub(super) fn due(keeper: &Keeper, tick: Tick, now: bool) -> Vec<Question> {
    let (state, documents) = (&keeper.state, &keeper.documents);
    let reading = keeper.guard.peek(tick);
    if !now && !keeper.held_back(reading.now()).is_zero() {
        return Vec::new();
    }
    let mine = documents
        .lease
        .as_ref()
        .filter(|lease| lease.instance == keeper.instance);
    let pace = Pace::of(state.installation);
    let extension_at = documents.license.as_ref();
    let extension_at = extension_at.and_then(|license| pace.extension_at(license));
    let may_be_extended = extension_at.is_some_and(|at| reading.now() >= at);
    let asks_for_license =
        keeper.needs_seat() || may_be_extended || now || is_replaced(keeper, tick);
    let mut due = Vec::new();
    match (mine, &state.license_key) {
        (Some(lease), _) if documents.license.is_some() => {
            let is_lost = state.lost_lease.as_ref() == Some(&lease.id);
            let is_renewed = reading.now() >= pace.renewal_at(lease) || may_be_extended;
            let is_suspect = !reading.behind().is_zero();
            if now || !is_lost && (is_suspect || is_renewed) {
                due.push(Question::Renew);
            }
        }
        (_, Some(license_key)) if asks_for_license && !state.moved => {
            due.push(Question::Activate(license_key.clone()));
        }
        _ => {}
    }
    let names_list = documents
        .license
        .as_ref()
        .is_some_and(|license| license.status.is_some());
    if now && names_list || is_list_due(keeper, tick) {
        due.push(Question::Statuses);
    }
    due
}

pub(super) fn is_list_due(keeper: &Keeper, tick: Tick) -> bool {
    let Some(license) = keeper
        .documents
        .license
        .as_ref()
        .filter(|l| l.status.is_some())
    else {
        return false;
    };
    let pace = Pace::of(keeper.state.installation);
    let list = keeper.documents.list_of_license();
    list.is_none_or(|list| keeper.guard.peek(tick).now() >= pace.refresh_at(list, license))
}

/// Whether the license counts no more and another text of it may do: a change that narrows one that asks
/// for no seat revokes the text before it.
pub(super) fn is_replaced(keeper: &Keeper, tick: Tick) -> bool {
    let license = keeper.documents.license.as_ref();
    let Some(license) = license.filter(|_| !keeper.needs_seat()) else {
        return false;
    };
    let run = Run::of(license.product.clone());
    let snapshot = keeper.snapshot();
    let decision = license.evaluate(&run, &snapshot.context(tick));
    let is_replaced = |denial: &Denial| {
        matches!(
            denial,
            Denial::Revoked { .. } | Denial::LicenseSuperseded { .. }
        )
    };
    decision.denials().iter().any(is_replaced)
}

/// Leaves the authority alone for a while where what it answered is due again at once, such as a list
/// that is old already by this host's clock: else it would be asked every second.
pub(super) fn hold_back_what_is_due_still(keeper: &mut Keeper, tick: Tick) {
    if due(keeper, tick, false).is_empty() {
        return;
    }
    let now = keeper.guard.peek(tick).now();
    let lease = keeper.documents.lease.as_ref();
    let left = lease.map_or(Duration::MAX, |lease| lease.ends_at.since(now));
    let wait = Pace::retry_after(AGAIN, left, None, entropy::chance());
    keeper.state.held_back = Some(HeldBack {
        failures: 0,
        until: now.saturating_add(wait),
    });
}

/// More attempts than the first, after which half of all come back within a minute.
const AGAIN: u32 = 2;
