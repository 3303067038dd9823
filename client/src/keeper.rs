//! What a session decides from, and how it changes.

use std::time::Duration;

use countersign::{
    ClockGuard, Context, DamagedClock, Error, Instance, Lease, License, LicenseKey, Moment, Nonce,
    Revision, Signed, Status, StatusList, Tick, TrustStore, TrustUpdate, Verified,
};

use crate::documents::{Documents, counts, is_signed_still};
use crate::shares::Shares;
use crate::state::{Asking, State};

mod merging;

/// What a session decides from, all of one moment.
pub(crate) struct Snapshot {
    pub(crate) documents: Documents,
    pub(crate) shares: Shares,
    pub(crate) highest_revision: Option<Revision>,
    pub(crate) last_status: Option<(Status, Moment)>,
    pub(crate) guard: ClockGuard,
    pub(crate) instance: Instance,
    pub(crate) last_contact_at: Option<Moment>,
    pub(crate) is_moved: bool,
    pub(crate) is_saved: bool,
    /// Whether it outlives this process.
    pub(crate) is_kept: bool,
}

impl Snapshot {
    pub(crate) fn context(&self, tick: Tick) -> Context<'_> {
        let mut context = Context::at(self.guard.peek(tick));
        if let Some(lease) = &self.documents.lease {
            context = context.lease(lease);
        }
        if let Some(list) = &self.documents.statuses {
            context = context.statuses(list);
        }
        if let Some((status, listed_at)) = self.last_status {
            context = context.last_status(status, listed_at);
        }
        if let Some(revision) = self.highest_revision {
            context = context.highest_revision(revision);
        }
        if let Some(moment) = self.last_contact_at {
            context = context.last_contact_at(moment);
        }
        context
    }
}

/// What only one thread at a time changes.
pub(crate) struct Keeper {
    pub(crate) state: State,
    pub(crate) documents: Documents,
    pub(crate) shares: Shares,
    pub(crate) guard: ClockGuard,
    pub(crate) instance: Instance,
    /// Whether the host stated the instance.
    pub(crate) is_stated: bool,
    /// The status lists that are still to be written.
    pub(crate) unsaved_lists: Vec<Verified<StatusList>>,
    /// Whether anything else is.
    pub(crate) unsaved: bool,
    /// Whether the state could be written when that was tried last.
    pub(crate) is_saved: bool,
    /// Whether the lists could be, too.
    pub(crate) has_saved_lists: bool,
    /// Whether what is written is there after this process.
    pub(crate) outlives_process: bool,
    /// What the storage held when it was last read or written; `None` before anything was kept.
    pub(crate) kept: Option<State>,
    /// When the state is to be written again, by the monotonic clock.
    pub(crate) save_at: Duration,
}

impl Keeper {
    pub(crate) fn snapshot(&self) -> Snapshot {
        let is_kept = self.is_saved && self.outlives_process;
        Snapshot {
            documents: self.documents.clone(),
            shares: self.shares.clone(),
            highest_revision: self.highest_revision(),
            last_status: self.last_status(),
            guard: match is_kept {
                true => self.guard.clone(),
                false => self.guard.clone().unguarded(),
            },
            instance: self.instance.clone(),
            last_contact_at: self.state.last_contact_at,
            is_moved: self.state.moved,
            is_saved: self.is_saved,
            is_kept: is_kept && self.has_saved_lists,
        }
    }

    /// The highest revision ever seen of the license held.
    fn highest_revision(&self) -> Option<Revision> {
        let license = self.documents.license.as_ref()?;
        let highest = self.state.highest_revision(&license.id)?;
        highest.try_into().ok()
    }

    /// What the newest list that was ever held said of the license held.
    fn last_status(&self) -> Option<(Status, Moment)> {
        let terms = self.documents.license.as_ref()?.status.as_ref()?;
        let trust = &self.documents.trust;
        self.state.last_status(&terms.uri, terms.index, trust)
    }

    /// Notes what the list at hand says, for when it is lost.
    fn note_list(&mut self) {
        let terms = |license: &Verified<License>| Some(license.status.as_ref()?.index);
        let index = self.documents.license.as_ref().and_then(terms);
        if let (Some(list), Some(index)) = (self.documents.list_of_license(), index) {
            self.state.note_list(list, index, &self.documents.trust);
        }
    }

    /// Notes a change of what is decided from.
    pub(crate) fn note_change(&mut self) {
        let kept = self.kept.as_ref().map_or(0, |kept| kept.generation);
        self.state.generation = kept + 1;
        self.unsaved = true;
    }

    /// Takes up what the guard of another process knows, unless this one knows it already.
    pub(crate) fn take_over_clock(&mut self, state: &State, tick: Tick) {
        let known = self.kept.as_ref().and_then(|kept| kept.clock.as_ref());
        if let Some(clock) = state.clock.as_ref().filter(|clock| Some(*clock) != known) {
            // A damaged one teaches nothing, and is written anew.
            let key = state.clock_key();
            let _ = self.guard.take_over(clock, key.as_bytes(), tick);
        }
    }

    /// The latest moment that anything about the license held was signed at, also a list that is lost.
    fn newest(&self) -> Option<Moment> {
        let uri = |license: &Verified<License>| Some(license.status.as_ref()?.uri.clone());
        let uri = self.documents.license.as_ref().and_then(uri);
        let trust = &self.documents.trust;
        let listed = uri.and_then(|uri| Some(self.state.list_kept(&uri, trust)?.issued_at));
        self.documents.newest().max(listed)
    }

    /// States to the guard what is held, and lets it count until now.
    pub(crate) fn settle(&mut self, tick: Tick) {
        self.note_list();
        self.shares.follow(&self.documents);
        self.guard.hold(self.newest(), tick);
        self.guard.read(tick);
    }

    /// Whether a run of this instance is asked for a lease; so it is before there is a license.
    pub(crate) fn needs_seat(&self) -> bool {
        let license = self.documents.license.as_ref();
        license.is_none_or(|license| {
            license.activation.is_some() && !license.takes_no_seat(&self.instance)
        })
    }

    /// Takes a license in place of the one held, unless that is a newer revision of it. What is held
    /// of another license goes; its lease may be brought back with it until there is another, or the
    /// seat is given up.
    pub(crate) fn take_license(&mut self, license: &Verified<License>, tick: Tick) -> bool {
        if !self.guard.accepts(license.issued_at, tick) {
            return false;
        }
        let revision = i64::from(license.revision.get());
        if self.state.highest_revision(&license.id) > Some(revision) {
            return false;
        }
        self.state.take_revision(&license.id, revision);
        let uri = |license: &Verified<License>| license.status.as_ref().map(|it| it.uri.clone());
        if self.documents.license.as_ref().and_then(uri) != uri(license) {
            self.note_list();
            self.documents.lost_list = None;
        }
        self.state.license = license.as_str().parse().ok();
        self.documents.license = Some(license.clone());
        self.documents.refused = None;
        if let Some(lease) = &self.documents.lease
            && lease.license_id != license.id
        {
            self.state.lease_before = Some(lease.id.clone());
            (self.state.lease, self.documents.lease) = (None, None);
        }
        true
    }

    /// Takes a lease in place of the one held, unless that is a newer one on the same seat, which
    /// another process may have been given meanwhile.
    pub(crate) fn take_lease(&mut self, lease: &Verified<Lease>, tick: Tick) -> bool {
        if !self.guard.accepts(lease.issued_at, tick) {
            return false;
        }
        if let Some(held) = &self.documents.lease {
            let same = held.activation_id == lease.activation_id;
            if same && held.issued_at > lease.issued_at {
                return false;
            }
        }
        let license = self.documents.license.as_ref();
        if license.is_some_and(|license| license.id == lease.license_id) {
            let revision = i64::from(lease.revision.get());
            self.state.take_revision(&lease.license_id, revision);
        }
        self.state.lease = lease.as_str().parse().ok();
        self.documents.lease = Some(lease.clone());
        self.state.moved = false;
        (self.state.lost_lease, self.state.lease_before) = (None, None);
        self.state.note_gave_up(&self.instance, false);
        self.state.forget_unwanted(lease, &self.documents.trust);
        true
    }

    pub(crate) fn holds_license_key(&self) -> bool {
        self.state.license_key.is_some() || self.state.requested_key.is_some()
    }

    /// Gives up the license key, also the one of a request whose answer is to come, and what might be
    /// brought back of a seat.
    pub(crate) fn forget_license_key(&mut self) {
        self.state.lease_before = None;
        (self.state.license_key, self.state.requested_key) = (None, None);
        self.state.note_gave_up(&self.instance, true);
    }

    /// Holds a license key that somebody typed, also where a seat was given up before.
    pub(crate) fn take_license_key(&mut self, license_key: LicenseKey) {
        self.state.license_key = Some(license_key);
        self.state.note_gave_up(&self.instance, false);
    }

    /// Notes that the seat that is held is to be given up, before anybody is asked.
    pub(crate) fn begin_giving_up(&mut self) {
        let lease = self.documents.lease.as_ref();
        let giving_up = lease.map(|lease| lease.id.clone());
        if self.state.giving_up != giving_up {
            self.state.giving_up = giving_up;
            self.note_change();
        }
    }

    /// Whether the seat that is held is being given up, as far as the lease held shows it.
    pub(crate) fn is_giving_up(&self) -> bool {
        let lease = self.documents.lease.as_ref();
        lease.is_some_and(|lease| self.state.giving_up.as_ref() == Some(&lease.id))
    }

    /// Gives up the seat, and what another might be taken by.
    pub(crate) fn forget_seat(&mut self) {
        (self.state.lease, self.documents.lease) = (None, None);
        self.state.giving_up = None;
        self.forget_license_key();
    }

    /// Notes that the request of this installation was answered: its license key is the one held.
    pub(crate) fn note_answer(&mut self) {
        self.state.requested = None;
        if let Some(answered) = self.state.requested_key.take() {
            self.take_license_key(answered);
        }
    }

    /// Trusts other keys from now on.
    ///
    /// # Errors
    ///
    /// Where the keys of now do not verify the update, or are as new as it is.
    pub(crate) fn take_trust(
        &mut self,
        update: Signed<TrustUpdate>,
        embedded: &TrustStore,
    ) -> Result<(), Error> {
        let trust = &self.documents.trust;
        trust.updated(&update.verify(trust)?)?;
        // Where the keys that the product came with verify it, those before it are not needed.
        let alone = update.verify(embedded);
        if alone.is_ok_and(|alone| embedded.updated(&alone).is_ok()) {
            self.state.trust_updates.clear();
        }
        self.state.trust_updates.push(update);
        self.verify_anew(embedded);
        Ok(())
    }

    /// Takes a status list in place of the one held, unless that is newer. `false` where it was signed
    /// too far ahead of the time, or is not the one that the license names: what that one says is not
    /// forgotten for a list that says nothing about the license.
    pub(crate) fn take_list(
        &mut self,
        list: &Verified<StatusList>,
        tick: Tick,
    ) -> Result<bool, Error> {
        let license = self.documents.license.as_ref();
        if license.is_none_or(|license| !counts(list, license)) {
            return Ok(false);
        }
        // What was held counts, also where its text is lost or was never looked for.
        self.note_list();
        let kept = self.state.list_kept(&list.uri, &self.documents.trust);
        kept.map_or(Ok(()), |kept| kept.admit(list))?;
        if !self.guard.accepts(list.issued_at, tick) {
            return Ok(false);
        }
        self.documents.statuses = Some(list.clone());
        self.documents.lost_list = None;
        self.note_list();
        self.unsaved_lists.retain(|other| other.uri != list.uri);
        self.unsaved_lists.push(list.clone());
        Ok(true)
    }

    /// Whether a round of some process or thread asks the authority now.
    pub(crate) fn is_asked(&self, tick: Tick) -> bool {
        let asking = self.state.asking.as_ref();
        asking.is_some_and(|asking| asking.counts(tick.wall))
    }

    /// Notes that the round `by` asks a question that is answered within `patience`, or given up.
    pub(crate) fn claim(&mut self, by: Nonce, patience: Duration, tick: Tick) {
        let lasts = patience.min(LONGEST_CLAIM).saturating_add(BESIDE_A_CALL);
        let until = tick.wall.saturating_add(lasts);
        self.state.asking = Some(Asking::new(by, until, lasts));
    }

    /// Takes back that the round `by` asks. `false` if it was not noted.
    pub(crate) fn release(&mut self, by: Nonce) -> bool {
        let asking = self.state.asking.take_if(|asking| asking.by == by);
        asking.is_some()
    }

    /// Notes that a round goes on with another question, or has none any more.
    pub(crate) fn go_on_asking(
        &mut self,
        claim: Option<Nonce>,
        next: Option<Duration>,
        tick: Tick,
    ) {
        if let Some(by) = claim
            && self.release(by)
            && let Some(patience) = next
        {
            self.claim(by, patience, tick);
        }
    }

    /// How long the authority is left alone still.
    pub(crate) fn held_back(&self, now: Moment) -> Duration {
        let held = self.state.held_back.as_ref();
        held.map_or(Duration::ZERO, |held| held.left(now))
    }

    /// Verifies all that is held anew, by the keys of now.
    pub(crate) fn verify_anew(&mut self, embedded: &TrustStore) {
        let held = self.documents.statuses.take();
        let lost = self.documents.lost_list.take();
        self.documents = Documents::of(&self.state, embedded, |kept, trust| {
            let held = held.filter(|held| held.uri == kept.uri && is_signed_still(held, trust));
            match (held, lost) {
                (None, Some(lost)) => Err(lost),
                (held, _) => Ok(held.and_then(|held| held.as_str().parse().ok())),
            }
        });
    }
}

/// However long a call may take: what a process said that was killed is not to outlast a lease.
const LONGEST_CLAIM: Duration = Duration::from_secs(60 * 60);
/// What is waited for a disk and for other threads, beside a call.
const BESIDE_A_CALL: Duration = Duration::from_secs(10);

/// The guard of a state, or a first one where nothing was kept.
pub(crate) fn guard_of(state: &State, tick: Tick) -> Result<ClockGuard, DamagedClock> {
    match &state.clock {
        Some(clock) => ClockGuard::restore(clock, state.clock_key().as_bytes(), tick),
        None => Ok(ClockGuard::new(tick)),
    }
}
