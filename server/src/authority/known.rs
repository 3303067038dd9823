use countersign::{Code, Hold, Moment};

use crate::store::Tx;
use crate::store::activations::Activation;
use crate::store::license_keys::{KeyedLicense, LockedLicense, StoredLicenseKey};
use crate::store::licenses::StoredLicense;
use crate::store::products::StoredProduct;

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
            return Err(nothing_under(tx, hash));
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

    /// The license that a claimant means, under its lock, and what the claimant has of it.
    ///
    /// # Errors
    ///
    /// As [`Known::meant`].
    pub(super) fn locked(
        &self,
        tx: &mut dyn Tx,
        claimant: &Claimant,
        now: Moment,
    ) -> Result<LockedLicense, Refusal> {
        let hash = self.key_hash(&claimant.license_key, claimant.brand.as_ref());
        let mut locked = LockedLicense::by_hash(tx, &hash, &claimant.instance, now)?;
        let Some(LockedLicense { keyed, .. }) = locked.first() else {
            return Err(nothing_under(tx, &hash));
        };
        let licenses = locked
            .iter()
            .map(|locked| (&locked.keyed.license, &locked.keyed.product));
        let place = place(claimant, &keyed.brand, licenses)?;
        Ok(locked.swap_remove(place))
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
        let licenses = self.licenses.iter();
        let licenses = licenses.map(|claimed| (&claimed.row, &claimed.product));
        place(claimant, &self.brand, licenses)
    }
}

/// Which of the licenses under its license key, oldest first, a claimant means.
fn place<'a>(
    claimant: &Claimant,
    brand: &Code,
    licenses: impl Iterator<Item = (&'a StoredLicense, &'a StoredProduct)>,
) -> Result<usize, Refusal> {
    if claimant.brand.as_ref().is_some_and(|named| named != brand) {
        return Err(UNKNOWN_KEY);
    }
    let is_meant = |product: &StoredProduct| {
        let is_named = |name: &String| product.id == *name || product.slug.as_str() == name;
        claimant.product.as_ref().is_none_or(is_named)
    };
    let (mut meant, mut sold) = (None, None);
    for (place, (row, product)) in licenses.enumerate() {
        if !is_meant(product) {
            continue;
        }
        if meant.is_some_and(|(_, id)| id != &product.id) {
            return Err(Refusal::field(
                "product",
                "product_required",
                "the license key is for several products; name one",
            ));
        }
        meant = Some((place, &product.id));
        // A product that was sold again after a cancellation has two, of which the later counts.
        if row.is_for(&product.id) {
            sold = Some(place);
        }
    }
    let last = meant.map(|(place, _)| place);
    sold.or(last).ok_or(UNKNOWN_LICENSE)
}

/// Why no license is found: there is none under the key, or no such key.
fn nothing_under(tx: &mut dyn Tx, hash: &[u8; 32]) -> Refusal {
    match StoredLicenseKey::by_hash(tx, hash) {
        Ok(Some(_)) => UNKNOWN_LICENSE,
        Ok(None) => UNKNOWN_KEY,
        Err(error) => error.into(),
    }
}

const UNKNOWN_KEY: Refusal = Refusal::NotFound {
    what: "license_key",
};
const UNKNOWN_LICENSE: Refusal = Refusal::NotFound { what: "license" };
