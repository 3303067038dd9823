use std::collections::BTreeSet;
use std::num::NonZeroU32;

use countersign::{License, LicenseId, LicenseKey, Moment, Product, Standing};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::authority::refusal::to_value;
use crate::authority::terms::{Terms, identity};
use crate::authority::view::{LicenseKeyView, LicenseView, ProductRef};
use crate::authority::{
    Actor, Authority, BrandSettings, Idempotency, Inner, Refusal, customers, event, status_lists,
};
use crate::entropy;
use crate::store::brands::Brand;
use crate::store::customers::Customer;
use crate::store::license_keys::StoredLicenseKey;
use crate::store::licenses::StoredLicense;
use crate::store::products::StoredProduct;
use crate::store::{Change, Tx};

use super::license_key::{check_custom_key, generate_key};
use super::{check_terms, refuse_ended, refuse_inactive, status_claim};

/// What a brand provisions: one license key, and under it a license for each product.
#[derive(Clone, Debug, Default)]
pub(crate) struct Order {
    /// Products and bundles, by id or code.
    pub(crate) products: Vec<String>,
    pub(crate) customer_email: Option<String>,
    pub(crate) customer_reference: Option<String>,
    /// Adds the products to this key of the same customer.
    pub(crate) license_key: Option<LicenseKey>,
    /// A code of the brand's own, for the key that is made.
    pub(crate) custom_key: Option<LicenseKey>,
    /// What the licenses have beside the defaults of their products.
    pub(crate) terms: Terms,
    /// How many seats each has; where it is absent, what the terms say.
    pub(crate) max_seats: Option<NonZeroU32>,
    /// Whether an operator means what is refused because hardly anybody does.
    pub(crate) insist: bool,
    /// That the same order is carried out once.
    pub(crate) idempotency: Option<Idempotency>,
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
        let idempotency = order.idempotency.clone();
        let use_case = move |tx: &mut dyn Tx| inner.provision(tx, &actor, &brand_id, &order, now);
        self.write_once(scope, "provision", idempotency, use_case)
            .await
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
            let found = match StoredProduct::by_name(tx, brand_id, name)? {
                Some(product) => Some(vec![product]),
                None => StoredProduct::of_bundle(tx, brand_id, name)?,
            };
            let found = found.ok_or_else(|| {
                Refusal::field(&field, "product_not_found", "there is no such product")
            })?;
            for product in found {
                refuse_inactive(&product, &field)?;
                if !seen.insert(product.id.clone()) {
                    return Err(Refusal::field(
                        &field,
                        "duplicate_product",
                        "the product is named twice",
                    ));
                }
                products.push(product);
            }
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
            actor,
            &brand.id,
            order.customer_email.as_deref(),
            order.customer_reference.as_deref(),
            now,
        )?;
        if let Some(key) = &order.license_key {
            if order.custom_key.is_some() {
                let detail = "products are added to a license key, or a new one is made; not both";
                return Err(Refusal::field("custom_key", "invalid_request", detail));
            }
            let hash = self.key_hash(key, Some(&brand.slug));
            const UNKNOWN_KEY: Refusal = Refusal::NotFound {
                what: "license_key",
            };
            let row = StoredLicenseKey::by_hash(tx, &hash)?.ok_or(UNKNOWN_KEY)?;
            let row = StoredLicenseKey::lock(tx, &brand.id, &row.id)?.ok_or(UNKNOWN_KEY)?;
            if row.customer_id != customer.id {
                return Err(Refusal::Conflict {
                    code: "customer_mismatch",
                    detail: "the license key is another customer's".to_owned(),
                });
            }
            let licensed = StoredLicense::of_key(tx, &row.id)?;
            for (index, product) in products.iter().enumerate() {
                if licensed.iter().any(|license| license.is_for(&product.id)) {
                    return Err(Refusal::field(
                        format!("products[{index}]"),
                        "duplicate_product",
                        "the license key has a license for the product",
                    ));
                }
            }
            return Ok((customer, row, key.clone()));
        }
        let key = match &order.custom_key {
            Some(custom) => {
                if !order.insist {
                    let shortest = BrandSettings::of(brand).shortest_custom_key();
                    check_custom_key(custom, shortest)?;
                }
                custom.clone()
            }
            None => generate_key(products)?,
        };
        let (row, key) = self.make_key(tx, brand, &customer, key, now)?;
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
        claims.extend(status_claim(tx, brand, place)?);
        let mut terms = Terms::from_stored(&product.defaults)?.with(&order.terms);
        if order.max_seats.is_some() {
            terms.limit_seats(order.max_seats);
        }
        terms.enforce_seats(&order.terms)?;
        let license = terms.license(claims)?;
        check_terms(&license, order.insist)?;
        refuse_ended(&license, now)?;
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
}
