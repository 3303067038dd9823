use serde_json::{Value, json};

use crate::elsewhere;
use crate::harness::{Answer, App, Db, on_both};

on_both!(
    a_floating_seat_that_is_over_counts_nowhere,
    a_check_says_how_the_license_stands_and_who_holds_a_seat,
    a_check_by_query_answers_as_one_by_body,
    what_this_process_writes_shows_in_the_next_check,
    no_check_shows_what_an_answered_write_made_stale,
    what_another_process_writes_shows_soon,
    an_expired_license_is_denied_and_one_in_grace_is_not,
    a_suspended_license_is_denied_to_check_and_activation,
    a_license_of_an_inactive_product_is_denied,
    a_key_for_several_products_needs_the_product,
    a_custom_key_is_found_with_its_brand_only,
    a_development_site_takes_no_seat,
    a_domain_and_an_address_count_where_they_are_stated,
    a_floating_seat_lasts_while_its_instance_asks,
    a_floating_seat_with_a_lease_ends_with_the_lease,
    the_oldest_seat_is_released_for_a_new_one,
    seats_that_change_hands_too_often_are_refused,
    what_no_check_may_hold_is_refused_by_name,
);

fn check(app: &App, key: &str, instance: &str) -> Answer {
    app.product(
        "/licenses/check",
        &json!({"license_key": key, "instance_identifier": instance}),
    )
}

fn activate(app: &App, key: &str, instance: &str) -> Answer {
    app.product(
        "/licenses/activate",
        &json!({"license_key": key, "instance_identifier": instance}),
    )
}

fn activate_with_lease(app: &App, key: &str, instance: &str) -> Answer {
    app.product(
        "/licenses/activate",
        &json!({
            "license_key": key,
            "instance_identifier": instance,
            "nonce": "AAAAAAAAAAAAAAAAAAAAAA",
        }),
    )
}

/// `is_valid`, `is_activated`, seats in use.
fn outcome(answer: &Answer) -> (bool, bool, i64) {
    assert_eq!(answer.status, 200, "{}", answer.body);
    (
        answer.body["is_valid"].as_bool().unwrap(),
        answer.body["is_activated"].as_bool().unwrap(),
        answer.body["license"]["seats_used"].as_i64().unwrap(),
    )
}

fn a_check_says_how_the_license_stands_and_who_holds_a_seat(app: &App) {
    let terms = json!({"max_seats": 5, "expiration_date": "2026-12-31"});
    let (key, license) = app.brand("acme").provision(terms);
    let before = check(app, &key, "https://www.Example.com/app");
    let mut expected = json!({
        "is_valid": true,
        "license": {
            "id": license,
            "status": "valid",
            "seat_limit": 5,
            "seats_used": 0,
            "seats_remaining": 5,
            "expires_at": "2026-12-31T23:59:59Z",
        },
        "is_activated": false,
        "activation": null,
        "denials": [],
        "notices": [],
    });
    assert_eq!((before.status, &before.body), (200, &expected));
    let seat = activate(app, &key, "http://example.com");
    app.set_time("2026-06-01T13:00:00Z");
    let after = check(app, &key, "https://www.Example.com/app");
    expected["license"]["seats_used"] = json!(1);
    expected["license"]["seats_remaining"] = json!(4);
    expected["is_activated"] = json!(true);
    expected["activation"] = json!({
        "id": seat.body["activation_id"],
        "activated_at": "2026-06-01T12:00:00Z",
        "last_checked_at": "2026-06-01T13:00:00Z",
    });
    assert_eq!(after.body, expected);
}

fn a_check_by_query_answers_as_one_by_body(app: &App) {
    let (key, _) = app.brand("acme").provision(json!({"max_seats": 5}));
    activate(app, &key, "a.example.com");
    let path = "/api/v1/product/licenses/check";
    let query = format!(
        "{path}?license_key={key}&instance_identifier=https%3A%2F%2Fa.example.com&instance_type=url\
         &brand=acme&product=editor&domain=example.org&address=192.0.2.1"
    );
    let by_query = app.get(&query, None);
    assert_eq!(outcome(&by_query), (true, true, 1));
    assert_eq!(by_query.body, check(app, &key, "a.example.com").body);
}

fn what_this_process_writes_shows_in_the_next_check(app: &App) {
    let (key, _) = app.brand("acme").provision(json!({"max_seats": 5}));
    for held in 0..5 {
        let site = format!("{held}.example.com");
        assert_eq!(outcome(&check(app, &key, &site)), (true, false, held));
        assert_eq!(activate(app, &key, &site).status, 201);
        assert_eq!(outcome(&check(app, &key, &site)), (true, true, held + 1));
    }
    let gone = json!({"license_key": key, "instance_identifier": "0.example.com"});
    assert_eq!(app.product("/licenses/deactivate", &gone).status, 200);
    assert_eq!(
        outcome(&check(app, &key, "0.example.com")),
        (true, false, 4)
    );
    assert_eq!(outcome(&check(app, &key, "1.example.com")), (true, true, 4));
}

fn no_check_shows_what_an_answered_write_made_stale(app: &App) {
    let (key, _) = app.brand("acme").provision(json!({"activation": {}}));
    let holds = |site: &str, expected: bool| {
        let (_, is_activated, _) = outcome(&check(app, &key, site));
        assert_eq!(is_activated, expected, "{site}");
    };
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (holds, key) = (&holds, &key);
            scope.spawn(move || {
                let site = format!("site{thread}.example.com");
                let body = json!({"license_key": key, "instance_identifier": site});
                for _ in 0..10 {
                    holds(&site, false);
                    assert_eq!(activate(app, key, &site).status, 201);
                    holds(&site, true);
                    assert_eq!(app.product("/licenses/deactivate", &body).status, 200);
                }
            });
        }
    });
    assert_eq!(
        outcome(&check(app, &key, "site0.example.com")),
        (true, false, 0)
    );
}

fn what_another_process_writes_shows_soon(app: &App) {
    let (key, license) = app.brand("acme").provision(json!({"max_seats": 5}));
    assert_eq!(
        outcome(&check(app, &key, "a.example.com")),
        (true, false, 0)
    );
    elsewhere::suspend(app, &license);
    // SQLite tells at once; with PostgreSQL it takes two seconds.
    let shows = (0..100_000).any(|_| !outcome(&check(app, &key, "a.example.com")).0);
    assert!(shows, "a suspension never shows");
    if let countersign_server::Database::Sqlite(_) = app.database {
        let active = format!("UPDATE licenses SET standing = 'active' WHERE id = '{license}'");
        elsewhere::write(app, &active);
        assert_eq!(
            outcome(&check(app, &key, "a.example.com")),
            (true, false, 0)
        );
    }
}

fn an_expired_license_is_denied_and_one_in_grace_is_not(app: &App) {
    let terms = json!({"expiration_date": "2026-06-30", "grace": 86_400});
    let (key, _) = app.brand("acme").provision(terms);
    app.set_time("2026-07-01T12:00:00Z");
    let grace = check(app, &key, "a.example.com");
    assert_eq!(grace.body["is_valid"], true);
    assert_eq!(grace.body["license"]["status"], "expired");
    assert_eq!(grace.body["denials"], json!([]));
    assert_eq!(grace.body["notices"][0]["code"], "in_grace_period");
    assert_eq!(activate(app, &key, "a.example.com").status, 201);
    app.set_time("2026-07-02T12:00:00Z");
    let over = check(app, &key, "a.example.com");
    assert_eq!(outcome(&over), (false, true, 1));
    assert_eq!(over.body["license"]["status"], "expired");
    assert_eq!(over.body["denials"][0]["code"], "expired");
    let refused = activate(app, &key, "b.example.com");
    assert_eq!(refused.problem(), (422, "expired".to_owned()));
    assert_eq!(refused.body["denials"], over.body["denials"]);
}

fn a_suspended_license_is_denied_to_check_and_activation(app: &App) {
    let (key, license) = app.brand("acme").provision(json!({"max_seats": 5}));
    elsewhere::suspend(app, &license);
    let checked = check(app, &key, "a.example.com");
    assert_eq!(outcome(&checked), (false, false, 0));
    assert_eq!(checked.body["license"]["status"], "suspended");
    assert_eq!(checked.body["denials"][0]["code"], "suspended");
    let refused = activate(app, &key, "a.example.com");
    assert_eq!(refused.problem(), (422, "suspended".to_owned()));
    assert_eq!(refused.body["denials"], checked.body["denials"]);
}

fn a_license_of_an_inactive_product_is_denied(app: &App) {
    let (key, _) = app.brand("acme").provision(json!({"max_seats": 5}));
    elsewhere::write(app, "UPDATE products SET active = 0");
    let checked = check(app, &key, "a.example.com");
    assert_eq!(outcome(&checked), (false, false, 0));
    assert_eq!(checked.body["license"]["status"], "valid");
    assert_eq!(
        checked.body["denials"],
        json!([{"code": "product_inactive"}])
    );
    let refused = activate(app, &key, "a.example.com");
    assert_eq!(refused.problem(), (422, "product_inactive".to_owned()));
}

fn a_key_for_several_products_needs_the_product(app: &App) {
    let brand = app.brand("acme");
    let viewer = brand.make_product("viewer", json!({}));
    brand.make_product("other", json!({}));
    let made = brand.post(
        "/licenses/provision",
        json!({"products": ["editor", "viewer"], "customer_email": "ada@example.com"}),
    );
    let key = made.body["license_key"]["key"].as_str().unwrap();
    let ask = |product: Option<&str>| {
        let mut body = json!({"license_key": key, "instance_identifier": "a.example.com"});
        if let Some(product) = product {
            body["product"] = json!(product);
        }
        app.product("/licenses/check", &body)
    };
    let unnamed = ask(None);
    assert_eq!(unnamed.problem(), (422, "product_required".to_owned()));
    assert!(unnamed.body["errors"]["product"].is_array());
    for (name, place) in [("editor", 0), ("viewer", 1), (viewer.as_str(), 1)] {
        let found = ask(Some(name));
        let expected = &made.body["licenses"][place]["id"];
        assert_eq!(&found.body["license"]["id"], expected, "{name}");
    }
    for unknown in ["other", "nothing", ""] {
        let refused = ask(Some(unknown));
        assert_eq!(refused.problem(), (404, "license_not_found".to_owned()));
    }
}

fn a_custom_key_is_found_with_its_brand_only(app: &App) {
    let custom = "3f2c8b1e-7a44-4a5e-9f0d-0c1d2e3f4a5b";
    let (mine, yours) = (app.brand("acme"), app.brand("globex"));
    let (_, my_license) = mine.provision(json!({"custom_key": custom}));
    let (_, your_license) = yours.provision(json!({"custom_key": custom}));
    let ask = |brand: Option<&str>| {
        let mut body = json!({"license_key": custom, "instance_identifier": "a.example.com"});
        if let Some(brand) = brand {
            body["brand"] = json!(brand);
        }
        app.product("/licenses/check", &body)
    };
    for (brand, license) in [("acme", my_license), ("globex", your_license)] {
        assert_eq!(ask(Some(brand)).body["license"]["id"], license);
    }
    for brand in [None, Some("initech")] {
        let refused = ask(brand);
        assert_eq!(refused.problem(), (404, "license_key_not_found".to_owned()));
    }
    let (generated, _) = mine.provision(json!({}));
    let ask = json!({
        "license_key": generated,
        "instance_identifier": "a.example.com",
        "brand": "globex",
    });
    let refused = app.product("/licenses/check", &ask);
    assert_eq!(refused.problem(), (404, "license_key_not_found".to_owned()));
}

fn a_development_site_takes_no_seat(app: &App) {
    let terms = json!({"max_seats": 1, "exempt": ["development"], "domains": ["example.com"]});
    let (key, _) = app.brand("acme").provision(terms);
    for site in ["https://app.test", "https://localhost:8080", "example.com"] {
        let seat = activate(app, &key, site);
        assert!(seat.status == 200 || seat.status == 201, "{}", seat.body);
    }
    for (site, holds_a_seat) in [("https://app.test", false), ("example.com", true)] {
        let checked = check(app, &key, site);
        assert_eq!(outcome(&checked), (true, holds_a_seat, 1), "{site}");
    }
}

fn a_domain_and_an_address_count_where_they_are_stated(app: &App) {
    let terms = json!({"domains": ["example.com"], "addresses": ["192.0.2.0/24"]});
    let (key, _) = app.brand("acme").provision(terms);
    let ask = |more: Value| {
        let mut body = json!({
            "license_key": key,
            "instance_identifier": "m1",
            "instance_type": "machine_id",
        });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        let answer = app.product("/licenses/check", &body);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let denials = answer.body["denials"].as_array().unwrap().iter();
        let codes: Vec<_> = denials.map(|denial| denial["code"].clone()).collect();
        json!(codes)
    };
    let cases = [
        (json!({}), json!([])),
        (json!({"domain": "www.example.com"}), json!([])),
        (
            json!({"domain": "example.org"}),
            json!(["domain_not_licensed"]),
        ),
        (json!({"address": "192.0.2.7"}), json!([])),
        (
            json!({"address": "198.51.100.7"}),
            json!(["address_not_licensed"]),
        ),
    ];
    for (more, denials) in cases {
        assert_eq!(ask(more.clone()), denials, "{more}");
    }
}

fn floating(app: &App, limit: u32) -> String {
    let terms = json!({
        "seats": {"limit": limit, "hold": "while_leased"},
        "activation": {"lease": 600},
    });
    app.brand("acme").provision(terms).0
}

fn a_floating_seat_that_is_over_counts_nowhere(app: &App) {
    let key = floating(app, 2);
    for site in ["a.example.com", "b.example.com"] {
        assert_eq!(activate(app, &key, site).status, 201);
    }
    let licenses = || app.get("/api/v1/admin/licenses", Some(&app.operator)).body;
    let license = licenses()["licenses"][0].clone();
    assert_eq!(
        (&license["seats_used"], &license["seats_remaining"]),
        (&json!(2), &json!(0))
    );
    app.set_time("2026-06-01T12:10:00Z");
    let license = licenses()["licenses"][0].clone();
    assert_eq!(
        (&license["seats_used"], &license["seats_remaining"]),
        (&json!(0), &json!(2))
    );
    let id = license["id"].as_str().unwrap();
    assert_eq!(
        app.events(id),
        [
            "license.provisioned",
            "license.activated",
            "license.activated"
        ]
    );
    assert_eq!(activate(app, &key, "c.example.com").status, 201);
    let events = app.events(id);
    let last = ["seat.released", "seat.released", "license.activated"];
    assert_eq!(events[3..], last);
    let released = "SELECT data FROM events WHERE kind = 'seat.released' ORDER BY id DESC";
    let data: serde_json::Value = serde_json::from_str(&app.rows(released)[0][0]).unwrap();
    assert_eq!(data["seats_used"], 0);
    assert_eq!(data["activation"]["released_at"], "2026-06-01T12:10:00Z");
}

#[test]
fn floating_seats_that_nobody_asks_about_are_let_go() {
    for db in [Db::Sqlite, Db::Postgres] {
        let mut app = App::start(db);
        let key = floating(&app, 2);
        assert_eq!(activate(&app, &key, "a.example.com").status, 201);
        app.set_time("2026-06-01T12:10:00Z");
        // What is done now and then is done at the end as well.
        app.stop();
        assert_eq!(app.rows("SELECT seats_held FROM licenses"), [["0"]]);
        let kinds = app.rows("SELECT kind FROM events ORDER BY id DESC");
        assert_eq!(kinds[0], ["seat.released"]);
    }
}

fn a_floating_seat_lasts_while_its_instance_asks(app: &App) {
    let key = floating(app, 1);
    assert_eq!(activate(app, &key, "a.example.com").status, 201);
    for time in ["12:05:00", "12:14:00", "12:23:59"] {
        app.set_time(&format!("2026-06-01T{time}Z"));
        let checked = check(app, &key, "a.example.com");
        assert_eq!(outcome(&checked), (true, true, 1), "{time}");
        let refused = activate(app, &key, "b.example.com");
        assert_eq!(refused.problem(), (422, "seat_limit_exceeded".to_owned()));
    }
    app.set_time("2026-06-01T12:33:59Z");
    let late = check(app, &key, "a.example.com");
    assert_eq!(outcome(&late), (true, false, 0));
    assert_eq!(activate(app, &key, "b.example.com").status, 201);
}

fn a_floating_seat_with_a_lease_ends_with_the_lease(app: &App) {
    let key = floating(app, 1);
    assert_eq!(activate_with_lease(app, &key, "a.example.com").status, 201);
    app.set_time("2026-06-01T12:09:59Z");
    let checked = check(app, &key, "a.example.com");
    assert_eq!(outcome(&checked), (true, true, 1));
    app.set_time("2026-06-01T12:10:00Z");
    let late = check(app, &key, "a.example.com");
    assert_eq!(outcome(&late), (true, false, 0));
}

fn the_oldest_seat_is_released_for_a_new_one(app: &App) {
    let terms = json!({
        "seats": {"limit": 2, "on_full": "release_oldest"},
        "activation": {},
    });
    let (key, license) = app.brand("acme").provision(terms);
    for (second, site) in ["a", "b", "c"].into_iter().enumerate() {
        app.set_time(&format!("2026-06-01T12:00:0{second}Z"));
        let seat = activate(app, &key, &format!("{site}.example.com"));
        assert_eq!(seat.status, 201, "{}", seat.body);
    }
    for (site, is_activated) in [("a", false), ("b", true), ("c", true)] {
        let checked = check(app, &key, &format!("{site}.example.com"));
        assert_eq!(outcome(&checked), (true, is_activated, 2), "{site}");
    }
    assert_eq!(
        elsewhere::events(app, &license),
        [
            "license.provisioned",
            "license.activated",
            "license.activated",
            "seat.released",
            "license.activated"
        ]
    );
}

fn seats_that_change_hands_too_often_are_refused(app: &App) {
    let terms = json!({"seats": {"limit": 1, "handovers": 1}, "activation": {"lease": 3600}});
    let (key, _) = app.brand("acme").provision(terms);
    for site in ["a.example.com", "b.example.com"] {
        assert_eq!(activate_with_lease(app, &key, site).status, 201);
        let ask = json!({"license_key": key, "instance_identifier": site});
        assert_eq!(app.product("/licenses/deactivate", &ask).status, 200);
    }
    let refused = activate_with_lease(app, &key, "c.example.com");
    assert_eq!(
        refused.problem(),
        (422, "seat_handovers_exhausted".to_owned())
    );
    assert_eq!(
        refused.body["denials"],
        json!([{
            "code": "seat_handovers_exhausted",
            "ends_needed": 1,
            "until": "2026-06-01T13:00:00Z",
        }])
    );
    app.set_time("2026-06-01T13:00:00Z");
    assert_eq!(activate_with_lease(app, &key, "c.example.com").status, 201);
}

fn what_no_check_may_hold_is_refused_by_name(app: &App) {
    let (key, _) = app.brand("acme").provision(json!({}));
    let cases = [
        (json!({"instance_identifier": "a.b"}), 422, "license_key"),
        (json!({"license_key": key}), 422, "instance_identifier"),
        (
            json!({"license_key": 7, "instance_identifier": "a.b"}),
            422,
            "license_key",
        ),
        (
            json!({"license_key": "", "instance_identifier": "a.b"}),
            422,
            "license_key",
        ),
        (
            json!({"license_key": "a b", "instance_identifier": "a.b"}),
            422,
            "license_key",
        ),
        (
            json!({"license_key": "a\u{0}", "instance_identifier": "a.b"}),
            422,
            "license_key",
        ),
        (
            json!({"license_key": key, "instance_identifier": "m1"}),
            422,
            "instance_type",
        ),
        (
            json!({"license_key": key, "instance_identifier": ""}),
            422,
            "instance_type",
        ),
        (
            json!({"license_key": key, "instance_identifier": "a b.c"}),
            422,
            "instance_identifier",
        ),
        (
            json!({"license_key": key, "instance_identifier": "a.b\u{0}"}),
            422,
            "instance_identifier",
        ),
        (
            json!({"license_key": key, "instance_identifier": "a.b", "instance_type": "robot"}),
            422,
            "instance_type",
        ),
        (
            json!({"license_key": key, "instance_identifier": "a.b", "address": "1.2.3"}),
            422,
            "address",
        ),
        (
            json!({"license_key": key, "instance_identifier": "a.b", "brand": "A b"}),
            422,
            "brand",
        ),
        (
            json!({"license_key": key, "instance_identifier": "a.b", "nonce": "x"}),
            422,
            "nonce",
        ),
    ];
    for (body, status, field) in cases {
        let refused = app.product("/licenses/check", &body);
        assert_eq!(refused.status, status, "{body}: {}", refused.body);
        assert!(
            refused.body["errors"][field].is_array(),
            "{body}: {}",
            refused.body
        );
        assert!(!refused.body.to_string().contains(&key), "{}", refused.body);
    }
    let path = "/api/v1/product/licenses/check";
    let queries = [
        ("?instance_identifier=a.b".to_owned(), "license_key"),
        (
            format!("?license_key={key}&instance_identifier=a.b&nonce=x"),
            "nonce",
        ),
        (
            format!("?license_key={key}&instance_identifier=a.b&address=x"),
            "address",
        ),
        (
            format!("?license_key={key}&instance_identifier=a.b&license_key=x"),
            "license_key",
        ),
    ];
    let nul = format!("{path}?license_key={key}&instance_identifier=%00.b");
    assert_eq!(app.get(&nul, None).problem(), (400, "malformed".to_owned()));
    for (query, field) in queries {
        let refused = app.get(&format!("{path}{query}"), None);
        assert_eq!(refused.status, 422, "{query}: {}", refused.body);
        assert!(
            refused.body["errors"][field].is_array(),
            "{query}: {}",
            refused.body
        );
        assert!(!refused.body.to_string().contains(&key), "{}", refused.body);
    }
    let unknown = check(app, "ACME-NOSUCH", "a.example.com");
    assert_eq!(unknown.problem(), (404, "license_key_not_found".to_owned()));
    let missing = app.send("POST", path, None, None);
    assert_eq!(
        missing.problem(),
        (415, "unsupported_media_type".to_owned())
    );
}

#[test]
fn when_an_instance_asked_last_is_written_at_the_latest_when_the_server_stops() {
    for db in [Db::Sqlite, Db::Postgres] {
        let mut app = App::start(db);
        let (key, _) = app.brand("acme").provision(json!({"max_seats": 5}));
        activate(&app, &key, "a.example.com");
        app.set_time("2026-06-01T13:00:00Z");
        check(&app, &key, "a.example.com");
        let sql = "SELECT CAST(COALESCE(last_checked_at, 0) AS TEXT) FROM activations";
        assert_eq!(elsewhere::read(&app, sql), ["0"]);
        app.stop();
        assert_eq!(elsewhere::read(&app, sql), ["1780318800"], "{db:?}");
    }
}
