//! What an authority signs, genuine or not.

use std::collections::BTreeSet;
use std::time::Duration;

use countersign::{
    ActivationRequest, ActivationTerms, Instance, Kind, Lease, License, LicenseId, Moment, Nonce,
    Product, Signed, SigningKey, StatusList, StatusTerms, Statuses, TrustStore, TrustedKey,
    Verified,
};
use countersign_client::Claimant;
use serde_json::{Value, json};

/// What the customer typed: no error shows it.
pub const LICENSE_KEY: &str = "canary_4f1c9d20.not.to.be.shown";
/// The status list of the brand.
pub const LIST: &str = "https://licenses.acme.example/.well-known/acme/status/1";

/// A brand's keys: the one that signs everything, the one that signs licenses alone, another
/// brand's, and one that nobody trusts.
pub struct Keys {
    pub genuine: SigningKey,
    pub licenses_only: SigningKey,
    pub other_brand: SigningKey,
    pub unknown: SigningKey,
}

impl Keys {
    pub fn new() -> Self {
        let key = |seed| SigningKey::from_seed(&[seed; 32]).unwrap();
        Self {
            genuine: key(1),
            licenses_only: key(2),
            other_brand: key(3),
            unknown: key(4),
        }
    }

    /// What a product of the brand trusts.
    pub fn trust(&self) -> TrustStore {
        let mut licenses_only = TrustedKey::from(self.licenses_only.verifying_key());
        licenses_only.documents = Some(BTreeSet::from([Kind::License]));
        let mut other_brand = TrustedKey::from(self.other_brand.verifying_key());
        other_brand.brands = Some(BTreeSet::from(["rival".parse().unwrap()]));
        let genuine = TrustedKey::from(self.genuine.verifying_key());
        TrustStore::new([genuine, licenses_only, other_brand])
    }
}

pub fn now() -> Moment {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

pub fn product() -> Product {
    "acme/editor".parse().unwrap()
}

pub fn instance() -> Instance {
    machine("workstation-1")
}

pub fn machine(name: &str) -> Instance {
    Instance::parse("machine", name).unwrap()
}

pub fn claimant() -> Claimant {
    Claimant {
        product: product(),
        license_key: LICENSE_KEY.parse().unwrap(),
        instance: instance(),
    }
}

pub fn license_id() -> LicenseId {
    "lic_1".parse().unwrap()
}

pub fn license_of(product: Product) -> License {
    let mut license = License::new(license_id(), product, now());
    license.activation = Some(ActivationTerms::new(Duration::from_secs(7 * 86_400)));
    license.status = Some(StatusTerms::new(5, LIST.to_owned()));
    license
}

pub fn lease_of(instance: Instance, nonce: Nonce) -> Lease {
    Lease::new(
        "lease_1".to_owned(),
        "act_1".to_owned(),
        (product(), license_id()),
        instance,
        (now(), now().saturating_add(Duration::from_secs(7 * 86_400))),
        nonce,
    )
}

pub fn list_at(uri: &str, brand: &str) -> StatusList {
    let brand = brand.parse().unwrap();
    StatusList::new(brand, uri.to_owned(), now(), Statuses::valid(16))
}

/// The answer to an activation.
pub fn activation(license: &Signed<License>, lease: &Signed<Lease>) -> Value {
    json!({
        "activation_id": "act_1",
        "status": "active",
        "seats_used": 1,
        "seats_remaining": 4,
        "activated_at": now(),
        "license": license,
        "lease": lease,
    })
}

/// The genuine answer to a nonce.
pub fn genuine(keys: &Keys, nonce: Nonce) -> Value {
    let license = keys.genuine.sign(&license_of(product())).unwrap();
    let lease = keys.genuine.sign(&lease_of(instance(), nonce)).unwrap();
    activation(&license, &lease)
}

/// A license and a lease that a host holds.
pub fn held(keys: &Keys) -> (Verified<License>, Verified<Lease>) {
    let license = keys.genuine.sign(&license_of(product())).unwrap();
    let lease = lease_of(instance(), Nonce::from_bytes([7; 16]));
    let lease = keys.genuine.sign(&lease).unwrap();
    let trust = keys.trust();
    (
        license.verify(&trust).unwrap(),
        lease.verify(&trust).unwrap(),
    )
}

/// What a machine without a network asks.
pub fn carried() -> ActivationRequest {
    let product = product();
    ActivationRequest::new(
        (product.brand, product.code),
        LICENSE_KEY.parse().unwrap(),
        instance(),
        Nonce::from_bytes([7; 16]),
    )
}
