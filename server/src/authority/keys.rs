mod revocation;

use std::cmp::Reverse;
use std::path::PathBuf;

use countersign::{KeyState, Moment, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::secret::Secret;
use crate::store::signing_keys::StoredKey;
use crate::store::{Change, Scope, StoreError, Tx};

use super::refusal::to_value;
use super::{Actor, Authority, Idempotency, Refusal, brands, event, signers};

/// A key that a brand signs with, as HTTP shows it: no half of it.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct KeyView {
    /// Its thumbprint (RFC 7638), by which documents name it.
    pub(crate) id: String,
    /// `active`, `standby`, `retired` or `revoked`.
    pub(crate) state: String,
    /// Where its private half is.
    pub(crate) kept: KeyPlace,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) created_at: Moment,
    /// When it ceased to sign.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) retired_at: Option<Moment>,
}

/// Where the private half of a key is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KeyPlace {
    /// In the database, sealed with the authority's secret.
    Sealed,
    /// In a file of the authority's machine.
    File,
    /// Where the authority cannot reach it.
    Elsewhere,
    /// Nowhere: it is not needed any more, and was destroyed.
    Nowhere,
}

/// The keys of a brand: the one in use, the standby, and then those before, the last first.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct KeyList {
    pub(crate) keys: Vec<KeyView>,
}

/// A key to stand by.
#[derive(Clone, Debug)]
pub(crate) enum StandbyKey {
    /// A new one, sealed in the database.
    New,
    /// One in a file, which is read whenever it is needed.
    File(PathBuf),
    /// One whose private half is kept elsewhere until it is brought in.
    Public(VerifyingKey),
}

impl KeyPlace {
    /// As on the wire.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sealed => "sealed",
            Self::File => "file",
            Self::Elsewhere => "elsewhere",
            Self::Nowhere => "nowhere",
        }
    }
}

impl From<&StoredKey> for KeyView {
    fn from(key: &StoredKey) -> Self {
        let state = signers::state_of(key);
        Self {
            id: key.id.clone(),
            state: state.name().to_owned(),
            kept: match (&key.sealed, &key.file) {
                (Some(_), _) => KeyPlace::Sealed,
                (None, Some(_)) => KeyPlace::File,
                (None, None) if state == KeyState::Standby => KeyPlace::Elsewhere,
                (None, None) => KeyPlace::Nowhere,
            },
            created_at: key.created_at,
            retired_at: key.retired_at,
        }
    }
}

impl Authority {
    /// The keys of a brand.
    pub(crate) async fn keys(&self, brand: &str) -> Result<KeyList, Refusal> {
        let brand = brand.to_owned();
        let use_case = move |tx: &mut dyn Tx| {
            let brand = brands::find(tx, &brand)?;
            list(tx, &brand.id)
        };
        self.inner.store.read(Scope::All, use_case).await
    }

    /// Signs with the standby key from now on, retires the one before, whose private half is destroyed
    /// where it is in the database, and makes a new standby. Licenses that exist stay as they are and
    /// verify as before. `active` is the key that is to be retired, where that is stated; `brought` is
    /// the private half of a standby key that was kept elsewhere.
    pub(crate) async fn rotate_keys(
        &self,
        actor: &Actor,
        brand: &str,
        active: Option<String>,
        brought: Option<SealableKey>,
        idempotency: Option<Idempotency>,
    ) -> Result<KeyList, Refusal> {
        let (inner, actor, brand, now) = (
            self.inner.clone(),
            actor.clone(),
            brand.to_owned(),
            self.now(),
        );
        let use_case = move |tx: &mut dyn Tx| {
            let brand_id = brands::lock(tx, &brand)?.id.clone();
            let stored = StoredKey::of_brand(tx, &brand_id)?;
            let in_state = |state: KeyState| {
                let key = stored.iter().find(|key| key.state == state.name());
                key.cloned().ok_or(StoreError::Damaged {
                    what: "the set of signing keys",
                })
            };
            let (mut old, mut new) = (in_state(KeyState::Active)?, in_state(KeyState::Standby)?);
            if active.as_ref().is_some_and(|active| *active != old.id) {
                return Err(Refusal::Conflict {
                    code: "key_not_active",
                    detail: "the brand signs with another key by now".to_owned(),
                });
            }
            if let Some(brought) = &brought {
                brought.seal_into(&mut new, &inner.secret)?;
                new.update_private(tx)?;
            }
            if KeyView::from(&new).kept == KeyPlace::Elsewhere {
                return Err(Refusal::Conflict {
                    code: "standby_elsewhere",
                    detail: "the private half of the standby key is kept elsewhere; bring it in"
                        .to_owned(),
                });
            }
            // A key that cannot be opened must not become the one to sign with.
            signers::open(&new, &inner.secret)?;
            old.destroy(tx)?;
            StoredKey::set_state(tx, &old.id, KeyState::Retired.name(), Some(now))?;
            StoredKey::set_state(tx, &new.id, KeyState::Active.name(), None)?;
            signers::make(tx, &inner.secret, &brand_id, KeyState::Standby, now)?;
            recorded(tx, &actor, "key.rotated", &brand_id, now)
        };
        self.write_once(Scope::All, "keys/rotate", idempotency, use_case)
            .await
    }

    /// Replaces the standby key. Products that know the old one from a set of keys learn the new one
    /// with the next set.
    pub(crate) async fn set_standby(
        &self,
        actor: &Actor,
        brand: &str,
        standby: StandbyKey,
    ) -> Result<KeyList, Refusal> {
        let (inner, actor, brand, now) = (
            self.inner.clone(),
            actor.clone(),
            brand.to_owned(),
            self.now(),
        );
        let use_case = move |tx: &mut dyn Tx| {
            let brand_id = brands::lock(tx, &brand)?.id.clone();
            let stored = StoredKey::of_brand(tx, &brand_id)?;
            for key in &stored {
                if key.state == KeyState::Standby.name() {
                    key.delete(tx)?;
                }
            }
            let (public, file) = match &standby {
                StandbyKey::New => {
                    signers::make(tx, &inner.secret, &brand_id, KeyState::Standby, now)?;
                    return recorded(tx, &actor, "key.standby", &brand_id, now);
                }
                StandbyKey::File(file) => {
                    let pem = std::fs::read_to_string(file)?;
                    let key = SigningKey::from_pem(&pem)
                        .map_err(|error| Refusal::field("file", "invalid_key", error))?;
                    (key.verifying_key(), Some(file.display().to_string()))
                }
                StandbyKey::Public(public) => (*public, None),
            };
            let key = StoredKey {
                id: public.id().to_string(),
                brand_id: brand_id.clone(),
                state: KeyState::Standby.name().to_owned(),
                public_key: public.as_bytes().to_vec(),
                sealed: None,
                file,
                created_at: now,
                retired_at: None,
            };
            match key.insert(tx) {
                Err(StoreError::Duplicate) => {
                    return Err(Refusal::Conflict {
                        code: "key_exists",
                        detail: "the key is, or was, in use".to_owned(),
                    });
                }
                inserted => inserted?,
            }
            recorded(tx, &actor, "key.standby", &brand_id, now)
        };
        self.inner.store.write(Scope::All, use_case).await
    }
}

/// The private half of a key, on its way into the database.
#[derive(Clone)]
pub(crate) struct SealableKey {
    id: String,
    pem: String,
}

impl SealableKey {
    /// Reads a private key in PEM (PKCS #8).
    ///
    /// # Errors
    ///
    /// [`Refusal::Fields`].
    pub(crate) fn from_pem(pem: String) -> Result<Self, Refusal> {
        let key = SigningKey::from_pem(&pem)
            .map_err(|error| Refusal::field("key", "invalid_key", error))?;
        let id = key.verifying_key().id().to_string();
        Ok(Self { id, pem })
    }

    fn seal_into(&self, key: &mut StoredKey, secret: &Secret) -> Result<(), Refusal> {
        if self.id != key.id {
            let detail = "it is not the private half of the standby key";
            return Err(Refusal::field("key", "key_mismatch", detail));
        }
        key.sealed = Some(signers::seal(secret, &key.id, &self.pem)?);
        key.file = None;
        Ok(())
    }
}

fn list(tx: &mut dyn Tx, brand_id: &str) -> Result<KeyList, Refusal> {
    let stored = StoredKey::of_brand(tx, brand_id)?;
    let mut keys: Vec<KeyView> = stored.iter().map(KeyView::from).collect();
    keys.sort_by_key(|key| {
        let rank = match key.state.as_str() {
            "active" => 0,
            "standby" => 1,
            _ => 2,
        };
        (rank, Reverse(key.retired_at))
    });
    Ok(KeyList { keys })
}

fn recorded(
    tx: &mut dyn Tx,
    actor: &Actor,
    kind: &str,
    brand_id: &str,
    now: Moment,
) -> Result<KeyList, Refusal> {
    tx.note(Change::Brand(brand_id.to_owned()));
    let keys = list(tx, brand_id)?;
    event::record(
        tx,
        actor,
        Some(brand_id),
        kind,
        brand_id,
        &to_value(&keys),
        now,
    )?;
    Ok(keys)
}
