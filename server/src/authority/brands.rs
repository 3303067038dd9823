use countersign::{Code, KeyState, Moment};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::entropy;
use crate::store::brands::Brand;
use crate::store::{Change, Locked, Scope, StoreError, Tx};

use super::brand_settings::BrandSettings;
use super::refusal::to_value;
use super::view::shown;
use super::{Actor, Authority, Idempotency, PageParams, Refusal, event, signers};

/// A brand to be made.
#[derive(Clone, Debug, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BrandOrder {
    /// What people call it.
    pub(crate) name: String,
    /// Its code, which is signed into licenses.
    #[schema(value_type = String)]
    pub(crate) slug: Code,
}

/// A brand, as HTTP shows it.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct BrandView {
    pub(crate) id: String,
    pub(crate) name: String,
    #[schema(value_type = String)]
    pub(crate) slug: Code,
    pub(crate) settings: BrandSettings,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) created_at: Moment,
}

/// Brands, newest first.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct BrandList {
    pub(crate) brands: Vec<BrandView>,
    /// Where the next page begins; nothing at the end.
    pub(crate) next: Option<String>,
}

/// What is to change of a brand. What is not stated stays; its code is in its licenses for ever.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BrandPatch {
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// Settings; `null` takes one away.
    #[serde(default)]
    #[schema(value_type = Option<BrandSettings>)]
    pub(crate) settings: Option<Map<String, Value>>,
}

impl From<Brand> for BrandView {
    fn from(brand: Brand) -> Self {
        Self {
            settings: BrandSettings::of(&brand),
            id: brand.id,
            name: brand.name,
            slug: brand.slug,
            created_at: brand.created_at,
        }
    }
}

impl Authority {
    /// The operator at the command line, acting for a brand that is named by id or code; and the
    /// brand's code.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`].
    pub(crate) async fn act_for(&self, brand: &str) -> Result<(Actor, Code), Refusal> {
        let name = brand.to_owned();
        let use_case = move |tx: &mut dyn crate::store::Tx| {
            let found = match Brand::by_slug(tx, &name)? {
                Some(brand) => Some(brand),
                None => Brand::by_id(tx, &name)?,
            };
            let brand = found.ok_or(Refusal::NotFound { what: "brand" })?;
            Ok((Actor::command().for_brand(brand.id), brand.slug))
        };
        self.inner.store.read(Scope::All, use_case).await
    }

    /// Makes a brand, with a key to sign with and a standby key.
    pub(crate) async fn create_brand(
        &self,
        actor: &Actor,
        order: BrandOrder,
        idempotency: Option<Idempotency>,
    ) -> Result<BrandView, Refusal> {
        let (inner, actor, now) = (self.inner.clone(), actor.clone(), self.now());
        let use_case = move |tx: &mut dyn crate::store::Tx| {
            let brand = Brand {
                id: entropy::id(now)?,
                slug: order.slug.clone(),
                name: super::view::shown(&order.name, "name")?,
                settings: "{}".to_owned(),
                created_at: now,
            };
            let exists = || Refusal::Conflict {
                code: "brand_exists",
                detail: format!("there is a brand `{}`", brand.slug),
            };
            // A code that is the id of another brand would name either.
            if Brand::by_name(tx, brand.slug.as_str())?.is_some() {
                return Err(exists());
            }
            match brand.insert(tx) {
                Err(StoreError::Duplicate) => return Err(exists()),
                inserted => inserted?,
            }
            signers::make(tx, &inner.secret, &brand.id, KeyState::Active, now)?;
            signers::make(tx, &inner.secret, &brand.id, KeyState::Standby, now)?;
            tx.note(Change::Brand(brand.id.clone()));
            let id = brand.id.clone();
            let view = BrandView::from(brand);
            event::record(
                tx,
                &actor,
                Some(&id),
                "brand.created",
                &id,
                &to_value(&view),
                now,
            )?;
            Ok(view)
        };
        self.write_once(Scope::All, "brands", idempotency, use_case)
            .await
    }

    /// Every brand.
    pub(crate) async fn brands(&self, params: &PageParams) -> Result<BrandList, Refusal> {
        let page = params.page()?;
        let use_case = move |tx: &mut dyn Tx| {
            let rows = Brand::page(tx, &page)?;
            let (rows, next) = page.cut(rows, |row| (row.created_at, &row.id));
            let brands = rows.into_iter().map(BrandView::from).collect();
            Ok(BrandList { brands, next })
        };
        self.inner.store.read(Scope::All, use_case).await
    }

    /// A brand, by id or code.
    pub(crate) async fn brand(&self, name: &str) -> Result<BrandView, Refusal> {
        let name = name.to_owned();
        let use_case = move |tx: &mut dyn Tx| find(tx, &name).map(BrandView::from);
        self.inner.store.read(Scope::All, use_case).await
    }

    /// Changes a brand.
    pub(crate) async fn change_brand(
        &self,
        actor: &Actor,
        name: &str,
        patch: BrandPatch,
    ) -> Result<BrandView, Refusal> {
        let shown_name = patch
            .name
            .as_deref()
            .map(|name| shown(name, "name"))
            .transpose()?;
        let (actor, name, now) = (actor.clone(), name.to_owned(), self.now());
        let use_case = move |tx: &mut dyn Tx| {
            let mut brand = lock(tx, &name)?;
            if let Some(name) = &shown_name {
                brand.name.clone_from(name);
            }
            if let Some(changed) = &patch.settings {
                brand.settings = BrandSettings::merged(&brand.settings, changed)?;
            }
            brand.update(tx)?;
            recorded(tx, &actor, "brand.changed", brand.into_inner(), now)
        };
        self.inner.store.write(Scope::All, use_case).await
    }

    /// Deletes a brand that has no licenses, with its products, customers and keys. What happened to
    /// it stays in the audit log.
    pub(crate) async fn delete_brand(&self, actor: &Actor, name: &str) -> Result<(), Refusal> {
        let (actor, name, now) = (actor.clone(), name.to_owned(), self.now());
        let use_case = move |tx: &mut dyn Tx| {
            let brand = lock(tx, &name)?;
            if brand.is_in_use(tx)? {
                return Err(Refusal::in_use("the brand has licenses"));
            }
            brand.delete(tx)?;
            tx.note(Change::ApiKeys);
            tx.note(Change::StatusList(brand.id.clone()));
            recorded(tx, &actor, "brand.deleted", brand.into_inner(), now).map(|_| ())
        };
        self.inner.store.write(Scope::All, use_case).await
    }
}

/// A brand by id or code.
pub(super) fn find(tx: &mut dyn Tx, name: &str) -> Result<Brand, Refusal> {
    Brand::by_name(tx, name)?.ok_or(Refusal::NotFound { what: "brand" })
}

/// A brand by id or code, that is to be written or whose lock keeps what it has.
pub(super) fn lock(tx: &mut dyn Tx, name: &str) -> Result<Locked<Brand>, Refusal> {
    let id = find(tx, name)?.id;
    Brand::lock(tx, &id)?.ok_or(Refusal::NotFound { what: "brand" })
}

fn recorded(
    tx: &mut dyn Tx,
    actor: &Actor,
    kind: &str,
    brand: Brand,
    now: Moment,
) -> Result<BrandView, Refusal> {
    tx.note(Change::Brand(brand.id.clone()));
    let view = BrandView::from(brand);
    event::record(
        tx,
        actor,
        Some(&view.id),
        kind,
        &view.id,
        &to_value(&view),
        now,
    )?;
    Ok(view)
}
