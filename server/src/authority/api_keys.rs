//! API keys: what brands' back ends and operators authenticate with.

mod authenticate;
mod bounds;
mod draw;
mod members;
mod uses;

use std::time::Duration;

use countersign::Moment;
use serde::{Deserialize, Serialize};

use crate::store::api_keys::ApiKey;
use crate::store::brands::Brand;
use crate::store::{Change, Locked, Tx};

use super::refusal::to_value;
use super::view::shown;
use super::{Actor, Authority, Idempotency, Inner, PageParams, Refusal, event, patch};

use authenticate::has_ended;
use bounds::{own_key, refuse_more};
use members::{parse_addresses, parse_name, parse_scopes, refuse_past, stored_addresses};

pub(super) use draw::{draw, is_operator_key, stored};
pub(super) use uses::KeyUses;

/// An API key to be made.
#[derive(Clone, Debug, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApiKeyOrder {
    /// The brand whose rows it reaches, by id or code; nothing for an operator's key. Stated by
    /// operators only: a brand's key makes keys of its own brand.
    #[serde(default)]
    pub(crate) brand: Option<String>,
    /// `read`, or `read` and `write`, which it is where nothing is stated.
    #[serde(default)]
    pub(crate) scopes: Option<Vec<String>>,
    /// What people call it.
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// When it ends: a date for its last second.
    #[serde(default, deserialize_with = "patch::end")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) expires_at: Option<Moment>,
    /// The addresses and networks (`192.0.2.0/24`) that it may be used from; nothing for any.
    #[serde(default)]
    pub(crate) addresses: Option<Vec<String>>,
}

/// What is to change of an API key. What is not stated stays, and `null` takes away.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApiKeyPatch {
    #[serde(default, deserialize_with = "patch::stated")]
    #[schema(value_type = Option<String>)]
    pub(crate) name: Option<Option<String>>,
    #[serde(default)]
    pub(crate) scopes: Option<Vec<String>>,
    #[serde(default, deserialize_with = "patch::stated_end")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) expires_at: Option<Option<Moment>>,
    #[serde(default, deserialize_with = "patch::stated")]
    #[schema(value_type = Option<Vec<String>>)]
    pub(crate) addresses: Option<Option<Vec<String>>>,
}

/// How an API key gives way to a new one.
#[derive(Clone, Debug, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rotation {
    /// For how many seconds the old key goes on [default: a day].
    #[serde(default)]
    pub(crate) overlap: Option<u32>,
}

/// An API key, as HTTP shows it. The key itself is shown once, to who makes it.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct ApiKeyView {
    pub(crate) id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    pub(crate) prefix: String,
    /// The id of the brand whose rows it reaches; nothing for an operator's key.
    pub(crate) brand_id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) scopes: Vec<String>,
    /// Where it may be used from; nothing for anywhere.
    pub(crate) addresses: Option<Vec<String>>,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) created_at: Moment,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) expires_at: Option<Moment>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) revoked_at: Option<Moment>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) last_used_at: Option<Moment>,
}

/// Shows no key.
impl std::fmt::Debug for ApiKeyView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ApiKeyView({})", self.id)
    }
}

/// API keys, newest first.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ApiKeyList {
    pub(crate) api_keys: Vec<ApiKeyView>,
    /// Where the next page begins; nothing at the end.
    pub(crate) next: Option<String>,
}

impl From<ApiKey> for ApiKeyView {
    fn from(key: ApiKey) -> Self {
        Self {
            addresses: key.addresses.as_deref().map(stored_addresses),
            id: key.id,
            key: None,
            prefix: key.prefix,
            brand_id: key.brand_id,
            name: key.name,
            scopes: key.scopes.split(' ').map(str::to_owned).collect(),
            created_at: key.created_at,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            last_used_at: key.last_used_at,
        }
    }
}

impl Authority {
    /// Makes an API key: for who acts for a brand, of that brand. The answer is the only place where
    /// it is ever shown.
    pub(crate) async fn create_api_key(
        &self,
        actor: &Actor,
        order: ApiKeyOrder,
        idempotency: Option<Idempotency>,
    ) -> Result<ApiKeyView, Refusal> {
        if actor.brand.is_some() && order.brand.is_some() {
            let detail = "a brand's key makes keys of its own brand";
            return Err(Refusal::field("brand", "unknown_member", detail));
        }
        let scopes = parse_scopes(order.scopes.as_deref())?;
        let addresses = parse_addresses(order.addresses.as_deref())?;
        let name = parse_name(order.name.as_deref())?;
        let (inner, actor, now, scope) =
            (self.inner.clone(), actor.clone(), self.now(), actor.scope());
        let use_case = move |tx: &mut dyn Tx| {
            refuse_past(order.expires_at, now)?;
            let brand_id = match (&actor.brand, &order.brand) {
                (Some(own), _) => Some(own.clone()),
                (None, None) => None,
                (None, Some(name)) => Some(brand_named(tx, name)?.id),
            };
            let (key, mut stored) = inner.draw_api_key(brand_id, now)?;
            stored.scopes = scopes.names().join(" ");
            stored.addresses.clone_from(&addresses);
            stored.name.clone_from(&name);
            stored.expires_at = order.expires_at;
            if let Some(own) = own_key(tx, &actor, now)? {
                // What is not stated is as it is of the key that grants it.
                stored.expires_at = stored.expires_at.or(own.expires_at);
                stored.addresses = stored.addresses.or_else(|| own.addresses.clone());
                refuse_more(&own, &stored)?;
            }
            stored.insert(tx)?;
            let view = recorded(tx, &actor, "api_key.created", stored, now)?;
            Ok(ApiKeyView {
                key: Some(key),
                ..view
            })
        };
        self.write_once(scope, "api_keys", idempotency, use_case)
            .await
    }

    /// The API keys of the actor's brand; for an operator all, or those of a brand.
    pub(crate) async fn api_keys(
        &self,
        actor: &Actor,
        brand: Option<&str>,
        params: &PageParams,
    ) -> Result<ApiKeyList, Refusal> {
        let page = params.page()?;
        let (inner, own, brand) = (
            self.inner.clone(),
            actor.brand.clone(),
            brand.map(str::to_owned),
        );
        let use_case = move |tx: &mut dyn Tx| {
            let brand_id = match (&own, &brand) {
                (Some(own), _) => Some(own.clone()),
                (None, Some(name)) => Some(brand_named(tx, name)?.id),
                (None, None) => None,
            };
            let rows = ApiKey::page(tx, brand_id.as_deref(), &page)?;
            let (rows, next) = page.cut(rows, |row| (row.created_at, &row.id));
            let api_keys = rows.into_iter().map(|row| inner.view_of(row)).collect();
            Ok(ApiKeyList { api_keys, next })
        };
        self.inner.store.read(actor.scope(), use_case).await
    }

    /// An API key.
    pub(crate) async fn api_key(&self, actor: &Actor, id: &str) -> Result<ApiKeyView, Refusal> {
        let (inner, own, id) = (self.inner.clone(), actor.brand.clone(), id.to_owned());
        let use_case =
            move |tx: &mut dyn Tx| find(tx, own.as_deref(), &id).map(|key| inner.view_of(key));
        self.inner.store.read(actor.scope(), use_case).await
    }

    /// Changes an API key. The key itself stays, and one that has ended goes on no more.
    pub(crate) async fn change_api_key(
        &self,
        actor: &Actor,
        id: &str,
        patch: ApiKeyPatch,
    ) -> Result<ApiKeyView, Refusal> {
        let scopes = patch
            .scopes
            .as_deref()
            .map(|scopes| parse_scopes(Some(scopes)))
            .transpose()?;
        let addresses = patch
            .addresses
            .as_ref()
            .map(|addresses| parse_addresses(addresses.as_deref()))
            .transpose()?;
        let name = patch
            .name
            .as_ref()
            .map(|name| parse_name(name.as_deref()))
            .transpose()?;
        refuse_past(patch.expires_at.flatten(), self.now())?;
        self.write_api_key(actor, id, "api_key.changed", move |key, own, now| {
            if patch.expires_at.is_some() && has_ended(key, now) {
                return Err(ended());
            }
            let bounds = |key: &ApiKey| {
                let scopes = key.scopes.clone();
                (scopes, key.addresses.clone(), key.expires_at)
            };
            let before = bounds(key);
            if let Some(scopes) = scopes {
                key.scopes = scopes.names().join(" ");
            }
            if let Some(addresses) = &addresses {
                key.addresses.clone_from(addresses);
            }
            if let Some(name) = &name {
                key.name.clone_from(name);
            }
            if let Some(expires_at) = patch.expires_at {
                key.expires_at = expires_at;
            }
            match own {
                Some(own) if bounds(key) != before => refuse_more(own, key),
                _ => Ok(()),
            }
        })
        .await
    }

    /// Ends an API key now. One that was revoked stays as it was.
    pub(crate) async fn revoke_api_key(
        &self,
        actor: &Actor,
        id: &str,
    ) -> Result<ApiKeyView, Refusal> {
        self.write_api_key(actor, id, "api_key.revoked", |key, _, now| {
            key.revoked_at = key.revoked_at.or(Some(now));
            Ok(())
        })
        .await
    }

    /// Makes a key in the place of another, which goes on for a while.
    pub(crate) async fn rotate_api_key(
        &self,
        actor: &Actor,
        id: &str,
        rotation: Rotation,
        idempotency: Option<Idempotency>,
    ) -> Result<ApiKeyView, Refusal> {
        let overlap = rotation.overlap.unwrap_or(DEFAULT_OVERLAP);
        if overlap > LONGEST_OVERLAP {
            let detail = format!("it is a number of seconds from 0 to {LONGEST_OVERLAP}");
            return Err(Refusal::field("overlap", "out_of_range", detail));
        }
        let overlap = Duration::from_secs(overlap.into());
        let (inner, actor, id, now, scope) = (
            self.inner.clone(),
            actor.clone(),
            id.to_owned(),
            self.now(),
            actor.scope(),
        );
        let use_case = move |tx: &mut dyn Tx| {
            let mut old = lock(tx, actor.brand.as_deref(), &id)?;
            if has_ended(&old, now) {
                return Err(ended());
            }
            let (key, mut new) = inner.draw_api_key(old.brand_id.clone(), now)?;
            new.scopes.clone_from(&old.scopes);
            new.addresses.clone_from(&old.addresses);
            new.name.clone_from(&old.name);
            new.expires_at = old.expires_at;
            if let Some(own) = own_key(tx, &actor, now)? {
                refuse_more(&own, &new)?;
            }
            let ends_at = now.saturating_add(overlap);
            old.expires_at = Some(
                old.expires_at
                    .map_or(ends_at, |earlier| earlier.min(ends_at)),
            );
            old.update(tx)?;
            new.insert(tx)?;
            let view = ApiKeyView::from(new);
            let data = serde_json::json!({"api_key": view, "replaces": ApiKeyView::from(old.into_inner())});
            let brand_id = view.brand_id.as_deref();
            event::record(
                tx,
                &actor,
                brand_id,
                "api_key.rotated",
                &view.id,
                &data,
                now,
            )?;
            tx.note(Change::ApiKeys);
            Ok(ApiKeyView {
                key: Some(key),
                ..view
            })
        };
        self.write_once(scope, "api_keys/rotate", idempotency, use_case)
            .await
    }

    /// Deletes an API key, which ends it too.
    pub(crate) async fn delete_api_key(&self, actor: &Actor, id: &str) -> Result<(), Refusal> {
        let (actor, id, now, scope) = (actor.clone(), id.to_owned(), self.now(), actor.scope());
        let use_case = move |tx: &mut dyn Tx| {
            let key = lock(tx, actor.brand.as_deref(), &id)?;
            key.delete(tx)?;
            recorded(tx, &actor, "api_key.deleted", key.into_inner(), now).map(|_| ())
        };
        self.inner.store.write(scope, use_case).await
    }

    async fn write_api_key(
        &self,
        actor: &Actor,
        id: &str,
        kind: &'static str,
        change: impl Fn(&mut ApiKey, Option<&ApiKey>, Moment) -> Result<(), Refusal> + Send + 'static,
    ) -> Result<ApiKeyView, Refusal> {
        let (inner, actor, id, now, scope) = (
            self.inner.clone(),
            actor.clone(),
            id.to_owned(),
            self.now(),
            actor.scope(),
        );
        let use_case = move |tx: &mut dyn Tx| {
            let mut key = lock(tx, actor.brand.as_deref(), &id)?;
            let own = own_key(tx, &actor, now)?;
            change(&mut key, own.as_ref(), now)?;
            key.update(tx)?;
            recorded(tx, &actor, kind, inner.with_use(key.into_inner()), now)
        };
        self.inner.store.write(scope, use_case).await
    }
}

impl Inner {
    /// A new key of a brand, or of operators, and its row.
    fn draw_api_key(
        &self,
        brand_id: Option<String>,
        now: Moment,
    ) -> Result<(String, ApiKey), Refusal> {
        let key = draw(brand_id.as_deref())?;
        let row = stored(&self.secret, &key, brand_id, now)?;
        Ok((key, row))
    }

    fn view_of(&self, key: ApiKey) -> ApiKeyView {
        self.with_use(key).into()
    }
}

fn ended() -> Refusal {
    Refusal::Unprocessable {
        code: "api_key_ended",
        detail: "the key has ended; make a new one".to_owned(),
    }
}

fn find(tx: &mut dyn Tx, brand_id: Option<&str>, id: &str) -> Result<ApiKey, Refusal> {
    ApiKey::by_id(tx, brand_id, id)?.ok_or(Refusal::NotFound { what: "api_key" })
}

/// An API key that is to be written.
fn lock(tx: &mut dyn Tx, brand_id: Option<&str>, id: &str) -> Result<Locked<ApiKey>, Refusal> {
    ApiKey::lock(tx, brand_id, id)?.ok_or(Refusal::NotFound { what: "api_key" })
}

fn brand_named(tx: &mut dyn Tx, name: &str) -> Result<Brand, Refusal> {
    let name = shown(name, "brand")?;
    Brand::by_name(tx, &name)?.ok_or(Refusal::NotFound { what: "brand" })
}

fn recorded(
    tx: &mut dyn Tx,
    actor: &Actor,
    kind: &str,
    key: ApiKey,
    now: Moment,
) -> Result<ApiKeyView, Refusal> {
    let view = ApiKeyView::from(key);
    let data = to_value(&view);
    event::record(
        tx,
        actor,
        view.brand_id.as_deref(),
        kind,
        &view.id,
        &data,
        now,
    )?;
    tx.note(Change::ApiKeys);
    Ok(view)
}

/// How long a key that is replaced goes on, in seconds: a day.
const DEFAULT_OVERLAP: u32 = 24 * 60 * 60;
/// The longest that it may go on, in seconds: thirty days.
const LONGEST_OVERLAP: u32 = 30 * DEFAULT_OVERLAP;
