//! Signing: for authorities, and for vendors without one.

use std::fmt;
use std::time::Duration;

use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Map, Value};

use crate::error::Error;
use crate::instance::Instance;
use crate::keys::{self, InvalidKey, VerifyingKey};
use crate::lease::Lease;
use crate::license::{Entitlement, Exemption, License};
use crate::moment::Moment;
use crate::seat::{Hold, OnFull, SeatRule};
use crate::signed::{Document, Signed, TYP_SUFFIX, decode};
use crate::status::StatusList;
use crate::trust::TrustedKey;
use crate::trust_update::TrustUpdate;

/// An Ed25519 private key. Belongs to the authority; a product never has one.
///
/// `Debug` prints the key's identifier only.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    verifying_key: VerifyingKey,
}

impl SigningKey {
    /// The key of a seed of 32 bytes, which the caller has drawn at random.
    ///
    /// # Errors
    ///
    /// [`InvalidKey::Length`] for a seed of another length.
    pub fn from_seed(seed: &[u8]) -> Result<Self, InvalidKey> {
        Self::of(Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| InvalidKey::Length)?)
    }

    /// Reads a key in PKCS #8, version 1 or 2 (RFC 5208, RFC 5958), from DER.
    ///
    /// # Errors
    ///
    /// [`InvalidKey::Algorithm`] if it is not one of Ed25519, [`InvalidKey::Encoding`] if it is none.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, InvalidKey> {
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der);
        // ring states the cause as a text only.
        Self::of(
            pair.map_err(|rejected| match rejected.to_string().as_str() {
                "WrongAlgorithm" => InvalidKey::Algorithm,
                _ => InvalidKey::Encoding,
            })?,
        )
    }

    /// Reads a key in PKCS #8 from PEM, as `openssl genpkey -algorithm ed25519` writes it.
    ///
    /// # Errors
    ///
    /// As [`from_pkcs8`](Self::from_pkcs8); [`InvalidKey::Public`] for a public key,
    /// [`InvalidKey::Encrypted`], [`InvalidKey::OpenSsh`] and [`InvalidKey::Json`] for keys in other
    /// forms, [`InvalidKey::TooLong`] for a text that is longer than any key, and for what an editor
    /// may leave as [`VerifyingKey`].
    pub fn from_pem(pem: &str) -> Result<Self, InvalidKey> {
        if pem.len() > keys::MAX_TEXT_BYTES {
            return Err(InvalidKey::TooLong);
        }
        let text = pem.trim();
        let body = text
            .strip_prefix(PEM_BEGIN)
            .and_then(|body| body.strip_suffix(PEM_END));
        let Some(body) = body else {
            return Err(match pem.parse::<VerifyingKey>() {
                Ok(_) => InvalidKey::Public,
                Err(InvalidKey::Private) => InvalidKey::of_another_form(text),
                Err(error) => error,
            });
        };
        let body: String = body.split_ascii_whitespace().collect();
        Self::from_pkcs8(&keys::decode_padded(&body).map_err(|_| InvalidKey::Encoding)?)
    }

    /// The key of a seed as PEM, in PKCS #8 version 1, which every tool reads (RFC 8410, section 7).
    /// A secret.
    pub fn pem_of_seed(seed: &[u8; 32]) -> String {
        let mut der = PKCS8_V1.to_vec();
        der.extend_from_slice(seed);
        format!("{PEM_BEGIN}\n{}\n{PEM_END}\n", keys::encode_padded(&der))
    }

    fn of(pair: Ed25519KeyPair) -> Result<Self, InvalidKey> {
        let public = pair.public_key().as_ref();
        let bytes = public.try_into().map_err(|_| InvalidKey::Length)?;
        Ok(Self {
            verifying_key: VerifyingKey::from_bytes(bytes)?,
            pair,
        })
    }

    /// The public half, to be trusted by products.
    pub fn verifying_key(&self) -> VerifyingKey {
        self.verifying_key
    }

    /// Signs a document. The same document and key give the same text every time.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] for a document that no reader would accept, such as one that is longer
    /// than its kind may be: what is signed always verifies.
    pub fn sign<D: Issuable>(&self, document: &D) -> Result<Signed<D>, Error> {
        let claims = document.to_claims().to_string();
        decode::<D>(claims.as_bytes())?;
        let header = format!(
            r#"{{"alg":"EdDSA","kid":"{}","typ":"{}{TYP_SUFFIX}"}}"#,
            self.verifying_key.id(),
            D::KIND.name()
        );
        let signed = format!(
            "{}.{}",
            keys::encode(header.as_bytes()),
            keys::encode(claims.as_bytes())
        );
        let signature = self.pair.sign(signed.as_bytes());
        Signed::parse(&format!("{signed}.{}", keys::encode(signature.as_ref())))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.verifying_key.id())
    }
}

/// A document that can be written as the claims it is signed with.
///
/// Sealed, as [`Document`] is.
pub trait Issuable: Document {
    /// The claims of docs/format.md, section 4, in normal form: names in their normal form, and
    /// nothing that is absent.
    fn to_claims(&self) -> Value;

    /// Reads claims that are not signed yet, as strictly as signed ones.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] and [`Error::Unsupported`], with the place of the fault.
    fn from_claims(claims: &Value) -> Result<Self, Error>
    where
        Self: Sized,
    {
        decode(claims.to_string().as_bytes())
    }
}

impl Issuable for License {
    fn to_claims(&self) -> Value {
        let mut claims = Claims::of_version_1();
        claims.set("jti", self.id.as_str());
        claims.set("iss", self.product.brand.as_str());
        claims.set("aud", self.product.code.as_str());
        claims.set_some("sub", self.customer.as_deref());
        claims.set("iat", self.issued_at.unix());
        claims.set("rev", self.revision.get());
        claims.set_some("valid_from", self.validity.starts_at().map(Moment::unix));
        claims.set_some("valid_until", self.validity.ends_at().map(Moment::unix));
        let grace = self.validity.grace();
        claims.set_some("grace", (!grace.is_zero()).then_some(grace.as_secs()));
        claims.set_some("updates_until", self.updates_until.map(Moment::unix));
        claims.set_some("support_until", self.support_until.map(Moment::unix));
        claims.set_some("type", self.label.as_deref());
        claims.set_some("edition", self.edition.as_deref());
        let domains = self.domains.as_ref().map(|patterns| texts(patterns.iter()));
        claims.set_some("domains", domains);
        let addresses = self
            .addresses
            .as_ref()
            .map(|patterns| texts(patterns.iter()));
        claims.set_some("addresses", addresses);
        let exempt = texts(self.exempt.iter().copied().map(Exemption::name));
        claims.set_some("exempt", (!self.exempt.is_empty()).then_some(exempt));
        let seats = seats_claim(&self.seats);
        claims.set_some(
            "seats",
            (self.seats != SeatRule::default()).then_some(seats),
        );
        claims.set_some(
            "activation",
            self.activation.as_ref().map(|terms| {
                let mut members = Claims::default();
                members.set("lease", terms.lease().as_secs());
                members.set_some("renew", terms.stated_renew().map(|renew| renew.as_secs()));
                members
            }),
        );
        let entitlements = self
            .entitlements
            .iter()
            .map(|(code, entitlement)| (code.to_string(), entitlement_claim(entitlement)));
        let entitlements: Map<String, Value> = entitlements.collect();
        claims.set_some(
            "entitlements",
            (!entitlements.is_empty()).then_some(entitlements),
        );
        let limits = self
            .limits
            .iter()
            .map(|(code, amount)| (code.to_string(), amount.get().into()));
        let limits: Map<String, Value> = limits.collect();
        claims.set_some("limits", (!limits.is_empty()).then_some(limits));
        if let Some(status) = &self.status {
            let mut reference = Claims::default();
            reference.set("idx", status.index);
            reference.set("uri", status.uri.as_str());
            let mut members = Claims::default();
            members.set("status_list", reference);
            claims.set("status", members);
            claims.set_some("freshness", status.freshness.map(|length| length.as_secs()));
        }
        let meta = self
            .meta
            .iter()
            .map(|(name, text)| (name.clone(), text.as_str().into()));
        let meta: Map<String, Value> = meta.collect();
        claims.set_some("meta", (!meta.is_empty()).then_some(meta));
        claims.into()
    }
}

impl Issuable for Lease {
    fn to_claims(&self) -> Value {
        let mut claims = Claims::of_version_1();
        claims.set("jti", self.id.as_str());
        claims.set("activation", self.activation_id.as_str());
        claims.set("iss", self.product.brand.as_str());
        claims.set("aud", self.product.code.as_str());
        claims.set("license", self.license_id.as_str());
        claims.set("rev", self.revision.get());
        claims.set("instance", instance_claim(&self.instance));
        claims.set("iat", self.issued_at.unix());
        claims.set("exp", self.ends_at.unix());
        claims.set("renew_at", self.renew_at.unix());
        claims.set("fence", self.fence);
        claims.set("nonce", self.nonce.to_string());
        claims.into()
    }
}

impl Issuable for StatusList {
    fn to_claims(&self) -> Value {
        let mut claims = Claims::default();
        claims.set("iss", self.brand.as_str());
        claims.set("sub", self.uri.as_str());
        claims.set("iat", self.issued_at.unix());
        claims.set_some("exp", self.ends_at.map(Moment::unix));
        claims.set_some("ttl", self.refresh_after.as_ref().map(Duration::as_secs));
        claims.set("status_list", self.entries.to_claim());
        claims.into()
    }
}

impl Issuable for TrustUpdate {
    fn to_claims(&self) -> Value {
        let mut claims = Claims::of_version_1();
        claims.set("iss", self.brand.as_str());
        claims.set("iat", self.issued_at.unix());
        claims.set("seq", self.sequence);
        let keys: Vec<Value> = self.keys.values().map(TrustedKey::to_jwk).collect();
        claims.set("keys", keys);
        claims.into()
    }
}

/// The members of an object that is being written.
#[derive(Default)]
struct Claims(Map<String, Value>);

impl Claims {
    fn of_version_1() -> Self {
        let mut claims = Self::default();
        claims.set("ver", 1);
        claims
    }

    fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    fn set_some(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.set(name, value);
        }
    }
}

impl From<Claims> for Value {
    fn from(claims: Claims) -> Self {
        Self::Object(claims.0)
    }
}

fn texts(texts: impl Iterator<Item = impl fmt::Display>) -> Vec<Value> {
    texts.map(|text| text.to_string().into()).collect()
}

fn seats_claim(rule: &SeatRule) -> Claims {
    let mut members = Claims::default();
    members.set_some("limit", rule.limit.map(|limit| limit.get()));
    let on_full = (rule.on_full == OnFull::ReleaseOldest).then_some("release_oldest");
    members.set_some("on_full", on_full);
    members.set_some(
        "hold",
        (rule.hold == Hold::WhileLeased).then_some("while_leased"),
    );
    members.set_some("handovers", rule.handovers);
    members
}

fn entitlement_claim(entitlement: &Entitlement) -> Value {
    let mut members = Claims::default();
    members.set_some("until", entitlement.until.map(Moment::unix));
    members.set_some("value", entitlement.value.as_deref());
    members.into()
}

fn instance_claim(instance: &Instance) -> Claims {
    let mut members = Claims::default();
    members.set("kind", instance.kind());
    members.set("value", instance.value());
    members
}

/// A PKCS #8 key of Ed25519, version 1, up to its seed (RFC 8410, section 7).
const PKCS8_V1: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];
const PEM_BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const PEM_END: &str = "-----END PRIVATE KEY-----";
