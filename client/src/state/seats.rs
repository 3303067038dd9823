//! What the instances hold that share one state.

use std::collections::BTreeMap;
use std::mem;

use countersign::{Instance, Lease, LicenseId, LicenseKey, Nonce, Signed};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::state::{HeldBack, State};

/// What an instance holds that is not the one whose process wrote the state last. Else it stands in the
/// state itself.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Seat {
    instance: String,
    /// The license that was held meanwhile.
    license: Option<LicenseId>,
    license_key: Option<LicenseKey>,
    lease: Option<Signed<Lease>>,
    requested: Option<Nonce>,
    requested_key: Option<LicenseKey>,
    lost_lease: Option<String>,
    seat_held_back: Option<HeldBack>,
    lease_before: Option<String>,
    giving_up: Option<String>,
    #[serde(flatten)]
    unknown: BTreeMap<String, Value>,
}

impl State {
    /// Shows what `instance` holds, in place of another that shares the state. One that is new here, or
    /// was here with another license, holds no seat, and the license key of the one before, or else of
    /// the one that was here last; but none where it gave its seat up. `false` where nothing is known of it.
    pub(crate) fn turn_to(&mut self, instance: &Instance) -> bool {
        let name = instance.to_string();
        let Some(shown) = self.shown.replace(name.clone()) else {
            return true;
        };
        if shown == name {
            return true;
        }
        let license = self.highest_revision.as_ref().map(|(id, _)| id.clone());
        self.put_away(shown, license.clone());
        let is_here = |seat: &Seat| seat.instance == name;
        let found = self.seats.iter().position(is_here);
        let found = found.map(|at| self.seats.remove(at));
        let is_known = found.is_some() || self.gave_up(instance);
        if let Some(seat) = &found {
            self.requested = seat.requested;
            self.requested_key.clone_from(&seat.requested_key);
            self.shown_unknown.clone_from(&seat.unknown);
        }
        if let Some(seat) = found.filter(|seat| seat.license == license) {
            self.license_key = seat.license_key;
            self.lease = seat.lease;
            self.lost_lease = seat.lost_lease;
            self.seat_held_back = seat.seat_held_back;
            self.lease_before = seat.lease_before;
            self.giving_up = seat.giving_up;
        } else if self.gave_up(instance) {
            self.license_key = None;
        } else if self.license_key.is_none() {
            let mut same = self.seats.iter().rev().filter(|it| it.license == license);
            self.license_key = same.find_map(|seat| seat.license_key.clone());
        }
        let too_many = self.seats.len().saturating_sub(MOST_SEATS - 1);
        self.seats.drain(..too_many);
        is_known
    }

    /// Holds again what `ours` holds, which is of an instance that so many came after that nothing is known
    /// of it any more, where it is of the same license.
    pub(crate) fn hold_again(&mut self, ours: &Self) {
        let id = |state: &Self| state.highest_revision.as_ref().map(|(id, _)| id.clone());
        if id(self) != id(ours) {
            return;
        }
        self.license_key.clone_from(&ours.license_key);
        self.lease.clone_from(&ours.lease);
        (self.requested, self.requested_key) = (ours.requested, ours.requested_key.clone());
        self.lost_lease.clone_from(&ours.lost_lease);
        self.seat_held_back.clone_from(&ours.seat_held_back);
        self.lease_before.clone_from(&ours.lease_before);
        self.giving_up.clone_from(&ours.giving_up);
        self.shown_unknown.clone_from(&ours.shown_unknown);
    }

    /// Puts what is shown to those of the others, where there is anything.
    fn put_away(&mut self, shown: String, license: Option<LicenseId>) {
        let seat = Seat {
            license,
            license_key: self.license_key.clone(),
            lease: self.lease.take(),
            requested: self.requested.take(),
            requested_key: self.requested_key.take(),
            lost_lease: self.lost_lease.take(),
            seat_held_back: self.seat_held_back.take(),
            lease_before: self.lease_before.take(),
            giving_up: self.giving_up.take(),
            unknown: mem::take(&mut self.shown_unknown),
            instance: shown,
        };
        self.seats.retain(|other| other.instance != seat.instance);
        let holds_any = seat.license_key.is_some()
            || seat.lease.is_some()
            || seat.requested.is_some()
            || !seat.unknown.is_empty();
        if holds_any || !self.gave_up.contains(&seat.instance) {
            self.seats.push(seat);
        }
    }

    /// Whether an instance gave its seat up, and nobody typed a license key for it since.
    pub(crate) fn gave_up(&self, instance: &Instance) -> bool {
        self.gave_up.contains(&instance.to_string())
    }

    pub(crate) fn note_gave_up(&mut self, instance: &Instance, gave_up: bool) {
        let name = instance.to_string();
        self.gave_up.retain(|other| *other != name);
        if gave_up {
            self.gave_up.push(name);
            let too_many = self.gave_up.len().saturating_sub(MOST_GAVE_UP);
            self.gave_up.drain(..too_many);
        }
    }

    /// Forgets what belongs to the machine that the state was on before: all seats and what was refused
    /// or is to be brought back of them, its requests, and its clock. It is the other machine's still.
    pub(crate) fn forget_machine(&mut self) {
        (self.lease, self.lease_before, self.lost_lease) = (None, None, None);
        (self.seat_held_back, self.giving_up) = (None, None);
        (self.requested, self.requested_key) = (None, None);
        (self.asking, self.held_back, self.last_contact_at) = (None, None, None);
        self.clock = None;
        self.shown_unknown.clear();
        self.seats.clear();
        self.gave_up.clear();
        self.unwanted.clear();
        self.shown = None;
    }
}

/// Of how many instances a state knows what they hold. Of more, those are forgotten that did not write for
/// the longest time: one that runs goes on with what it holds, and one that starts again takes its seat anew.
const MOST_SEATS: usize = 256;
/// How many are remembered that gave their seats up: only a name is kept of each.
const MOST_GAVE_UP: usize = 256;
