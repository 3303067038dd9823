use countersign::{Code, Hold};

use crate::store::Tx;
use crate::store::activations::Activation;
use crate::store::license_keys::{KeyedLicense, StoredLicenseKey};

use super::activations::{Claimant, Claimed};
use super::{Inner, Refusal};

/// What a license key leads to.
pub(super) struct Known {
    pub(super) license_key_id: String,
    pub(super) brand_id: String,
    pub(super) brand: Code,
    /// Oldest first.
    pub(super) licenses: Vec<Claimed>,
}

impl Inner {
    /// Reads what the license key of that hash leads to.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`].
    pub(super) fn known(&self, tx: &mut dyn Tx, hash: &[u8; 32]) -> Result<Known, Refusal> {
        let keyed = KeyedLicense::by_hash(tx, hash)?;
        let Some(KeyedLicense { license, brand, .. }) = keyed.first() else {
            return Err(match StoredLicenseKey::by_hash(tx, hash)? {
                Some(_) => UNKNOWN_LICENSE,
                None => UNKNOWN_KEY,
            });
        };
        let license_key_id = license.license_key_id.clone();
        let (brand_id, brand) = (license.brand_id.clone(), brand.clone());
        let mut licenses = Vec::new();
        for keyed in keyed {
            let (mut row, product) = (keyed.license, keyed.product);
            let license = self.verified(tx, &row)?;
            let floats_at = match license.seats.hold {
                Hold::WhileLeased => Activation::first_floats_at(tx, &row.id)?,
                Hold::UntilReleased => None,
            };
            // The license has it.
            row.document = String::new();
            licenses.push(Claimed {
                row,
                product,
                license,
                floats_at,
            });
        }
        Ok(Known {
            license_key_id,
            brand_id,
            brand,
            licenses,
        })
    }
}

impl Known {
    /// The license that a claimant means.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`], and [`Refusal::Fields`] where the key has several products and the
    /// claimant names none.
    pub(super) fn meant(&self, claimant: &Claimant) -> Result<&Claimed, Refusal> {
        self.licenses
            .get(self.place(claimant)?)
            .ok_or(UNKNOWN_LICENSE)
    }

    /// As [`meant`](Self::meant), to be kept.
    pub(super) fn into_meant(mut self, claimant: &Claimant) -> Result<Claimed, Refusal> {
        let place = self.place(claimant)?;
        Ok(self.licenses.swap_remove(place))
    }

    fn place(&self, claimant: &Claimant) -> Result<usize, Refusal> {
        let is_brand = claimant
            .brand
            .as_ref()
            .is_none_or(|brand| *brand == self.brand);
        if !is_brand {
            return Err(UNKNOWN_KEY);
        }
        let is_meant = |claimed: &Claimed| {
            claimant.product.as_ref().is_none_or(|name| {
                claimed.product.id == *name || claimed.product.slug.as_str() == name
            })
        };
        let mut places = self
            .licenses
            .iter()
            .enumerate()
            .filter(|(_, claimed)| is_meant(claimed))
            .map(|(place, _)| place);
        let place = places.next().ok_or(UNKNOWN_LICENSE)?;
        match places.next() {
            None => Ok(place),
            Some(_) => Err(Refusal::field(
                "product",
                "product_required",
                "the license key is for several products; name one",
            )),
        }
    }
}

const UNKNOWN_KEY: Refusal = Refusal::NotFound {
    what: "license_key",
};
const UNKNOWN_LICENSE: Refusal = Refusal::NotFound { what: "license" };
