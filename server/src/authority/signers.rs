use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use countersign::{
    Code, KeyId, KeyState, Moment, SigningKey, TrustStore, TrustedKey, VerifyingKey,
};

use crate::clock::Clock;
use crate::entropy;
use crate::secret::Secret;
use crate::store::brands::Brand;
use crate::store::signing_keys::StoredKey;
use crate::store::{StoreError, Tx};

use super::Refusal;

/// The keys of every brand that were needed so far.
pub(super) struct Signers {
    clock: Clock,
    of_brand: RwLock<HashMap<String, Arc<Signer>>>,
    /// Whose a key is, which never changes.
    brand_of: RwLock<BTreeMap<KeyId, String>>,
    /// How often keys were forgotten.
    forgotten: AtomicU64,
}

/// What one brand signs with, and what verifies what it signed.
pub(super) struct Signer {
    pub(super) brand_id: String,
    pub(super) brand: Code,
    /// Nothing where its private half cannot be opened: what is signed verifies all the same.
    active: Option<SigningKey>,
    /// Every key of the brand, so that what a retired one signed verifies, as products trust them.
    pub(super) trust: TrustStore,
    /// The same for the documents in the database, which nobody else has put there: those that a
    /// revoked key signed are still to be read, to be signed anew.
    pub(super) documents: TrustStore,
    read_at: Moment,
}

impl Signers {
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            clock,
            of_brand: RwLock::default(),
            brand_of: RwLock::default(),
            forgotten: AtomicU64::new(0),
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
        if let Some(signer) = self.known(brand_id) {
            return Ok(signer);
        }
        let forgotten = self.forgotten.load(Ordering::SeqCst);
        let signer = Arc::new(Signer::load(tx, secret, brand_id, self.clock.now())?);
        let mut known = self
            .of_brand
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        // What was read before keys were forgotten may be what they were forgotten for.
        if self.forgotten.load(Ordering::SeqCst) == forgotten {
            known.insert(brand_id.to_owned(), signer.clone());
        }
        drop(known);
        let mut brand_of = self
            .brand_of
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        for key in signer.trust.keys() {
            brand_of.insert(key.key.id(), brand_id.to_owned());
        }
        Ok(signer)
    }

    /// The keys of the brand that a key is of; `None` for a key of no brand.
    pub(super) fn of_key(
        &self,
        tx: &mut dyn Tx,
        secret: &Secret,
        key_id: KeyId,
    ) -> Result<Option<Arc<Signer>>, Refusal> {
        match StoredKey::brand_of(tx, &key_id.to_string())? {
            Some(brand_id) => self.of(tx, secret, &brand_id).map(Some),
            None => Ok(None),
        }
    }

    /// As [`of_key`](Self::of_key), where that is known without asking the database.
    pub(super) fn known_of_key(&self, key_id: KeyId) -> Option<Arc<Signer>> {
        let brand_of = self.brand_of.read().unwrap_or_else(PoisonError::into_inner);
        self.known(brand_of.get(&key_id)?)
    }

    fn known(&self, brand_id: &str) -> Option<Arc<Signer>> {
        let known = self.of_brand.read().unwrap_or_else(PoisonError::into_inner);
        let signer = known.get(brand_id)?;
        let now = self.clock.now();
        let age = now.since(signer.read_at).max(signer.read_at.since(now));
        let longest = match signer.active {
            Some(_) => LONGEST_KEPT,
            None => TRIED_AGAIN,
        };
        (age < longest).then(|| signer.clone())
    }

    /// Reads the keys of a brand anew when they are needed next.
    pub(super) fn forget(&self, brand_id: &str) {
        let mut known = self
            .of_brand
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        known.remove(brand_id);
    }

    /// Reads the keys of every brand anew when they are needed next.
    pub(super) fn forget_all(&self) {
        let mut known = self
            .of_brand
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        known.clear();
    }
}

impl Signer {
    fn load(
        tx: &mut dyn Tx,
        secret: &Secret,
        brand_id: &str,
        read_at: Moment,
    ) -> Result<Self, Refusal> {
        let brand = Brand::by_id(tx, brand_id)?.ok_or(Refusal::NotFound { what: "brand" })?;
        let stored = StoredKey::of_brand(tx, brand_id)?;
        let mut active = None;
        let mut trusted = Vec::new();
        for key in &stored {
            let trusted_key = trusted_key(key, &brand.slug)?;
            if trusted_key.state == KeyState::Active {
                active = opened(key, secret);
            }
            trusted.push(trusted_key);
        }
        Ok(Self {
            brand_id: brand.id,
            brand: brand.slug,
            active,
            documents: TrustStore::new(trusted.iter().cloned().map(|mut key| {
                if key.state == KeyState::Revoked {
                    key.state = KeyState::Retired;
                }
                key
            })),
            trust: TrustStore::new(trusted),
            read_at,
        })
    }

    /// The key to sign with.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unavailable`] while its private half cannot be opened.
    pub(super) fn active(&self) -> Result<&SigningKey, Refusal> {
        self.active.as_ref().ok_or_else(|| Refusal::Unavailable {
            code: "signing_key_unavailable",
            detail: "the brand's signing key cannot be opened: its operator has to see to it",
        })
    }
}

/// The private half of an active key; nothing, and a word in the log, where it cannot be opened.
fn opened(key: &StoredKey, secret: &Secret) -> Option<SigningKey> {
    match open(key, secret) {
        Ok(key) => Some(key),
        Err(refusal) => {
            let (id, error) = (&key.id, &refusal as &dyn std::error::Error);
            tracing::error!(id, error, "the active key of a brand cannot be opened");
            None
        }
    }
}

/// What a key of a brand is trusted for.
fn trusted_key(key: &StoredKey, brand: &Code) -> Result<TrustedKey, Refusal> {
    let mut trusted = TrustedKey::from(public_half(key)?);
    trusted.brands = Some(BTreeSet::from([brand.clone()]));
    trusted.state = state_of(key);
    if trusted.state == KeyState::Retired {
        trusted.ends_at = key
            .retired_at
            .map(|retired_at| retired_at.saturating_add(OVERLAP));
    }
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
/// How long after it was retired a key may still have signed: another process may not have noticed.
const OVERLAP: Duration = Duration::from_secs(24 * 60 * 60);
/// After how long a key that could not be opened is tried again.
const TRIED_AGAIN: Duration = Duration::from_secs(5);
/// How long keys are kept in memory before another process's rotation is looked for.
const LONGEST_KEPT: Duration = Duration::from_secs(60);
