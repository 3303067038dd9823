use serde_json::json;

use crate::harness::{Answer, App, Brand, on_both};

on_both!(
    a_brand_is_found_by_id_and_code,
    a_brand_changes_its_name_and_settings,
    a_setting_that_makes_no_sense_is_refused_by_its_path,
    an_operator_says_how_short_a_brands_own_license_keys_may_be,
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
    let rates = json!({"api_key": {"per_second": 5, "burst": 10}});
    let patch = json!({"name": "Acme Ltd", "settings": {"rate_limits": rates}});
    let changed = admin(app, "PATCH", "/brands/acme", Some(&patch));
    assert_eq!(changed.status, 200);
    assert_eq!(changed.body["settings"], json!({"rate_limits": rates}));
    let patch = json!({"settings": {"shortest_custom_key": 8}});
    let changed = admin(app, "PATCH", "/brands/acme", Some(&patch));
    assert_eq!(changed.body["name"], "Acme Ltd");
    let both = json!({"rate_limits": rates, "shortest_custom_key": 8});
    assert_eq!(changed.body["settings"], both);
    let patch = json!({"settings": {"rate_limits": null}});
    let changed = admin(app, "PATCH", "/brands/acme", Some(&patch));
    assert_eq!(changed.body["settings"], json!({"shortest_custom_key": 8}));
}

fn a_setting_that_makes_no_sense_is_refused_by_its_path(app: &App) {
    app.brand("acme");
    let rate = |per_second: i64, burst: i64| json!({"per_second": per_second, "burst": burst});
    for (settings, field) in [
        (json!({"color": "red"}), "settings.color"),
        (json!({"rate_limits": 5}), "settings.rate_limits"),
        (
            json!({"rate_limits": {"foo": 1}}),
            "settings.rate_limits.foo",
        ),
        (
            json!({"rate_limits": {"api_key": rate(-1, 1)}}),
            "settings.rate_limits.api_key.per_second",
        ),
        (
            json!({"rate_limits": {"license_key": rate(1, 0)}}),
            "settings.rate_limits.license_key.burst",
        ),
        (
            json!({"rate_limits": {"address": {"per_second": 1}}}),
            "settings.rate_limits.address.burst",
        ),
        (
            json!({"shortest_custom_key": 0}),
            "settings.shortest_custom_key",
        ),
        (
            json!({"shortest_custom_key": 17}),
            "settings.shortest_custom_key",
        ),
        (
            json!({"shortest_custom_key": "8"}),
            "settings.shortest_custom_key",
        ),
    ] {
        let patch = json!({"settings": settings});
        let refused = admin(app, "PATCH", "/brands/acme", Some(&patch));
        assert_eq!(
            refused.problem(),
            (422, "invalid_request".to_owned()),
            "{settings}"
        );
        let errors = refused.body["errors"].as_object().unwrap();
        assert_eq!(
            errors.keys().collect::<Vec<_>>(),
            [field],
            "{}",
            refused.body
        );
    }
    assert_eq!(
        admin(app, "GET", "/brands/acme", None).body["settings"],
        json!({})
    );
}

fn an_operator_says_how_short_a_brands_own_license_keys_may_be(app: &App) {
    let (acme, other) = (app.brand("acme"), app.brand("other"));
    let order = |code: &str| json!({"products": ["editor"], "customer_email": "a@example.com", "custom_key": code});
    let provision = |brand: &Brand<'_>, code: &str| brand.post("/licenses/provision", order(code));
    let short = (422, "custom_key_too_short".to_owned());
    assert_eq!(provision(&acme, "SUMMER-26").problem(), short);
    let patch = json!({"settings": {"shortest_custom_key": 8}});
    assert_eq!(
        admin(app, "PATCH", "/brands/acme", Some(&patch)).status,
        200
    );
    assert_eq!(provision(&acme, "SUMMER-26").status, 201);
    assert_eq!(provision(&acme, "SUMMER2").problem(), short);
    // Other brands, and from then on this one, are as before.
    assert_eq!(provision(&other, "SUMMER-26").problem(), short);
    let patch = json!({"settings": {"shortest_custom_key": null}});
    assert_eq!(
        admin(app, "PATCH", "/brands/acme", Some(&patch)).status,
        200
    );
    assert_eq!(provision(&acme, "SUMMER-27").problem(), short);
    // An operator at the command line may insist, and says it for the brand there as well.
    let issue = |brand: &str, code: &str, more: &[&str]| {
        let order = ["license", "issue", "--brand", brand, "--product", "editor"];
        let file = app.folder.path().join("code");
        std::fs::write(&file, code).unwrap();
        let of = [
            "--email",
            "a@example.com",
            "--custom-key-file",
            file.to_str().unwrap(),
        ];
        app.command(&[&order[..], &of[..], more].concat())
    };
    let (status, said) = issue("other", "SUMMER-26", &[]);
    assert_eq!(
        (status, said.contains("custom_key_too_short")),
        (Some(1), true),
        "{said}"
    );
    assert_eq!(issue("other", "SUMMER-26", &["--insist"]).0, Some(0));
    let set = [
        "brand",
        "change",
        "other",
        "--setting",
        "shortest_custom_key=5",
    ];
    assert_eq!(app.command(&set).0, Some(0));
    let (status, said) = issue("other", "FIVER", &[]);
    assert_eq!(status, Some(0), "{said}");
    assert_eq!(issue("other", "FOUR", &[]).0, Some(1));
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
