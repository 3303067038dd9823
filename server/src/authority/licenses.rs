//! Licenses: their terms and how they stand, as brands decide.

mod change;
mod license_key;
mod list;
mod provision;
mod seats;
mod standing;
mod transfer;

use countersign::{License, Moment, Phase, Signed, Verified};
use serde_json::{Map, Value, json};

use crate::store::brands::Brand;
use crate::store::licenses::StoredLicense;
use crate::store::products::StoredProduct;
use crate::store::{StoreError, Tx};

use super::{Inner, Refusal, caution, status_lists};

use license_key::generate_key;

pub(super) use change::Revision;
pub(crate) use change::{ChangedLicense, LicenseChange};
pub(crate) use list::{LicenseDocument, LicenseList, LicenseQuery};
pub(crate) use provision::{Order, Provisioned};
pub(crate) use seats::{ActivationList, ActivationQuery};
pub(crate) use standing::Verdict;
pub(crate) use transfer::Transfer;

/// Where the status of a license stands.
fn status_claim(
    tx: &mut dyn Tx,
    brand: &Brand,
    place: status_lists::Place,
) -> Result<Map<String, Value>, Refusal> {
    let uri = status_lists::status_uri(tx, &brand.id, &brand.slug, place.list)?;
    let reference = json!({"status_list": {"idx": place.entry, "uri": uri}});
    Ok(Map::from_iter([("status".to_owned(), reference)]))
}

impl Inner {
    /// Signs a license with the active key of its brand.
    pub(super) fn sign(
        &self,
        tx: &mut dyn Tx,
        brand_id: &str,
        license: &License,
    ) -> Result<Signed<License>, Refusal> {
        let signer = self.signers.of(tx, &self.secret, brand_id)?;
        signer
            .active()?
            .sign(license)
            .map_err(|error| Refusal::field("", "invalid_term", error))
    }

    /// The license that a row holds, verified as a product would.
    pub(super) fn verified(
        &self,
        tx: &mut dyn Tx,
        row: &StoredLicense,
    ) -> Result<Verified<License>, Refusal> {
        const DAMAGED: StoreError = StoreError::Damaged {
            what: "the document of a license",
        };
        if let Some(license) = self.memory.license(&row.id, &row.document) {
            return Ok(license);
        }
        let signed: Signed<License> = row.document.parse().map_err(|_| DAMAGED)?;
        let signer = self.signers.of(tx, &self.secret, &row.brand_id)?;
        let license = match signed.verify(&signer.documents) {
            Ok(license) => license,
            Err(_) => {
                // Another process may have changed the brand's keys.
                self.signers.forget(&row.brand_id);
                let signer = self.signers.of(tx, &self.secret, &row.brand_id)?;
                signed.verify(&signer.documents).map_err(|_| DAMAGED)?
            }
        };
        self.memory.keep_license(&row.id, &license);
        Ok(license)
    }
}

/// Refuses terms that could be signed and that nobody means.
fn check_terms(license: &License, insist: bool) -> Result<(), Refusal> {
    let is_perpetual = license.label.as_deref() == Some("perpetual");
    if is_perpetual && license.validity.ends_at().is_some() {
        let detail = "a license that is called perpetual has no end";
        return Err(Refusal::field("type", "perpetual_with_end", detail));
    }
    if let Some(claim) = caution::invisible_text(license) {
        let detail = "it holds a control character, or one that hides or turns the text around it";
        let field = match claim {
            "sub" => "customer_reference",
            term => term,
        };
        return Err(Refusal::field(field, "invalid_text", detail));
    }
    match caution::public_suffix(license) {
        Some((pattern, suffix)) if !insist => {
            let detail = format!("`{pattern}` covers every site below `{suffix}`, whoever owns it");
            Err(Refusal::field("domains", "public_suffix", detail))
        }
        _ => Ok(()),
    }
}

/// Refuses an end that has come already.
fn refuse_ended(license: &License, now: Moment) -> Result<(), Refusal> {
    match license.validity.phase(now) {
        Phase::Before { .. } | Phase::Within { .. } => Ok(()),
        Phase::Grace { .. } | Phase::After { .. } => Err(Refusal::field(
            "expiration_date",
            "date_in_past",
            "the license would have ended already",
        )),
    }
}

fn refuse_inactive(product: &StoredProduct, field: &str) -> Result<(), Refusal> {
    match product.active {
        true => Ok(()),
        false => Err(Refusal::field(
            field,
            "product_inactive",
            "the product is not sold any more",
        )),
    }
}

const UNKNOWN_LICENSE: Refusal = Refusal::NotFound { what: "license" };
