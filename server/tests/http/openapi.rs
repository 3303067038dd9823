//! The OpenAPI document: recorded, true of the types that it writes by hand, and of every answer that
//! a test has got.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use countersign::protocol::{
    ActivateRequest, ActivateResponse, CheckRequest, DeactivateRequest, DeactivateResponse,
    LicenseStanding, Problem, RenewRequest, RenewResponse,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::harness::{App, Db};

#[test]
fn the_recorded_document_is_the_one_that_is_served() {
    let app = App::start(Db::Sqlite);
    let served = app.get("/api/openapi.json", None).body;
    let recorded = include_str!("../../../docs/openapi.json");
    let recorded: Value = serde_json::from_str(recorded).unwrap();
    assert_eq!(served, recorded, "`make openapi` records it");
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut references = Vec::new();
    collect(&document, &mut references);
    for reference in references {
        let found = document.pointer(reference.trim_start_matches('#'));
        assert!(found.is_some(), "{reference}");
    }
}

#[test]
fn requests_have_the_members_that_the_document_names_and_no_other() {
    let (lease, _) = documents();
    let key = "ACME-XXXX";
    let full = json!({
        "license_key": key, "instance_identifier": "a.example.com", "instance_type": "url",
        "brand": "acme", "product": "editor", "domain": "a.example.com", "address": "192.0.2.1",
    });
    let mut activate = full.clone();
    activate["nonce"] = "AAAAAAAAAAAAAAAAAAAAAA".into();
    activate["metadata"] = json!({"a": "b"});
    is_request::<ActivateRequest>("ActivateRequest", &activate);
    is_request::<CheckRequest>("CheckRequest", &full);
    let mut deactivate = full.clone();
    let members = deactivate.as_object_mut().unwrap();
    members.retain(|name, _| name != "domain" && name != "address");
    members.insert("lease".to_owned(), lease.clone().into());
    is_request::<DeactivateRequest>("DeactivateRequest", &deactivate);
    let renew = json!({"lease": lease, "nonce": "AAAAAAAAAAAAAAAAAAAAAA"});
    is_request::<RenewRequest>("RenewRequest", &renew);
}

#[test]
fn answers_have_the_members_that_the_document_names_and_no_other() {
    let (lease, license) = documents();
    let now = "2026-06-01T12:00:00Z";
    is_answer::<ActivateResponse>(
        "ActivateResponse",
        json!({"activation_id": "a", "status": "active", "seats_used": 1, "seats_remaining": null,
            "activated_at": now, "license": license, "lease": lease}),
    );
    let license_document = license.clone();
    let license = json!({"id": "a", "status": "valid", "seat_limit": null, "seats_used": 0,
        "seats_remaining": null, "expires_at": null});
    let activation = json!({"id": "a", "activated_at": now, "last_checked_at": null});
    is_answer::<countersign::protocol::LicenseUse>("LicenseUse", license.clone());
    is_answer::<countersign::protocol::ActivationUse>("ActivationUse", activation.clone());
    is_answer::<LicenseStanding>(
        "LicenseStanding",
        json!({"is_valid": true, "license": license, "is_activated": true,
            "activation": activation, "denials": [], "notices": []}),
    );
    is_answer::<RenewResponse>(
        "RenewResponse",
        json!({"lease": lease, "license": license_document}),
    );
    is_answer::<DeactivateResponse>(
        "DeactivateResponse",
        json!({"status": "deactivated", "seats_used": 0, "seats_remaining": null}),
    );
    is_answer::<Problem>(
        "Problem",
        json!({"type": "urn:a", "title": "a", "status": 400, "detail": "a", "code": "a",
            "denials": [{"code": "a"}], "errors": {"a": ["b"]}}),
    );
}

#[test]
fn the_document_names_every_term_of_a_license() {
    let app = App::start(Db::Sqlite);
    let brand = app.brand("acme");
    let document = document();
    let terms = document["components"]["schemas"]["LicenseTerms"]["properties"].clone();
    // Each is known, so that what is wrong with it is its value.
    for name in terms.as_object().unwrap().keys() {
        let order = json!({"products": ["editor"], "customer_email": "a@example.com", name: false});
        let refused = brand.post("/licenses/provision", order);
        assert_eq!(refused.status, 422, "{name}: {}", refused.body);
        assert_ne!(refused.text("code"), "unknown_member", "{name}");
    }
    let all: BTreeSet<&str> = terms
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let known = [
        "valid_from",
        "valid_until",
        "grace",
        "updates_until",
        "support_until",
        "type",
        "edition",
        "domains",
        "addresses",
        "exempt",
        "seats",
        "activation",
        "entitlements",
        "limits",
        "freshness",
        "meta",
    ];
    assert_eq!(all, BTreeSet::from(known));
}

/// Fails where the document does not name the status of an answer.
pub fn assert_documented(method: &str, path: &str, status: u16) {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(document);
    let path = path.split('?').next().unwrap();
    let parts: Vec<&str> = path.split('/').collect();
    let is_meant = |known: &str| {
        let known: Vec<&str> = known.split('/').collect();
        known.len() == parts.len()
            && known
                .iter()
                .zip(&parts)
                .all(|(known, part)| known == part || known.starts_with('{'))
    };
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let method = method.to_ascii_lowercase();
    let operations = paths.iter().filter(|(known, _)| is_meant(known));
    let operations = operations.filter_map(|(_, methods)| methods.get(&method));
    // What is not named at all is nowhere to be found.
    for operation in operations {
        let named = operation["responses"].get(status.to_string());
        assert!(
            named.is_some(),
            "{method} {path}: {status} is not documented"
        );
    }
}

/// A lease and a license.
fn documents() -> (String, String) {
    let app = App::start(Db::Sqlite);
    let (key, _) = app.brand("acme").provision(json!({"max_seats": 1}));
    let ask = json!({"license_key": key, "instance_identifier": "a.example.com",
        "nonce": "AAAAAAAAAAAAAAAAAAAAAA"});
    let seat = app.product("/licenses/activate", &ask);
    (seat.text("lease"), seat.text("license"))
}

fn document() -> Value {
    serde_json::from_str(include_str!("../../../docs/openapi.json")).unwrap()
}

fn members(document: &Value, name: &str) -> BTreeSet<String> {
    let properties = &document["components"]["schemas"][name]["properties"];
    properties.as_object().unwrap().keys().cloned().collect()
}

fn is_request<T: DeserializeOwned>(name: &str, full: &Value) {
    let document = document();
    let stated: BTreeSet<String> = full.as_object().unwrap().keys().cloned().collect();
    assert_eq!(members(&document, name), stated, "{name}");
    let read = |value: &Value| serde_json::from_value::<T>(value.clone()).map(|_| ());
    assert_eq!(
        read(full).map_err(|error| error.to_string()),
        Ok(()),
        "{name}"
    );
    let mut more = full.clone();
    more["more"] = 1.into();
    assert!(
        read(&more).unwrap_err().to_string().contains("`more`"),
        "{name}"
    );
    let required = document["components"]["schemas"][name]["required"].clone();
    let required: Vec<String> = serde_json::from_value(required).unwrap_or_default();
    for member in stated {
        let mut without = full.clone();
        without.as_object_mut().unwrap().remove(&member);
        assert_eq!(
            read(&without).is_err(),
            required.contains(&member),
            "{name}.{member}"
        );
    }
}

fn is_answer<T: DeserializeOwned + Serialize>(name: &str, full: Value) {
    let written = serde_json::to_value(serde_json::from_value::<T>(full).unwrap()).unwrap();
    let stated: BTreeSet<String> = written.as_object().unwrap().keys().cloned().collect();
    assert_eq!(members(&document(), name), stated, "{name}");
}

fn collect<'a>(value: &'a Value, references: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                references.push(reference);
            }
            members
                .values()
                .for_each(|value| collect(value, references));
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}
