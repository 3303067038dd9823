use countersign::{Code, KeyPrefix, Moment};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::entropy;
use crate::store::products::StoredProduct;
use crate::store::{Change, StoreError};

use super::refusal::to_value;
use super::terms::Terms;
use super::{Actor, Authority, Refusal, event};

/// A product to be made.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProductOrder {
    /// What people call it.
    pub(crate) name: String,
    /// Its code, which is signed into licenses.
    #[schema(value_type = String)]
    pub(crate) slug: Code,
    /// What its license keys begin with [default: made from the code].
    #[serde(default)]
    pub(crate) key_prefix: Option<String>,
    /// Whether its licenses may be activated [default: yes].
    #[serde(default)]
    pub(crate) active: Option<bool>,
    /// Terms that its licenses have unless others are stated.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub(crate) defaults: Map<String, Value>,
}

/// A product, as HTTP shows it.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct ProductView {
    pub(crate) id: String,
    pub(crate) name: String,
    #[schema(value_type = String)]
    pub(crate) slug: Code,
    pub(crate) key_prefix: String,
    pub(crate) active: bool,
    #[schema(value_type = Object)]
    pub(crate) defaults: Value,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) created_at: Moment,
}

impl From<StoredProduct> for ProductView {
    fn from(product: StoredProduct) -> Self {
        Self {
            defaults: Terms::from_stored(&product.defaults).to_wire(),
            id: product.id,
            name: product.name,
            slug: product.slug,
            key_prefix: product.key_prefix,
            active: product.active,
            created_at: product.created_at,
        }
    }
}

impl Authority {
    /// Makes a product of the actor's brand.
    pub(crate) async fn create_product(
        &self,
        actor: &Actor,
        order: ProductOrder,
    ) -> Result<ProductView, Refusal> {
        let brand_id = actor.brand()?.to_owned();
        let key_prefix: KeyPrefix = match &order.key_prefix {
            Some(prefix) => prefix
                .parse()
                .map_err(|error| Refusal::field("key_prefix", "invalid_license_key", error))?,
            None => prefix_of(&order.slug)?,
        };
        let defaults = Terms::from_wire(order.defaults.clone(), "defaults")?;
        defaults.check()?;
        let (actor, now) = (actor.clone(), self.now());
        let scope = actor.scope();
        let use_case = move |tx: &mut dyn crate::store::Tx| {
            let product = StoredProduct {
                id: entropy::id(now)?,
                brand_id: brand_id.clone(),
                slug: order.slug.clone(),
                name: super::view::shown(&order.name, "name")?,
                key_prefix: key_prefix.to_string(),
                active: order.active.unwrap_or(true),
                defaults: defaults.to_stored(),
                created_at: now,
            };
            match product.insert(tx) {
                Err(StoreError::Duplicate) => {
                    return Err(Refusal::Conflict {
                        code: "product_exists",
                        detail: format!("there is a product `{}`", product.slug),
                    });
                }
                inserted => inserted?,
            }
            tx.note(Change::Brand(brand_id.clone()));
            let view = ProductView::from(product);
            event::record(
                tx,
                &actor,
                Some(&brand_id),
                "product.created",
                &view.id,
                &to_value(&view),
                now,
            )?;
            Ok(view)
        };
        self.inner.store.write(scope, use_case).await
    }
}

/// The prefix of a product that states none: the letters and digits of its code.
fn prefix_of(slug: &Code) -> Result<KeyPrefix, Refusal> {
    let letters: String = slug
        .as_str()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(PREFIX_LENGTH)
        .collect();
    letters
        .to_ascii_uppercase()
        .parse()
        .map_err(|error| Refusal::field("key_prefix", "invalid_license_key", error))
}

/// The longest prefix that there is.
const PREFIX_LENGTH: usize = 10;
