use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use countersign::protocol::{ActivationUse, CheckRequest, LicenseStanding, LicenseUse};
use countersign::{Instance, Moment};
use serde_json::Value;

use crate::store::activations::Activation;
use crate::store::licenses::StoredLicense;
use crate::store::{Change, Scope, Tx};

use super::activations::{
    Claimant, Claimed, Stated, context, held_until, parse_instance, product_inactive, run_of,
};
use super::known::Known;
use super::refusal::to_value;
use super::view::{remaining, seats, status_of};
use super::{Authority, Inner, Refusal};

/// A seat that is held, as far as a check needs it.
pub(super) struct Seat {
    activation_id: String,
    activated_at: Moment,
    held_until: Option<Moment>,
    /// Whether a lease was ever given out on it: then the lease's end is the seat's.
    is_leased: bool,
    /// When its instance asked last, as this process knows it.
    checked_at: AtomicI64,
}

impl Authority {
    /// How a license stands for an instance. Takes no seat.
    pub(crate) async fn check(&self, request: CheckRequest) -> Result<LicenseStanding, Refusal> {
        let claimant = Claimant {
            instance: parse_instance(request.instance_type, &request.instance_identifier)?,
            license_key: request.license_key,
            brand: request.brand,
            product: request.product,
        };
        let stated = Stated {
            domain: request.domain,
            address: request.address,
            metadata: None,
        };
        let now = self.now();
        let (mut known, mut seat) = self.look(&claimant).await?;
        let mut claimed = known.meant(&claimant)?;
        let mut judgement = Judgement::of(claimed, &claimant.instance, &stated, now);
        let extends = judgement.denials.is_empty()
            && seat
                .as_deref()
                .is_some_and(|seat| is_due(claimed, seat, now));
        if extends || claimed.license.seats.hold.is_over(claimed.floats_at, now) {
            let instance = claimant.instance.clone();
            self.float(&claimed.row, instance, extends, now).await?;
            (known, seat) = self.look(&claimant).await?;
            claimed = known.meant(&claimant)?;
            judgement = Judgement::of(claimed, &claimant.instance, &stated, now);
        }
        let Claimed { row, license, .. } = claimed;
        if let Some(seat) = &seat {
            self.inner.note_checked(seat, now);
        }
        Ok(LicenseStanding {
            is_valid: judgement.denials.is_empty(),
            license: LicenseUse {
                id: license.id.clone(),
                status: status_of(row, license, now),
                seat_limit: row.seat_limit.map(seats).transpose()?,
                seats_used: seats(row.seats_held)?,
                seats_remaining: remaining(row).map(seats).transpose()?,
                expires_at: license.validity.ends_at(),
            },
            is_activated: seat.is_some(),
            activation: seat.map(|seat| ActivationUse {
                id: seat.activation_id.clone(),
                activated_at: seat.activated_at,
                last_checked_at: Some(now),
            }),
            denials: judgement.denials,
            notices: judgement.notices,
        })
    }

    /// What the claimant's license key leads to, and its seat: from memory, or else from the
    /// database.
    async fn look(&self, claimant: &Claimant) -> Result<(Arc<Known>, Option<Arc<Seat>>), Refusal> {
        let memory = &self.inner.memory;
        let hash = self
            .inner
            .key_hash(&claimant.license_key, claimant.brand.as_ref());
        let begun = self.inner.begin();
        if let Some(known) = memory.key(&hash, &begun) {
            let claimed = known.meant(claimant)?;
            if claimed.license.takes_no_seat(&claimant.instance) {
                self.inner.metrics.cache_hits.inc();
                return Ok((known, None));
            }
            let name = seat_name(claimed, &claimant.instance);
            if let Some(seat) = memory.seat(&name, &known.license_key_id, &begun) {
                self.inner.metrics.cache_hits.inc();
                return Ok((known, seat));
            }
        }
        self.inner.metrics.cache_misses.inc();
        let (inner, claimant) = (self.inner.clone(), claimant.clone());
        let use_case = move |tx: &mut dyn Tx| {
            let known = inner.known(tx, &hash)?;
            let claimed = known.meant(&claimant)?;
            let name = seat_name(claimed, &claimant.instance);
            let seat = match claimed.license.takes_no_seat(&claimant.instance) {
                true => None,
                false => Activation::held(tx, &claimed.row.id, &claimant.instance)?,
            };
            let seat = seat.map(|held| Arc::new(Seat::of(held)));
            Ok((Arc::new(known), name, seat))
        };
        let (known, name, seat) = self.inner.store.read(Scope::All, use_case).await?;
        memory.keep_key(hash, known.clone(), begun);
        memory.keep_seat(name, seat.clone(), begun);
        Ok((known, seat))
    }

    /// Lets go the floating seats whose time is over, and extends that of an instance that asks.
    async fn float(
        &self,
        row: &StoredLicense,
        instance: Instance,
        extends: bool,
        now: Moment,
    ) -> Result<(), Refusal> {
        let (brand_id, id) = (row.brand_id.clone(), row.id.clone());
        let (inner, scope) = (self.inner.clone(), Scope::Brand(brand_id.clone()));
        let use_case = move |tx: &mut dyn Tx| {
            let Some(mut row) = StoredLicense::lock(tx, &brand_id, &id)? else {
                return Ok(());
            };
            let license = inner.verified(tx, &row)?;
            inner.let_go_floating(tx, &license, &mut row, now)?;
            if extends && let Some(mut seat) = Activation::held(tx, &row.id, &instance)? {
                seat.held_until = held_until(&license, now);
                seat.update_lease(tx)?;
            }
            tx.note(Change::LicenseKey(row.license_key_id));
            Ok(())
        };
        self.inner.store.write(scope, use_case).await
    }

    /// Writes when instances asked last.
    ///
    /// # Errors
    ///
    /// If the database does not keep it; it is then tried again the next time.
    pub(crate) async fn write_checks(&self) -> Result<(), Refusal> {
        let taken = self.inner.memory.take_checked();
        // In one order, so that two processes do not wait for each other.
        let mut checks: Vec<(String, Moment)> = taken.into_iter().collect();
        checks.sort();
        let mut unwritten = checks.as_slice();
        while !unwritten.is_empty() {
            let (batch, later) = unwritten.split_at(unwritten.len().min(BATCH));
            let rows = batch.to_vec();
            let use_case = move |tx: &mut dyn Tx| {
                for (id, checked_at) in &rows {
                    Activation::note_checked(tx, id, *checked_at)?;
                }
                Ok(())
            };
            if let Err(refusal) = self.inner.store.write(Scope::All, use_case).await {
                let memory = &self.inner.memory;
                memory.put_back_checked(unwritten.iter().cloned());
                return Err(refusal);
            }
            unwritten = later;
        }
        Ok(())
    }
}

impl Inner {
    fn note_checked(&self, seat: &Seat, now: Moment) {
        if seat.checked_at.swap(now.unix(), Ordering::Relaxed) != now.unix() {
            self.memory.note_checked(&seat.activation_id, now);
        }
    }
}

impl Seat {
    fn of(held: Activation) -> Self {
        Self {
            activation_id: held.id,
            activated_at: held.activated_at,
            held_until: held.held_until,
            is_leased: held.lease_id.is_some(),
            checked_at: AtomicI64::new(held.last_checked_at.map_or(-1, Moment::unix)),
        }
    }
}

/// What there is against a run, and what there is to know besides, as a report shows it.
struct Judgement {
    denials: Vec<Value>,
    notices: Vec<Value>,
}

impl Judgement {
    fn of(claimed: &Claimed, instance: &Instance, stated: &Stated, now: Moment) -> Self {
        let run = run_of(&claimed.license, instance, stated);
        let decision = claimed.license.evaluate(&run, &context(&claimed.row, now));
        let mut denials: Vec<Value> = decision.denials().iter().map(to_value).collect();
        if !claimed.product.active {
            denials.push(product_inactive().report);
        }
        let notices = decision.notices().iter().map(to_value).collect();
        Self { denials, notices }
    }
}

/// Whether a check is to extend a floating seat without a lease: not every time, since it is a write.
fn is_due(claimed: &Claimed, seat: &Seat, now: Moment) -> bool {
    let until = held_until(&claimed.license, now);
    let (Some(until), Some(held), false) = (until, seat.held_until, seat.is_leased) else {
        return false;
    };
    let lease = until.since(now);
    until.since(held) >= BETWEEN_EXTENSIONS.min(lease / 2)
}

fn seat_name(claimed: &Claimed, instance: &Instance) -> String {
    format!("{} {instance}", claimed.row.id)
}

/// How often a check extends a floating seat, at most.
const BETWEEN_EXTENSIONS: Duration = Duration::from_secs(60);
/// Seats whose last check is written in one transaction.
const BATCH: usize = 256;
