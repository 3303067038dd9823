use serde_json::{Value, json};

use crate::harness::{App, Brand, on_both};

on_both!(
    a_product_is_made_shown_changed_and_deleted,
    lists_are_newest_first_and_go_on_where_they_ended,
    a_product_that_licenses_name_is_not_deleted,
    defaults_change_term_by_term,
    products_of_other_brands_are_not_found,
    a_code_is_no_id_of_another,
    bad_input_is_refused_by_field_and_changes_nothing,
);

fn a_product_is_made_shown_changed_and_deleted(app: &App) {
    let brand = app.brand("acme");
    let made = brand.post("/products", json!({"name": "Viewer", "slug": "viewer"}));
    assert_eq!(made.status, 201);
    let id = made.text("id");
    let shown = json!({
        "id": id,
        "name": "Viewer",
        "slug": "viewer",
        "key_prefix": "VIEWER",
        "active": true,
        "defaults": {},
        "created_at": "2026-06-01T12:00:00Z",
    });
    assert_eq!(made.body, shown);
    for name in [id.as_str(), "viewer"] {
        let found = brand.get(&format!("/products/{name}"));
        assert_eq!((found.status, &found.body), (200, &shown));
    }
    let patch = json!({"name": "Viewer 2", "key_prefix": "VW", "active": false});
    let changed = brand.send("PATCH", "/products/viewer", Some(&patch));
    let mut expected = shown;
    for (name, value) in patch.as_object().unwrap() {
        expected[name] = value.clone();
    }
    assert_eq!((changed.status, &changed.body), (200, &expected));
    assert_eq!(brand.get("/products/viewer").body, expected);
    let deleted = brand.send("DELETE", "/products/viewer", None);
    assert_eq!((deleted.status, deleted.body), (204, json!("")));
    let gone = brand.send("DELETE", "/products/viewer", None);
    assert_eq!(gone.problem(), (404, "product_not_found".to_owned()));
}

fn lists_are_newest_first_and_go_on_where_they_ended(app: &App) {
    let brand = app.brand("acme");
    for slug in ["aa", "bb"] {
        brand.make_product(slug, json!({}));
    }
    app.set_time("2026-06-01T12:00:05Z");
    for slug in ["cc", "dd"] {
        brand.make_product(slug, json!({}));
    }
    let first = brand.get("/products?limit=2");
    assert_eq!(slugs(&first.body), ["dd", "cc"]);
    let second = brand.get(&format!("/products?limit=2&cursor={}", first.text("next")));
    assert_eq!(slugs(&second.body), ["bb", "aa"]);
    let third = brand.get(&format!("/products?limit=2&cursor={}", second.text("next")));
    assert_eq!(slugs(&third.body), ["editor"]);
    assert_eq!(third.body["next"], Value::Null);
    assert_eq!(
        slugs(&brand.get("/products").body),
        ["dd", "cc", "bb", "aa", "editor"]
    );
}

fn slugs(list: &Value) -> Vec<&str> {
    let products = list["products"].as_array().unwrap();
    products
        .iter()
        .map(|product| product["slug"].as_str().unwrap())
        .collect()
}

fn a_product_that_licenses_name_is_not_deleted(app: &App) {
    let brand = app.brand("acme");
    brand.provision(json!({}));
    let refused = brand.send("DELETE", "/products/editor", None);
    assert_eq!(refused.problem(), (409, "in_use".to_owned()));
    assert_eq!(brand.get("/products/editor").status, 200);
}

fn defaults_change_term_by_term(app: &App) {
    let brand = app.brand("acme");
    brand.make_product("viewer", json!({"type": "trial", "edition": "pro"}));
    let patch = json!({"defaults": {"type": null, "valid_until": "2027-01-31"}});
    let changed = brand.send("PATCH", "/products/viewer", Some(&patch));
    assert_eq!(
        changed.body["defaults"],
        json!({"edition": "pro", "valid_until": "2027-01-31T23:59:59Z"})
    );
}

fn products_of_other_brands_are_not_found(app: &App) {
    let acme = app.brand("acme");
    let id = acme.make_product("viewer", json!({}));
    let before = acme.get("/products/viewer").body;
    let other = app.brand("other");
    let path = format!("/products/{id}");
    let patch = json!({"name": "mine"});
    for (method, body) in [("GET", None), ("PATCH", Some(&patch)), ("DELETE", None)] {
        let refused = other.send(method, &path, body);
        assert_eq!(
            refused.problem(),
            (404, "product_not_found".to_owned()),
            "{method}"
        );
    }
    assert_eq!(acme.get("/products/viewer").body, before);
    assert_eq!(slugs(&other.get("/products").body), ["editor"]);
}

fn bad_input_is_refused_by_field_and_changes_nothing(app: &App) {
    let brand = app.brand("acme");
    let product = |members: Value| {
        let mut order = json!({"name": "Viewer", "slug": "viewer"});
        for (name, value) in members.as_object().unwrap() {
            order[name] = value.clone();
        }
        order
    };
    let refusals = [
        (product(json!({"name": ""})), 422, "empty", "name"),
        (
            product(json!({"name": "a\u{0}b"})),
            422,
            "invalid_text",
            "name",
        ),
        (
            product(json!({"name": "x".repeat(256)})),
            422,
            "too_long",
            "name",
        ),
        (product(json!({"name": 7})), 422, "invalid_request", "name"),
        (
            product(json!({"slug": "No Code"})),
            422,
            "invalid_request",
            "slug",
        ),
        (
            product(json!({"slug": "editor"})),
            409,
            "product_exists",
            "",
        ),
        (
            product(json!({"key_prefix": "!"})),
            422,
            "invalid_license_key",
            "key_prefix",
        ),
        (
            product(json!({"active": "yes"})),
            422,
            "invalid_request",
            "active",
        ),
        (
            product(json!({"price": 1})),
            422,
            "invalid_request",
            "price",
        ),
        (
            product(json!({"defaults": {"price": 1}})),
            422,
            "unknown_member",
            "defaults.price",
        ),
        (
            product(json!({"defaults": {"grace": -1}})),
            422,
            "invalid_term",
            "grace",
        ),
    ];
    for (order, status, code, field) in refusals {
        refused_by(&brand, "POST", "/products", &order, (status, code, field));
    }
    for (patch, code, field) in [
        (json!({"slug": "other"}), "invalid_request", "slug"),
        (json!({"name": " "}), "empty", "name"),
        (
            json!({"defaults": {"valid_until": "soon"}}),
            "invalid_moment",
            "defaults.valid_until",
        ),
    ] {
        refused_by(
            &brand,
            "PATCH",
            "/products/editor",
            &patch,
            (422, code, field),
        );
    }
    for query in ["limit=0", "limit=501", "limit=many", "cursor=x", "page=2"] {
        assert_eq!(
            brand.get(&format!("/products?{query}")).problem().0,
            422,
            "{query}"
        );
    }
    for (path, status) in [
        ("/products/%00", 400),
        ("/products/%FF", 404),
        ("/products/nothing", 404),
    ] {
        assert_eq!(brand.get(path).problem().0, status, "{path}");
    }
    assert_eq!(slugs(&brand.get("/products").body), ["editor"]);
}

/// Sends what is to be refused; a field is checked where one is named.
pub fn refused_by(
    brand: &Brand<'_>,
    method: &str,
    path: &str,
    body: &Value,
    (status, code, field): (u16, &str, &str),
) {
    let refused = brand.send(method, path, Some(body));
    assert_eq!(
        refused.problem(),
        (status, code.to_owned()),
        "{body}: {}",
        refused.body
    );
    if !field.is_empty() {
        assert!(
            refused.body["errors"].get(field).is_some(),
            "{body}: {}",
            refused.body
        );
    }
}

fn a_code_is_no_id_of_another(app: &App) {
    let brand = app.brand("acme");
    let product = brand.get("/products/editor").text("id");
    let order = json!({"name": "Suite", "slug": "suite", "products": ["editor"]});
    let bundle = brand.post("/bundles", order).text("id");
    for (slug, code) in [(product, "product_exists"), (bundle, "bundle_exists")] {
        let order = json!({"name": "Viewer", "slug": slug});
        refused_by(&brand, "POST", "/products", &order, (409, code, ""));
        let order = json!({"name": "Suite", "slug": slug, "products": ["editor"]});
        refused_by(&brand, "POST", "/bundles", &order, (409, code, ""));
    }
    let acme = app.get("/api/v1/admin/brands/acme", Some(&app.operator));
    let order = json!({"name": "Other", "slug": acme.text("id")});
    let refused = app.post("/api/v1/admin/brands", Some(&app.operator), &order);
    assert_eq!(refused.problem(), (409, "brand_exists".to_owned()));
}
