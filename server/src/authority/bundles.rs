use std::collections::BTreeSet;

use countersign::{Code, Moment};
use serde::{Deserialize, Serialize};

use crate::entropy;
use crate::store::bundles::StoredBundle;
use crate::store::products::StoredProduct;
use crate::store::{Locked, Tx};

use super::products::refuse_taken;
use super::refusal::to_value;
use super::view::shown;
use super::{Actor, Authority, Idempotency, PageParams, Refusal, brands, event};

/// A bundle to be made: several products that are provisioned together.
#[derive(Clone, Debug, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BundleOrder {
    /// What people call it.
    pub(crate) name: String,
    /// Its code.
    #[schema(value_type = String)]
    pub(crate) slug: Code,
    /// Its products, by id or code.
    pub(crate) products: Vec<String>,
}

/// A bundle, as HTTP shows it.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct BundleView {
    pub(crate) id: String,
    pub(crate) name: String,
    #[schema(value_type = String)]
    pub(crate) slug: Code,
    /// The ids of its products.
    pub(crate) products: Vec<String>,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) created_at: Moment,
}

/// Bundles, newest first.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct BundleList {
    pub(crate) bundles: Vec<BundleView>,
    /// Where the next page begins; nothing at the end.
    pub(crate) next: Option<String>,
}

/// What is to change of a bundle. What is not stated stays.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BundlePatch {
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// All its products, by id or code.
    #[serde(default)]
    pub(crate) products: Option<Vec<String>>,
}

impl From<StoredBundle> for BundleView {
    fn from(bundle: StoredBundle) -> Self {
        Self {
            id: bundle.id,
            name: bundle.name,
            slug: bundle.slug,
            products: bundle.products,
            created_at: bundle.created_at,
        }
    }
}

impl Authority {
    /// Makes a bundle of the actor's brand.
    pub(crate) async fn create_bundle(
        &self,
        actor: &Actor,
        order: BundleOrder,
        idempotency: Option<Idempotency>,
    ) -> Result<BundleView, Refusal> {
        let brand_id = actor.brand()?.to_owned();
        let name = shown(&order.name, "name")?;
        let (actor, now, scope) = (actor.clone(), self.now(), actor.scope());
        let use_case = move |tx: &mut dyn Tx| {
            brands::lock(tx, &brand_id)?;
            refuse_taken(tx, &brand_id, &order.slug)?;
            let bundle = StoredBundle {
                id: entropy::id(now)?,
                brand_id: brand_id.clone(),
                slug: order.slug.clone(),
                name: name.clone(),
                products: products_of(tx, &brand_id, &order.products)?,
                created_at: now,
            };
            bundle.insert(tx)?;
            recorded(tx, &actor, "bundle.created", bundle, now)
        };
        self.write_once(scope, "bundles", idempotency, use_case)
            .await
    }

    /// The bundles of the actor's brand.
    pub(crate) async fn bundles(
        &self,
        actor: &Actor,
        params: &PageParams,
    ) -> Result<BundleList, Refusal> {
        let brand_id = actor.brand()?.to_owned();
        let page = params.page()?;
        let use_case = move |tx: &mut dyn Tx| {
            let rows = StoredBundle::page(tx, &brand_id, &page)?;
            let (rows, next) = page.cut(rows, |row| (row.created_at, &row.id));
            let bundles = rows.into_iter().map(BundleView::from).collect();
            Ok(BundleList { bundles, next })
        };
        self.inner.store.read(actor.scope(), use_case).await
    }

    /// A bundle of the actor's brand, by id or code.
    pub(crate) async fn bundle(&self, actor: &Actor, name: &str) -> Result<BundleView, Refusal> {
        let (brand_id, name) = (actor.brand()?.to_owned(), name.to_owned());
        let use_case = move |tx: &mut dyn Tx| find(tx, &brand_id, &name).map(BundleView::from);
        self.inner.store.read(actor.scope(), use_case).await
    }

    /// Changes a bundle. Licenses that exist stay as they are.
    pub(crate) async fn change_bundle(
        &self,
        actor: &Actor,
        name: &str,
        patch: BundlePatch,
    ) -> Result<BundleView, Refusal> {
        let (brand_id, name) = (actor.brand()?.to_owned(), name.to_owned());
        let shown_name = patch
            .name
            .as_deref()
            .map(|name| shown(name, "name"))
            .transpose()?;
        let (actor, now, scope) = (actor.clone(), self.now(), actor.scope());
        let use_case = move |tx: &mut dyn Tx| {
            brands::lock(tx, &brand_id)?;
            let mut bundle = lock(tx, &brand_id, &name)?;
            if let Some(name) = &shown_name {
                bundle.name.clone_from(name);
            }
            if let Some(products) = &patch.products {
                bundle.products = products_of(tx, &brand_id, products)?;
            }
            bundle.update(tx)?;
            recorded(tx, &actor, "bundle.changed", bundle.into_inner(), now)
        };
        self.inner.store.write(scope, use_case).await
    }

    /// Deletes a bundle. Its products and their licenses stay.
    pub(crate) async fn delete_bundle(&self, actor: &Actor, name: &str) -> Result<(), Refusal> {
        let (brand_id, name) = (actor.brand()?.to_owned(), name.to_owned());
        let (actor, now, scope) = (actor.clone(), self.now(), actor.scope());
        let use_case = move |tx: &mut dyn Tx| {
            let bundle = lock(tx, &brand_id, &name)?;
            bundle.delete(tx)?;
            recorded(tx, &actor, "bundle.deleted", bundle.into_inner(), now).map(|_| ())
        };
        self.inner.store.write(scope, use_case).await
    }
}

fn find(tx: &mut dyn Tx, brand_id: &str, name: &str) -> Result<StoredBundle, Refusal> {
    StoredBundle::by_name(tx, brand_id, name)?.ok_or(Refusal::NotFound { what: "bundle" })
}

/// A bundle that is to be written.
fn lock(tx: &mut dyn Tx, brand_id: &str, name: &str) -> Result<Locked<StoredBundle>, Refusal> {
    StoredBundle::lock(tx, brand_id, name)?.ok_or(Refusal::NotFound { what: "bundle" })
}

/// The ids of the products that a bundle names: several, each once. The brand's lock is held, so
/// that none is deleted meanwhile.
fn products_of(tx: &mut dyn Tx, brand_id: &str, names: &[String]) -> Result<Vec<String>, Refusal> {
    if names.is_empty() || names.len() > MOST_PRODUCTS {
        let detail = format!("a bundle has 1 to {MOST_PRODUCTS} products");
        return Err(Refusal::field("products", "out_of_range", detail));
    }
    let mut seen = BTreeSet::new();
    let mut ids = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let field = format!("products[{index}]");
        let product = shown(name, &field)
            .and_then(|name| Ok(StoredProduct::by_name(tx, brand_id, &name)?))?
            .ok_or_else(|| {
                Refusal::field(&field, "product_not_found", "there is no such product")
            })?;
        if !seen.insert(product.id.clone()) {
            let detail = "the product is named twice";
            return Err(Refusal::field(&field, "duplicate_product", detail));
        }
        ids.push(product.id);
    }
    Ok(ids)
}

fn recorded(
    tx: &mut dyn Tx,
    actor: &Actor,
    kind: &str,
    bundle: StoredBundle,
    now: Moment,
) -> Result<BundleView, Refusal> {
    let brand_id = bundle.brand_id.clone();
    let view = BundleView::from(bundle);
    let data = to_value(&view);
    event::record(tx, actor, Some(&brand_id), kind, &view.id, &data, now)?;
    Ok(view)
}

/// The most products of a bundle.
const MOST_PRODUCTS: usize = 100;
