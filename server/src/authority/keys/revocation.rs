use countersign::{KeyState, License, Moment, Signed};

use crate::authority::licenses::Revision;
use crate::authority::refusal::to_value;
use crate::authority::terms::Terms;
use crate::authority::{Actor, Authority, Inner, Refusal, brands, event, signers};
use crate::store::brands::Brand;
use crate::store::licenses::StoredLicense;
use crate::store::products::StoredProduct;
use crate::store::signing_keys::StoredKey;
use crate::store::{Change, Scope, StoreError, Tx};

use super::{KeyList, recorded};

/// Where signing licenses anew has come to.
type Place = (Moment, String);

impl Authority {
    /// Takes a key back that somebody else may have: key sets say so, and no lease that it signed is
    /// honored. Licenses that it signed are signed anew with the active key, as new revisions, in
    /// pieces; asking again goes on with those that are left.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`], and [`Refusal::Conflict`] for the key that is in use.
    pub(crate) async fn revoke_key(
        &self,
        actor: &Actor,
        brand: &str,
        key_id: &str,
    ) -> Result<KeyList, Refusal> {
        let (inner, actor, now) = (self.inner.clone(), actor.clone(), self.now());
        let revoke = {
            let (inner, actor) = (inner.clone(), actor.clone());
            let (brand, key_id) = (brand.to_owned(), key_id.to_owned());
            move |tx: &mut dyn Tx| inner.revoke_key(tx, &actor, &brand, &key_id, now)
        };
        let (brand_id, keys) = inner.store.write(Scope::All, revoke).await?;
        let mut place: Place = (Moment::MIN, String::new());
        loop {
            let piece = {
                let (inner, actor, place) = (inner.clone(), actor.clone(), place);
                let (brand_id, key_id) = (brand_id.clone(), key_id.to_owned());
                move |tx: &mut dyn Tx| inner.sign_anew(tx, &actor, &brand_id, &key_id, &place, now)
            };
            let scope = Scope::Brand(brand_id.clone());
            match self.inner.store.write(scope, piece).await? {
                Some(next) => place = next,
                None => return Ok(keys),
            }
        }
    }
}

impl Inner {
    fn revoke_key(
        &self,
        tx: &mut dyn Tx,
        actor: &Actor,
        brand: &str,
        key_id: &str,
        now: Moment,
    ) -> Result<(String, KeyList), Refusal> {
        let brand_id = brands::lock(tx, brand)?.id.clone();
        let stored = StoredKey::of_brand(tx, &brand_id)?;
        let mut key = stored
            .into_iter()
            .find(|key| key.id == key_id)
            .ok_or(Refusal::NotFound { what: "key" })?;
        let state = signers::state_of(&key);
        if state == KeyState::Active {
            return Err(Refusal::Conflict {
                code: "key_active",
                detail: "the brand signs with it; rotate first".to_owned(),
            });
        }
        if state == KeyState::Revoked {
            return Ok((brand_id.clone(), super::list(tx, &brand_id)?));
        }
        if state == KeyState::Standby {
            signers::make(tx, &self.secret, &brand_id, KeyState::Standby, now)?;
        }
        key.destroy(tx)?;
        let retired_at = key.retired_at.unwrap_or(now);
        StoredKey::set_state(tx, &key.id, KeyState::Revoked.name(), Some(retired_at))?;
        let keys = recorded(tx, actor, "key.revoked", &brand_id, now)?;
        Ok((brand_id, keys))
    }

    /// Signs some licenses anew that a revoked key had signed; where it has come to, unless it is done.
    fn sign_anew(
        &self,
        tx: &mut dyn Tx,
        actor: &Actor,
        brand_id: &str,
        key_id: &str,
        place: &Place,
        now: Moment,
    ) -> Result<Option<Place>, Refusal> {
        let rows = StoredLicense::after(tx, brand_id, place, PIECE)?;
        let next = rows.last().map(|row| (row.created_at, row.id.clone()));
        let brand = Brand::by_id(tx, brand_id)?.ok_or(Refusal::NotFound { what: "brand" })?;
        let mut ids: Vec<String> = rows
            .into_iter()
            .filter(|row| is_signed_with(row, key_id))
            .map(|row| row.id)
            .collect();
        // Locks are taken in one order, whoever takes them.
        ids.sort();
        for id in ids {
            // What was deleted or signed anew meanwhile is done.
            let row = StoredLicense::lock(tx, brand_id, &id)?;
            let Some(mut row) = row.filter(|row| is_signed_with(row, key_id)) else {
                continue;
            };
            let earlier = self.verified(tx, &row)?;
            let product = StoredProduct::by_name(tx, brand_id, &row.product_id)?
                .ok_or(StoreError::Damaged { what: "a product" })?;
            let revision = Revision {
                brand: &brand,
                product: &product,
                customer: earlier.customer.as_deref(),
                terms: &Terms::of(&earlier),
                supersedes: false,
            };
            self.revise(tx, &mut row, &earlier, &revision, now)?;
            row.update(tx)?;
            tx.note(Change::LicenseKey(row.license_key_id.clone()));
            let data = to_value(&self.view(tx, &row, now)?.without_key());
            let brand_id = Some(brand_id);
            event::record(tx, actor, brand_id, "license.changed", &row.id, &data, now)?;
        }
        Ok(next)
    }
}

/// Whether the document of a license names a key.
fn is_signed_with(row: &StoredLicense, key_id: &str) -> bool {
    let signed = row.document.parse::<Signed<License>>();
    signed.is_ok_and(|signed| signed.key_id().to_string() == key_id)
}

/// How many licenses are looked at in one transaction.
const PIECE: i64 = 200;
