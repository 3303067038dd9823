use countersign::{Code, LicenseKey, Moment};

use crate::authority::{Inner, Refusal};
use crate::entropy;
use crate::store::brands::Brand;
use crate::store::customers::Customer;
use crate::store::license_keys::StoredLicenseKey;
use crate::store::products::StoredProduct;
use crate::store::{StoreError, Tx};

impl Inner {
    /// Stores a new license key of a customer.
    pub(super) fn make_key(
        &self,
        tx: &mut dyn Tx,
        brand: &Brand,
        customer: &Customer,
        key: LicenseKey,
        now: Moment,
    ) -> Result<(StoredLicenseKey, LicenseKey), Refusal> {
        let id = entropy::id(now)?;
        let row = StoredLicenseKey {
            brand_id: brand.id.clone(),
            customer_id: customer.id.clone(),
            hash: self.key_hash(&key, Some(&brand.slug)).to_vec(),
            sealed: self.secret.seal(&key_place(&id), key.as_str().as_bytes())?,
            created_at: now,
            id,
        };
        match row.insert(tx) {
            Err(StoreError::Duplicate) => Err(Refusal::Conflict {
                code: "license_key_exists",
                detail: "the brand has a license key of that code".to_owned(),
            }),
            inserted => {
                inserted?;
                Ok((row, key))
            }
        }
    }

    /// The license key that a row holds sealed.
    pub(super) fn open_key(&self, id: &str, sealed: &[u8]) -> Result<String, Refusal> {
        let opened = self.secret.open(&key_place(id), sealed);
        let text = opened.and_then(|key| String::from_utf8(key).ok());
        Ok(text.ok_or(StoreError::Damaged {
            what: "a license key, or the secret that it is sealed with,",
        })?)
    }

    /// What a license key is found by. A generated key is unique in the whole authority, a custom
    /// key in its brand.
    pub(in crate::authority) fn key_hash(
        &self,
        key: &LicenseKey,
        brand: Option<&Code>,
    ) -> [u8; 32] {
        let brand = match key.is_generated() {
            true => "",
            false => brand.map_or("", Code::as_str),
        };
        self.secret.hash("license key", &[brand, key.as_str()])
    }
}

/// A license key for products that are sold together.
pub(super) fn generate_key(products: &[StoredProduct]) -> Result<LicenseKey, Refusal> {
    let prefix = products.first().map_or("", |product| &product.key_prefix);
    let prefix = prefix
        .parse()
        .map_err(|_| StoreError::Damaged { what: "a prefix" })?;
    Ok(LicenseKey::generate(&prefix, entropy::draw()?))
}

/// Refuses a code that could be guessed, and one that tells of the keys of other brands.
pub(super) fn check_custom_key(key: &LicenseKey, shortest: usize) -> Result<(), Refusal> {
    if key.is_generated() {
        // Unique in the whole authority: who could choose one would learn which others have.
        let detail = "it has the form of keys that the authority makes itself";
        return Err(Refusal::field("custom_key", "custom_key_reserved", detail));
    }
    if key.as_str().len() >= shortest {
        return Ok(());
    }
    let detail = format!("it has less than {shortest} characters, and could be guessed");
    Err(Refusal::field("custom_key", "custom_key_too_short", detail))
}

fn key_place(id: &str) -> String {
    format!("license_keys/{id}")
}
