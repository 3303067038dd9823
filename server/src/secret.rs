//! What keeps secrets secret at rest: keyed hashes to find them by, and a seal to show them again.

use std::fmt;

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use ring::hmac;
use subtle::ConstantTimeEq as _;

use crate::entropy;

/// The authority's own secret, from which the keys for hashing and sealing are derived (RFC 5869).
///
/// Who has the database and not this learns no license key from it, not even a short one by trying.
pub(crate) struct Secret {
    hashing: hmac::Key,
    sealing: LessSafeKey,
}

impl Secret {
    /// Derives the keys from random bytes that are kept outside the database.
    pub(crate) fn from_bytes(bytes: &[u8; SECRET_LENGTH]) -> Option<Self> {
        let prk = Salt::new(HKDF_SHA256, SALT).extract(bytes);
        Some(Self {
            hashing: hmac::Key::new(hmac::HMAC_SHA256, &derive(&prk, b"hash")?),
            sealing: LessSafeKey::new(
                UnboundKey::new(&CHACHA20_POLY1305, &derive(&prk, b"seal")?).ok()?,
            ),
        })
    }

    /// The keyed hash (HMAC-SHA-256) that a secret is stored as and found by; `purpose` keeps equal
    /// texts of different meaning apart.
    pub(crate) fn hash(&self, purpose: &str, parts: &[&str]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.hashing);
        for part in [&[purpose], parts].concat() {
            // Lengths first, so that no two lists of parts give the same bytes.
            let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
            context.update(&length.to_be_bytes());
            context.update(part.as_bytes());
        }
        let mut hash = [0; 32];
        hash.copy_from_slice(context.sign().as_ref());
        hash
    }

    /// Seals a text (ChaCha20-Poly1305, RFC 8439) for the place in the database that `place` names:
    /// it opens nowhere else.
    pub(crate) fn seal(&self, place: &str, text: &[u8]) -> std::io::Result<Vec<u8>> {
        let nonce = entropy::draw::<NONCE_LEN>()?;
        let mut sealed = text.to_vec();
        self.sealing
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(place.as_bytes()),
                &mut sealed,
            )
            .map_err(|_| std::io::Error::other("a text is too long to be sealed"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what [`seal`](Self::seal) gave; `None` for what was sealed with another secret or for
    /// another place, or was changed since.
    pub(crate) fn open(&self, place: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut text = sealed.to_vec();
        let opened = self
            .sealing
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(place.as_bytes()),
                &mut text,
            )
            .ok()?
            .len();
        text.truncate(opened);
        Some(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Compares two hashes without telling by the time it takes where they differ.
pub(crate) fn is_equal(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}

/// A short text that tells one public text from others: half of its SHA-256, in hexadecimal.
pub(crate) fn digest(text: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    let half = digest.as_ref().iter().take(16);
    half.map(|byte| format!("{byte:02x}")).collect()
}

fn derive(prk: &Prk, purpose: &[u8]) -> Option<[u8; 32]> {
    let mut key = [0; 32];
    let info = [purpose];
    let expanded = prk.expand(&info, KeyLength).ok()?;
    expanded.fill(&mut key).ok()?;
    Some(key)
}

struct KeyLength;

impl KeyType for KeyLength {
    fn len(&self) -> usize {
        32
    }
}

/// Random bytes of the authority's secret.
pub(crate) const SECRET_LENGTH: usize = 32;
const SALT: &[u8] = b"countersign authority 1";

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(byte: u8) -> Secret {
        Secret::from_bytes(&[byte; SECRET_LENGTH]).unwrap()
    }

    #[test]
    fn hashes_depend_on_secret_purpose_and_the_bounds_of_parts() {
        let hash = secret(1).hash("key", &["ab", "c"]);
        assert_eq!(hash, secret(1).hash("key", &["ab", "c"]));
        for other in [
            secret(2).hash("key", &["ab", "c"]),
            secret(1).hash("api", &["ab", "c"]),
            secret(1).hash("key", &["a", "bc"]),
            secret(1).hash("key", &["abc"]),
        ] {
            assert_ne!(hash, other);
        }
    }

    #[test]
    fn what_is_sealed_opens_in_its_place_and_unchanged_only() {
        let sealed = secret(1).seal("keys/1", b"ACME-1").unwrap();
        assert_eq!(secret(1).open("keys/1", &sealed).unwrap(), b"ACME-1");
        assert_eq!(secret(1).open("keys/2", &sealed), None);
        assert_eq!(secret(2).open("keys/1", &sealed), None);
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert_eq!(secret(1).open("keys/1", &changed), None);
        }
        assert_eq!(secret(1).open("keys/1", &sealed[..5]), None);
    }
}
