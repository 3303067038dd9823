//! Two clients that change one thing at the same time: what both were told has happened.

use std::sync::Barrier;

use serde_json::json;

use crate::harness::{Answer, App, on_both};

on_both!(
    a_revocation_survives_a_change_of_the_same_key,
    a_revocation_survives_a_rotation_of_the_same_key,
    two_changes_of_one_resource_both_stay,
    a_product_is_not_deleted_while_a_bundle_takes_it,
    a_code_is_one_products_or_one_bundles,
);

fn a_revocation_survives_a_change_of_the_same_key(app: &App) {
    let brand = app.brand("acme");
    for _ in 0..ROUNDS {
        let key = brand.post("/api-keys", json!({})).body;
        let path = format!("/api-keys/{}", key["id"].as_str().unwrap());
        let (revoked, changed) = together(
            || brand.post(&format!("{path}/revoke"), json!({})),
            || brand.patch(&path, json!({"name": "shop"})),
        );
        assert_eq!((revoked.status, changed.status), (200, 200));
        let now = brand.get(&path).body;
        assert_eq!(now["name"], "shop");
        assert_eq!(now["revoked_at"], revoked.body["revoked_at"]);
        let used = app.get("/api/v1/brand/products", key["key"].as_str());
        assert_eq!(used.problem(), (401, "unauthorized".to_owned()));
    }
}

fn a_revocation_survives_a_rotation_of_the_same_key(app: &App) {
    let brand = app.brand("acme");
    for _ in 0..ROUNDS {
        let key = brand.post("/api-keys", json!({})).body;
        let path = format!("/api-keys/{}", key["id"].as_str().unwrap());
        let (revoked, rotated) = together(
            || brand.post(&format!("{path}/revoke"), json!({})),
            || brand.post(&format!("{path}/rotate"), json!({})),
        );
        assert_eq!(revoked.status, 200);
        assert!([201, 422].contains(&rotated.status), "{}", rotated.body);
        let used = app.get("/api/v1/brand/products", key["key"].as_str());
        assert_eq!(used.problem(), (401, "unauthorized".to_owned()));
    }
}

fn two_changes_of_one_resource_both_stay(app: &App) {
    let brand = app.brand("acme");
    let order = json!({"name": "Suite", "slug": "suite", "products": ["editor"]});
    assert_eq!(brand.post("/bundles", order).status, 201);
    let viewer = brand.make_product("viewer", json!({}));
    let order = json!({"email": "ada@example.com", "reference": "c-1"});
    assert_eq!(brand.post("/customers", order).status, 201);
    let admin = |body| app.send("PATCH", BRAND, Some(&app.operator), Some(&body));
    for round in 0..ROUNDS {
        let (name, active) = (format!("name {round}"), round % 2 == 0);
        let path = "/products/editor";
        let (one, other) = together(
            || brand.patch(path, json!({"active": active})),
            || brand.patch(path, json!({"name": name})),
        );
        assert_eq!((one.status, other.status), (200, 200));
        let now = brand.get(path).body;
        assert_eq!(
            (&now["active"], &now["name"]),
            (&json!(active), &json!(name))
        );

        let path = "/bundles/suite";
        let products = match active {
            true => json!([viewer]),
            false => json!(["editor", "viewer"]),
        };
        let (one, other) = together(
            || brand.patch(path, json!({"products": products})),
            || brand.patch(path, json!({"name": name})),
        );
        assert_eq!((one.status, other.status), (200, 200));
        let now = brand.get(path).body;
        assert_eq!(now["products"], one.body["products"]);
        assert_eq!(now["name"], json!(name));

        let (path, email) = ("/customers/c-1", format!("ada{round}@example.com"));
        let (one, other) = together(
            || brand.patch(path, json!({"email": email})),
            || brand.patch(path, json!({"name": name})),
        );
        assert_eq!((one.status, other.status), (200, 200));
        let now = brand.get(path).body;
        assert_eq!((&now["email"], &now["name"]), (&json!(email), &json!(name)));

        let rates = json!({"license_key": {"per_second": round + 1, "burst": 9}});
        let (one, other) = together(
            || admin(json!({"settings": {"rate_limits": rates}})),
            || admin(json!({"name": name})),
        );
        assert_eq!((one.status, other.status), (200, 200));
        let now = app.get(BRAND, Some(&app.operator)).body;
        assert_eq!(now["settings"], json!({"rate_limits": rates}));
        assert_eq!(now["name"], json!(name));
    }
}

fn a_product_is_not_deleted_while_a_bundle_takes_it(app: &App) {
    let brand = app.brand("acme");
    for round in 0..ROUNDS {
        let product = brand.make_product(&format!("product-{round}"), json!({}));
        let slug = format!("bundle-{round}");
        let order = json!({"name": "Suite", "slug": slug, "products": ["editor", product]});
        let (deleted, made) = together(
            || brand.delete(&format!("/products/{product}")),
            || brand.post("/bundles", order),
        );
        match deleted.status {
            204 => assert_eq!(made.problem(), (422, "product_not_found".to_owned())),
            _ => {
                assert_eq!(deleted.problem(), (409, "in_use".to_owned()));
                assert_eq!(made.status, 201, "{}", made.body);
                let order = json!({"products": [slug], "customer_email": "ada@example.com"});
                assert_eq!(brand.post("/licenses/provision", order).status, 201);
            }
        }
    }
}

fn a_code_is_one_products_or_one_bundles(app: &App) {
    let brand = app.brand("acme");
    for round in 0..ROUNDS {
        let slug = format!("suite-{round}");
        let (product, bundle) = together(
            || brand.post("/products", json!({"name": "Suite", "slug": slug})),
            || {
                let order = json!({"name": "Suite", "slug": slug, "products": ["editor"]});
                brand.post("/bundles", order)
            },
        );
        let mut statuses = [product.status, bundle.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409], "{} {}", product.body, bundle.body);
    }
}

/// Two requests that leave at the same moment.
fn together(
    one: impl FnOnce() -> Answer + Send,
    other: impl FnOnce() -> Answer + Send,
) -> (Answer, Answer) {
    let start = Barrier::new(2);
    std::thread::scope(|scope| {
        let one = scope.spawn(|| {
            start.wait();
            one()
        });
        start.wait();
        let other = other();
        (one.join().unwrap(), other)
    })
}

/// How often each is tried: without locks on PostgreSQL about every second round lost a change.
const ROUNDS: u32 = 20;
const BRAND: &str = "/api/v1/admin/brands/acme";
