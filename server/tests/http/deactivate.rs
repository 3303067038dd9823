use serde_json::{Value, json};

use crate::elsewhere;
use crate::harness::{App, on_both};

on_both!(
    a_seat_given_up_is_free_and_giving_it_up_again_answers_the_same,
    a_lease_gives_its_own_seat_up_and_no_later_one,
    what_names_no_seat_is_refused,
);

const NONCE: &str = "AAAAAAAAAAAAAAAAAAAAAA";

fn activate(app: &App, key: &str, instance: &str) -> Value {
    let body = json!({"license_key": key, "instance_identifier": instance, "nonce": NONCE});
    app.product("/licenses/activate", &body).body
}

fn a_seat_given_up_is_free_and_giving_it_up_again_answers_the_same(app: &App) {
    let (key, license) = app.brand("acme").provision(json!({"max_seats": 2}));
    activate(app, &key, "a.example.com");
    activate(app, &key, "b.example.com");
    let fence = || elsewhere::read(app, "SELECT CAST(fence AS TEXT) FROM licenses");
    assert_eq!(fence(), ["2"]);
    let body = json!({"license_key": key, "instance_identifier": "https://www.a.example.com/"});
    for _ in 0..2 {
        let freed = app.product("/licenses/deactivate", &body);
        assert_eq!(freed.status, 200, "{}", freed.body);
        let expected = json!({"status": "deactivated", "seats_used": 1, "seats_remaining": 1});
        assert_eq!(freed.body, expected);
        assert_eq!(fence(), ["3"]);
    }
    assert_eq!(
        elsewhere::events(app, &license)[1..],
        ["license.activated", "license.activated", "seat.released"]
    );
}

fn a_lease_gives_its_own_seat_up_and_no_later_one(app: &App) {
    let (key, _) = app.brand("acme").provision(json!({"max_seats": 2}));
    let first = activate(app, &key, "a.example.com");
    let used = |lease: &Value| {
        let freed = app.product("/licenses/deactivate", &json!({"lease": lease}));
        assert_eq!(freed.status, 200, "{}", freed.body);
        freed.body["seats_used"].clone()
    };
    assert_eq!(used(&first["lease"]), 0);
    assert_eq!(used(&first["lease"]), 0);
    let second = activate(app, &key, "a.example.com");
    assert_eq!(used(&first["lease"]), 1);
    assert_eq!(used(&second["lease"]), 0);
}

fn what_names_no_seat_is_refused(app: &App) {
    let (key, _) = app.brand("acme").provision(json!({"max_seats": 2}));
    let lease = activate(app, &key, "a.example.com")["lease"].clone();
    let cases = [
        (json!({}), "license_key"),
        (json!({"license_key": key}), "instance_identifier"),
        (
            json!({"license_key": key, "instance_identifier": "m1"}),
            "instance_type",
        ),
        (json!({"lease": lease, "license_key": key}), "license_key"),
        (json!({"lease": "x.y.z"}), "lease"),
        (json!({"lease": lease, "nonce": NONCE}), "nonce"),
    ];
    for (body, field) in cases {
        let refused = app.product("/licenses/deactivate", &body);
        assert_eq!(refused.status, 422, "{}", refused.body);
        assert!(refused.body["errors"][field].is_array(), "{}", refused.body);
    }
    let unknown = json!({"license_key": "ACME-NOSUCH", "instance_identifier": "a.example.com"});
    let refused = app.product("/licenses/deactivate", &unknown);
    assert_eq!(refused.problem(), (404, "license_key_not_found".to_owned()));
    let sql = "SELECT CAST(seats_held AS TEXT) FROM licenses";
    assert_eq!(elsewhere::read(app, sql), ["1"]);
}
