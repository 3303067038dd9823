use std::sync::Arc;

use countersign::protocol::RenewResponse;
use countersign::{Lease, Moment, Nonce, Verified};

use crate::entropy;
use crate::store::activations::Activation;
use crate::store::licenses::StoredLicense;
use crate::store::products::StoredProduct;
use crate::store::{Change, Scope, StoreError, Tx};

use super::activations::{Claimed, Seated, Stated, context, deny, held_until, record_seat, run_of};
use super::signers::Signer;
use super::{Authority, Inner, PresentedLease, Refusal};

impl Authority {
    /// Renews a lease: its seat is still held, and nobody else presents a copy of it.
    pub(crate) async fn renew_lease(
        &self,
        presented: PresentedLease,
        nonce: Nonce,
    ) -> Result<RenewResponse, Refusal> {
        let PresentedLease { lease, signer } = presented;
        let (inner, now) = (self.inner.clone(), self.now());
        let scope = Scope::Brand(signer.brand_id.clone());
        let use_case = move |tx: &mut dyn Tx| inner.renew_lease(tx, &lease, &signer, now);
        // Signed after the transaction, which others wait for.
        let seated = self.inner.store.write(scope, use_case).await??;
        let lease = match &seated.activation {
            Some(activation) => seated.sign_lease(activation, nonce, now)?,
            None => None,
        };
        Ok(RenewResponse {
            lease: lease.ok_or_else(|| Refusal::internal("a renewal without a lease"))?,
            license: seated.claimed.license_document()?,
        })
    }
}

impl Inner {
    /// The inner error is a refusal that leaves something behind: what a copied lease gives away is
    /// remembered.
    fn renew_lease(
        &self,
        tx: &mut dyn Tx,
        presented: &Verified<Lease>,
        signer: &Arc<Signer>,
        now: Moment,
    ) -> Result<Result<Seated, Refusal>, Refusal> {
        let brand_id = &signer.brand_id;
        let mut row = StoredLicense::lock(tx, brand_id, presented.license_id.as_str())?
            .ok_or(Refusal::NotFound { what: "license" })?;
        let license = self.verified(tx, &row)?;
        let product = StoredProduct::by_name(tx, brand_id, &row.product_id)?
            .ok_or(StoreError::Damaged { what: "a product" })?;
        self.let_go_floating(tx, &license, &mut row, now)?;
        tx.note(Change::LicenseKey(row.license_key_id.clone()));
        if license.activation.is_none() {
            return Ok(Err(Refusal::Conflict {
                code: "seat_lost",
                detail: "the license asks for no seat any more; activate again".to_owned(),
            }));
        }
        let Some(mut seat) = Activation::held(tx, &row.id, &presented.instance)? else {
            return Ok(Err(Refusal::Conflict {
                code: "seat_lost",
                detail: "the instance holds its seat no longer; activate again".to_owned(),
            }));
        };
        let is_newest = seat.lease_id.as_ref() == Some(&presented.id);
        let is_previous = seat.previous_lease_id.as_ref() == Some(&presented.id);
        if !is_newest && (!is_previous || seat.lease_presented) {
            if seat.note_shared(tx)? {
                record_seat(tx, &row, &seat, "seat.shared", now)?;
            }
            return Ok(Err(Refusal::Conflict {
                code: "seat_shared",
                detail: "a newer lease on the seat is in use; activate again".to_owned(),
            }));
        }
        seat.lease_presented = is_newest;
        let run = run_of(&license, &presented.instance, &Stated::default());
        let decision = license.evaluate(&run, &context(&row, now));
        if let Err(denied) = deny(decision.denials(), &product) {
            seat.update_lease(tx)?;
            return Ok(Err(denied));
        }
        // No lease is void for one that cannot be signed.
        signer.active()?;
        if is_newest {
            seat.previous_lease_id = seat.lease_id.take();
        }
        let terms = license.activation.unwrap_or_default();
        seat.lease_id = Some(entropy::id(now)?);
        seat.lease_presented = false;
        let ends_at = now.saturating_add(terms.lease());
        seat.lease_ends_at = seat.lease_ends_at.max(Some(ends_at));
        seat.held_until = held_until(&license, now);
        seat.update_lease(tx)?;
        Ok(Ok(Seated {
            claimed: Claimed {
                row,
                product,
                license,
                floats_at: None,
            },
            activation: Some(seat),
            is_new: false,
            signer: signer.clone(),
        }))
    }
}
