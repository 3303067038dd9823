//! What a session decides from, and how it changes.

use std::time::Duration;

use countersign::{
    ClockGuard, Context, DamagedClock, Document, Error, Instance, Lease, License, Moment, Nonce,
    Revision, Signed, StatusList, Tick, TrustStore, TrustUpdate, Verified,
};

use crate::shares::Shares;
use crate::state::{Asking, ListKept, State};

mod merging;

/// What a session decides from, all of one moment.
pub(crate) struct Snapshot {
    pub(crate) documents: Documents,
    pub(crate) shares: Shares,
    pub(crate) highest_revision: Option<Revision>,
    pub(crate) guard: ClockGuard,
    pub(crate) instance: Instance,
    pub(crate) last_contact_at: Option<Moment>,
    pub(crate) is_moved: bool,
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
        if let Some(revision) = self.highest_revision {
            context = context.highest_revision(revision);
        }
        if let Some(moment) = self.last_contact_at {
            context = context.last_contact_at(moment);
        }
        context
    }
}

/// The documents held, as far as they verify.
#[derive(Clone, Default)]
pub(crate) struct Documents {
    pub(crate) trust: TrustStore,
    pub(crate) license: Option<Verified<License>>,
    pub(crate) lease: Option<Verified<Lease>>,
    pub(crate) statuses: Option<Verified<StatusList>>,
    /// Why a document that is kept does not count.
    pub(crate) refused: Option<Error>,
}

impl Documents {
    /// Verifies what is kept by the keys that the product came with and the updates since.
    pub(crate) fn of(
        state: &State,
        embedded: &TrustStore,
        statuses: Option<&Signed<StatusList>>,
    ) -> Self {
        let mut trust = embedded.clone();
        for update in &state.trust_updates {
            // Of those that a newer release brings along, and those it trusts no more, none counts.
            let updated = update
                .verify(&trust)
                .and_then(|update| trust.updated(&update));
            trust = updated.unwrap_or(trust);
        }
        let mut refused = None;
        let license = verified(state.license.as_ref(), &trust, &mut refused);
        let lease = verified(state.lease.as_ref(), &trust, &mut refused);
        let statuses = verified(statuses, &trust, &mut refused);
        Self {
            trust,
            license,
            lease,
            statuses,
            refused,
        }
    }

    /// The latest moment that any document about this license was signed at.
    fn newest(&self) -> Option<Moment> {
        let license = self.license.as_ref();
        let lease = self.lease.as_ref().filter(|lease| {
            license.is_some_and(|license| {
                lease.license_id == license.id && lease.product == license.product
            })
        });
        let statuses = self
            .statuses
            .as_ref()
            .filter(|list| license.is_some_and(|license| counts(list, license)));
        let of_license = license.map(|license| license.issued_at);
        let of_lease = lease.map(|lease| lease.issued_at);
        of_license
            .max(of_lease)
            .max(statuses.map(|list| list.issued_at))
    }

    /// The list that the license names.
    pub(crate) fn list_of_license(&self) -> Option<&Verified<StatusList>> {
        let license = self.license.as_ref()?;
        self.statuses.as_ref().filter(|list| counts(list, license))
    }
}

/// Whether a list is the one that the license names.
pub(crate) fn counts(list: &StatusList, license: &License) -> bool {
    let terms = license.status.as_ref();
    list.brand == license.product.brand && terms.is_some_and(|terms| terms.uri == list.uri)
}

fn verified<D: Document>(
    kept: Option<&Signed<D>>,
    trust: &TrustStore,
    refused: &mut Option<Error>,
) -> Option<Verified<D>> {
    match kept?.verify(trust) {
        Ok(document) => Some(document),
        Err(error) => {
            refused.get_or_insert(error);
            None
        }
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
    /// Whether the status list is still to be written.
    pub(crate) unsaved_list: bool,
    /// Whether anything else is.
    pub(crate) unsaved: bool,
    /// What the storage held when it was last read or written; `None` before anything was kept.
    pub(crate) kept: Option<State>,
    /// When the state was written last, by the monotonic clock.
    pub(crate) saved_at: Duration,
}

impl Keeper {
    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot {
            documents: self.documents.clone(),
            shares: self.shares.clone(),
            highest_revision: self.highest_revision(),
            guard: self.guard.clone(),
            instance: self.instance.clone(),
            last_contact_at: self.state.last_contact_at,
            is_moved: self.state.moved,
        }
    }

    /// The highest revision ever seen of the license held.
    fn highest_revision(&self) -> Option<Revision> {
        let license = self.documents.license.as_ref()?;
        let highest = self.state.highest_revision(&license.id)?;
        highest.try_into().ok()
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

    /// States to the guard what is held, and lets it count until now.
    pub(crate) fn settle(&mut self, tick: Tick) {
        self.shares.follow(&self.documents);
        self.guard.hold(self.documents.newest(), tick);
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
        true
    }

    /// Gives up the license key, also the one of a request whose answer is to come, and what might be
    /// brought back of a seat.
    pub(crate) fn forget_license_key(&mut self) {
        self.state.lease_before = None;
        (self.state.license_key, self.state.requested_key) = (None, None);
    }

    /// Notes that the request of this installation was answered: its license key is the one held.
    pub(crate) fn note_answer(&mut self) {
        self.state.requested = None;
        let answered = self.state.requested_key.take();
        self.state.license_key = answered.or(self.state.license_key.take());
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
        if let Some(held) = &self.documents.statuses {
            list.check_newer(held)?;
        }
        if !self.guard.accepts(list.issued_at, tick) {
            return Ok(false);
        }
        self.state.statuses = Some(ListKept {
            uri: list.uri.clone(),
            issued_at: list.issued_at,
        });
        self.documents.statuses = Some(list.clone());
        self.unsaved_list = true;
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
        self.state.asking = Some(Asking {
            by,
            until: tick.wall.saturating_add(lasts),
            lasts,
        });
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
        let list = self.documents.statuses.take();
        let list = list.and_then(|list| list.as_str().parse().ok());
        self.documents = Documents::of(&self.state, embedded, list.as_ref());
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
