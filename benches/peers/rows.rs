//! The same license, verified by libraries that others made: each in the form that it has for it.

use std::error::Error;
use std::hint::black_box;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use keygen_rs::license::LicenseFileAlgorithm;
use keygen_rs::license_file::LicenseFile;
use pasetors::claims::ClaimsValidationRules;
use pasetors::keys::{AsymmetricPublicKey, AsymmetricSecretKey};
use pasetors::token::UntrustedToken;
use pasetors::version4::{PublicToken, V4};
use pasetors::{Public, public};
use ring::signature::Ed25519KeyPair;
use serde::Deserialize;
use serde_json::{Value, json};

use countersign_bench::measure::Row;
use countersign_bench::subject::{SEED, Subject, claims};

pub(crate) fn all(subject: &Subject) -> Result<Vec<Row>, Box<dyn Error>> {
    Ok(vec![
        by_jsonwebtoken(subject)?,
        by_pasetors(subject)?,
        by_keygen(subject)?,
    ])
}

/// The very same token, into a struct of what it claims.
fn by_jsonwebtoken(subject: &Subject) -> Result<Row, Box<dyn Error>> {
    #[expect(dead_code, reason = "reading them is what is measured")]
    #[derive(Deserialize)]
    struct Claims {
        jti: String,
        iss: String,
        aud: String,
        sub: String,
        iat: i64,
        rev: u32,
        valid_from: i64,
        valid_until: i64,
        grace: u64,
        updates_until: i64,
        support_until: i64,
        r#type: String,
        domains: Vec<String>,
        addresses: Vec<String>,
        entitlements: std::collections::BTreeMap<String, Value>,
    }
    let key = DecodingKey::from_ed_der(subject.key.verifying_key().as_bytes());
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.required_spec_claims.clear();
    validation.set_issuer(&["acme"]);
    validation.set_audience(&["editor"]);
    let token = subject.signed.as_str().to_owned();
    let verify = move || jsonwebtoken::decode::<Claims>(black_box(&token), &key, &validation);
    let name = "jsonwebtoken: verify and decode";
    Ok(Row::new(name, None, verify, Result::is_ok)?)
}

/// The same claims as a v4.public token; its registered claims are texts.
fn by_pasetors(subject: &Subject) -> Result<Row, Box<dyn Error>> {
    let mut claims = claims(&subject.license);
    if let Some(issued_at) = claims.get_mut("iat") {
        *issued_at = subject.license.issued_at.to_string().into();
    }
    let public_key = *subject.key.verifying_key().as_bytes();
    let secret = AsymmetricSecretKey::<V4>::from(&[*SEED, public_key].concat())?;
    let token = PublicToken::sign(&secret, claims.to_string().as_bytes(), None, None)?;
    let key = AsymmetricPublicKey::<V4>::from(&public_key)?;
    let mut rules = ClaimsValidationRules::new();
    rules.disable_valid_at();
    rules.allow_non_expiring();
    rules.validate_issuer_with("acme");
    rules.validate_audience_with("editor");
    let verify = move || {
        let untrusted = UntrustedToken::<Public, V4>::try_from(black_box(token.as_str()))?;
        public::verify(&key, &untrusted, &rules, None, None)
    };
    let name = "pasetors: v4.public, verify and decode";
    Ok(Row::new(name, None, verify, Result::is_ok)?)
}

/// The same terms as far as a license file of Keygen has a place for them, the rest as metadata.
fn by_keygen(subject: &Subject) -> Result<Row, Box<dyn Error>> {
    let claims = claims(&subject.license);
    let (issued, expiry): (DateTime<Utc>, Option<DateTime<Utc>>) = (
        subject.license.issued_at.into(),
        subject.license.validity.ends_at().map(Into::into),
    );
    let expiry = expiry.unwrap_or(issued);
    let relation = json!({ "data": null });
    let names = [
        "account",
        "product",
        "policy",
        "group",
        "owner",
        "users",
        "machines",
        "environment",
        "entitlements",
        "tokens",
    ];
    let relationships: Value = names
        .map(|name| (name.to_owned(), relation.clone()))
        .into_iter()
        .collect();
    let entitlement = |code: &str| {
        json!({
            "id": code, "type": "entitlements", "relationships": relationships,
            "attributes": { "name": code, "code": code, "metadata": {}, "created": issued.to_rfc3339(), "updated": issued.to_rfc3339() },
        })
    };
    let included = ["export.pdf", "collaboration", "plugins"].map(entitlement);
    let data = json!({
        "meta": { "issued": issued.to_rfc3339(), "expiry": expiry.to_rfc3339(), "ttl": 0 },
        "data": {
            "id": subject.license.id.as_str(),
            "type": "licenses",
            "attributes": {
                "key": "EDITOR-00000", "name": "customer-20417", "expiry": expiry.to_rfc3339(), "status": "ACTIVE",
                "scheme": "ED25519_SIGN",
                "metadata": { "domains": claims.get("domains"), "addresses": claims.get("addresses"), "grace": claims.get("grace") },
                "created": issued.to_rfc3339(), "updated": issued.to_rfc3339(),
            },
            "relationships": relationships,
        },
        "included": included,
    });
    let enc = STANDARD.encode(data.to_string());
    let pair = Ed25519KeyPair::from_seed_unchecked(SEED).map_err(|_| "a seed has 32 bytes")?;
    let sig = STANDARD.encode(pair.sign(format!("license/{enc}").as_bytes()));
    let file = json!({ "enc": enc, "sig": sig, "alg": "base64+ed25519" }).to_string();
    let text = format!(
        "-----BEGIN LICENSE FILE-----\n{}\n-----END LICENSE FILE-----\n",
        STANDARD.encode(file)
    );
    let key: String = subject
        .key
        .verifying_key()
        .as_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let verify = move || {
        let file = LicenseFile {
            id: String::new(),
            certificate: black_box(&text).clone(),
            issued,
            expiry,
            ttl: 0,
        };
        file.verify_and_decode(&key, LicenseFileAlgorithm::Base64Ed25519)
    };
    let name = "keygen-rs: license file, verify and decode";
    Ok(Row::new(name, None, verify, Result::is_ok)?)
}
