use std::collections::BTreeMap;
use std::sync::Arc;

use countersign::protocol::{ActivateRequest, ActivateResponse, InstanceType};
use countersign::{
    ActivationAnswer, ActivationRequest, ActivationTerms, Context, Denial, Hold, Instance, Lease,
    License, LicenseKey, Moment, Nonce, Run, SeatClaim, Signed, Verified,
};
use serde_json::json;

use crate::entropy;
use crate::store::activations::Activation;
use crate::store::license_keys::LockedLicense;
use crate::store::licenses::StoredLicense;
use crate::store::products::StoredProduct;
use crate::store::{Change, Scope, StoreError, Tx};

use super::refusal::Reason;
use super::signers::Signer;
use super::view::{remaining, seats};
use super::{Actor, Authority, Inner, Refusal, event};

/// Which license an instance asks about.
#[derive(Clone, Debug)]
pub(crate) struct Claimant {
    pub(crate) license_key: LicenseKey,
    pub(crate) brand: Option<countersign::Code>,
    /// By id or code.
    pub(super) product: Option<String>,
    pub(super) instance: Instance,
}

/// The license that a claimant asks about, and what it hangs on.
pub(super) struct Claimed {
    pub(super) row: StoredLicense,
    pub(super) product: StoredProduct,
    pub(super) license: Verified<License>,
    /// When the first of its floating seats is let go.
    pub(super) floats_at: Option<Moment>,
}

/// A seat that was taken or held, before anything is signed.
pub(super) struct Seated {
    pub(super) claimed: Claimed,
    /// Nothing for an instance that needs no seat.
    pub(super) activation: Option<Activation>,
    pub(super) is_new: bool,
    pub(super) signer: Arc<Signer>,
}

impl Authority {
    /// Takes a seat for an instance; an instance that holds one keeps it. Says whether it is new.
    pub(crate) async fn activate(
        &self,
        request: ActivateRequest,
    ) -> Result<(ActivateResponse, bool), Refusal> {
        let claimant = Claimant {
            instance: parse_instance(request.instance_type, &request.instance_identifier)?,
            license_key: request.license_key,
            brand: request.brand,
            product: request.product,
        };
        let stated = Stated {
            domain: request.domain,
            address: request.address,
            metadata: metadata(&request.metadata)?,
        };
        let (nonce, now) = (request.nonce, self.now());
        let seated = self.seat(claimant, stated, nonce.is_some(), now).await?;
        if seated.is_new {
            self.inner.metrics.seats_claimed.inc();
        }
        // Signed after the transaction, which others wait for.
        let mut documents = (None, None);
        if let Some(nonce) = nonce {
            documents.0 = Some(seated.claimed.license_document()?);
            if let Some(activation) = &seated.activation {
                documents.1 = seated.sign_lease(activation, nonce, now)?;
            }
        }
        let row = &seated.claimed.row;
        let remaining = remaining(row).map(seats).transpose()?;
        let response = ActivateResponse {
            activation_id: match &seated.activation {
                Some(activation) => activation.id.clone(),
                None => NO_SEAT.to_owned(),
            },
            status: "active".to_owned(),
            seats_used: seats(row.seats_held)?,
            seats_remaining: remaining,
            activated_at: seated
                .activation
                .as_ref()
                .map_or(now, |activation| activation.activated_at),
            license: documents.0,
            lease: documents.1,
        };
        Ok((response, seated.is_new))
    }

    /// Activates an instance that has no network: what it asks, and what it is answered, are texts
    /// that a person carries.
    pub(crate) async fn answer(
        &self,
        request: ActivationRequest,
    ) -> Result<ActivationAnswer, Refusal> {
        let claimant = Claimant {
            license_key: request.license_key,
            brand: Some(request.brand),
            product: Some(request.product.into()),
            instance: request.instance,
        };
        let now = self.now();
        let seated = self.seat(claimant, Stated::default(), true, now).await?;
        let mut answer = ActivationAnswer::new(seated.claimed.license_document()?);
        if let Some(activation) = &seated.activation {
            answer.lease = seated.sign_lease(activation, request.nonce, now)?;
        }
        if seated.claimed.license.status.is_some() {
            let list = seated.claimed.row.status_list;
            let list = self.status_list(&seated.signer.brand, list).await?;
            answer.statuses = Some(list.document.clone());
        }
        Ok(answer)
    }

    async fn seat(
        &self,
        claimant: Claimant,
        stated: Stated,
        with_lease: bool,
        now: Moment,
    ) -> Result<Seated, Refusal> {
        let inner = self.inner.clone();
        let use_case =
            move |tx: &mut dyn Tx| inner.activate(tx, &claimant, &stated, with_lease, now);
        self.inner.store.write(Scope::All, use_case).await
    }
}

/// What a product states of itself when it activates.
#[derive(Clone, Debug, Default)]
pub(super) struct Stated {
    pub(super) domain: Option<countersign::Domain>,
    pub(super) address: Option<std::net::IpAddr>,
    /// JSON.
    pub(super) metadata: Option<String>,
}

impl Inner {
    fn activate(
        &self,
        tx: &mut dyn Tx,
        claimant: &Claimant,
        stated: &Stated,
        with_lease: bool,
        now: Moment,
    ) -> Result<Seated, Refusal> {
        let LockedLicense {
            keyed,
            mut mine,
            mut passing,
        } = self.locked(tx, claimant, now)?;
        let (mut row, product) = (keyed.license, keyed.product);
        let brand_id = row.brand_id.clone();
        let license = self.verified(tx, &row)?;
        let run = run_of(&license, &claimant.instance, stated);
        let decision = license.evaluate(&run, &context(&row, now));
        deny(decision.denials(), &product)?;
        let signer = self.signers.of(tx, &self.secret, &brand_id)?;
        if license.takes_no_seat(&claimant.instance) {
            let claimed = Claimed {
                row,
                product,
                license,
                floats_at: None,
            };
            return Ok(Seated {
                claimed,
                activation: None,
                is_new: false,
                signer,
            });
        }
        if self.let_go_floating(tx, &license, &mut row, now)? {
            let instance = &claimant.instance;
            (mine, passing) = Activation::held_and_passing(tx, &row.id, instance, now)?;
        }
        let lease = with_lease.then_some(()).and(license.activation);
        if lease.is_some() {
            // No seat is taken for a lease that cannot be signed.
            signer.active()?;
        }
        let (activation, is_new) = self.claim(
            tx,
            &license,
            &mut row,
            &claimant.instance,
            (mine, passing),
            stated,
            lease,
            now,
        )?;
        if is_new {
            let view = json!({
                "id": row.id,
                "product_id": row.product_id,
                "activation": activation_view(&activation),
                "seats_used": row.seats_held,
                "seats_remaining": remaining(&row),
            });
            event::record(
                tx,
                &Actor::product(),
                Some(&brand_id),
                "license.activated",
                &row.id,
                &view,
                now,
            )?;
        }
        tx.note(Change::LicenseKey(row.license_key_id.clone()));
        Ok(Seated {
            claimed: Claimed {
                row,
                product,
                license,
                floats_at: None,
            },
            activation: Some(activation),
            is_new,
            signer,
        })
    }

    /// Finds the license that a claimant means.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`], and [`Refusal::Fields`] where the key has several products and the
    /// claimant names none.
    pub(super) fn claimed(&self, tx: &mut dyn Tx, claimant: &Claimant) -> Result<Claimed, Refusal> {
        let hash = self.key_hash(&claimant.license_key, claimant.brand.as_ref());
        self.known(tx, &hash)?.into_meant(claimant)
    }

    /// Lets go every floating seat whose time is over; whether there was one.
    pub(super) fn let_go_floating(
        &self,
        tx: &mut dyn Tx,
        license: &License,
        row: &mut StoredLicense,
        now: Moment,
    ) -> Result<bool, Refusal> {
        if license.seats.hold != Hold::WhileLeased {
            return Ok(false);
        }
        let floated = Activation::floated(tx, &row.id, now)?;
        let is_any = !floated.is_empty();
        for mut seat in floated {
            release(tx, row, &mut seat, now)?;
            record_seat(tx, row, &seat, "seat.released", now)?;
        }
        Ok(is_any)
    }

    /// Takes a seat under the license's lock, as the core's rule says. Says whether it is new.
    #[expect(clippy::too_many_arguments, reason = "all that a claim hangs on")]
    fn claim(
        &self,
        tx: &mut dyn Tx,
        license: &License,
        row: &mut StoredLicense,
        instance: &Instance,
        (mine, passing): (Option<Activation>, i64),
        stated: &Stated,
        lease: Option<ActivationTerms>,
        now: Moment,
    ) -> Result<(Activation, bool), Refusal> {
        let passing = seats(passing)?;
        let held = seats(row.seats_held)?;
        let exchanged = match license.seats.claim(mine.is_some(), held, passing) {
            SeatClaim::Held | SeatClaim::Granted => 0,
            SeatClaim::GrantedFor(seats) => i64::from(seats.get()),
            SeatClaim::Refused { limit, held } => {
                let text = format!("all {limit} seats are taken");
                let facts = [("limit", limit.get().into()), ("held", held.into())];
                return Err(denied("seat_limit_exceeded", text, &facts));
            }
            SeatClaim::HandoversExhausted { ends_needed } => {
                let ends = Activation::passing_ends(tx, &row.id, instance, now)?;
                let nth = usize::try_from(ends_needed.get() - 1).unwrap_or(usize::MAX);
                let until = ends.get(nth).or(ends.last());
                let text = match until {
                    Some(until) => format!(
                        "seats changed hands too often; leases on seats given up run until {until}"
                    ),
                    None => "seats changed hands too often".to_owned(),
                };
                let facts = [
                    ("ends_needed", ends_needed.get().into()),
                    ("until", super::refusal::to_value(&until)),
                ];
                return Err(denied("seat_handovers_exhausted", text, &facts));
            }
        };
        for mut seat in Activation::oldest_held(tx, &row.id, exchanged)? {
            release(tx, row, &mut seat, now)?;
            record_seat(tx, row, &seat, "seat.released", now)?;
        }
        let is_new = mine.is_none();
        let mut activation = match mine {
            Some(mut activation) => {
                activation.restate(tx, stated)?;
                activation
            }
            None => {
                row.fence += 1;
                row.seats_held += 1;
                Activation {
                    id: entropy::id(now)?,
                    brand_id: row.brand_id.clone(),
                    license_id: row.id.clone(),
                    instance: instance.clone(),
                    activated_at: now,
                    released_at: None,
                    held_until: None,
                    fence: row.fence,
                    lease_id: None,
                    previous_lease_id: None,
                    lease_presented: false,
                    lease_ends_at: None,
                    metadata: stated.metadata.clone(),
                    address: stated.address.map(|address| address.to_string()),
                    last_checked_at: None,
                }
            }
        };
        if let Some(terms) = lease {
            activation.lease_id = Some(entropy::id(now)?);
            // An instance that activates anew may be a copy: what it held before is void.
            activation.previous_lease_id = None;
            activation.lease_presented = false;
            let ends_at = now.saturating_add(terms.lease());
            activation.lease_ends_at = activation.lease_ends_at.max(Some(ends_at));
        }
        activation.held_until = held_until(license, now);
        match is_new {
            true => {
                activation.insert(tx)?;
                row.update_seats(tx)?;
            }
            false => activation.update_lease(tx)?,
        }
        Ok((activation, is_new))
    }
}

impl Activation {
    /// Takes what an instance states of itself when it activates again in place of what it stated.
    fn restate(&mut self, tx: &mut dyn Tx, stated: &Stated) -> Result<(), StoreError> {
        let address = stated.address.map(|address| address.to_string());
        let is_new =
            |stated: &Option<String>, known: &Option<String>| stated.is_some() && stated != known;
        if !is_new(&stated.metadata, &self.metadata) && !is_new(&address, &self.address) {
            return Ok(());
        }
        self.metadata = stated.metadata.clone().or(self.metadata.take());
        self.address = address.or(self.address.take());
        self.update_stated(tx)
    }
}

impl Claimed {
    /// The license as the product keeps it.
    pub(super) fn license_document(&self) -> Result<Signed<License>, Refusal> {
        let document = self.license.as_str().parse();
        document.map_err(|_| {
            Refusal::Store(StoreError::Damaged {
                what: "the document of a license",
            })
        })
    }
}

impl Seated {
    /// The lease that was noted with the seat.
    pub(super) fn sign_lease(
        &self,
        activation: &Activation,
        nonce: Nonce,
        now: Moment,
    ) -> Result<Option<Signed<Lease>>, Refusal> {
        let (Some(id), Some(terms)) = (&activation.lease_id, self.claimed.license.activation)
        else {
            return Ok(None);
        };
        let license = &self.claimed.license;
        let mut lease = Lease::new(
            id.clone(),
            activation.id.clone(),
            (license.product.clone(), license.id.clone()),
            activation.instance.clone(),
            (now, now.saturating_add(terms.lease())),
            nonce,
        );
        lease.revision = license.revision;
        lease.renew_at = now.saturating_add(terms.renew());
        lease.fence = u64::try_from(activation.fence).unwrap_or(0);
        let signed = self.signer.active()?.sign(&lease);
        signed.map(Some).map_err(Refusal::internal)
    }
}

/// What the core is asked: the run that a claimant states.
pub(super) fn run_of(license: &License, instance: &Instance, stated: &Stated) -> Run {
    let mut run = Run::of(license.product.clone());
    run.domain = match (&stated.domain, instance) {
        (Some(domain), _) => Some(domain.clone()),
        (None, Instance::Domain(domain)) => Some(domain.clone()),
        (None, _) => None,
    };
    run.address = stated.address;
    run.instance = Some(instance.clone());
    run
}

/// What the authority knows itself of a license.
pub(super) fn context(row: &StoredLicense, now: Moment) -> Context<'static> {
    Context::of_authority(now, row.standing.status(row.blocked))
}

/// Refuses where the core or the product's row denies.
pub(super) fn deny(denials: &[Denial], product: &StoredProduct) -> Result<(), Refusal> {
    let mut reasons: Vec<Reason> = denials.iter().map(Reason::from).collect();
    if !product.active {
        reasons.push(product_inactive());
    }
    match reasons.is_empty() {
        true => Ok(()),
        false => Err(Refusal::Denied(reasons)),
    }
}

pub(super) fn product_inactive() -> Reason {
    let text = "the product is not served any more".to_owned();
    Reason::new("product_inactive", text, &[])
}

/// Ends the hold of a seat, in the license's row as well.
pub(super) fn release(
    tx: &mut dyn Tx,
    row: &mut StoredLicense,
    seat: &mut Activation,
    now: Moment,
) -> Result<(), Refusal> {
    seat.release(tx, now)?;
    row.seats_held -= 1;
    row.fence += 1;
    Ok(row.update_seats(tx)?)
}

/// Records what happened to a seat on behalf of the product.
pub(super) fn record_seat(
    tx: &mut dyn Tx,
    row: &StoredLicense,
    seat: &Activation,
    kind: &str,
    now: Moment,
) -> Result<(), Refusal> {
    let view = json!({
        "id": row.id,
        "activation": activation_view(seat),
        "seats_used": row.seats_held,
        "seats_remaining": remaining(row),
    });
    let brand_id = Some(row.brand_id.as_str());
    event::record(tx, &Actor::product(), brand_id, kind, &row.id, &view, now)
}

/// Until when a floating seat is held; nothing where seats are held until they are given up.
pub(super) fn held_until(license: &License, now: Moment) -> Option<Moment> {
    let lasts = license.activation.unwrap_or_default().lease();
    (license.seats.hold == Hold::WhileLeased).then(|| now.saturating_add(lasts))
}

/// The instance of a request.
///
/// # Errors
///
/// [`Refusal::Fields`].
pub(super) fn parse_instance(
    kind: Option<InstanceType>,
    identifier: &str,
) -> Result<Instance, Refusal> {
    InstanceType::instance(kind, identifier).map_err(|error| match (kind, &error) {
        (None, countersign::Error::Instance(countersign::InvalidInstance::Kind)) => {
            let detail = "state `url`, `hostname` or `machine_id`: it can be left out for a URL \
                          or a name with a dot only";
            Refusal::field("instance_type", error.code(), detail)
        }
        _ => Refusal::field("instance_identifier", error.code(), error),
    })
}

/// A seat, as HTTP shows it.
pub(super) fn activation_view(activation: &Activation) -> serde_json::Value {
    json!({
        "id": activation.id,
        "instance_type": InstanceType::of(&activation.instance),
        "instance_identifier": activation.instance.value(),
        "activated_at": activation.activated_at,
        "released_at": activation.released_at,
    })
}

fn denied(code: &'static str, text: String, facts: &[(&str, serde_json::Value)]) -> Refusal {
    Refusal::Denied(vec![Reason::new(code, text, facts)])
}

fn metadata(stated: &BTreeMap<String, String>) -> Result<Option<String>, Refusal> {
    if stated.is_empty() {
        return Ok(None);
    }
    let text = serde_json::to_string(stated).map_err(Refusal::internal)?;
    if text.len() > LONGEST_METADATA {
        let detail = format!("it is longer than {LONGEST_METADATA} bytes");
        return Err(Refusal::field("metadata", "too_long", detail));
    }
    if text.contains("\\u0000") {
        return Err(Refusal::field("metadata", "invalid_text", "it holds a NUL"));
    }
    Ok(Some(text))
}

/// What stands for the id of a seat where an instance needs none.
const NO_SEAT: &str = "none";
/// The longest metadata of an activation, in bytes of JSON.
const LONGEST_METADATA: usize = 4096;
