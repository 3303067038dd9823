use countersign::{Code, KeyPrefix, Moment};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::entropy;
use crate::store::bundles::StoredBundle;
use crate::store::products::StoredProduct;
use crate::store::{Change, Locked, StoreError, Tx};

use super::refusal::to_value;
use super::terms::Terms;
use super::view::shown;
use super::{Actor, Authority, Idempotency, PageParams, Refusal, brands, event};

/// A product to be made.
#[derive(Clone, Debug, Deserialize, Serialize, utoipa::ToSchema)]
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

/// Products, newest first.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ProductList {
    pub(crate) products: Vec<ProductView>,
    /// Where the next page begins; nothing at the end.
    pub(crate) next: Option<String>,
}

/// What is to change of a product. What is not stated stays; its code is in its licenses for ever.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProductPatch {
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// What license keys made from now on begin with.
    #[serde(default)]
    pub(crate) key_prefix: Option<String>,
    /// Whether its licenses may be provisioned and activated.
    #[serde(default)]
    pub(crate) active: Option<bool>,
    /// Terms of licenses made from now on; `null` takes one away.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub(crate) defaults: Option<Map<String, Value>>,
}

impl TryFrom<StoredProduct> for ProductView {
    type Error = StoreError;

    fn try_from(product: StoredProduct) -> Result<Self, StoreError> {
        Ok(Self {
            defaults: Terms::from_stored(&product.defaults)?.to_wire(),
            id: product.id,
            name: product.name,
            slug: product.slug,
            key_prefix: product.key_prefix,
            active: product.active,
            created_at: product.created_at,
        })
    }
}

impl Authority {
    /// Makes a product of the actor's brand.
    pub(crate) async fn create_product(
        &self,
        actor: &Actor,
        order: ProductOrder,
        idempotency: Option<Idempotency>,
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
            brands::lock(tx, &brand_id)?;
            refuse_taken(tx, &brand_id, &product.slug)?;
            product.insert(tx)?;
            tx.note(Change::Brand(brand_id.clone()));
            let view = ProductView::try_from(product)?;
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
        self.write_once(scope, "products", idempotency, use_case)
            .await
    }

    /// The products of the actor's brand.
    pub(crate) async fn products(
        &self,
        actor: &Actor,
        params: &PageParams,
    ) -> Result<ProductList, Refusal> {
        let brand_id = actor.brand()?.to_owned();
        let page = params.page()?;
        let use_case = move |tx: &mut dyn Tx| {
            let rows = StoredProduct::page(tx, &brand_id, &page)?;
            let (rows, next) = page.cut(rows, |row| (row.created_at, &row.id));
            let products = rows.into_iter().map(ProductView::try_from);
            let products = products.collect::<Result<_, _>>()?;
            Ok(ProductList { products, next })
        };
        self.inner.store.read(actor.scope(), use_case).await
    }

    /// A product of the actor's brand, by id or code.
    pub(crate) async fn product(&self, actor: &Actor, name: &str) -> Result<ProductView, Refusal> {
        let (brand_id, name) = (actor.brand()?.to_owned(), name.to_owned());
        let use_case = move |tx: &mut dyn Tx| Ok(find(tx, &brand_id, &name)?.try_into()?);
        self.inner.store.read(actor.scope(), use_case).await
    }

    /// Changes a product. Licenses that exist keep the terms that they were signed with.
    pub(crate) async fn change_product(
        &self,
        actor: &Actor,
        name: &str,
        patch: ProductPatch,
    ) -> Result<ProductView, Refusal> {
        let (brand_id, name) = (actor.brand()?.to_owned(), name.to_owned());
        let key_prefix = patch
            .key_prefix
            .as_deref()
            .map(|prefix| prefix.parse::<KeyPrefix>())
            .transpose()
            .map_err(|error| Refusal::field("key_prefix", "invalid_license_key", error))?;
        let shown_name = patch
            .name
            .as_deref()
            .map(|name| shown(name, "name"))
            .transpose()?;
        let defaults = patch
            .defaults
            .map(|defaults| Terms::from_wire(defaults, "defaults"))
            .transpose()?;
        let (actor, now, scope) = (actor.clone(), self.now(), actor.scope());
        let use_case = move |tx: &mut dyn Tx| {
            let mut product = lock(tx, &brand_id, &name)?;
            if let Some(name) = &shown_name {
                product.name.clone_from(name);
            }
            if let Some(prefix) = &key_prefix {
                product.key_prefix = prefix.to_string();
            }
            if let Some(active) = patch.active {
                product.active = active;
            }
            if let Some(terms) = &defaults {
                let terms = Terms::from_stored(&product.defaults)?.with(terms);
                terms.check()?;
                product.defaults = terms.to_stored();
            }
            product.update(tx)?;
            tx.note(Change::Brand(brand_id.clone()));
            let view = ProductView::try_from(product.into_inner())?;
            let data = to_value(&view);
            let brand_id = Some(brand_id.as_str());
            event::record(
                tx,
                &actor,
                brand_id,
                "product.changed",
                &view.id,
                &data,
                now,
            )?;
            Ok(view)
        };
        self.inner.store.write(scope, use_case).await
    }

    /// Deletes a product that no license and no bundle names.
    pub(crate) async fn delete_product(&self, actor: &Actor, name: &str) -> Result<(), Refusal> {
        let (brand_id, name) = (actor.brand()?.to_owned(), name.to_owned());
        let (actor, now, scope) = (actor.clone(), self.now(), actor.scope());
        let use_case = move |tx: &mut dyn Tx| {
            brands::lock(tx, &brand_id)?;
            let product = lock(tx, &brand_id, &name)?;
            if product.is_in_use(tx)? {
                let detail = "licenses or bundles name the product; make it inactive instead";
                return Err(Refusal::in_use(detail));
            }
            product.delete(tx)?;
            tx.note(Change::Brand(brand_id.clone()));
            let view = ProductView::try_from(product.into_inner())?;
            let data = to_value(&view);
            let brand_id = Some(brand_id.as_str());
            event::record(
                tx,
                &actor,
                brand_id,
                "product.deleted",
                &view.id,
                &data,
                now,
            )
        };
        self.inner.store.write(scope, use_case).await
    }
}

fn find(tx: &mut dyn Tx, brand_id: &str, name: &str) -> Result<StoredProduct, Refusal> {
    StoredProduct::by_name(tx, brand_id, name)?.ok_or(Refusal::NotFound { what: "product" })
}

/// A product that is to be written.
fn lock(tx: &mut dyn Tx, brand_id: &str, name: &str) -> Result<Locked<StoredProduct>, Refusal> {
    StoredProduct::lock(tx, brand_id, name)?.ok_or(Refusal::NotFound { what: "product" })
}

/// Refuses the code of a product or a bundle: they share their codes, so that either can be named in
/// an order, and none is another's id. The brand's lock is held, so that it stays free.
pub(super) fn refuse_taken(tx: &mut dyn Tx, brand_id: &str, slug: &Code) -> Result<(), Refusal> {
    if StoredProduct::by_name(tx, brand_id, slug.as_str())?.is_some() {
        return Err(exists("product", slug));
    }
    match StoredBundle::by_name(tx, brand_id, slug.as_str())? {
        Some(_) => Err(exists("bundle", slug)),
        None => Ok(()),
    }
}

fn exists(what: &'static str, slug: &Code) -> Refusal {
    Refusal::Conflict {
        code: if what == "bundle" {
            "bundle_exists"
        } else {
            "product_exists"
        },
        detail: format!("there is a {what} `{slug}`"),
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
