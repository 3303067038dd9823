use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use crate::code::{Code, Product};
use crate::error::Error;
use crate::fault::{Fault, Flaw};
use crate::json::{self, MAX_INTEGER, Reader};
use crate::keys::{self, InvalidKey, KeyId, VerifyingKey};
use crate::moment::Moment;
use crate::signed::{Kind, Verified};
use crate::trust_update::TrustUpdate;

/// The keys a host accepts documents from.
///
/// Ship at least two: the key in use and its successor, so that the authority can change keys
/// without a new release of the product. A document names the one key that signed it, and only
/// that key is tried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustStore {
    keys: BTreeMap<KeyId, TrustedKey>,
    sequence: u64,
}

impl TrustStore {
    /// Trusts exactly `keys`; one that may sign nothing is left out. Of a key that stands twice the
    /// last counts, but once it is revoked it stays so. An empty store trusts nothing and verifies no
    /// document.
    pub fn new(keys: impl IntoIterator<Item = TrustedKey>) -> Self {
        let mut store = Self::default();
        for trusted in keys.into_iter().filter(TrustedKey::may_sign_anything) {
            let id = trusted.key.id();
            let held = store.keys.get(&id).map(|held| held.state);
            if held != Some(KeyState::Revoked) {
                store.keys.insert(id, trusted);
            }
        }
        store
    }

    /// Reads a JWK Set (RFC 7517) with the members of docs/format.md, section 3.
    ///
    /// # Errors
    ///
    /// [`InvalidKey::Set`], with the place of the fault, for a set that is longer than 64 KiB or not
    /// strict JSON, and for the first key in it that cannot be trusted. [`InvalidKey::BareJwk`] for
    /// one key without a set around it, [`InvalidKey::Private`] if that is a private one;
    /// [`InvalidKey::Empty`], [`InvalidKey::ByteOrderMark`] and [`InvalidKey::Utf16`] for what an
    /// editor or a shell may leave.
    pub fn from_jwks(json: &str) -> Result<Self, InvalidKey> {
        if json.len() > MAX_JWKS_SIZE {
            return Err(InvalidKey::Set(Fault::new(Flaw::TooLong)));
        }
        keys::refuse_encoding(json)?;
        if json.trim().is_empty() {
            return Err(InvalidKey::Empty);
        }
        let (mut keys, mut sequence, mut bare) = (None, 0, None);
        json::read(json.as_bytes(), |reader| {
            reader.object(|reader, name| {
                match name {
                    "keys" => keys = Some(read_keys(reader)?),
                    "seq" => sequence = reader.integer_in(0..=MAX_INTEGER)?.unsigned_abs(),
                    "d" => {
                        reader.skip()?;
                        bare = Some(InvalidKey::Private);
                    }
                    "kty" => {
                        reader.skip()?;
                        bare.get_or_insert(InvalidKey::BareJwk);
                    }
                    _ => reader.skip()?,
                }
                Ok(())
            })
        })
        .map_err(InvalidKey::Set)?;
        match (keys, bare) {
            (Some(keys), _) => Ok(Self { keys, sequence }),
            (None, Some(bare)) => Err(bare),
            (None, None) => Err(InvalidKey::Set(Fault::new(Flaw::Missing).within("keys"))),
        }
    }

    /// Reads what was read from a file, which may not be text at all: as [`FromStr`] does.
    ///
    /// # Errors
    ///
    /// As [`from_jwks`](Self::from_jwks) for a JWK Set, and as [`VerifyingKey`] for one key;
    /// [`InvalidKey::Utf16`] and [`InvalidKey::NotText`] for bytes that are not UTF-8.
    pub fn parse_bytes(bytes: &[u8]) -> Result<Self, InvalidKey> {
        if bytes.len() > MAX_JWKS_SIZE {
            return Err(InvalidKey::Set(Fault::new(Flaw::TooLong)));
        }
        match (std::str::from_utf8(bytes), bytes) {
            (Ok(text), _) => text.parse(),
            (Err(_), [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) => Err(InvalidKey::Utf16),
            (Err(_), _) => Err(InvalidKey::NotText),
        }
    }

    /// The store as a JWK Set, on one line.
    pub fn to_jwks(&self) -> String {
        let keys: Vec<serde_json::Value> = self.keys.values().map(TrustedKey::to_jwk).collect();
        let mut set = serde_json::json!({ "keys": keys });
        if let (Some(set), 1..) = (set.as_object_mut(), self.sequence) {
            set.insert("seq".into(), self.sequence.into());
        }
        set.to_string()
    }

    /// The trusted key of that name.
    pub fn get(&self, id: KeyId) -> Option<&TrustedKey> {
        self.keys.get(&id)
    }

    /// Every trusted key, in the order of their names.
    pub fn keys(&self) -> impl Iterator<Item = &TrustedKey> {
        self.keys.values()
    }

    /// How many updates came before this trust: a [`TrustUpdate`] counts only above it.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The same keys as trust that so many updates came before: for who makes a set, so that the
    /// updates up to it no longer count. At most 2^53 - 1.
    #[must_use]
    pub fn at_sequence(mut self, sequence: u64) -> Self {
        self.sequence = sequence.min(MAX_INTEGER.unsigned_abs());
        self
    }

    /// The trust that `update` states, in place of this one. The documents that a host holds are to
    /// be verified anew with it.
    ///
    /// # Errors
    ///
    /// [`Error::OutdatedTrustUpdate`] unless it is newer than this trust; and, since it may have
    /// been verified with another store, every error that verifying it with this one would give.
    /// [`Error::KeyNotForProduct`] if a signer that is confined to brands or products states or
    /// replaces a key that reaches further.
    pub fn updated(&self, update: &Verified<TrustUpdate>) -> Result<Self, Error> {
        let signer = self.key_for(&update.signed_by(), Kind::TrustUpdate)?;
        signer.check_subject(&update.brand, None, update.issued_at)?;
        if update.sequence <= self.sequence {
            return Err(Error::OutdatedTrustUpdate {
                sequence: update.sequence,
                held: self.sequence,
            });
        }
        let mut stated_or_replaced = update.keys.values().chain(self.keys.values());
        if let Some(beyond) = stated_or_replaced.find(|key| !signer.covers(key)) {
            return Err(Error::KeyNotForProduct {
                key_id: signer.key.id(),
                subject: beyond.key.id().to_string(),
                by_update: true,
            });
        }
        Ok(Self {
            keys: update.keys.clone(),
            sequence: update.sequence,
        })
    }

    /// The key of that name, if it is here, not revoked, and may sign such documents.
    pub(crate) fn key_for(&self, key_id: &KeyId, kind: Kind) -> Result<&TrustedKey, Error> {
        match self.keys.get(key_id) {
            Some(trusted) if trusted.state != KeyState::Revoked && trusted.may_sign(kind) => {
                Ok(trusted)
            }
            trusted => Err(refusal(trusted, *key_id, kind)),
        }
    }
}

/// Apart, since most keys state no kinds.
#[inline(never)]
fn is_among(kind: Kind, documents: &BTreeSet<Kind>) -> bool {
    documents.contains(&kind)
}

/// Why a key that is there or not does not do for such a document.
#[cold]
fn refusal(trusted: Option<&TrustedKey>, key_id: KeyId, kind: Kind) -> Error {
    match trusted {
        None => Error::UnknownKey { key_id },
        Some(trusted) if trusted.state == KeyState::Revoked => Error::KeyRevoked { key_id },
        Some(_) => Error::KeyNotForDocument { key_id, kind },
    }
}

/// Reads what keys are kept in: a JWK Set, or one key as PEM or base64, which is trusted for
/// whatever it may sign by default.
impl FromStr for TrustStore {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        if text.trim_start().starts_with('{') {
            return Self::from_jwks(text);
        }
        Ok(Self::new([text.parse::<VerifyingKey>()?.into()]))
    }
}

impl FromIterator<TrustedKey> for TrustStore {
    fn from_iter<I: IntoIterator<Item = TrustedKey>>(keys: I) -> Self {
        Self::new(keys)
    }
}

/// A key, and what it is trusted for. Every restriction is absent unless stated.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrustedKey {
    /// The key.
    pub key: VerifyingKey,
    /// The kinds of documents it may sign; `None` for licenses, leases and status lists.
    pub documents: Option<BTreeSet<Kind>>,
    /// The brands it may sign for; `None` for any.
    pub brands: Option<BTreeSet<Code>>,
    /// The products, by their own codes, that it may sign for; `None` for any.
    pub products: Option<BTreeSet<Code>>,
    /// Documents signed earlier are refused.
    pub not_before: Option<Moment>,
    /// Documents signed at or after it are refused.
    pub ends_at: Option<Moment>,
    /// Whether the authority signs with it.
    pub state: KeyState,
}

impl TrustedKey {
    /// Whether the key may sign documents of this kind.
    pub fn may_sign(&self, kind: Kind) -> bool {
        match &self.documents {
            Some(documents) => is_among(kind, documents),
            None => matches!(kind, Kind::License | Kind::Lease | Kind::StatusList),
        }
    }

    /// Whether it is confined to no empty set: what may sign nothing has no form as a JWK.
    fn may_sign_anything(&self) -> bool {
        let documents = self
            .documents
            .as_ref()
            .is_none_or(|kinds| !kinds.is_empty());
        let is_some =
            |codes: &Option<BTreeSet<Code>>| codes.as_ref().is_none_or(|codes| !codes.is_empty());
        documents && is_some(&self.brands) && is_some(&self.products)
    }

    /// The key as a JWK (RFC 7517, RFC 8037).
    pub(crate) fn to_jwk(&self) -> serde_json::Value {
        let x = keys::encode(self.key.as_bytes());
        let mut jwk = serde_json::Map::new();
        let mut set = |name: &str, value: serde_json::Value| jwk.insert(name.into(), value);
        set("kty", "OKP".into());
        set("crv", "Ed25519".into());
        set("x", x.into());
        set("kid", self.key.id().to_string().into());
        let codes = |codes: &BTreeSet<Code>| codes.iter().map(Code::as_str).collect();
        if let Some(documents) = &self.documents {
            set(
                "documents",
                documents.iter().map(|kind| kind.name()).collect(),
            );
        }
        if let Some(brands) = &self.brands {
            set("brands", codes(brands));
        }
        if let Some(products) = &self.products {
            set("products", codes(products));
        }
        if let Some(moment) = self.not_before {
            set("nbf", moment.unix().into());
        }
        if let Some(moment) = self.ends_at {
            set("exp", moment.unix().into());
        }
        if self.state != KeyState::Active {
            set("state", self.state.name().into());
        }
        serde_json::Value::Object(jwk)
    }

    /// Refuses a brand or product that is not the key's to sign for, and a moment outside its use.
    #[inline]
    pub(crate) fn check_subject(
        &self,
        brand: &Code,
        product: Option<&Code>,
        issued_at: Moment,
    ) -> Result<(), Error> {
        match self {
            // As most keys, which are confined to nothing.
            Self {
                brands: None,
                products: None,
                not_before: None,
                ends_at: None,
                ..
            } => Ok(()),
            _ => self.check_confined(brand, product, issued_at),
        }
    }

    #[inline(never)]
    fn check_confined(
        &self,
        brand: &Code,
        product: Option<&Code>,
        issued_at: Moment,
    ) -> Result<(), Error> {
        let lacks = |codes: &Option<BTreeSet<Code>>, code: &Code| {
            codes.as_ref().is_some_and(|codes| !codes.contains(code))
        };
        if lacks(&self.brands, brand) {
            return Err(self.is_not_for(brand, None));
        }
        if product.is_some_and(|product| lacks(&self.products, product)) {
            return Err(self.is_not_for(brand, product));
        }
        let early = self
            .not_before
            .is_some_and(|not_before| issued_at < not_before);
        if early || self.ends_at.is_some_and(|ends_at| issued_at >= ends_at) {
            let key_id = self.key.id();
            return Err(Error::KeyOutsideValidity { key_id, issued_at });
        }
        Ok(())
    }

    #[cold]
    fn is_not_for(&self, brand: &Code, product: Option<&Code>) -> Error {
        let subject = match product {
            None => brand.to_string(),
            Some(code) => {
                let (brand, code) = (brand.clone(), code.clone());
                Product { brand, code }.to_string()
            }
        };
        Error::KeyNotForProduct {
            key_id: self.key.id(),
            subject,
            by_update: false,
        }
    }

    /// Whether `other` may sign for no brand and no product that this key may not.
    fn covers(&self, other: &Self) -> bool {
        let within =
            |mine: &Option<BTreeSet<Code>>, theirs: &Option<BTreeSet<Code>>| match (mine, theirs) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(mine), Some(theirs)) => theirs.is_subset(mine),
            };
        within(&self.brands, &other.brands) && within(&self.products, &other.products)
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let (mut key_type, mut curve, mut x, mut key_id) = (None, None, None, None);
        let (mut documents, mut brands, mut products) = (None, None, None);
        let (mut not_before, mut ends_at, mut state) = (None, None, KeyState::Active);
        reader.object(|reader, name| {
            match name {
                "kty" => key_type = Some(reader.string()?),
                "crv" => curve = Some(reader.string()?),
                "x" => x = Some(reader.string()?),
                "kid" => key_id = Some(reader.string()?),
                "d" => return Err(refuse(InvalidKey::Private)),
                "documents" => documents = Some(read_set(reader)?),
                "brands" => brands = Some(read_set(reader)?),
                "products" => products = Some(read_set(reader)?),
                "nbf" => not_before = Some(reader.moment()?),
                "exp" => ends_at = Some(reader.moment()?),
                "state" => state = KeyState::read(reader)?,
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        let missing = |name| Fault::new(Flaw::Missing).within(name);
        if key_type.ok_or_else(|| missing("kty"))? != "OKP"
            || curve.ok_or_else(|| missing("crv"))? != "Ed25519"
        {
            return Err(refuse(InvalidKey::Algorithm));
        }
        let key = VerifyingKey::from_jwk_x(&x.ok_or_else(|| missing("x"))?).map_err(refuse)?;
        if key_id.is_some_and(|id| id != key.id().to_string()) {
            return Err(refuse(InvalidKey::IdMismatch { expected: key.id() }));
        }
        Ok(Self {
            key,
            documents,
            brands,
            products,
            not_before,
            ends_at,
            state,
        })
    }
}

impl From<VerifyingKey> for TrustedKey {
    fn from(key: VerifyingKey) -> Self {
        Self {
            key,
            documents: None,
            brands: None,
            products: None,
            not_before: None,
            ends_at: None,
            state: KeyState::Active,
        }
    }
}

/// How the authority uses a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[non_exhaustive]
pub enum KeyState {
    /// It signs with it.
    #[default]
    Active,
    /// It will sign with it when the active one is lost.
    Standby,
    /// It signs with it no more; what it signed still verifies.
    Retired,
    /// Somebody else may sign with it: it verifies nothing.
    Revoked,
}

impl KeyState {
    /// The state as a JWK states it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Standby => "standby",
            Self::Retired => "retired",
            Self::Revoked => "revoked",
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let states = [Self::Active, Self::Standby, Self::Retired, Self::Revoked];
        let name = reader.string()?;
        let known = states.into_iter().find(|state| state.name() == name);
        known.ok_or_else(|| Fault::new(Flaw::UnknownValue))
    }
}

/// Reads the array `keys` of a JWK Set.
pub(crate) fn read_keys(reader: &mut Reader<'_>) -> Result<BTreeMap<KeyId, TrustedKey>, Fault> {
    let mut keys = BTreeMap::new();
    reader.array(|reader| {
        let trusted = TrustedKey::read(reader).map_err(Fault::of_trust_key)?;
        let key_id = trusted.key.id();
        match keys.insert(key_id, trusted) {
            None => Ok(()),
            Some(_) => Err(refuse(InvalidKey::Twice { key_id })),
        }
    })?;
    if keys.is_empty() {
        Err(Fault::new(Flaw::EmptyArray))
    } else {
        Ok(keys)
    }
}

fn read_set<T>(reader: &mut Reader<'_>) -> Result<BTreeSet<T>, Fault>
where
    T: Ord + FromStr,
    T::Err: fmt::Display,
{
    Ok(reader.list(Reader::parsed)?.into_iter().collect())
}

fn refuse(why: InvalidKey) -> Fault {
    Fault::because(Flaw::TrustKey, why)
}

/// The longest JWK Set that is read, in bytes.
const MAX_JWKS_SIZE: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    #[test]
    fn a_set_is_read_and_shown_with_every_member() {
        let jwks = format!(
            r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","x":"{X}","documents":["lease","trust"],
            "brands":["acme"],"products":["editor","viewer"],"nbf":1,"exp":2,"state":"retired",
            "use":"sig","unknown":{{}}}}],"seq":7}}"#
        );
        let store = TrustStore::from_jwks(&jwks).unwrap();
        let key = store.keys().next().unwrap();
        assert_eq!(key.documents, Some([Kind::Lease, Kind::TrustUpdate].into()));
        assert_eq!(key.products.as_ref().map(BTreeSet::len), Some(2));
        assert_eq!(
            (
                key.not_before.map(Moment::unix),
                key.ends_at.map(Moment::unix)
            ),
            (Some(1), Some(2))
        );
        assert_eq!((key.state, store.sequence()), (KeyState::Retired, 7));
        assert_eq!(TrustStore::from_jwks(&store.to_jwks()), Ok(store.clone()));
        let latest = store.at_sequence(u64::MAX);
        assert_eq!(latest.sequence(), (1 << 53) - 1);
        assert_eq!(TrustStore::from_jwks(&latest.to_jwks()), Ok(latest));
    }

    #[test]
    fn one_key_is_a_store_of_its_own() {
        let key: VerifyingKey = X.parse().unwrap();
        let store = TrustStore::new([key.into()]);
        for text in [
            key.to_pem(),
            key.to_base64(),
            format!("\n {}", store.to_jwks()),
        ] {
            assert_eq!(text.parse(), Ok(store.clone()), "{text}");
        }
    }

    #[test]
    fn a_key_that_is_revoked_anywhere_stays_revoked() {
        let key: VerifyingKey = X.parse().unwrap();
        let in_state = |state| TrustedKey {
            state,
            ..key.into()
        };
        let state_of = |states: &[KeyState]| {
            let store = TrustStore::new(states.iter().map(|state| in_state(*state)));
            store.get(key.id()).map(|trusted| trusted.state)
        };
        let rows: [(&[KeyState], KeyState); 3] = [
            (&[KeyState::Revoked, KeyState::Active], KeyState::Revoked),
            (&[KeyState::Active, KeyState::Revoked], KeyState::Revoked),
            (&[KeyState::Active, KeyState::Retired], KeyState::Retired),
        ];
        for (states, expected) in rows {
            assert_eq!(state_of(states), Some(expected), "{states:?}");
        }
    }

    #[test]
    fn what_an_editor_makes_of_a_set_is_refused_by_name() {
        let jwk = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{X}"}}"#);
        let private = jwk.replace('}', r#","d":"AAAA"}"#);
        let set = format!(r#"{{"keys":[{jwk}]}}"#);
        let utf16 = |bom: &[u8], bytes: fn(u16) -> [u8; 2]| {
            [bom, &set.encode_utf16().flat_map(bytes).collect::<Vec<_>>()].concat()
        };
        let cases = [
            (vec![], InvalidKey::Empty),
            (b" \r\n".to_vec(), InvalidKey::Empty),
            (format!("\u{feff}{set}").into(), InvalidKey::ByteOrderMark),
            ("\u{feff}".into(), InvalidKey::ByteOrderMark),
            (utf16(b"\xff\xfe", u16::to_le_bytes), InvalidKey::Utf16),
            (utf16(b"\xfe\xff", u16::to_be_bytes), InvalidKey::Utf16),
            (utf16(b"", u16::to_le_bytes), InvalidKey::Utf16),
            (utf16(b"", u16::to_be_bytes), InvalidKey::Utf16),
            (b"{\xe9".to_vec(), InvalidKey::NotText),
            (jwk.clone().into(), InvalidKey::BareJwk),
            (private.clone().into(), InvalidKey::Private),
            (
                private.replace(r#""kty":"OKP","#, "").into(),
                InvalidKey::Private,
            ),
        ];
        for (bytes, expected) in cases {
            let shown = String::from_utf8_lossy(&bytes).into_owned();
            assert_eq!(TrustStore::parse_bytes(&bytes), Err(expected), "{shown}");
        }
        let in_a_set = format!(r#"{{"keys":[{private}]}}"#);
        let error = TrustStore::parse_bytes(in_a_set.as_bytes()).unwrap_err();
        let expected = "not a set of keys to trust: `keys[0].d`: this is a private key; only the \
                        authority may hold it";
        assert_eq!(error.to_string(), expected);
        assert_eq!(
            TrustStore::parse_bytes(set.as_bytes()),
            set.parse::<TrustStore>()
        );
    }

    #[test]
    fn what_cannot_be_trusted_is_refused_by_name() {
        let key = |members: &str| format!(r#"{{"keys":[{{{members}}}]}}"#);
        let good = format!(r#""kty":"OKP","crv":"Ed25519","x":"{X}""#);
        let cases = [
            ("[]".to_owned(), "", Flaw::WrongType),
            ("{}".to_owned(), "keys", Flaw::Missing),
            (r#"{"keys":[]}"#.to_owned(), "keys", Flaw::EmptyArray),
            (
                format!(r#"{{"keys":[{{{good}}}],"seq":-1}}"#),
                "seq",
                Flaw::Range,
            ),
            (
                format!(r#"{{"keys":[{{{good}}},{{{good}}}]}}"#),
                "keys[1]",
                Flaw::TrustKey,
            ),
            (
                key(&format!(r#"{good},"d":"AAAA""#)),
                "keys[0].d",
                Flaw::TrustKey,
            ),
            (
                key(&format!(r#"{good},"kid":"AAAA""#)),
                "keys[0]",
                Flaw::TrustKey,
            ),
            (
                key(&format!(r#"{good},"state":"lost""#)),
                "keys[0].state",
                Flaw::TrustKey,
            ),
            (
                key(&format!(r#"{good},"documents":["licence"]"#)),
                "keys[0].documents[0]",
                Flaw::TrustKey,
            ),
            (
                key(&format!(r#"{good},"brands":[]"#)),
                "keys[0].brands",
                Flaw::TrustKey,
            ),
            (
                key(&format!(r#"{good},"brands":["A"]"#)),
                "keys[0].brands[0]",
                Flaw::TrustKey,
            ),
            (
                key(&format!(r#"{good},"exp":"x""#)),
                "keys[0].exp",
                Flaw::TrustKey,
            ),
            (
                key(&format!(r#"{good},"a":1.5"#)),
                "keys[0].a",
                Flaw::NotInteger,
            ),
            (
                key(r#""kty":"EC","crv":"P-256","x":"AAAA""#),
                "keys[0]",
                Flaw::TrustKey,
            ),
            (
                key(r#""kty":"OKP","crv":"Ed25519","x":"AAAA""#),
                "keys[0]",
                Flaw::TrustKey,
            ),
            (
                key(r#""kty":"OKP","crv":"Ed25519""#),
                "keys[0].x",
                Flaw::TrustKey,
            ),
            (" ".repeat(MAX_JWKS_SIZE + 1), "", Flaw::TooLong),
        ];
        for (jwks, at, flaw) in cases {
            let Err(InvalidKey::Set(fault)) = TrustStore::from_jwks(&jwks) else {
                panic!("accepted: {jwks}");
            };
            assert_eq!((fault.at(), fault.flaw()), (at, flaw), "{jwks}");
        }
    }
}
