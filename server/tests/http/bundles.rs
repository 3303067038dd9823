use serde_json::json;

use crate::harness::{App, on_both};
use crate::products::refused_by;

on_both!(
    a_bundle_is_made_shown_changed_and_deleted,
    a_product_of_a_bundle_is_not_deleted,
    bundles_of_other_brands_are_not_found,
    bad_input_is_refused_by_field,
);

fn a_bundle_is_made_shown_changed_and_deleted(app: &App) {
    let brand = app.brand("acme");
    let viewer = brand.make_product("viewer", json!({}));
    let editor = brand.get("/products/editor").text("id");
    let order = json!({"name": "Suite", "slug": "suite", "products": ["editor", viewer]});
    let made = brand.post("/bundles", order);
    assert_eq!(made.status, 201);
    let mut shown = json!({
        "id": made.text("id"),
        "name": "Suite",
        "slug": "suite",
        "products": [editor, viewer],
        "created_at": "2026-06-01T12:00:00Z",
    });
    assert_eq!(made.body, shown);
    assert_eq!(brand.get("/bundles/suite").body, shown);
    let patch = json!({"name": "Viewers", "products": ["viewer"]});
    let changed = brand.send("PATCH", "/bundles/suite", Some(&patch));
    shown["name"] = json!("Viewers");
    shown["products"] = json!([viewer]);
    assert_eq!((changed.status, &changed.body), (200, &shown));
    assert_eq!(
        brand.get("/bundles").body,
        json!({"bundles": [shown], "next": null})
    );
    assert_eq!(brand.send("DELETE", "/bundles/suite", None).status, 204);
    let gone = brand.get("/bundles/suite");
    assert_eq!(gone.problem(), (404, "bundle_not_found".to_owned()));
    assert_eq!(brand.get("/products/viewer").status, 200);
}

fn a_product_of_a_bundle_is_not_deleted(app: &App) {
    let brand = app.brand("acme");
    let order = json!({"name": "Suite", "slug": "suite", "products": ["editor"]});
    brand.post("/bundles", order);
    let refused = brand.send("DELETE", "/products/editor", None);
    assert_eq!(refused.problem(), (409, "in_use".to_owned()));
}

fn bundles_of_other_brands_are_not_found(app: &App) {
    let acme = app.brand("acme");
    let order = json!({"name": "Suite", "slug": "suite", "products": ["editor"]});
    let before = acme.post("/bundles", order).body;
    let path = format!("/bundles/{}", before["id"].as_str().unwrap());
    let other = app.brand("other");
    let patch = json!({"name": "mine"});
    for (method, body) in [("GET", None), ("PATCH", Some(&patch)), ("DELETE", None)] {
        let refused = other.send(method, &path, body);
        assert_eq!(
            refused.problem(),
            (404, "bundle_not_found".to_owned()),
            "{method}"
        );
    }
    assert_eq!(acme.get(&path).body, before);
    let theirs = acme.get("/products/editor").text("id");
    let stolen = json!({"name": "Suite", "slug": "suite", "products": [theirs]});
    refused_by(
        &other,
        "POST",
        "/bundles",
        &stolen,
        (422, "product_not_found", "products[0]"),
    );
}

fn bad_input_is_refused_by_field(app: &App) {
    let brand = app.brand("acme");
    let order = |slug: &str, products: serde_json::Value| json!({"name": "Suite", "slug": slug, "products": products});
    for (body, status, code, field) in [
        (order("suite", json!([])), 422, "out_of_range", "products"),
        (
            order("suite", json!(["none"])),
            422,
            "product_not_found",
            "products[0]",
        ),
        (
            order("suite", json!(["a\u{0}"])),
            422,
            "invalid_text",
            "products[0]",
        ),
        (
            order("suite", json!(["editor", "editor"])),
            422,
            "duplicate_product",
            "products[1]",
        ),
        (
            order("editor", json!(["editor"])),
            409,
            "product_exists",
            "",
        ),
    ] {
        refused_by(&brand, "POST", "/bundles", &body, (status, code, field));
    }
    assert_eq!(
        brand
            .post("/bundles", order("suite", json!(["editor"])))
            .status,
        201
    );
    let again = order("suite", json!(["editor"]));
    refused_by(
        &brand,
        "POST",
        "/bundles",
        &again,
        (409, "bundle_exists", ""),
    );
    let product = json!({"name": "Suite", "slug": "suite"});
    refused_by(
        &brand,
        "POST",
        "/products",
        &product,
        (409, "bundle_exists", ""),
    );
}
