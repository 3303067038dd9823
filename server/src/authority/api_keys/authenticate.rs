use std::net::IpAddr;

use countersign::{AddressPattern, Moment};

use crate::authority::{Actor, Authority, Refusal, Scopes};
use crate::secret;
use crate::store::api_keys::ApiKey;
use crate::store::{Scope, StoreError, Tx};

use super::draw::API_KEY;
use super::members::stored_addresses;

impl Authority {
    /// Who holds an API key and uses it from `address`; nothing where that is not known.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unauthorized`] for a key that is not known, has ended, or was revoked, and
    /// [`Refusal::Forbidden`] for one that may not be used from there.
    pub(crate) async fn authenticate(
        &self,
        key: &str,
        address: Option<IpAddr>,
    ) -> Result<Actor, Refusal> {
        let hash = self.inner.secret.hash(API_KEY, &[key]);
        let now = self.now();
        let use_case = move |tx: &mut dyn Tx| {
            let stored = ApiKey::by_hash(tx, &hash)?.ok_or(Refusal::Unauthorized)?;
            if has_ended(&stored, now) || !secret::is_equal(&stored.hash, &hash) {
                return Err(Refusal::Unauthorized);
            }
            if !may_be_used_from(&stored, address)? {
                return Err(Refusal::Forbidden {
                    detail: "the API key may not be used from this address".into(),
                });
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
        let actor = self.inner.store.read(Scope::All, use_case).await?;
        self.inner.key_uses.welcome(hash);
        self.note_use(&actor.name, now);
        Ok(actor)
    }
}

/// Whether a key authenticates nobody any more.
pub(super) fn has_ended(key: &ApiKey, now: Moment) -> bool {
    [key.expires_at, key.revoked_at]
        .into_iter()
        .flatten()
        .any(|moment| moment <= now)
}

fn may_be_used_from(key: &ApiKey, address: Option<IpAddr>) -> Result<bool, StoreError> {
    let Some(stored) = &key.addresses else {
        return Ok(true);
    };
    for pattern in stored_addresses(stored) {
        let pattern: AddressPattern = pattern.parse().map_err(|_| StoreError::Damaged {
            what: "an address of an API key",
        })?;
        if address.is_some_and(|address| pattern.matches(address)) {
            return Ok(true);
        }
    }
    Ok(false)
}
