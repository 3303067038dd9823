use countersign::{Code, KeyState, Moment};
use serde::{Deserialize, Serialize};

use crate::entropy;
use crate::store::brands::Brand;
use crate::store::{Change, Scope, StoreError};

use super::refusal::to_value;
use super::{Actor, Authority, Refusal, event, signers};

/// A brand to be made.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
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
    #[schema(value_type = String, format = DateTime)]
    pub(crate) created_at: Moment,
}

impl From<Brand> for BrandView {
    fn from(brand: Brand) -> Self {
        Self {
            id: brand.id,
            name: brand.name,
            slug: brand.slug,
            created_at: brand.created_at,
        }
    }
}

impl Authority {
    /// Makes a brand, with a key to sign with and a standby key.
    pub(crate) async fn create_brand(
        &self,
        actor: &Actor,
        order: BrandOrder,
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
            match brand.insert(tx) {
                Err(StoreError::Duplicate) => {
                    return Err(Refusal::Conflict {
                        code: "brand_exists",
                        detail: format!("there is a brand `{}`", brand.slug),
                    });
                }
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
        self.inner.store.write(Scope::All, use_case).await
    }
}
