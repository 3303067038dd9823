use std::collections::BTreeSet;
use std::sync::Barrier;

use serde_json::{Value, json};

use crate::harness::{Answer, App, Brand, on_both};

on_both!(
    the_same_order_is_carried_out_once,
    another_order_under_the_same_key_is_refused,
    a_refused_order_leaves_its_key_free,
    twins_are_given_one_license_key,
    a_key_is_forgotten_after_a_day,
    a_key_is_of_its_brand,
    whatever_is_made_is_made_once,
    an_answer_is_the_first_one_whatever_has_happened_since,
    what_is_no_key_is_refused,
);

fn order(key: &str) -> Value {
    json!({
        "products": ["editor"],
        "customer_email": "ada@example.com",
        "idempotency_key": key,
    })
}

fn provision(brand: &Brand<'_>, order: &Value) -> Answer {
    brand.post("/licenses/provision", order.clone())
}

fn count(app: &App) -> String {
    app.rows("SELECT COUNT(*) FROM licenses").concat().concat()
}

fn the_same_order_is_carried_out_once(app: &App) {
    let brand = app.brand("acme");
    let first = provision(&brand, &order("k1"));
    assert_eq!(first.status, 201, "{}", first.body);
    app.set_time("2026-06-02T11:59:59Z");
    let second = provision(&brand, &order("k1"));
    assert_eq!((second.status, &second.body), (201, &first.body));
    // The same key in the header.
    let mut body = order("k1");
    body.as_object_mut().unwrap().remove("idempotency_key");
    let headers = [
        ("x-api-key", brand.api_key.as_str()),
        ("idempotency-key", "k1"),
    ];
    let path = "/api/v1/brand/licenses/provision";
    let third = app.send_with("POST", path, &headers, Some(&body));
    assert_eq!((third.status, third.body), (201, first.body.clone()));
    // In both, and not the same.
    let differing = app.send_with("POST", path, &headers, Some(&order("k2")));
    assert_eq!(differing.problem(), (422, "invalid_request".to_owned()));
    assert!(differing.body["errors"]["idempotency_key"].is_array());
    assert_eq!(count(app), "1");
    // The answer holds a license key, so it is stored sealed.
    let key = first.body["license_key"]["key"].as_str().unwrap();
    let stored = app.rows("SELECT answer FROM idempotency_keys");
    assert_eq!(stored.len(), 1);
    assert!(!format!("{stored:?}").contains(key));
}

fn another_order_under_the_same_key_is_refused(app: &App) {
    let brand = app.brand("acme");
    provision(&brand, &order("k1"));
    let mut other = order("k1");
    other["max_seats"] = 5.into();
    let refused = provision(&brand, &other);
    assert_eq!(
        refused.problem(),
        (409, "idempotency_key_reused".to_owned())
    );
    assert_eq!(count(app), "1");
}

fn a_refused_order_leaves_its_key_free(app: &App) {
    let brand = app.brand("acme");
    let mut wrong = order("k1");
    wrong["products"] = json!(["nothing"]);
    assert_eq!(provision(&brand, &wrong).status, 422);
    assert_eq!(provision(&brand, &order("k1")).status, 201);
}

fn twins_are_given_one_license_key(app: &App) {
    const TWINS: usize = 8;
    let brand = app.brand("acme");
    let together = Barrier::new(TWINS);
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let twins: Vec<_> = (0..TWINS)
            .map(|_| {
                scope.spawn(|| {
                    together.wait();
                    provision(&brand, &order("k1"))
                })
            })
            .collect();
        twins.into_iter().map(|twin| twin.join().unwrap()).collect()
    });
    for answer in &answers {
        assert_eq!((answer.status, &answer.body), (201, &answers[0].body));
    }
    assert_eq!(count(app), "1");
}

fn a_key_is_forgotten_after_a_day(app: &App) {
    let brand = app.brand("acme");
    let first = provision(&brand, &order("k1"));
    app.set_time("2026-06-02T12:00:01Z");
    let second = provision(&brand, &order("k1"));
    assert_eq!(second.status, 201);
    assert_ne!(
        second.body["license_key"]["id"],
        first.body["license_key"]["id"]
    );
    assert_eq!(count(app), "2");
    let kept = app.rows("SELECT created_at FROM idempotency_keys");
    assert_eq!(kept, [["1780401601"]]);
}

fn a_key_is_of_its_brand(app: &App) {
    let [acme, zenith] = ["acme", "zenith"].map(|slug| provision(&app.brand(slug), &order("k1")));
    assert_eq!((acme.status, zenith.status), (201, 201));
    assert_ne!(
        acme.body["license_key"]["key"],
        zenith.body["license_key"]["key"]
    );
}

/// Every operation that takes a key, and every one that makes something takes one: a request, and
/// another that is not the same.
fn whatever_is_made_is_made_once(app: &App) {
    let brand = app.brand("acme");
    let (_, license) = brand.provision(json!({"expiration_date": "2026-12-31"}));
    let key = |audience: &str, order: Value| {
        let asked = app.post(
            &format!("/api/v1/{audience}/api-keys"),
            Some(by(app, &brand, audience)),
            &order,
        );
        asked.text("id")
    };
    let (of_brand, of_operator) = (key("brand", json!({})), key("admin", json!({})));
    let suite = |slug: &str| json!({"name": "Suite", "slug": slug, "products": ["editor"]});
    let table = [
        (
            "brand",
            "/products",
            "",
            json!({"name": "A", "slug": "viewer"}),
            json!({"name": "B", "slug": "viewer"}),
        ),
        ("brand", "/bundles", "", suite("suite"), suite("other")),
        (
            "brand",
            "/customers",
            "",
            json!({"reference": "1"}),
            json!({"reference": "2"}),
        ),
        (
            "brand",
            "/api-keys",
            "",
            json!({"scopes": ["read"]}),
            json!({}),
        ),
        (
            "brand",
            "/api-keys/{id}/rotate",
            &of_brand,
            json!({"overlap": 60}),
            json!({}),
        ),
        (
            "brand",
            "/licenses/provision",
            "",
            order("unused"),
            json!({"products": ["editor"], "customer_reference": "3"}),
        ),
        (
            "brand",
            "/licenses/{id}/renew",
            &license,
            json!({"expiration_date": "2027-12-31"}),
            json!({"expiration_date": "2028-12-31"}),
        ),
        (
            "brand",
            "/licenses/{id}/transfer",
            &license,
            json!({"customer_email": "b@example.com"}),
            json!({"customer_email": "c@example.com"}),
        ),
        (
            "admin",
            "/brands",
            "",
            json!({"name": "Z", "slug": "z"}),
            json!({"name": "Y", "slug": "y"}),
        ),
        (
            "admin",
            "/api-keys",
            "",
            json!({"brand": "acme"}),
            json!({}),
        ),
        (
            "admin",
            "/api-keys/{id}/rotate",
            &of_operator,
            json!({"overlap": 60}),
            json!({}),
        ),
        (
            "admin",
            "/brands/{id}/keys/rotate",
            "acme",
            Value::Null,
            Value::Null,
        ),
    ];
    let mut tried = BTreeSet::new();
    for (audience, path, id, mut body, other) in table {
        if let Some(members) = body.as_object_mut() {
            members.remove("idempotency_key");
        }
        let filled = format!("/api/v1/{audience}{}", path.replace("{id}", id));
        let headers = [
            ("x-api-key", by(app, &brand, audience)),
            ("idempotency-key", "k"),
        ];
        let ask = |body: &Value| {
            let body = Some(body).filter(|body| !body.is_null());
            app.send_with("POST", &filled, &headers, body)
        };
        let first = ask(&body);
        assert!(
            matches!(first.status, 200 | 201),
            "{filled}: {}",
            first.body
        );
        let events = app.rows("SELECT COUNT(*) FROM events");
        let second = ask(&body);
        assert_eq!(
            (second.status, second.body),
            (first.status, first.body.clone()),
            "{filled}"
        );
        assert_eq!(app.rows("SELECT COUNT(*) FROM events"), events, "{filled}");
        if !other.is_null() {
            let reused = (409, "idempotency_key_reused".to_owned());
            assert_eq!(ask(&other).problem(), reused, "{filled}");
        }
        // A secret that is shown once is not in the table either.
        if let Some(secret) = first.body["key"].as_str() {
            let kept = app.rows("SELECT * FROM idempotency_keys");
            assert!(!format!("{kept:?}").contains(secret), "{filled}");
        }
        tried.insert(format!("/api/v1/{audience}{path}"));
    }
    let document = app.get("/api/openapi.json", None).body;
    let mut known = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let operation = &methods["post"];
        let parameters = operation["parameters"].as_array();
        let takes = parameters
            .into_iter()
            .flatten()
            .any(|one| one["name"] == "Idempotency-Key");
        if takes {
            known.insert(path.clone());
        }
        let makes = operation["responses"].get("201").is_some();
        assert!(
            takes || !makes || path.starts_with("/api/v1/product/"),
            "{path}"
        );
    }
    assert_eq!(tried, known);
}

fn by<'a>(app: &'a App, brand: &'a Brand<'_>, audience: &str) -> &'a str {
    match audience {
        "brand" => &brand.api_key,
        _ => &app.operator,
    }
}

/// Who lost the first answer is not told of what came after it.
fn an_answer_is_the_first_one_whatever_has_happened_since(app: &App) {
    let brand = app.brand("acme");
    let headers = [
        ("x-api-key", brand.api_key.as_str()),
        ("idempotency-key", "k"),
    ];
    let ends = json!({"expires_at": "2026-06-01T13:00:00Z"});
    let ask = || app.send_with("POST", "/api/v1/brand/api-keys", &headers, Some(&ends));
    let first = ask();
    assert_eq!(first.status, 201, "{}", first.body);
    let path = format!("/api/v1/brand/api-keys/{}", first.text("id"));
    assert_eq!(
        brand
            .app
            .send("DELETE", &path, Some(&brand.api_key), None)
            .status,
        204
    );
    app.set_time("2026-06-02T11:00:00Z");
    let second = ask();
    assert_eq!((second.status, second.body), (201, first.body));
}

fn what_is_no_key_is_refused(app: &App) {
    let brand = app.brand("acme");
    let body = json!({"reference": "1"});
    let long = "k".repeat(256);
    let own = ("x-api-key", brand.api_key.as_str());
    let name = "idempotency-key";
    for keys in [
        vec![(name, "")],
        vec![(name, &long)],
        vec![(name, "a"), (name, "b")],
        vec![(name, "\u{e9}")],
    ] {
        let headers = [vec![own], keys].concat();
        let refused = app.send_with("POST", "/api/v1/brand/customers", &headers, Some(&body));
        assert_eq!(
            refused.problem(),
            (422, "invalid_request".to_owned()),
            "{headers:?}"
        );
        assert!(
            refused.body["errors"]["Idempotency-Key"].is_array(),
            "{}",
            refused.body
        );
    }
    assert_eq!(brand.get("/customers").body["customers"], json!([]));
}
