//! Keys from files: those that are trusted, and the private one that signs.

use std::collections::BTreeMap;

use countersign::{InvalidKey, KeyId, SigningKey, TrustStore, TrustedKey, VerifyingKey};

use super::error::Error;
use super::file::Input;

/// Everything that the files state to be trusted: JWK sets, and keys in PEM or base64.
///
/// # Errors
///
/// [`Error::Read`] and [`Error::Key`], for the first file that is wrong, or that trusts a key for
/// something else than one before it.
pub(crate) fn read_trust(files: &[Input]) -> Result<TrustStore, Error> {
    let mut keys: BTreeMap<KeyId, TrustedKey> = BTreeMap::new();
    for file in files {
        let bytes = file.read_document(MAX_KEY_SIZE)?;
        let store = TrustStore::parse_bytes(&bytes).map_err(|source| unusable(file, source))?;
        for trusted in store.keys() {
            let key_id = trusted.key.id();
            if keys.get(&key_id).is_some_and(|earlier| earlier != trusted) {
                return Err(unusable(file, InvalidKey::Twice { key_id }));
            }
            keys.insert(key_id, trusted.clone());
        }
    }
    Ok(TrustStore::new(keys.into_values()))
}

/// A private key, with a warning where others may read it too.
///
/// # Errors
///
/// As [`read_trust`].
pub(crate) fn read_signing_key(file: &Input) -> Result<SigningKey, Error> {
    let pem = file.read_text(MAX_KEY_SIZE)?;
    let key = SigningKey::from_pem(&pem).map_err(|source| unusable(file, source))?;
    file.warn_if_shared();
    Ok(key)
}

/// The public half of a key, from either half.
///
/// # Errors
///
/// As [`read_trust`].
pub(crate) fn read_verifying_key(file: &Input) -> Result<VerifyingKey, Error> {
    let text = file.read_text(MAX_KEY_SIZE)?;
    match text.parse::<VerifyingKey>() {
        Err(InvalidKey::Private) => SigningKey::from_pem(&text).map(|key| key.verifying_key()),
        read => read,
    }
    .map_err(|source| unusable(file, source))
}

fn unusable(file: &Input, source: InvalidKey) -> Error {
    let file = file.clone();
    Error::Key { file, source }
}

/// The longest file of keys, in bytes: as long as the longest JWK set.
const MAX_KEY_SIZE: usize = 64 * 1024;
