use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use countersign::{KeyState, Moment, SigningKey, TrustStore, TrustedKey, VerifyingKey};

use crate::clock::Clock;
use crate::entropy;
use crate::secret::Secret;
use crate::store::signing_keys::StoredKey;
use crate::store::{StoreError, Tx};

use super::Refusal;

/// The keys of every brand that were needed so far.
pub(super) struct Signers {
    clock: Clock,
    of_brand: RwLock<HashMap<String, Arc<Signer>>>,
}

/// What one brand signs with, and what verifies what it signed.
pub(super) struct Signer {
    pub(super) active: SigningKey,
    /// Every key that was ever in use, so that licenses signed with a retired one verify.
    pub(super) trust: TrustStore,
    loaded_at: Moment,
}

impl Signers {
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            clock,
            of_brand: RwLock::default(),
        }
    }

    /// The keys of a brand. They are read anew now and then, since another process may have changed
    /// them: it goes on signing with the old one for so long.
    pub(super) fn of(
        &self,
        tx: &mut dyn Tx,
        secret: &Secret,
        brand_id: &str,
    ) -> Result<Arc<Signer>, Refusal> {
        let now = self.clock.now();
        let known = self.of_brand.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(signer) = known.get(brand_id)
            && signer.is_fresh(now)
        {
            return Ok(signer.clone());
        }
        drop(known);
        let signer = Arc::new(Signer::load(tx, secret, brand_id, now)?);
        let mut known = self
            .of_brand
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        known.insert(brand_id.to_owned(), signer.clone());
        Ok(signer)
    }

    /// Reads the keys of a brand anew when they are needed next.
    pub(super) fn forget(&self, brand_id: &str) {
        let mut known = self
            .of_brand
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        known.remove(brand_id);
    }
}

impl Signer {
    fn is_fresh(&self, now: Moment) -> bool {
        let age = now.since(self.loaded_at).max(self.loaded_at.since(now));
        age < FRESH_FOR
    }

    fn load(
        tx: &mut dyn Tx,
        secret: &Secret,
        brand_id: &str,
        now: Moment,
    ) -> Result<Self, Refusal> {
        let stored = StoredKey::of_brand(tx, brand_id)?;
        let mut active = None;
        let mut trusted = Vec::new();
        for key in &stored {
            if key.state == KeyState::Active.name() {
                active = Some(open(key, secret)?);
            }
            if key.state != KeyState::Revoked.name() {
                trusted.push(trusted_key(key)?);
            }
        }
        Ok(Self {
            active: active.ok_or(DAMAGED_KEY)?,
            trust: TrustStore::new(trusted),
            loaded_at: now,
        })
    }
}

/// A key as products are told of it.
fn trusted_key(key: &StoredKey) -> Result<TrustedKey, Refusal> {
    let mut trusted = TrustedKey::from(public_half(key)?);
    trusted.state = state_of(key);
    // Other processes sign with it for a little while after it was retired.
    trusted.ends_at = key
        .retired_at
        .map(|retired_at| retired_at.saturating_add(LAST_USES));
    Ok(trusted)
}

fn public_half(key: &StoredKey) -> Result<VerifyingKey, Refusal> {
    let bytes: [u8; 32] = key
        .public_key
        .as_slice()
        .try_into()
        .map_err(|_| DAMAGED_KEY)?;
    Ok(VerifyingKey::from_bytes(bytes).map_err(|_| DAMAGED_KEY)?)
}

/// The state of a key; one that is not known verifies nothing.
pub(super) fn state_of(key: &StoredKey) -> KeyState {
    [KeyState::Active, KeyState::Standby, KeyState::Retired]
        .into_iter()
        .find(|state| state.name() == key.state)
        .unwrap_or(KeyState::Revoked)
}

/// Makes a key for a brand and stores it, sealed.
pub(super) fn make(
    tx: &mut dyn Tx,
    secret: &Secret,
    brand_id: &str,
    state: KeyState,
    now: Moment,
) -> Result<String, Refusal> {
    let pem = SigningKey::pem_of_seed(&entropy::draw()?);
    let key = SigningKey::from_pem(&pem).map_err(Refusal::internal)?;
    let public = key.verifying_key();
    let id = public.id().to_string();
    let stored = StoredKey {
        id: id.clone(),
        brand_id: brand_id.to_owned(),
        state: state.name().to_owned(),
        public_key: public.as_bytes().to_vec(),
        sealed: Some(seal(secret, &id, &pem)?),
        file: None,
        created_at: now,
        retired_at: None,
    };
    stored.insert(tx)?;
    Ok(id)
}

/// Seals the private half of a key, as PEM.
pub(super) fn seal(secret: &Secret, id: &str, pem: &str) -> Result<Vec<u8>, Refusal> {
    Ok(secret.seal(&place(id), pem.as_bytes())?)
}

/// Opens the private half of a key, wherever it is kept.
pub(super) fn open(key: &StoredKey, secret: &Secret) -> Result<SigningKey, Refusal> {
    let pem = match (&key.sealed, &key.file) {
        (Some(sealed), _) => secret
            .open(&place(&key.id), sealed)
            .and_then(|pem| String::from_utf8(pem).ok())
            .ok_or(DAMAGED_KEY)?,
        (None, Some(file)) => std::fs::read_to_string(file)?,
        (None, None) => return Err(DAMAGED_KEY.into()),
    };
    let signing = SigningKey::from_pem(&pem).map_err(Refusal::internal)?;
    match signing.verifying_key().id().to_string() == key.id {
        true => Ok(signing),
        false => Err(DAMAGED_KEY.into()),
    }
}

fn place(id: &str) -> String {
    format!("signing_keys/{id}")
}

const DAMAGED_KEY: StoreError = StoreError::Damaged {
    what: "a signing key, or the secret that it is sealed with,",
};
/// How long keys are used without a look whether another process has changed them.
const FRESH_FOR: Duration = Duration::from_secs(60);
/// How long after it was retired a key may still have signed: until every process has noticed.
const LAST_USES: Duration = Duration::from_secs(600);
