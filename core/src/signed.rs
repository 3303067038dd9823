use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::str::FromStr;
use std::sync::Arc;

use base64::DecodeError;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::carrier;
use crate::code::Code;
use crate::error::Error;
use crate::excerpt::excerpt;
use crate::fault::{Fault, Flaw};
use crate::json::{self, Reader};
use crate::keys::{self, KeyId};
use crate::moment::Moment;
use crate::trust::TrustStore;

/// A kind of document. The kind is part of the signed bytes, so a signature over one never verifies
/// as another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[non_exhaustive]
pub enum Kind {
    /// The terms that a customer bought.
    License,
    /// Proof that an instance holds a seat.
    Lease,
    /// The standing of every license of a brand.
    StatusList,
    /// New keys in place of the ones a host trusts.
    TrustUpdate,
    /// Reserved: keys that a brand passes on.
    Delegation,
}

impl Kind {
    const ALL: [Self; 5] = [
        Self::License,
        Self::Lease,
        Self::StatusList,
        Self::TrustUpdate,
        Self::Delegation,
    ];

    /// The kind that `text` says it is, armoured or bare. Nothing is verified.
    ///
    /// # Errors
    ///
    /// As [`Signed::parse`] for a document of that kind.
    pub fn of(text: &str) -> Result<Self, Error> {
        // The kind that may be longest.
        if text.len() > Self::StatusList.max_size() {
            return Err(Flaw::TooLong.into());
        }
        let (_, parts) = Parts::within(text)?;
        let header = Header::read(&parts.header)?;
        match header.typ.strip_suffix(TYP_SUFFIX).map(str::parse::<Self>) {
            Some(Ok(kind)) if text.len() > kind.max_size() => Err(Flaw::TooLong.into()),
            Some(Ok(kind)) => Ok(kind),
            _ => Err(header.is_not(Self::License)),
        }
    }

    /// The kind as a key's `documents` name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::License => "license",
            Self::Lease => "lease",
            Self::StatusList => "statuslist",
            Self::TrustUpdate => "trust",
            Self::Delegation => "delegation",
        }
    }

    /// The longest text of this kind that is read, in bytes.
    pub fn max_size(self) -> usize {
        match self {
            Self::License => 1024 * 1024,
            Self::StatusList => 4 * 1024 * 1024,
            _ => 64 * 1024,
        }
    }

    /// The base64url of what follows the key in a header of this kind that this crate writes:
    /// `,"typ":"license+jwt"}` and the like.
    fn header_end(self) -> &'static str {
        match self {
            Self::License => "LCJ0eXAiOiJsaWNlbnNlK2p3dCJ9",
            Self::Lease => "LCJ0eXAiOiJsZWFzZStqd3QifQ",
            Self::StatusList => "LCJ0eXAiOiJzdGF0dXNsaXN0K2p3dCJ9",
            Self::TrustUpdate => "LCJ0eXAiOiJ0cnVzdCtqd3QifQ",
            Self::Delegation => "LCJ0eXAiOiJkZWxlZ2F0aW9uK2p3dCJ9",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::License => "LICENSE",
            Self::Lease => "LEASE",
            Self::StatusList => "STATUS LIST",
            Self::TrustUpdate | Self::Delegation => "TRUST UPDATE",
        }
    }
}

/// What is no name of a kind of document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a kind of document is `license`, `lease`, `statuslist`, `trust` or `delegation`")]
pub struct InvalidKind;

impl FromStr for Kind {
    type Err = InvalidKind;

    fn from_str(text: &str) -> Result<Self, InvalidKind> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or(InvalidKind)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::License => "license",
            Self::Lease => "lease",
            Self::StatusList => "status list",
            Self::TrustUpdate => "trust update",
            Self::Delegation => "delegation",
        })
    }
}

/// What an authority signs: a [`License`](crate::License), a [`Lease`](crate::Lease), a
/// [`StatusList`](crate::StatusList) or a [`TrustUpdate`](crate::TrustUpdate).
///
/// Sealed. The kind is part of the signed bytes, so a signature over one kind of document never
/// verifies as another.
pub trait Document: sealed::Sealed {}

impl<D: sealed::Sealed> Document for D {}

pub(crate) mod sealed {
    use super::{Fault, Kind, Reader, Subject};

    /// What a kind of document has to say of itself to the envelope.
    pub trait Sealed: Sized {
        const KIND: Kind;

        /// What is looked up in the document once, when it is verified.
        type Index: std::fmt::Debug + Default;

        #[doc(hidden)]
        fn read(reader: &mut Reader<'_>, index: &mut Self::Index) -> Result<Self, Fault>;
        #[doc(hidden)]
        fn subject(&self) -> Subject<'_>;
    }
}

/// Whom a document speaks for, and when it was signed: what a key may be confined to.
#[derive(Debug)]
pub struct Subject<'a> {
    pub(crate) brand: &'a Code,
    pub(crate) product: Option<&'a Code>,
    pub(crate) issued_at: Moment,
}

/// A document as it travels in a file, a mail or a response: parsed, not yet verified.
///
/// Nothing in it can be read except the name of the key that claims to have signed it. To get at
/// the content, call [`verify`](Self::verify). A lease as text is a secret: `Debug` shows none of
/// it.
pub struct Signed<D> {
    envelope: Envelope,
    kind: PhantomData<fn() -> D>,
}

impl<D: Document> Signed<D> {
    /// Parses the textual form, bare or armoured, within the size limit of its kind.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] or [`Error::WrongDocument`]. No error here says anything about who
    /// wrote the text.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Ok(Self {
            envelope: Envelope::parse(text, D::KIND)?,
            kind: PhantomData,
        })
    }

    /// Parses what was read from a file, which may not be text at all.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse); [`Error::Malformed`] for bytes that are not UTF-8.
    pub fn parse_bytes(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > D::KIND.max_size() {
            return Err(Flaw::TooLong.into());
        }
        match (std::str::from_utf8(bytes), bytes) {
            (Ok(text), _) => Self::parse(text),
            (Err(_), [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) => {
                Err(Fault::because(Flaw::NotText, "the text is UTF-16; save it as UTF-8").into())
            }
            (Err(_), _) => Err(Flaw::NotText.into()),
        }
    }

    /// The key that the document claims to be signed by.
    pub fn key_id(&self) -> KeyId {
        self.envelope.key_id
    }

    /// The bare text, on one line.
    pub fn as_str(&self) -> &str {
        &self.envelope.token
    }

    /// The text in armour, for files and mail. `names` are lines for people, such as the customer's
    /// name: they are not signed, and no reader looks at them.
    pub fn to_armor(&self, names: &[(&str, &str)]) -> String {
        carrier::wrap(D::KIND.label(), names, self.as_str())
    }

    /// Reads the claims as strictly as [`verify`](Self::verify) does, and keeps none of them: for
    /// tools that say what is wrong with a document whose signer they do not know. Nothing wrong does
    /// not mean genuine.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] and [`Error::Unsupported`]; what is no strict JSON as a whole is refused
    /// before any claim is looked at.
    pub fn check_claims(&self) -> Result<(), Error> {
        let (_, claims) = self.envelope.decoded.split();
        json::read(claims, Reader::skip).map_err(|fault| fault.within("claims"))?;
        decode::<D>(claims).map(drop)
    }

    /// Checks the signature over the bytes as received and only then decodes them.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownKey`] if `trust` lacks the key, [`Error::KeyRevoked`] and
    /// [`Error::KeyNotForDocument`] if the key is not to be used for it, [`Error::BadSignature`] if
    /// the bytes were not signed by it, [`Error::Malformed`] and [`Error::Unsupported`] if the
    /// signed bytes do not decode; [`Error::KeyNotForProduct`] and [`Error::KeyOutsideValidity`] if
    /// the key may not sign for this brand or product, or at that moment.
    pub fn verify(&self, trust: &TrustStore) -> Result<Verified<D>, Error> {
        let Envelope {
            token,
            decoded,
            key_id,
        } = &self.envelope;
        let trusted = trust.key_for(key_id, D::KIND)?;
        // It ends in a dot and the signature: it was read so.
        let signed = token.len().saturating_sub(SIGNATURE_CHARACTERS + 1);
        let signed = token.as_bytes().get(..signed).unwrap_or_default();
        let (signature, claims) = decoded.split();
        if !trusted.key.has_signed(signed, signature) {
            return Err(bad_signature(*key_id));
        }
        // Where it stays, before anything passes it on: it is large.
        let content = decode_into(claims, |document: D, index| {
            Arc::new(Content {
                index,
                document,
                signed_by: *key_id,
                token: token.clone(),
            })
        })?;
        let Subject {
            brand,
            product,
            issued_at,
        } = content.document.subject();
        trusted.check_subject(brand, product, issued_at)?;
        Ok(Verified(content))
    }
}

impl<D: Document> FromStr for Signed<D> {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

/// As its text.
impl<D: Document> Serialize for Signed<D> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de, D: Document> Deserialize<'de> for Signed<D> {
    fn deserialize<S: Deserializer<'de>>(deserializer: S) -> Result<Self, S::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(S::Error::custom)
    }
}

impl<D> Clone for Signed<D> {
    fn clone(&self) -> Self {
        Self {
            envelope: self.envelope.clone(),
            kind: PhantomData,
        }
    }
}

impl<D: Document> fmt::Debug for Signed<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signed({}, by {})", D::KIND, self.key_id())
    }
}

/// A document whose signature has been checked.
///
/// There is no way to make one but [`Signed::verify`], so a function that takes a
/// `Verified<License>` cannot be handed a forged one. Clones share their content.
pub struct Verified<D: Document>(Arc<Content<D>>);

impl<D: Document> Verified<D> {
    /// The key whose signature was checked.
    pub fn signed_by(&self) -> KeyId {
        self.0.signed_by
    }

    /// The bare text that was verified, to be stored or sent. Of a lease it is a secret.
    pub fn as_str(&self) -> &str {
        &self.0.token
    }

    pub(crate) fn index(&self) -> &D::Index {
        &self.0.index
    }
}

impl<D: Document> Deref for Verified<D> {
    type Target = D;

    fn deref(&self) -> &D {
        &self.0.document
    }
}

impl<D: Document> Clone for Verified<D> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<D: Document + fmt::Debug> fmt::Debug for Verified<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("document", &self.0.document)
            .field("signed_by", &self.0.signed_by)
            .finish_non_exhaustive()
    }
}

/// Decodes the claims of a document that is not signed yet, or whose signature was checked.
pub(crate) fn decode<D: Document>(claims: &[u8]) -> Result<D, Error> {
    decode_into(claims, |document, _| document)
}

fn decode_into<D: Document, T>(
    claims: &[u8],
    into: impl FnOnce(D, D::Index) -> T,
) -> Result<T, Error> {
    let document = json::read(claims, |reader| {
        let mut index = D::Index::default();
        D::read(reader, &mut index).map(|document| into(document, index))
    });
    Ok(document.map_err(|fault| fault.within("claims"))?)
}

struct Content<D: Document> {
    document: D,
    index: D::Index,
    signed_by: KeyId,
    token: Arc<str>,
}

/// What a document of any kind travels as.
#[derive(Clone)]
struct Envelope {
    token: Arc<str>,
    decoded: Decoded,
    key_id: KeyId,
}

impl Envelope {
    /// One copy of the code for documents of all kinds.
    fn parse(text: &str, kind: Kind) -> Result<Self, Error> {
        if text.len() > kind.max_size() {
            return Err(Flaw::TooLong.into());
        }
        let bare = text.trim_ascii();
        let unfolded = carrier::unfold(bare);
        match Self::as_written(unfolded.as_deref().unwrap_or(bare), kind) {
            Some(envelope) => Ok(envelope),
            None => Self::in_any_form(text, kind),
        }
    }

    /// A token whose header is the very bytes that this crate writes, as nearly all are: told by the
    /// characters of its base64url, before and after the key and its quotes.
    #[inline]
    fn as_written(token: &str, kind: Kind) -> Option<Self> {
        let (signed, signature) = split_signature(token)?;
        let rest = signed.strip_prefix(HEADER_START)?;
        let (quoted, rest) = rest.split_at_checked(QUOTED_CHARACTERS)?;
        let claims = rest.strip_prefix(kind.header_end())?.strip_prefix('.')?;
        // Key and signature at once: to begin and to end costs base64 more than so few characters.
        let mut text = [0; QUOTED_CHARACTERS + SIGNATURE_CHARACTERS];
        let (to_quoted, to_signature) = text.split_at_mut(QUOTED_CHARACTERS);
        // Both are as long as the places they were split off for.
        to_quoted.copy_from_slice(quoted.as_bytes());
        to_signature.copy_from_slice(signature.as_bytes());
        let bytes: [u8; QUOTED_KEY_ID + SIGNATURE_LENGTH] = keys::decode_exactly(text.as_slice())?;
        let (quoted, signature) = bytes.split_at(QUOTED_KEY_ID);
        let key_id = quoted.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
        Some(Self {
            key_id: KeyId::from_text(key_id)?,
            decoded: Decoded::of(signature, claims)?,
            token: token.into(),
        })
    }

    #[cold]
    fn in_any_form(text: &str, kind: Kind) -> Result<Self, Error> {
        let (token, parts) = Parts::within(text)?;
        let key_id = Header::read(&parts.header)?.key_id_of(kind)?;
        Ok(Self {
            token: token.into(),
            decoded: parts.decoded,
            key_id,
        })
    }
}

/// The signature of a token and then its claims. In one piece, since what is moved should be small.
#[derive(Clone)]
struct Decoded(Vec<u8>);

impl Decoded {
    /// `None` for claims that do not decode, or to nothing.
    #[inline(always)]
    fn of(signature: &[u8], claims: &str) -> Option<Self> {
        let bytes = keys::decode_after(signature, claims).ok()?;
        (bytes.len() > SIGNATURE_LENGTH).then_some(Self(bytes))
    }

    fn split(&self) -> (&[u8], &[u8]) {
        // It is longer.
        self.0
            .split_at_checked(SIGNATURE_LENGTH)
            .unwrap_or_default()
    }
}

/// The parts of a token, decoded.
struct Parts {
    header: Vec<u8>,
    decoded: Decoded,
}

impl Parts {
    /// The token that `text` carries, and its parts.
    fn within(text: &str) -> Result<(Cow<'_, str>, Self), Fault> {
        let bare = text.trim_ascii();
        // What decodes as it stands is bare: it has nothing around it and no line breaks.
        if let Some(parts) = Self::decode(bare) {
            return Ok((Cow::Borrowed(bare), parts));
        }
        let token = carrier::unwrap_parts(text, PARTS)?;
        let parts = Self::decode(&token).ok_or_else(|| why_not_parts(&token))?;
        Ok((Cow::Owned(token), parts))
    }

    fn decode(token: &str) -> Option<Self> {
        let (signed, signature) = split_signature(token)?;
        let (header, claims) = signed.split_at_checked(first_dot(signed.as_bytes())?)?;
        let header = keys::decode(header).ok()?;
        let signature: [u8; SIGNATURE_LENGTH] = keys::decode_exactly(signature)?;
        // The dot, and then none: a further one is no base64url.
        let decoded = Decoded::of(&signature, claims.get(1..)?)?;
        (!header.is_empty()).then_some(Self { header, decoded })
    }
}

/// Where the first dot stands. A block is looked at as a whole, without a branch.
fn first_dot(bytes: &[u8]) -> Option<usize> {
    const BLOCK: usize = 32;
    let has_none = |block: &&[u8; BLOCK]| {
        let bytes = block.iter();
        bytes.fold(true, |none, &byte| none & (byte != b'.'))
    };
    let blocks = bytes.as_chunks().0.iter();
    let before = BLOCK * blocks.take_while(has_none).count();
    let within = bytes.get(before..)?.iter().position(|&byte| byte == b'.')?;
    Some(before + within)
}

/// Splits a token before its last dot, if a signature of the right length follows.
fn split_signature(token: &str) -> Option<(&str, &str)> {
    let dot = token.len().checked_sub(SIGNATURE_CHARACTERS + 1)?;
    let (signed, signature) = token.split_at_checked(dot)?;
    Some((signed, signature.strip_prefix('.')?))
}

#[cold]
fn bad_signature(key_id: KeyId) -> Error {
    Error::BadSignature { key_id }
}

/// What is wrong with a token that does not decode.
#[cold]
fn why_not_parts(token: &str) -> Fault {
    let parts = token.split_once('.').and_then(|(header, rest)| {
        let (claims, signature) = rest.split_once('.')?;
        (!signature.contains('.')).then_some([header, claims, signature])
    });
    let Some([header, claims, signature]) = parts else {
        return Fault::new(Flaw::Parts);
    };
    let part = |text, name| match decode_part(text) {
        Ok(bytes) if bytes.is_empty() => Err(Fault::new(Flaw::PartLength).within(name)),
        decoded => decoded.map_err(|fault| fault.within(name)),
    };
    // What is wrong with an encoding comes before a wrong length.
    let encodings = decode_part(signature)
        .map_err(|fault| fault.within("signature"))
        .and_then(|_| part(header, "header"))
        .and_then(|_| part(claims, "claims"));
    match encodings {
        Err(fault) => fault,
        Ok(_) => Fault::new(Flaw::SignatureLength).within("signature"),
    }
}

/// Decodes base64url, and says what is wrong with it.
pub(crate) fn decode_part(text: &str) -> Result<Vec<u8>, Fault> {
    keys::decode(text).map_err(|error| {
        let other = text.bytes().any(|byte| matches!(byte, b'+' | b'/' | b'='));
        Fault::new(match error {
            _ if other => Flaw::NotBase64Url,
            DecodeError::InvalidLength(_) => Flaw::PartLength,
            DecodeError::InvalidLastSymbol { .. } => Flaw::TrailingBits,
            _ => Flaw::NotBase64Url,
        })
    })
}

/// The header of a document: exactly three members.
struct Header<'a> {
    key_id: KeyId,
    typ: Cow<'a, str>,
}

impl<'a> Header<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Fault> {
        let (mut algorithm, mut key_id, mut typ) = (None, None, None);
        let members = json::read(bytes, |reader| {
            reader.object(|reader, name| {
                match name {
                    "alg" => algorithm = Some(reader.string()?),
                    "kid" => {
                        let parsed = reader.string()?.parse();
                        key_id = Some(parsed.map_err(|_| Fault::new(Flaw::KeyId))?);
                    }
                    "typ" => typ = Some(reader.string()?),
                    _ => return Err(Fault::new(Flaw::HeaderMember)),
                }
                Ok(())
            })
        });
        members.map_err(|fault| fault.within("header"))?;
        let missing = |name| {
            Fault::new(Flaw::HeaderIncomplete)
                .within(name)
                .within("header")
        };
        if !["EdDSA", "Ed25519"].contains(&&*algorithm.ok_or_else(|| missing("alg"))?) {
            return Err(Fault::new(Flaw::Algorithm).within("alg").within("header"));
        }
        let key_id = key_id.ok_or_else(|| missing("kid"))?;
        Ok(Self {
            key_id,
            typ: typ.ok_or_else(|| missing("typ"))?,
        })
    }

    /// The key, if the document is of that kind.
    fn key_id_of(&self, kind: Kind) -> Result<KeyId, Error> {
        match self.typ.strip_suffix(TYP_SUFFIX) {
            Some(name) if name == kind.name() => Ok(self.key_id),
            _ => Err(self.is_not(kind)),
        }
    }

    fn is_not(&self, expected: Kind) -> Error {
        Error::WrongDocument {
            expected,
            found: excerpt(&self.typ),
        }
    }
}

/// What follows the name of a kind in `typ`.
pub(crate) const TYP_SUFFIX: &str = "+jwt";
/// The base64url of what such a header begins with: `{"alg":"EdDSA","kid":`.
const HEADER_START: &str = "eyJhbGciOiJFZERTQSIsImtpZCI6";
/// How long the name of a key is with its quotes, in bytes.
const QUOTED_KEY_ID: usize = KeyId::CHARACTERS + 2;
/// The same in base64url: whole groups of four characters.
const QUOTED_CHARACTERS: usize = QUOTED_KEY_ID / 3 * 4;
/// Header, claims and signature.
const PARTS: usize = 3;
/// The length of an Ed25519 signature, in bytes (RFC 8032).
const SIGNATURE_LENGTH: usize = 64;
/// The same in base64url without padding.
const SIGNATURE_CHARACTERS: usize = (SIGNATURE_LENGTH * 4).div_ceil(3);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::license::License;

    #[test]
    fn the_kind_of_a_text_is_told_within_its_limit_alone() {
        let header = |typ: &str| format!(r#"{{"alg":"EdDSA","kid":"{}","typ":"{typ}"}}"#, KEY_ID);
        for kind in Kind::ALL {
            let header = header(&format!("{}{TYP_SUFFIX}", kind.name()));
            let parts = [header.as_bytes(), b"{}", &[0; SIGNATURE_LENGTH]].map(keys::encode);
            let token = parts.join(".");
            let longest = format!("{token}{}", " ".repeat(kind.max_size() - token.len()));
            assert_eq!(Kind::of(&longest), Ok(kind));
            assert_eq!(Kind::of(&(longest + " ")), Err(Flaw::TooLong.into()));
        }
    }

    #[test]
    fn claims_are_checked_without_a_signature_and_json_first() {
        let header = format!(r#"{{"alg":"EdDSA","kid":"{KEY_ID}","typ":"license+jwt"}}"#);
        let check = |claims: &str| {
            let parts = [header.as_bytes(), claims.as_bytes(), &[0; SIGNATURE_LENGTH]];
            let signed = Signed::<License>::parse(&parts.map(keys::encode).join(".")).unwrap();
            signed.check_claims().map_err(|error| error.refusal())
        };
        let genuine = r#"{"ver":1,"jti":"a","iss":"acme","aud":"editor","iat":0,"rev":1"#;
        let rows = [
            ("}", Ok(())),
            (r#","sub":5}"#, Err(Flaw::WrongType)),
            (r#","sub":5,"x":1,"x":2}"#, Err(Flaw::Duplicate)),
            (r#","sub":5} "#, Err(Flaw::WrongType)),
            (r#","sub":5}}"#, Err(Flaw::Syntax)),
        ];
        for (rest, expected) in rows {
            let expected = expected.map_err(|flaw: Flaw| Some(flaw.number()));
            assert_eq!(check(&format!("{genuine}{rest}")), expected, "{rest}");
        }
        assert_eq!(check("[1,2]"), Err(Some(Flaw::WrongType.number())));
    }

    #[test]
    fn a_header_is_read_alike_as_it_is_written_and_member_by_member() {
        let rows = [
            (
                format!(r#"{{"alg":"EdDSA","kid":"{KEY_ID}","typ":"license+jwt"}}"#),
                true,
            ),
            (
                format!(r#"{{"alg":"EdDSA","kid":"{KEY_ID}","typ":"lease+jwt"}}"#),
                true,
            ),
            (
                format!(r#"{{"alg":"EdDSA","kid":"{KEY_ID}","typ":"statuslist+jwt"}}"#),
                true,
            ),
            (
                format!(r#"{{"alg":"EdDSA","kid":"{KEY_ID}","typ":"trust+jwt"}}"#),
                true,
            ),
            (
                format!(r#"{{"alg":"EdDSA","kid":"{KEY_ID}","typ":"delegation+jwt"}}"#),
                true,
            ),
            (
                format!(r#"{{"alg":"EdDSA","kid":"{KEY_ID}","typ":"other+jwt"}}"#),
                false,
            ),
            (
                format!(r#"{{"alg":"EdDSA","kid":"{KEY_ID}","typ":""}}"#),
                false,
            ),
            (
                format!(r#"{{"alg":"EdDSA","kid":"{KEY_ID}","typ":"a\u0062"}}"#),
                false,
            ),
            (
                format!(r#"{{"alg":"EdDSA","kid":"{KEY_ID}","typ":"a","typ":"b"}}"#),
                false,
            ),
            (
                format!(r#"{{"alg":"EdDSA","kid":"{KEY_ID}","typ":"a"}} "#),
                false,
            ),
            (
                format!(r#"{{"alg":"EdDSA","typ":"a","kid":"{KEY_ID}"}}"#),
                false,
            ),
            (
                format!(r#"{{"alg":"Ed25519","kid":"{KEY_ID}","typ":"a"}}"#),
                false,
            ),
            (
                format!(r#"{{"alg":"EdDSA","kid":"{KEY_ID}AA","typ":"a"}}"#),
                false,
            ),
            (
                format!(r#"{{"alg":"EdDSA","kid":"{}!","typ":"a"}}"#, &KEY_ID[1..]),
                false,
            ),
            (format!(r#"{{"alg":"EdDSA","kid":"{KEY_ID}"}}"#), false),
        ];
        for (text, is_as_written) in rows {
            let parts = [text.as_bytes(), b"{}", &[1; SIGNATURE_LENGTH]].map(keys::encode);
            let token = parts.join(".");
            let written: Vec<_> = Kind::ALL
                .into_iter()
                .filter_map(|kind| {
                    let written = Envelope::as_written(&token, kind)?;
                    let parts = Parts::decode(&token).unwrap();
                    assert_eq!(written.decoded.split(), parts.decoded.split(), "{text}");
                    assert_eq!(&*written.token, token);
                    Some((kind, written.key_id))
                })
                .collect();
            let read = Header::read(text.as_bytes()).ok().and_then(|header| {
                let kind = header.typ.strip_suffix(TYP_SUFFIX)?.parse().ok()?;
                Some((kind, header.key_id))
            });
            let expected: Vec<_> = read.into_iter().filter(|_| is_as_written).collect();
            assert_eq!(written, expected, "{text}");
            assert_eq!(!written.is_empty(), is_as_written, "{text}");
        }
    }

    #[test]
    fn the_first_dot_is_found_wherever_it_stands() {
        for length in 0..100 {
            let text = "a".repeat(length);
            assert_eq!(first_dot(text.as_bytes()), None);
            assert_eq!(first_dot(format!("{text}.a.").as_bytes()), Some(length));
        }
    }

    const KEY_ID: &str = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
}
