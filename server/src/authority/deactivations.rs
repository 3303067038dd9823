use std::sync::Arc;

use countersign::protocol::{DeactivateRequest, DeactivateResponse};
use countersign::{Instance, Lease, Moment, Signed, Verified};

use crate::store::activations::Activation;
use crate::store::licenses::StoredLicense;
use crate::store::{Change, Scope, Tx};

use super::activations::{Claimant, parse_instance, record_seat, release};
use super::signers::Signer;
use super::view::{remaining, seats};
use super::{Authority, Inner, Refusal};

/// Which seat is given up.
pub(crate) enum Given {
    /// The one of an instance.
    Instance(Claimant),
    /// The one that a lease was given out on.
    Lease(PresentedLease),
}

/// A lease that a product presents, verified, and whose brand signed it.
pub(crate) struct PresentedLease {
    pub(super) lease: Verified<Lease>,
    pub(super) signer: Arc<Signer>,
}

impl PresentedLease {
    /// The license that it is of.
    pub(super) fn license_id(&self) -> &str {
        self.lease.license_id.as_str()
    }

    /// The brand that signed it.
    pub(super) fn brand_id(&self) -> &str {
        &self.signer.brand_id
    }
}

impl Authority {
    /// The seat that a request gives up.
    ///
    /// # Errors
    ///
    /// [`Refusal::Fields`], with the code of the core for a lease that is not genuine.
    pub(crate) async fn given_up(&self, request: DeactivateRequest) -> Result<Given, Refusal> {
        match request.lease {
            Some(lease) => {
                let names = [
                    ("license_key", request.license_key.is_some()),
                    ("instance_identifier", request.instance_identifier.is_some()),
                    ("instance_type", request.instance_type.is_some()),
                    ("brand", request.brand.is_some()),
                    ("product", request.product.is_some()),
                ];
                if let Some((name, _)) = names.into_iter().find(|(_, is_stated)| *is_stated) {
                    let detail = "the lease says it";
                    return Err(Refusal::field(name, "invalid_request", detail));
                }
                self.present_lease(&lease).await.map(Given::Lease)
            }
            None => {
                let missing = |name| {
                    let detail = "state a lease, or a license key and an instance";
                    Refusal::field(name, "missing", detail)
                };
                let license_key = request.license_key.ok_or_else(|| missing("license_key"))?;
                let identifier = request
                    .instance_identifier
                    .ok_or_else(|| missing("instance_identifier"))?;
                Ok(Given::Instance(Claimant {
                    license_key,
                    instance: parse_instance(request.instance_type, &identifier)?,
                    brand: request.brand,
                    product: request.product,
                }))
            }
        }
    }

    /// Frees a seat. One that is free already stays so, and the answer is the same.
    pub(crate) async fn deactivate(&self, given: Given) -> Result<DeactivateResponse, Refusal> {
        let (inner, now) = (self.inner.clone(), self.now());
        let scope = match &given {
            Given::Instance(_) => Scope::All,
            Given::Lease(lease) => Scope::Brand(lease.brand_id().to_owned()),
        };
        let use_case = move |tx: &mut dyn Tx| inner.deactivate(tx, &given, now);
        let row = self.inner.store.write(scope, use_case).await?;
        Ok(DeactivateResponse {
            status: "deactivated".to_owned(),
            seats_used: seats(row.seats_held)?,
            seats_remaining: remaining(&row).map(seats).transpose()?,
        })
    }

    /// The lease that a product presents, verified with the keys of the brand whose key it names.
    ///
    /// # Errors
    ///
    /// [`Refusal::Fields`], with the code of the core.
    pub(crate) async fn present_lease(
        &self,
        lease: &Signed<Lease>,
    ) -> Result<PresentedLease, Refusal> {
        let key_id = lease.key_id();
        // What another process did to the keys is noticed here.
        self.inner.begin();
        let signer = match self.inner.signers.known_of_key(key_id) {
            Some(signer) => Some(signer),
            None => {
                let inner = self.inner.clone();
                let use_case =
                    move |tx: &mut dyn Tx| inner.signers.of_key(tx, &inner.secret, key_id);
                self.inner.store.read(Scope::All, use_case).await?
            }
        };
        let refused = |error: countersign::Error| Refusal::field("lease", error.code(), &error);
        let signer = signer.ok_or_else(|| refused(countersign::Error::UnknownKey { key_id }))?;
        let lease = lease.verify(&signer.trust).map_err(refused)?;
        Ok(PresentedLease { lease, signer })
    }
}

impl Inner {
    /// Frees a seat; the license's row as it is then.
    fn deactivate(
        &self,
        tx: &mut dyn Tx,
        given: &Given,
        now: Moment,
    ) -> Result<StoredLicense, Refusal> {
        let (brand_id, license_id) = match given {
            Given::Instance(claimant) => {
                let row = self.claimed(tx, claimant)?.row;
                (row.brand_id, row.id)
            }
            Given::Lease(presented) => (
                presented.brand_id().to_owned(),
                presented.license_id().to_owned(),
            ),
        };
        let mut row = StoredLicense::lock(tx, &brand_id, &license_id)?
            .ok_or(Refusal::NotFound { what: "license" })?;
        let license = self.verified(tx, &row)?;
        self.let_go_floating(tx, &license, &mut row, now)?;
        let held = |tx: &mut dyn Tx, instance: &Instance| Activation::held(tx, &row.id, instance);
        let seat = match given {
            Given::Instance(claimant) => held(tx, &claimant.instance)?,
            // A seat that its instance has taken anew since is another.
            Given::Lease(PresentedLease { lease, .. }) => {
                held(tx, &lease.instance)?.filter(|seat| seat.id == lease.activation_id)
            }
        };
        if let Some(mut seat) = seat {
            release(tx, &mut row, &mut seat, now)?;
            record_seat(tx, &row, &seat, "seat.released", now)?;
        }
        tx.note(Change::LicenseKey(row.license_key_id.clone()));
        Ok(row)
    }
}
