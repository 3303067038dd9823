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
    let third = ureq::post(format!("{}/api/v1/brand/licenses/provision", app.url))
        .header("x-api-key", &brand.api_key)
        .header("idempotency-key", "k1")
        .header("content-type", "application/json")
        .send(body.to_string())
        .unwrap()
        .body_mut()
        .read_to_string()
        .unwrap();
    assert_eq!(serde_json::from_str::<Value>(&third).unwrap(), first.body);
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
