use std::time::Duration;

use countersign::{Denial, Moment, Run, Tick};

use crate::entropy;
use crate::keeper::Keeper;
use crate::pace::Pace;
use crate::round::question::Question;
use crate::state::HeldBack;

/// What is to be asked now.
pub(super) fn due(keeper: &Keeper, tick: Tick, now: bool) -> Vec<Question> {
    let at = keeper.guard.peek(tick).now();
    if !now && !keeper.held_back(at).is_zero() {
        return Vec::new();
    }
    let is_due = |due_at: Option<Moment>| now || due_at.is_some_and(|due_at| at >= due_at);
    let mut due = Vec::new();
    if let Some((question, due_at)) = about_seat(keeper, tick)
        && is_due(due_at)
    {
        due.push(question);
    }
    if names_list(keeper) && is_due(list_due_at(keeper, tick)) {
        due.push(Question::Statuses);
    }
    if let Some(lease) = keeper.state.unwanted(&keeper.documents.trust) {
        due.push(Question::GiveUp(lease));
    }
    due
}

/// When something is due next, but for what is held back; `None` where there is nothing to ask.
pub(crate) fn next_at(keeper: &Keeper, tick: Tick) -> Option<Moment> {
    let seat = about_seat(keeper, tick).and_then(|(_, due_at)| due_at);
    let list = list_due_at(keeper, tick);
    let unwanted = keeper.state.unwanted(&keeper.documents.trust);
    let unwanted = unwanted.map(|_| keeper.guard.peek(tick).now());
    [seat, list, unwanted].into_iter().flatten().min()
}

pub(super) fn is_list_due(keeper: &Keeper, tick: Tick) -> bool {
    let now = keeper.guard.peek(tick).now();
    list_due_at(keeper, tick).is_some_and(|due_at| now >= due_at)
}

/// The question that brings a lease or another text of the license, and when it is due: `None` where only
/// a person asks it.
fn about_seat(keeper: &Keeper, tick: Tick) -> Option<(Question, Option<Moment>)> {
    let (state, documents) = (&keeper.state, &keeper.documents);
    let reading = keeper.guard.peek(tick);
    let now = reading.now();
    let license = documents.license.as_ref();
    let lease = documents.lease.as_ref();
    let mine = lease.filter(|lease| lease.instance == keeper.instance && license.is_some());
    let pace = Pace::of(state.installation);
    let extension_at = license.and_then(|license| pace.extension_at(license));
    if let Some(lease) = mine {
        let is_suspect = !reading.behind().is_zero();
        let renewal_at = match is_suspect {
            true => now,
            false => pace.renewal_at(lease),
        };
        let due_at = extension_at.map_or(renewal_at, |at| at.min(renewal_at));
        let lost = state.seat_held_back.as_ref();
        let lost = lost.filter(|_| state.lost_lease.as_ref() == Some(&lease.id));
        let until = lost.map(|held| now.saturating_add(held.left(now)));
        return Some((
            Question::Renew,
            Some(until.map_or(due_at, |until| until.max(due_at))),
        ));
    }
    let license_key = state.license_key.clone().filter(|_| !state.moved)?;
    let is_missing = keeper.needs_seat() || is_replaced(keeper, tick);
    let due_at = if is_missing { Some(now) } else { extension_at };
    Some((Question::Activate(license_key), due_at))
}

fn names_list(keeper: &Keeper) -> bool {
    let license = keeper.documents.license.as_ref();
    license.is_some_and(|license| license.status.is_some())
}

/// When the status list is due; `None` where the license names none.
fn list_due_at(keeper: &Keeper, tick: Tick) -> Option<Moment> {
    let license = keeper.documents.license.as_ref();
    let license = license.filter(|license| license.status.is_some())?;
    let pace = Pace::of(keeper.state.installation);
    let list = keeper.documents.list_of_license();
    let refresh_at = list.map(|list| pace.refresh_at(list, license));
    Some(refresh_at.unwrap_or_else(|| keeper.guard.peek(tick).now()))
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
    keeper.state.held_back = Some(HeldBack::new(0, now.saturating_add(wait)));
}

/// Notes that the seat of the lease held is not to be had now, and leaves it to others for a while. A
/// person who asks does not make the session wait longer.
pub(super) fn hold_back_the_seat(keeper: &mut Keeper, by_itself: bool, tick: Tick) {
    let Some(lease) = keeper.documents.lease.as_ref() else {
        return;
    };
    let now = keeper.guard.peek(tick).now();
    let held = keeper.state.seat_held_back.take();
    let held = held.filter(|_| keeper.state.lost_lease.as_ref() == Some(&lease.id));
    let held = match held {
        Some(held) if !by_itself => held,
        held => {
            let failures = held.map_or(0, |held| held.failures).saturating_add(1);
            let wait = Pace::seat_again_after(failures, entropy::chance());
            let until = now.saturating_add(wait);
            HeldBack::new(failures, until)
        }
    };
    keeper.state.lost_lease = Some(lease.id.clone());
    keeper.state.seat_held_back = Some(held);
}

/// More attempts than the first, after which half of all come back within a minute.
const AGAIN: u32 = 2;
