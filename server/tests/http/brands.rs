use serde_json::json;

use crate::harness::{Answer, App, on_both};

on_both!(
    a_brand_is_found_by_id_and_code,
    a_brand_changes_its_name_and_settings,
    a_brand_without_licenses_goes_with_all_that_is_its_own,
    a_brand_with_licenses_is_not_deleted,
    brands_are_for_operators_alone,
);

fn admin(app: &App, method: &str, path: &str, body: Option<&serde_json::Value>) -> Answer {
    app.send(
        method,
        &format!("/api/v1/admin{path}"),
        Some(&app.operator),
        body,
    )
}

fn a_brand_is_found_by_id_and_code(app: &App) {
    for slug in ["acme", "other"] {
        app.brand(slug);
    }
    let list = admin(app, "GET", "/brands", None).body;
    let acme = &list["brands"][1];
    assert_eq!(
        *acme,
        json!({
            "id": acme["id"],
            "name": "ACME",
            "slug": "acme",
            "settings": {},
            "created_at": "2026-06-01T12:00:00Z",
        })
    );
    assert_eq!(list["next"], json!(null));
    for name in [acme["id"].as_str().unwrap(), "acme"] {
        assert_eq!(
            admin(app, "GET", &format!("/brands/{name}"), None).body,
            *acme
        );
    }
    let none = admin(app, "GET", "/brands/none", None);
    assert_eq!(none.problem(), (404, "brand_not_found".to_owned()));
}

fn a_brand_changes_its_name_and_settings(app: &App) {
    app.brand("acme");
    let patch = json!({"name": "Acme Ltd", "settings": {"a": 1, "b": 2}});
    let changed = admin(app, "PATCH", "/brands/acme", Some(&patch));
    assert_eq!(changed.status, 200);
    let patch = json!({"settings": {"a": null, "c": 3}});
    let changed = admin(app, "PATCH", "/brands/acme", Some(&patch));
    assert_eq!(changed.body["name"], "Acme Ltd");
    assert_eq!(changed.body["settings"], json!({"b": 2, "c": 3}));
    let patch = json!({"settings": {"a": "x".repeat(5000)}});
    let refused = admin(app, "PATCH", "/brands/acme", Some(&patch));
    assert_eq!(refused.problem(), (422, "too_long".to_owned()));
    assert_eq!(admin(app, "GET", "/brands/acme", None).body, changed.body);
}

fn a_brand_without_licenses_goes_with_all_that_is_its_own(app: &App) {
    let brand = app.brand("acme");
    let suite = json!({"name": "Suite", "slug": "suite", "products": ["editor"]});
    assert_eq!(brand.post("/bundles", suite).status, 201);
    assert_eq!(
        brand.post("/customers", json!({"reference": "1"})).status,
        201
    );
    assert_eq!(admin(app, "DELETE", "/brands/acme", None).status, 204);
    assert_eq!(
        brand.get("/products").problem(),
        (401, "unauthorized".to_owned())
    );
    assert_eq!(admin(app, "GET", "/brands/acme", None).status, 404);
    let again = app.brand("acme");
    assert_eq!(again.get("/bundles").body["bundles"], json!([]));
}

fn a_brand_with_licenses_is_not_deleted(app: &App) {
    let brand = app.brand("acme");
    brand.provision(json!({}));
    let refused = admin(app, "DELETE", "/brands/acme", None);
    assert_eq!(refused.problem(), (409, "in_use".to_owned()));
    assert_eq!(brand.get("/products/editor").status, 200);
}

fn brands_are_for_operators_alone(app: &App) {
    let brand = app.brand("acme");
    for (method, path) in [
        ("GET", "/brands"),
        ("GET", "/brands/acme"),
        ("DELETE", "/brands/acme"),
        ("GET", "/brands/acme/keys"),
        ("POST", "/brands/acme/keys/rotate"),
        ("GET", "/api-keys"),
    ] {
        let path = format!("/api/v1/admin{path}");
        let refused = app.send(method, &path, Some(&brand.api_key), None);
        assert_eq!(
            refused.problem(),
            (403, "forbidden".to_owned()),
            "{method} {path}"
        );
        let refused = app.send(method, &path, None, None);
        assert_eq!(
            refused.problem(),
            (401, "unauthorized".to_owned()),
            "{method} {path}"
        );
    }
}
