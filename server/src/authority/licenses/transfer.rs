use countersign::{Moment, Transition};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::store::activations::Activation;
use crate::store::brands::Brand;
use crate::store::customers::Customer;
use crate::store::license_keys::StoredLicenseKey;
use crate::store::licenses::StoredLicense;
use crate::store::products::StoredProduct;
use crate::store::{Change, StoreError, Tx};

use super::super::refusal::to_value;
use super::super::terms::Terms;
use super::super::view::LicenseView;
use super::super::{Actor, Authority, Idempotency, Inner, Refusal, customers, event};
use super::change::Revision;
use super::{UNKNOWN_LICENSE, generate_key};

/// To whom a license goes.
#[derive(Clone, Debug, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Transfer {
    /// The customer, who is made where there is none of that address.
    pub(crate) customer_email: String,
    /// Takes every seat away [default: no].
    #[serde(default)]
    pub(crate) reset_seats: bool,
}

impl Authority {
    /// Gives a license to another customer, with a license key of its own: who had the license before
    /// knows the former one.
    ///
    /// # Errors
    ///
    /// [`Refusal::Denied`] for a cancelled license.
    pub(crate) async fn transfer_license(
        &self,
        actor: &Actor,
        id: &str,
        transfer: Transfer,
        idempotency: Option<Idempotency>,
    ) -> Result<LicenseView, Refusal> {
        let brand_id = actor.brand()?.to_owned();
        let (inner, actor, id, now) =
            (self.inner.clone(), actor.clone(), id.to_owned(), self.now());
        let scope = actor.scope();
        let use_case = move |tx: &mut dyn Tx| {
            let row = StoredLicense::lock(tx, &brand_id, &id)?.ok_or(UNKNOWN_LICENSE)?;
            inner.transfer(tx, &actor, row, &transfer, now)
        };
        self.write_once(scope, "license.transferred", idempotency, use_case)
            .await
    }
}

impl Inner {
    fn transfer(
        &self,
        tx: &mut dyn Tx,
        actor: &Actor,
        mut row: StoredLicense,
        transfer: &Transfer,
        now: Moment,
    ) -> Result<LicenseView, Refusal> {
        row.standing = row.standing.after(Transition::Renew)?;
        let email = Some(transfer.customer_email.as_str());
        let customer = customers::find_or_make(tx, actor, &row.brand_id, email, None, now)?;
        let is_same = customer.id == row.customer_id;
        if is_same && !transfer.reset_seats {
            return self.view(tx, &row, now);
        }
        let former = match is_same {
            true => None,
            false => Some(self.hand_over(tx, actor, &mut row, &customer, now)?),
        };
        if transfer.reset_seats {
            let held = row.seats_held;
            for mut seat in Activation::oldest_held(tx, &row.id, held)? {
                self.take_seat(tx, actor, &mut row, &mut seat, now)?;
            }
        }
        row.update(tx)?;
        if let Some(former) = former
            && StoredLicense::of_key(tx, &former.id)?.is_empty()
        {
            former.delete(tx)?;
        }
        tx.note(Change::LicenseKey(row.license_key_id.clone()));
        let view = self.view(tx, &row, now)?;
        let brand = Some(row.brand_id.as_str());
        let data = to_value(&view.without_key());
        event::record(tx, actor, brand, "license.transferred", &row.id, &data, now)?;
        Ok(view)
    }

    /// Signs the license for another customer, under a new license key. The former key, in whose lock
    /// the license left it.
    fn hand_over(
        &self,
        tx: &mut dyn Tx,
        actor: &Actor,
        row: &mut StoredLicense,
        customer: &Customer,
        now: Moment,
    ) -> Result<StoredLicenseKey, Refusal> {
        let unknown_brand = Refusal::NotFound { what: "brand" };
        let brand = Brand::by_id(tx, &row.brand_id)?.ok_or(unknown_brand)?;
        let product = StoredProduct::by_name(tx, &row.brand_id, &row.product_id)?
            .ok_or(StoreError::Damaged { what: "a product" })?;
        let key = StoredLicenseKey::lock(tx, &row.brand_id, &row.license_key_id)?;
        let former = key.ok_or(StoreError::Damaged {
            what: "a license key",
        })?;
        tx.note(Change::LicenseKey(former.id.clone()));
        let own = generate_key(std::slice::from_ref(&product))?;
        let (own, _) = self.make_key(tx, &brand, customer, own, now)?;
        let data = json!({
            "id": own.id,
            "customer_email": customer.email,
            "created_at": own.created_at,
        });
        let kind = "license_key.created";
        event::record(tx, actor, Some(&brand.id), kind, &own.id, &data, now)?;
        row.license_key_id = own.id;
        row.customer_id.clone_from(&customer.id);
        let earlier = self.verified(tx, row)?;
        let revision = Revision {
            brand: &brand,
            product: &product,
            customer: customer.reference.as_deref(),
            terms: &Terms::of(&earlier),
            supersedes: true,
        };
        self.revise(tx, row, &earlier, &revision, now)?;
        Ok(former)
    }
}
