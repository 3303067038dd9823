use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use countersign::Moment;
use serde::{Deserialize, Serialize};

use crate::entropy;
use crate::secret;
use crate::store::api_keys::ApiKey;
use crate::store::brands::Brand;
use crate::store::{Change, Scope};

use super::{Actor, Authority, Refusal, Scopes};

/// An API key to be made.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApiKeyOrder {
    /// The brand whose rows it reaches, by id or code; nothing for an operator's key.
    #[serde(default)]
    pub(crate) brand: Option<String>,
    /// `read`, or `read` and `write`, which it is where nothing is stated.
    #[serde(default)]
    pub(crate) scopes: Option<Vec<String>>,
    /// What people call it.
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// When it ends.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) expires_at: Option<Moment>,
}

/// An API key, as HTTP shows it. The key itself is shown once, to who makes it.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct ApiKeyView {
    pub(crate) id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    pub(crate) prefix: String,
    pub(crate) name: Option<String>,
    pub(crate) scopes: Vec<String>,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) created_at: Moment,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) expires_at: Option<Moment>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) revoked_at: Option<Moment>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) last_used_at: Option<Moment>,
}

impl From<ApiKey> for ApiKeyView {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id,
            key: None,
            prefix: key.prefix,
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
    /// Makes an API key. The answer is the only place where it is ever shown.
    pub(crate) async fn create_api_key(
        &self,
        actor: &Actor,
        order: ApiKeyOrder,
    ) -> Result<ApiKeyView, Refusal> {
        let scopes = parse_scopes(order.scopes.as_deref())?;
        let (inner, actor, now) = (self.inner.clone(), actor.clone(), self.now());
        let use_case = move |tx: &mut dyn crate::store::Tx| {
            let brand_id = match (&actor.brand, &order.brand) {
                (Some(own), _) => Some(own.clone()),
                (None, None) => None,
                (None, Some(name)) => {
                    let found = match Brand::by_slug(tx, name)? {
                        Some(brand) => Some(brand),
                        None => Brand::by_id(tx, name)?,
                    };
                    Some(found.ok_or(Refusal::NotFound { what: "brand" })?.id)
                }
            };
            let kind = if brand_id.is_some() { "cs_" } else { "cs_op_" };
            let key = format!(
                "{kind}{}",
                BASE64_URL_SAFE_NO_PAD.encode(entropy::draw::<24>()?)
            );
            let stored = ApiKey {
                id: entropy::id(now)?,
                brand_id,
                prefix: key.chars().take(kind.len() + 5).collect(),
                hash: inner.secret.hash(API_KEY, &[&key]).to_vec(),
                scopes: scopes.names().join(" "),
                addresses: None,
                name: order.name.clone(),
                created_at: now,
                expires_at: order.expires_at,
                revoked_at: None,
                last_used_at: None,
            };
            stored.insert(tx)?;
            tx.note(Change::ApiKeys);
            Ok(ApiKeyView {
                key: Some(key),
                ..stored.into()
            })
        };
        self.inner.store.write(Scope::All, use_case).await
    }

    /// Who holds an API key.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unauthorized`] for a key that is not known, has ended, or was revoked.
    pub(crate) async fn authenticate(&self, key: &str) -> Result<Actor, Refusal> {
        let hash = self.inner.secret.hash(API_KEY, &[key]).to_vec();
        let now = self.now();
        let use_case = move |tx: &mut dyn crate::store::Tx| {
            let stored = ApiKey::by_hash(tx, &hash)?.ok_or(Refusal::Unauthorized)?;
            let has_ended = [stored.expires_at, stored.revoked_at]
                .into_iter()
                .flatten()
                .any(|moment| moment <= now);
            if has_ended || !secret::is_equal(&stored.hash, &hash) {
                return Err(Refusal::Unauthorized);
            }
            let scopes = match stored.scopes.contains("write") {
                true => Scopes::ReadWrite,
                false => Scopes::Read,
            };
            Ok(Actor {
                name: stored.id,
                brand: stored.brand_id,
                scopes,
                request_id: None,
            })
        };
        self.inner.store.read(Scope::All, use_case).await
    }
}

fn parse_scopes(stated: Option<&[String]>) -> Result<Scopes, Refusal> {
    let Some(stated) = stated else {
        return Ok(Scopes::ReadWrite);
    };
    let mut scopes = Scopes::Read;
    for scope in stated {
        match scope.as_str() {
            "read" => {}
            "write" => scopes = Scopes::ReadWrite,
            _ => {
                return Err(Refusal::field(
                    "scopes",
                    "invalid_scope",
                    "a scope is `read` or `write`",
                ));
            }
        }
    }
    match stated.is_empty() {
        true => Err(Refusal::field("scopes", "empty", "a key needs a scope")),
        false => Ok(scopes),
    }
}

/// What API keys are hashed as.
const API_KEY: &str = "api key";
