use std::mem;

use countersign::{Document, Lease, License, Signed, StatusList, Tick, TrustStore, Verified};

use crate::documents::Documents;
use crate::keeper::Keeper;
use crate::state::{State, is_same_seat};

impl Keeper {
    /// Goes on from what another process left in the storage. What this one was given or told since and
    /// could not save is done again there. Where both changed the same thing the newer document counts,
    /// a seat that one of them gave up stays so, and else what the other one saved.
    pub(crate) fn go_on_from(
        &mut self,
        state: State,
        documents: Documents,
        embedded: &TrustStore,
        tick: Tick,
    ) {
        let ours = mem::replace(&mut self.state, state);
        let held = mem::replace(&mut self.documents, documents);
        let base = self.kept.replace(self.state.clone());
        let unsaved_lists = mem::take(&mut self.unsaved_lists);
        if !self.unsaved {
            self.keep_unsaved(unsaved_lists);
            return;
        }
        self.note_change();
        let nothing = || State::new(ours.product.clone(), ours.installation);
        let base = base.unwrap_or_else(nothing);
        for update in &ours.trust_updates {
            // One that the other one has, or a later one, is not needed.
            let _ = self.take_trust(update.clone(), embedded);
        }
        let theirs = &mut self.state;
        theirs.last_contact_at = theirs.last_contact_at.max(ours.last_contact_at);
        merge(&mut theirs.signals, &base.signals, &ours.signals);
        merge(&mut theirs.moved, &base.moved, &ours.moved);
        merge(&mut theirs.asking, &base.asking, &ours.asking);
        merge(&mut theirs.giving_up, &base.giving_up, &ours.giving_up);
        merge(&mut theirs.held_back, &base.held_back, &ours.held_back);
        merge(
            &mut theirs.seat_held_back,
            &base.seat_held_back,
            &ours.seat_held_back,
        );
        let mut requested = (theirs.requested, theirs.requested_key.take());
        let was_requested = (base.requested, base.requested_key.clone());
        let is_requested = (ours.requested, ours.requested_key.clone());
        merge(&mut requested, &was_requested, &is_requested);
        (theirs.requested, theirs.requested_key) = requested;
        let gave_up = |state: &State| state.gave_up(&self.instance);
        let mut is_given_up = gave_up(theirs);
        merge(&mut is_given_up, &gave_up(&base), &gave_up(&ours));
        theirs.note_gave_up(&self.instance, is_given_up);
        theirs.merge_unwanted(&base, &ours);
        let mut lost_lease = theirs.lost_lease.clone();
        merge(&mut lost_lease, &base.lost_lease, &ours.lost_lease);
        if ours.lease_before.is_none() && theirs.lease_before == base.lease_before {
            // One that went since is noted where the license that it went for is taken.
            theirs.lease_before = None;
        }

        let changed = |state: &State| text(&state.license) != text(&base.license);
        let id = |license: &Option<Verified<License>>| Some(license.as_ref()?.id.clone());
        let is_another = id(&held.license) != id(&self.documents.license);
        let is_late = changed(&ours) && changed(&self.state) && is_another;
        if changed(&ours)
            && !is_late
            && let Some(license) = self.verified_again(held.license)
        {
            self.take_license(&license, tick);
        }
        self.state.learn_revisions(&ours);
        if let Some(list) = self.verified_again(held.statuses) {
            let kept = self.state.list_kept(&list.uri, &self.documents.trust);
            // Theirs stands where it is as new: they had it later.
            if kept.is_none_or(|kept| kept.issued_at < list.issued_at) {
                // Theirs is of another license where this one is not taken.
                let _ = self.take_list(&list, tick);
            }
        }
        self.state.learn_lists(&ours, &self.documents.trust);
        self.keep_unsaved(unsaved_lists);
        let is_new = text(&ours.lease) != text(&base.lease);
        if is_late {
            // They took another license, and were first.
            if is_new && let Some(lease) = self.verified_again(held.lease) {
                self.give_back(&lease, &base);
            }
            self.settle_giving_up();
            return;
        }
        let is_undone = is_new && !self.take_lease_of(&ours, &base, held.lease, tick);
        if !is_undone {
            let is_taken = is_new && text(&self.state.lease) == text(&ours.lease);
            let key = &mut self.state.license_key;
            let stands = match &ours.license_key {
                Some(_) => ours.license_key == base.license_key && !(is_taken && key.is_none()),
                None => *key != base.license_key,
            };
            if !stands {
                key.clone_from(&ours.license_key);
            }
        }
        // It is of no account beside any other lease.
        self.state.lost_lease = lost_lease;
        self.settle_giving_up();
    }

    /// Where one process gave the seat up, and another took one, there is one; else no key for another.
    fn settle_giving_up(&mut self) {
        if self.documents.lease.is_some() {
            self.state.note_gave_up(&self.instance, false);
        } else if self.state.gave_up(&self.instance) {
            self.state.license_key = None;
        }
    }

    /// Lists that could not be written are to be written still, unless there are newer ones.
    fn keep_unsaved(&mut self, lists: Vec<Verified<StatusList>>) {
        for list in lists {
            let is_taken = self.unsaved_lists.iter().any(|taken| taken.uri == list.uri);
            let kept = self.state.list_kept(&list.uri, &self.documents.trust);
            if !is_taken && kept.is_some_and(|kept| kept.issued_at == list.issued_at) {
                self.unsaved_lists.push(list);
            }
        }
    }

    /// Takes a lease that could not be saved, or gives up the seat that was. `false` where the other
    /// process gave up that seat.
    fn take_lease_of(
        &mut self,
        ours: &State,
        base: &State,
        held: Option<Verified<Lease>>,
        tick: Tick,
    ) -> bool {
        let seat = |state: &State| {
            let lease = state.lease.as_ref()?.verify(&self.documents.trust).ok()?;
            Some(lease.activation_id.clone())
        };
        let (was, theirs) = (seat(base), self.kept.as_ref().and_then(seat));
        let Some(lease) = self.verified_again(held) else {
            if ours.lease.is_none() && theirs == was {
                (self.state.lease, self.documents.lease) = (None, None);
            }
            return true;
        };
        if theirs.is_none() && was.as_ref() == Some(&lease.activation_id) {
            return false;
        }
        let license = self.documents.license.as_ref();
        let is_fit = license.is_some_and(|license| license.id == lease.license_id)
            && lease.instance == self.instance;
        let held = self.documents.lease.as_ref();
        if is_fit && held.is_none_or(|held| held.issued_at <= lease.issued_at) {
            self.take_lease(&lease, tick);
        } else if !is_fit {
            self.give_back(&lease, base);
        }
        true
    }

    /// Has a seat given back that this process was given and cannot hold, unless others knew of it: what
    /// becomes of that one is theirs to say.
    fn give_back(&mut self, lease: &Verified<Lease>, base: &State) {
        let known = base.lease.as_ref();
        let known = known.and_then(|known| known.verify(&self.documents.trust).ok());
        if known.is_none_or(|known| !is_same_seat(&known, lease)) {
            self.state.note_unwanted(lease);
        }
    }

    /// A document that was held, if the keys of now verify it as well.
    fn verified_again<D: Document>(&self, held: Option<Verified<D>>) -> Option<Verified<D>> {
        let signed: Signed<D> = held?.as_str().parse().ok()?;
        signed.verify(&self.documents.trust).ok()
    }
}

/// Changes `theirs` as this process changed `base`, unless the other one changed it as well.
fn merge<T: PartialEq + Clone>(theirs: &mut T, base: &T, ours: &T) {
    if theirs == base {
        theirs.clone_from(ours);
    }
}

fn text<D>(document: &Option<Signed<D>>) -> Option<&str>
where
    D: Document,
{
    document.as_ref().map(Signed::as_str)
}
