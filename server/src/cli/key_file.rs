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
    join(files.iter().map(|file| {
        let bytes = file.read_document(MAX_KEY_SIZE)?;
        let store = TrustStore::parse_bytes(&bytes).map_err(|source| unusable(file, source))?;
        Ok((file, store))
    }))
}

/// One set of several, numbered as the latest of them.
///
/// # Errors
///
/// Those of `sets`, and [`Error::Key`] for the first that trusts a key for something else than one
/// before it.
pub(crate) fn join<'a>(
    sets: impl IntoIterator<Item = Result<(&'a Input, TrustStore), Error>>,
) -> Result<TrustStore, Error> {
    let mut keys: BTreeMap<KeyId, TrustedKey> = BTreeMap::new();
    let mut sequence = 0;
    for set in sets {
        let (file, set) = set?;
        sequence = set.sequence().max(sequence);
        for trusted in set.keys() {
            let key_id = trusted.key.id();
            if keys.get(&key_id).is_some_and(|earlier| earlier != trusted) {
                return Err(unusable(file, InvalidKey::Twice { key_id }));
            }
            keys.insert(key_id, trusted.clone());
        }
    }
    Ok(TrustStore::new(keys.into_values()).at_sequence(sequence))
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

/// The PEM of a private key, with a warning where others may read it too.
///
/// # Errors
///
/// As [`read_trust`].
pub(crate) fn read_private_pem(file: &Input) -> Result<String, Error> {
    let pem = file.read_text(MAX_KEY_SIZE)?;
    SigningKey::from_pem(&pem).map_err(|source| unusable(file, source))?;
    file.warn_if_shared();
    Ok(pem)
}

/// The public half of a key, from either half.
///
/// # Errors
///
/// As [`read_trust`]; a set is no key.
pub(crate) fn read_verifying_key(file: &Input) -> Result<VerifyingKey, Error> {
    match KeyFile::read(file)? {
        KeyFile::Key(key) => Ok(key),
        KeyFile::Set(_) => Err(unusable(file, InvalidKey::Json)),
    }
}

/// What a file of public keys holds.
pub(crate) enum KeyFile {
    /// One key, of which nothing is stated; of a private one, the public half.
    Key(VerifyingKey),
    /// A JWK set.
    Set(TrustStore),
}

impl KeyFile {
    /// Reads a key, private or public, or a set of public ones.
    ///
    /// # Errors
    ///
    /// As [`read_trust`].
    pub(crate) fn read(file: &Input) -> Result<Self, Error> {
        let bytes = file.read_document(MAX_KEY_SIZE)?;
        let text = std::str::from_utf8(&bytes).unwrap_or_default();
        let read = match TrustStore::parse_bytes(&bytes) {
            Ok(set) if text.trim_start().starts_with('{') => Ok(Self::Set(set)),
            Ok(_) => text.parse().map(Self::Key),
            Err(InvalidKey::Private) if text.contains("PRIVATE KEY") => {
                SigningKey::from_pem(text).map(|key| Self::Key(key.verifying_key()))
            }
            Err(source) => Err(source),
        };
        read.map_err(|source| unusable(file, source))
    }
}

fn unusable(file: &Input, source: InvalidKey) -> Error {
    let file = file.clone();
    Error::Key { file, source }
}

/// The longest file of keys, in bytes: as long as the longest JWK set.
const MAX_KEY_SIZE: usize = 64 * 1024;
