use std::collections::BTreeSet;

use countersign::{
    Code, License, LicenseId, LicenseKey, Moment, Product, Signed, Standing, Verified,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::entropy;
use crate::store::brands::Brand;
use crate::store::customers::Customer;
use crate::store::license_keys::StoredLicenseKey;
use crate::store::licenses::StoredLicense;
use crate::store::products::StoredProduct;
use crate::store::{Change, StoreError, Tx};

use super::refusal::to_value;
use super::terms::{Terms, identity};
use super::view::{LicenseKeyView, LicenseView, ProductRef};
use super::{Actor, Authority, Inner, Refusal, customers, event, idempotency, status_lists};

/// What a brand provisions: one license key, and under it a license for each product.
#[derive(Clone, Debug, Default)]
pub(crate) struct Order {
    /// Products, by id or code.
    pub(crate) products: Vec<String>,
    pub(crate) customer_email: Option<String>,
    pub(crate) customer_reference: Option<String>,
    /// Adds the products to this key of the same customer.
    pub(crate) license_key: Option<LicenseKey>,
    /// A code of the brand's own, for the key that is made.
    pub(crate) custom_key: Option<LicenseKey>,
    /// What the licenses have beside the defaults of their products.
    pub(crate) terms: Terms,
    /// The key under which the same order is carried out once, and what the order says.
    pub(crate) idempotency: Option<(String, String)>,
}

/// What was provisioned.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Provisioned {
    pub(crate) license_key: LicenseKeyView,
    pub(crate) licenses: Vec<ProvisionedLicense>,
}

/// One license that was provisioned.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct ProvisionedLicense {
    pub(crate) id: String,
    pub(crate) product_id: String,
    #[schema(value_type = String)]
    pub(crate) status: countersign::protocol::LicenseStatus,
    pub(crate) seat_limit: Option<i64>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) expires_at: Option<Moment>,
}

impl Authority {
    /// Carries out an order, whole or not at all.
    pub(crate) async fn provision(
        &self,
        actor: &Actor,
        order: Order,
    ) -> Result<Provisioned, Refusal> {
        let brand_id = actor.brand()?.to_owned();
        let (inner, actor, now) = (self.inner.clone(), actor.clone(), self.now());
        let scope = actor.scope();
        let use_case = move |tx: &mut dyn Tx| {
            let provision = |tx: &mut dyn Tx| inner.provision(tx, &actor, &brand_id, &order, now);
            match &order.idempotency {
                None => provision(tx),
                Some((key, body)) => {
                    let request = idempotency::Request {
                        brand_id: &brand_id,
                        endpoint: "provision",
                        key,
                        body,
                    };
                    idempotency::once(tx, &inner.secret, &request, now, provision)
                }
            }
        };
        self.inner.store.write(scope, use_case).await
    }
}

impl Inner {
    fn provision(
        &self,
        tx: &mut dyn Tx,
        actor: &Actor,
        brand_id: &str,
        order: &Order,
        now: Moment,
    ) -> Result<Provisioned, Refusal> {
        let brand = Brand::by_id(tx, brand_id)?.ok_or(Refusal::NotFound { what: "brand" })?;
        let products = self.products_of(tx, brand_id, order)?;
        let (customer, key_row, key) = self.key_for(tx, actor, &brand, order, &products, now)?;
        let mut licenses = Vec::new();
        for product in &products {
            let issued = self.issue(tx, &brand, product, &customer, &key_row, order, now)?;
            let (row, license) = &issued;
            let view = LicenseView::of(
                row,
                license,
                LicenseKeyView {
                    id: key_row.id.clone(),
                    key: None,
                    customer_email: customer.email.clone(),
                    created_at: None,
                },
                ProductRef {
                    id: product.id.clone(),
                    name: product.name.clone(),
                    slug: product.slug.clone(),
                },
                now,
            );
            event::record(
                tx,
                actor,
                Some(brand_id),
                "license.provisioned",
                &row.id,
                &to_value(&view),
                now,
            )?;
            licenses.push(ProvisionedLicense {
                id: view.id,
                product_id: product.id.clone(),
                status: view.status,
                seat_limit: view.seat_limit,
                expires_at: view.expires_at,
            });
        }
        tx.note(Change::LicenseKey(key_row.id.clone()));
        Ok(Provisioned {
            license_key: LicenseKeyView {
                id: key_row.id,
                key: Some(key.as_str().to_owned()),
                customer_email: customer.email,
                created_at: Some(key_row.created_at),
            },
            licenses,
        })
    }

    fn products_of(
        &self,
        tx: &mut dyn Tx,
        brand_id: &str,
        order: &Order,
    ) -> Result<Vec<StoredProduct>, Refusal> {
        if order.products.is_empty() {
            return Err(Refusal::field("products", "empty", "no product is named"));
        }
        let mut seen = BTreeSet::new();
        let mut products = Vec::new();
        for (index, name) in order.products.iter().enumerate() {
            let field = format!("products[{index}]");
            let product = StoredProduct::by_name(tx, brand_id, name)?.ok_or_else(|| {
                Refusal::field(&field, "product_not_found", "there is no such product")
            })?;
            if !product.active {
                return Err(Refusal::field(
                    &field,
                    "product_inactive",
                    "the product is not sold any more",
                ));
            }
            if !seen.insert(product.id.clone()) {
                return Err(Refusal::field(
                    &field,
                    "duplicate_product",
                    "the product is named twice",
                ));
            }
            products.push(product);
        }
        Ok(products)
    }

    /// The key that the order names, or a new one.
    fn key_for(
        &self,
        tx: &mut dyn Tx,
        actor: &Actor,
        brand: &Brand,
        order: &Order,
        products: &[StoredProduct],
        now: Moment,
    ) -> Result<(Customer, StoredLicenseKey, LicenseKey), Refusal> {
        let customer = customers::find_or_make(
            tx,
            &brand.id,
            order.customer_email.as_deref(),
            order.customer_reference.as_deref(),
            now,
        )?;
        if let Some(key) = &order.license_key {
            let hash = self.key_hash(key, Some(&brand.slug));
            let row = StoredLicenseKey::by_hash(tx, &hash)?
                .filter(|row| row.brand_id == brand.id)
                .ok_or(Refusal::NotFound {
                    what: "license_key",
                })?;
            if row.customer_id != customer.id {
                return Err(Refusal::Conflict {
                    code: "customer_mismatch",
                    detail: "the license key is another customer's".to_owned(),
                });
            }
            let licensed = StoredLicense::of_key(tx, &row.id)?;
            for (index, product) in products.iter().enumerate() {
                if licensed
                    .iter()
                    .any(|license| license.product_id == product.id)
                {
                    return Err(Refusal::field(
                        format!("products[{index}]"),
                        "duplicate_product",
                        "the license key has a license for the product",
                    ));
                }
            }
            return Ok((customer, row, key.clone()));
        }
        let key = match (&order.custom_key, products.first()) {
            (Some(custom), _) => custom.clone(),
            (None, first) => {
                let prefix = first.map_or("", |product| product.key_prefix.as_str());
                let prefix = prefix
                    .parse()
                    .map_err(|_| StoreError::Damaged { what: "a prefix" })?;
                LicenseKey::generate(&prefix, entropy::draw()?)
            }
        };
        let id = entropy::id(now)?;
        let row = StoredLicenseKey {
            brand_id: brand.id.clone(),
            customer_id: customer.id.clone(),
            hash: self.key_hash(&key, Some(&brand.slug)).to_vec(),
            sealed: self
                .secret
                .seal(&format!("license_keys/{id}"), key.as_str().as_bytes())?,
            created_at: now,
            id,
        };
        match row.insert(tx) {
            Err(StoreError::Duplicate) => {
                return Err(Refusal::Conflict {
                    code: "license_key_exists",
                    detail: "the brand has a license key of that code".to_owned(),
                });
            }
            inserted => inserted?,
        }
        let view = json!({
            "id": row.id,
            "customer_email": customer.email,
            "created_at": row.created_at,
        });
        event::record(
            tx,
            actor,
            Some(&brand.id),
            "license_key.created",
            &row.id,
            &view,
            now,
        )?;
        Ok((customer, row, key))
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one row of each table it stands in"
    )]
    fn issue(
        &self,
        tx: &mut dyn Tx,
        brand: &Brand,
        product: &StoredProduct,
        customer: &Customer,
        key: &StoredLicenseKey,
        order: &Order,
        now: Moment,
    ) -> Result<(StoredLicense, License), Refusal> {
        let id: LicenseId = entropy::id(now)?.parse().map_err(Refusal::internal)?;
        let place = status_lists::allot(tx, &brand.id)?;
        let mut claims = identity(
            &id,
            &Product {
                brand: brand.slug.clone(),
                code: product.slug.clone(),
            },
            customer.reference.as_deref(),
            1,
            now,
        );
        claims.extend(self.status_claim(&brand.slug, place));
        let terms = Terms::from_stored(&product.defaults).with(&order.terms);
        let license = terms.license(claims)?;
        if license.validity.ends_at().is_some_and(|end| end <= now) {
            return Err(Refusal::field(
                "expiration_date",
                "date_in_past",
                "the license would have ended already",
            ));
        }
        let document = self.sign(tx, &brand.id, &license)?;
        let row = StoredLicense {
            id: id.to_string(),
            brand_id: brand.id.clone(),
            license_key_id: key.id.clone(),
            product_id: product.id.clone(),
            customer_id: customer.id.clone(),
            standing: Standing::Active,
            blocked: false,
            document: document.as_str().to_owned(),
            revision: 1,
            valid_until: license.validity.ends_at(),
            seat_limit: license.seats.limit.map(|limit| limit.get().into()),
            status_list: place.list,
            status_index: place.entry,
            seats_held: 0,
            fence: 0,
            created_at: now,
        };
        row.insert(tx)?;
        Ok((row, license))
    }

    /// Where the status of a license stands.
    pub(super) fn status_claim(
        &self,
        brand: &Code,
        place: status_lists::Place,
    ) -> Map<String, Value> {
        let uri = format!(
            "{}/.well-known/{brand}/status/{}",
            self.public_url, place.list
        );
        let reference = json!({"status_list": {"idx": place.entry, "uri": uri}});
        Map::from_iter([("status".to_owned(), reference)])
    }

    /// Signs a license with the active key of its brand.
    pub(super) fn sign(
        &self,
        tx: &mut dyn Tx,
        brand_id: &str,
        license: &License,
    ) -> Result<Signed<License>, Refusal> {
        let signer = self.signers.of(tx, &self.secret, brand_id)?;
        signer
            .active
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
        let signed: Signed<License> = row.document.parse().map_err(|_| DAMAGED)?;
        let signer = self.signers.of(tx, &self.secret, &row.brand_id)?;
        if let Ok(license) = signed.verify(&signer.trust) {
            return Ok(license);
        }
        // Another process may have changed the brand's keys.
        self.signers.forget(&row.brand_id);
        let signer = self.signers.of(tx, &self.secret, &row.brand_id)?;
        Ok(signed.verify(&signer.trust).map_err(|_| DAMAGED)?)
    }

    /// What a license key is found by. A generated key is unique in the whole authority, a custom
    /// key in its brand.
    pub(super) fn key_hash(&self, key: &LicenseKey, brand: Option<&Code>) -> [u8; 32] {
        let brand = match key.is_generated() {
            true => "",
            false => brand.map_or("", Code::as_str),
        };
        self.secret.hash("license key", &[brand, key.as_str()])
    }
}
