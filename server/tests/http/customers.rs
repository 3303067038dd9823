use serde_json::{Value, json};

use crate::harness::{App, on_both};
use crate::products::refused_by;

on_both!(
    a_customer_is_found_by_id_reference_and_address,
    what_is_null_in_a_patch_is_taken_away,
    a_customer_with_licenses_is_not_deleted,
    customers_of_other_brands_are_not_found,
    bad_input_is_refused_by_field_and_changes_nothing,
);

const CUSTOMER: &str =
    r#"{"reference": "CUST-001", "name": "Acme Corp", "email": "Ops@acme.test"}"#;

fn order() -> Value {
    serde_json::from_str(CUSTOMER).unwrap()
}

fn a_customer_is_found_by_id_reference_and_address(app: &App) {
    let brand = app.brand("acme");
    let made = brand.post("/customers", order());
    assert_eq!(made.status, 201);
    let id = made.text("id");
    let shown = json!({
        "id": id,
        "email": "Ops@acme.test",
        "reference": "CUST-001",
        "name": "Acme Corp",
        "created_at": "2026-06-01T12:00:00Z",
    });
    assert_eq!(made.body, shown);
    for name in [id.as_str(), "CUST-001"] {
        assert_eq!(brand.get(&format!("/customers/{name}")).body, shown);
    }
    let list = json!({"customers": [shown], "next": null});
    assert_eq!(brand.get("/customers?email=ops@ACME.test").body, list);
    assert_eq!(brand.get("/customers").body, list);
    let none = brand.get("/customers?email=ops@other.test");
    assert_eq!(none.body, json!({"customers": [], "next": null}));
}

fn what_is_null_in_a_patch_is_taken_away(app: &App) {
    let brand = app.brand("acme");
    let mut shown = brand.post("/customers", order()).body;
    let patch = json!({"email": null, "name": "Acme Ltd"});
    let changed = brand.send("PATCH", "/customers/CUST-001", Some(&patch));
    shown["email"] = Value::Null;
    shown["name"] = json!("Acme Ltd");
    assert_eq!((changed.status, &changed.body), (200, &shown));
    assert_eq!(brand.get("/customers/CUST-001").body, shown);
    let path = "/customers/CUST-001";
    refused_by(
        &brand,
        "PATCH",
        path,
        &json!({"reference": null}),
        (422, "missing", "email"),
    );
    assert_eq!(brand.get("/customers/CUST-001").body, shown);
}

fn a_customer_with_licenses_is_not_deleted(app: &App) {
    let brand = app.brand("acme");
    brand.post("/customers", order());
    brand.provision(json!({"customer_email": "ops@acme.test"}));
    let refused = brand.send("DELETE", "/customers/CUST-001", None);
    assert_eq!(refused.problem(), (409, "in_use".to_owned()));
    brand.post("/customers", json!({"reference": "CUST-002"}));
    assert_eq!(
        brand.send("DELETE", "/customers/CUST-002", None).status,
        204
    );
    let gone = brand.get("/customers/CUST-002");
    assert_eq!(gone.problem(), (404, "customer_not_found".to_owned()));
}

fn customers_of_other_brands_are_not_found(app: &App) {
    let acme = app.brand("acme");
    let before = acme.post("/customers", order()).body;
    let path = format!("/customers/{}", before["id"].as_str().unwrap());
    let other = app.brand("other");
    let patch = json!({"name": "mine"});
    for (method, body) in [("GET", None), ("PATCH", Some(&patch)), ("DELETE", None)] {
        let refused = other.send(method, &path, body);
        assert_eq!(
            refused.problem(),
            (404, "customer_not_found".to_owned()),
            "{method}"
        );
    }
    assert_eq!(acme.get(&path).body, before);
    assert_eq!(other.post("/customers", order()).status, 201);
}

fn bad_input_is_refused_by_field_and_changes_nothing(app: &App) {
    let brand = app.brand("acme");
    brand.post("/customers", order());
    for (body, status, code, field) in [
        (json!({}), 422, "missing", "email"),
        (json!({"email": "nobody"}), 422, "invalid_email", "email"),
        (
            json!({"email": "OPS@acme.TEST"}),
            409,
            "customer_exists",
            "",
        ),
        (json!({"reference": "CUST-001"}), 409, "customer_exists", ""),
        (
            json!({"reference": "a\u{0}"}),
            422,
            "invalid_text",
            "reference",
        ),
        (
            json!({"reference": "x", "phone": "1"}),
            422,
            "invalid_request",
            "phone",
        ),
        (json!([1]), 422, "invalid_request", ""),
    ] {
        refused_by(&brand, "POST", "/customers", &body, (status, code, field));
    }
    assert_eq!(
        brand.get("/customers").body["customers"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}
