use serde_json::{Value, json};

use crate::harness::{App, Brand, on_both};

on_both!(
    several_products_share_one_key,
    a_bundle_stands_for_its_products,
    seats_keep_the_rest_of_their_rule,
    limited_seats_count_offline_however_they_are_stated,
    what_is_wrong_leaves_nothing_behind,
    custom_keys_are_of_their_brand,
    a_key_takes_further_products_of_its_customer,
    orders_at_once_make_one_customer,
);

fn order(terms: &Value) -> Value {
    let mut order = json!({"products": ["editor"], "customer_email": "ada@example.com"});
    for (name, term) in terms.as_object().unwrap() {
        order[name] = term.clone();
    }
    order
}

fn provision(brand: &Brand<'_>, terms: Value) -> crate::harness::Answer {
    brand.post("/licenses/provision", order(&terms))
}

fn several_products_share_one_key(app: &App) {
    let brand = app.brand("acme");
    let viewer = brand.make_product("viewer", json!({}));
    let made = provision(
        &brand,
        json!({"products": [viewer, "editor"], "max_seats": 5}),
    );
    assert_eq!(made.status, 201, "{}", made.body);
    let licenses = made.body["licenses"].as_array().unwrap();
    assert_eq!(licenses.len(), 2);
    assert_eq!(licenses[0]["product_id"], *viewer);
    let key = made.body["license_key"]["key"].as_str().unwrap();
    assert!(key.starts_with("VIEWER-"), "{key}");
    let list = brand.get("/licenses");
    for license in list.body["licenses"].as_array().unwrap() {
        assert_eq!(license["license_key"]["key"], key);
        assert_eq!(license["terms"]["activation"]["lease"], 604_800);
    }
}

fn a_bundle_stands_for_its_products(app: &App) {
    let brand = app.brand("acme");
    let [viewer, player] = ["viewer", "player"].map(|slug| brand.make_product(slug, json!({})));
    let acme = &app.rows("SELECT id FROM brands")[0][0];
    app.rows(&format!(
        "INSERT INTO bundles (id, brand_id, slug, name, products, created_at) \
         VALUES ('b1', '{acme}', 'suite', 'Suite', '[\"{player}\", \"{viewer}\"]', 0) RETURNING id"
    ));
    let made = provision(&brand, json!({"products": ["suite", "editor"]}));
    assert_eq!(made.status, 201, "{}", made.body);
    let licenses = made.body["licenses"].as_array().unwrap();
    let products: Vec<&Value> = licenses.iter().map(|row| &row["product_id"]).collect();
    assert_eq!(products[..2], [player.as_str(), viewer.as_str()]);
    assert_eq!(products.len(), 3);
    let twice = provision(&brand, json!({"products": ["viewer", "suite"]}));
    assert_eq!(twice.problem(), (422, "duplicate_product".to_owned()));
    assert!(twice.body["errors"].get("products[1]").is_some());
}

fn seats_keep_the_rest_of_their_rule(app: &App) {
    let brand = app.brand("acme");
    let defaults = json!({"seats": {"on_full": "release_oldest"}, "activation": {"lease": 60}});
    brand.make_product("viewer", defaults);
    let (_, id) = brand.provision(json!({"products": ["viewer"], "max_seats": 2}));
    let terms = &brand.get(&format!("/licenses/{id}")).body["terms"];
    assert_eq!(
        terms["seats"],
        json!({"limit": 2, "on_full": "release_oldest"})
    );
    assert_eq!(terms["activation"]["lease"], 60);
}

fn limited_seats_count_offline_however_they_are_stated(app: &App) {
    let brand = app.brand("acme");
    let (_, id) = brand.provision(json!({"seats": {"limit": 2}}));
    let terms = &brand.get(&format!("/licenses/{id}")).body["terms"];
    assert!(terms["activation"].is_object(), "{terms}");
    brand.make_product("viewer", json!({"seats": {"limit": 3}}));
    let (_, id) = brand.provision(json!({"products": ["viewer"]}));
    let terms = &brand.get(&format!("/licenses/{id}")).body["terms"];
    assert!(terms["activation"].is_object(), "{terms}");
    let moved = brand.patch(&format!("/licenses/{id}"), json!({"product": "editor"}));
    assert_eq!(moved.body["terms"], json!({}));
    let order = json!({"max_seats": 2, "activation": null});
    let refused = provision(&brand, order);
    assert_eq!(refused.problem(), (422, "activation_required".to_owned()));
}

fn what_is_wrong_leaves_nothing_behind(app: &App) {
    let brand = app.brand("acme");
    let inactive = json!({"name": "Old", "slug": "old", "active": false});
    assert_eq!(brand.post("/products", inactive).status, 201);
    let tables = [
        "license_keys",
        "licenses",
        "customers",
        "status_entries",
        "events",
    ];
    let count = || tables.map(|table| app.rows(&format!("SELECT COUNT(*) FROM {table}")));
    let before = count();
    let cases = [
        (
            json!({"products": ["editor", "nothing"]}),
            "product_not_found",
            "products[1]",
        ),
        (
            json!({"products": ["editor", "old"]}),
            "product_inactive",
            "products[1]",
        ),
        (
            json!({"products": ["editor", "editor"]}),
            "duplicate_product",
            "products[1]",
        ),
        (json!({"products": []}), "empty", "products"),
        (json!({"products": "editor"}), "invalid_request", "products"),
        (
            json!({"products": ["edi\u{0}tor"]}),
            "invalid_text",
            "products[0]",
        ),
        (json!({"customer_email": null}), "missing", "customer_email"),
        (
            json!({"customer_email": "ada"}),
            "invalid_email",
            "customer_email",
        ),
        (
            json!({"expiration_date": "2026-05-31"}),
            "date_in_past",
            "expiration_date",
        ),
        (
            json!({"expiration_date": "31.12.2026"}),
            "invalid_moment",
            "expiration_date",
        ),
        (
            json!({"type": "perpetual", "expiration_date": "2027-01-01"}),
            "perpetual_with_end",
            "type",
        ),
        (
            json!({"type": "perpetual", "valid_until": "2027-01-01"}),
            "perpetual_with_end",
            "type",
        ),
        (json!({"max_seats": 0}), "invalid_request", "max_seats"),
        (json!({"max_seats": -1}), "invalid_request", "max_seats"),
        (
            json!({"max_seats": 4_294_967_296_u64}),
            "invalid_request",
            "max_seats",
        ),
        (
            json!({"custom_key": "SHORT-CODE"}),
            "custom_key_too_short",
            "custom_key",
        ),
        (
            json!({"custom_key": "with a blank in it"}),
            "invalid_request",
            "custom_key",
        ),
        (
            json!({"domains": ["example.com", "*.co.uk"]}),
            "public_suffix",
            "domains",
        ),
        (json!({"colour": "red"}), "unknown_member", "colour"),
        (json!({"insist": true}), "unknown_member", "insist"),
        (
            json!({"idempotency_key": ""}),
            "invalid_request",
            "idempotency_key",
        ),
    ];
    for (terms, code, field) in cases {
        let refused = provision(&brand, terms.clone());
        assert_eq!(
            refused.problem(),
            (422, code.to_owned()),
            "{terms}: {}",
            refused.body
        );
        assert!(
            refused.body["errors"].get(field).is_some(),
            "{}",
            refused.body
        );
    }
    assert_eq!(count(), before);
}

fn custom_keys_are_of_their_brand(app: &App) {
    let code = "86781236-23d0-4b3c-7dfa-c1c147e0dece";
    for slug in ["acme", "zenith"] {
        let brand = app.brand(slug);
        let made = provision(&brand, json!({"custom_key": code}));
        assert_eq!(made.status, 201, "{}", made.body);
        assert_eq!(made.body["license_key"]["key"], code);
        let again = provision(&brand, json!({"custom_key": code}));
        assert_eq!(again.problem(), (409, "license_key_exists".to_owned()));
        // It may be given out again once its licenses are gone.
        let id = made.body["licenses"][0]["id"].as_str().unwrap();
        assert_eq!(brand.delete(&format!("/licenses/{id}")).status, 204);
        assert_eq!(provision(&brand, json!({"custom_key": code})).status, 201);
    }
}

fn a_key_takes_further_products_of_its_customer(app: &App) {
    let brand = app.brand("acme");
    brand.make_product("viewer", json!({}));
    let (key, _) = brand.provision(json!({}));
    let add = |terms: Value| {
        let mut order = json!({"license_key": key, "products": ["viewer"]});
        for (name, term) in terms.as_object().unwrap() {
            order[name] = term.clone();
        }
        provision(&brand, order)
    };
    let other = add(json!({"customer_email": "grace@example.com"}));
    assert_eq!(other.problem(), (409, "customer_mismatch".to_owned()));
    let both = add(json!({"custom_key": "a-code-of-sixteen"}));
    assert_eq!(both.problem(), (422, "invalid_request".to_owned()));
    let added = add(json!({}));
    assert_eq!(added.status, 201, "{}", added.body);
    assert_eq!(added.body["license_key"]["key"], *key);
    let again = add(json!({}));
    assert_eq!(again.problem(), (422, "duplicate_product".to_owned()));
    let unknown = add(json!({"license_key": "another-code-of-the-brand"}));
    assert_eq!(unknown.problem(), (404, "license_key_not_found".to_owned()));
}

fn orders_at_once_make_one_customer(app: &App) {
    let brand = app.brand("acme");
    let made: Vec<u16> = std::thread::scope(|scope| {
        let orders: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| provision(&brand, json!({})).status))
            .collect();
        orders
            .into_iter()
            .map(|order| order.join().unwrap())
            .collect()
    });
    assert_eq!(made, [201; 8]);
    assert_eq!(app.rows("SELECT COUNT(*) FROM customers"), [["1"]]);
}
