use countersign::{Challenge, Lease, LicenseId, Tick, Verified};

use crate::documents::Documents;
use crate::keeper::Keeper;
use crate::round::Refresh;
use crate::round::question::{Answered, Question};

/// What a session held when it asked, as far as answers are about it.
#[derive(Default)]
pub(super) struct Held {
    license: Option<LicenseId>,
    /// By the id of its activation.
    seat: Option<String>,
}

impl Held {
    pub(super) fn of(documents: &Documents) -> Self {
        let (license, lease) = (&documents.license, &documents.lease);
        Self {
            license: license.as_ref().map(|license| license.id.clone()),
            seat: lease.as_ref().map(|lease| lease.activation_id.clone()),
        }
    }

    /// Whether the question would not be asked so any more: while the answer was on its way the host, or
    /// that of another process, gave up the seat that is taken again, or took another in place of the
    /// one that is given up.
    pub(super) fn is_overtaken(&self, keeper: &Keeper, question: &Question) -> bool {
        let now = Self::of(&keeper.documents);
        match question {
            Question::Activate(license_key) => {
                let key = keeper.state.license_key.as_ref();
                key != Some(license_key) || now.license != self.license
            }
            Question::Deactivate => now.seat.is_some() && now.seat != self.seat,
            Question::Renew | Question::Statuses | Question::GiveUp(_) => false,
        }
    }
}

/// The lease of an answer that is not taken, where it shows a seat that nobody holds then.
pub(super) fn not_wanted(keeper: &Keeper, answer: Answered) -> Option<Verified<Lease>> {
    let Answered::Activation(activation) = answer else {
        return None;
    };
    let held = keeper.documents.lease.as_ref();
    let is_held = |lease: &Verified<Lease>| {
        held.is_some_and(|held| held.activation_id == lease.activation_id)
    };
    activation.lease.filter(|lease| !is_held(lease))
}

/// Takes an answer, and says what it gave; `None` where nothing is to follow from it.
pub(super) fn take(
    keeper: &mut Keeper,
    question: Question,
    answer: Answered,
    challenge: Option<Challenge>,
    tick: Tick,
) -> Option<Refresh> {
    let mut given = Refresh::default();
    let (license, lease) = match answer {
        Answered::Activation(activation) => {
            let is_without_seat = activation.lease.is_none();
            if is_without_seat && !keeper.take_license(&activation.license, tick) {
                // No lease shows when it was said: it is of before what is held.
                return Some(given);
            }
            if let Question::Activate(license_key) = question {
                keeper.take_license_key(license_key);
            }
            keeper.state.moved = false;
            keeper.state.lost_lease = None;
            if is_without_seat {
                // A license that asks for no seat any more leaves nothing to renew.
                (keeper.state.lease, keeper.documents.lease) = (None, None);
            }
            given.activated = true;
            (activation.license, activation.lease)
        }
        Answered::Renewal(renewal) => {
            let held = keeper.documents.lease.as_ref();
            if held.is_none_or(|held| held.activation_id != renewal.lease.activation_id) {
                // What the host did while the answer was on its way stands.
                return None;
            }
            given.renewed = true;
            (renewal.license, Some(renewal.lease))
        }
        Answered::Statuses(list) => {
            // One that is older than the list held is left where it is.
            let _ = keeper.take_list(&list, tick);
            given.statuses = true;
            return Some(given);
        }
        Answered::Deactivation => {
            if let Question::GiveUp(lease) = question {
                let trust = &keeper.documents.trust;
                keeper.state.forget_unwanted(&lease, trust);
                return None;
            }
            keeper.forget_seat();
            return None;
        }
    };
    if let (Some(challenge), Some(lease)) = (challenge, &lease) {
        // One that comes late tells no time, and is as good a lease.
        let _ = keeper.guard.heal(challenge, lease, tick);
    }
    keeper.take_license(&license, tick);
    if let Some(lease) = &lease {
        let is_taken = keeper.take_lease(lease, tick);
        let held = keeper.documents.lease.as_ref();
        // Where another process was given a newer lease on the seat meanwhile, the seat is held.
        given.activated &= held.is_some_and(|held| held.activation_id == lease.activation_id);
        given.renewed &= is_taken;
    }
    Some(given)
}
