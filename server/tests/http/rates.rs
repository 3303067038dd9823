//! How often who may ask: products by address and license, brands by API key.

use countersign::Nonce;
use countersign_server::{Options, Rate, Rates};
use serde_json::{Value, json};

use crate::answer;
use crate::harness::{Answer, App, Brand, Db, NOW};

fn limited(rates: Rates) -> App {
    let options = Options {
        rates,
        ..Options::default()
    };
    App::start_with(Db::Sqlite, NOW.parse().unwrap(), options)
}

fn rate(per_second: u32, burst: u32) -> Rate {
    Rate { per_second, burst }
}

pub fn ask(app: &App, key: &str) -> crate::harness::Answer {
    app.product(
        "/licenses/activate",
        &json!({"license_key": key, "instance_identifier": "a.example.com"}),
    )
}

#[test]
fn an_address_that_asks_too_often_is_told_when_to_ask_again() {
    let app = limited(Rates {
        address: rate(1, 3),
        ..Rates::UNLIMITED
    });
    let (key, _) = app.brand("acme").provision(json!({}));
    let statuses: Vec<u16> = (0..4).map(|_| ask(&app, &key).status).collect();
    assert_eq!(statuses, [201, 200, 200, 429]);
    let refused = ask(&app, &key);
    assert_eq!(refused.problem(), (429, "rate_limited".to_owned()));
    assert_eq!(refused.headers["retry-after"], "1");
    app.set_time("2026-06-01T12:00:01Z");
    let statuses: Vec<u16> = (0..2).map(|_| ask(&app, &key).status).collect();
    assert_eq!(statuses, [200, 429]);
    // Brands and supervisors are not counted by address.
    assert_eq!(app.get("/health", None).status, 200);
}

#[test]
fn an_unknown_license_key_counts_as_many_requests() {
    let app = limited(Rates {
        address: rate(1, 10),
        unknown_key_cost: 5,
        ..Rates::UNLIMITED
    });
    let statuses: Vec<u16> = (0..3)
        .map(|_| ask(&app, "ACME-NOBODY-HAS-IT").status)
        .collect();
    assert_eq!(statuses, [404, 404, 429]);
}

#[test]
fn a_license_key_that_asks_too_often_does_not_hinder_others() {
    let app = limited(Rates {
        license_key: rate(1, 2),
        ..Rates::UNLIMITED
    });
    let brand = app.brand("acme");
    let (key, _) = brand.provision(json!({}));
    let (other, _) = brand.provision(json!({}));
    let statuses: Vec<u16> = (0..3).map(|_| ask(&app, &key).status).collect();
    assert_eq!(statuses, [201, 200, 429]);
    assert_eq!(ask(&app, &other).status, 201);
}

#[test]
fn an_api_key_that_asks_too_often_is_refused() {
    let app = limited(Rates {
        api_key: rate(1, 2),
        ..Rates::UNLIMITED
    });
    let order = json!({"scopes": ["read"]});
    let make = || app.post("/api/v1/admin/api-keys", Some(&app.operator), &order);
    let statuses: Vec<u16> = (0..3).map(|_| make().status).collect();
    assert_eq!(statuses, [201, 201, 429]);
}

/// Asks about a license key in some way.
type Ask<'a> = &'a dyn Fn(&str) -> Answer;

/// The key in the query by another spelling, a decoy beside the body, a brand that a generated key is
/// found without: the license is the same.
#[test]
fn a_license_key_is_counted_however_it_is_named() {
    let app = limited(Rates {
        license_key: rate(1, 3),
        ..Rates::UNLIMITED
    });
    let brand = app.brand("acme");
    let instance = "instance_identifier=a.example.com";
    let check = |query: &str| app.get(&format!("/api/v1/product/licenses/check?{query}"), None);
    let ways: [(&str, Ask<'_>); 3] = [
        ("a name in the query that is escaped", &|key| {
            check(&format!("license%5Fkey={key}&{instance}"))
        }),
        ("with the brand, and in lower case", &|key| {
            check(&format!(
                "license_key={}&brand=acme&{instance}",
                key.to_lowercase()
            ))
        }),
        ("in the text of an activation request", &|key| {
            let text = answer::request(key, "editor").to_string();
            let (status, ..) = answer::answer(&app, "text/plain", text);
            Answer {
                status,
                headers: Default::default(),
                body: Value::Null,
            }
        }),
    ];
    for (way, other) in ways {
        let (key, _) = brand.provision(json!({"max_seats": 5}));
        let mut statuses: Vec<u16> = (0..3)
            .map(|_| check(&format!("license_key={key}&{instance}")).status)
            .collect();
        statuses.push(other(&key).status);
        assert_eq!(statuses, [200, 200, 200, 429], "{way}");
    }
}

fn lease(app: &App, key: &str) -> String {
    let seat =
        json!({"license_key": key, "instance_identifier": "a.example.com", "nonce": nonce()});
    app.product("/licenses/activate", &seat).text("lease")
}

fn nonce() -> String {
    Nonce::from_bytes([7; 16]).to_string()
}

fn renew(app: &App, lease: &str) -> Answer {
    let body = json!({"lease": lease, "nonce": nonce()});
    app.product("/licenses/renew-lease", &body)
}

#[test]
fn leases_of_one_license_are_counted_together_and_hinder_no_other() {
    let app = limited(Rates {
        license_key: rate(1, 3),
        ..Rates::UNLIMITED
    });
    let brand = app.brand("acme");
    let [mine, yours] = [0, 1].map(|_| brand.provision(json!({"max_seats": 2})).0);
    let (stale, other) = (lease(&app, &mine), lease(&app, &yours));
    let newer = renew(&app, &stale);
    assert_eq!(newer.status, 200);
    assert_eq!(renew(&app, &newer.text("lease")).status, 200);
    assert_eq!(
        renew(&app, &stale).problem(),
        (409, "seat_shared".to_owned())
    );
    let limited = (429, "rate_limited".to_owned());
    assert_eq!(renew(&app, &stale).problem(), limited);
    let given_up = app.product("/licenses/deactivate", &json!({"lease": stale}));
    assert_eq!(given_up.problem(), limited);
    assert_eq!(renew(&app, &other).status, 200);
}

#[test]
fn a_lease_that_nobody_signed_counts_as_many_requests() {
    let app = limited(Rates {
        address: rate(1, 10),
        unknown_key_cost: 5,
        ..Rates::UNLIMITED
    });
    let elsewhere = App::start(Db::Sqlite);
    let key = elsewhere.brand("acme").provision(json!({"max_seats": 1})).0;
    let foreign = lease(&elsewhere, &key);
    let statuses: Vec<u16> = (0..3).map(|_| renew(&app, &foreign).status).collect();
    assert_eq!(statuses, [422, 422, 429]);
}

#[test]
fn what_anybody_may_fetch_is_counted_by_address() {
    let app = limited(Rates {
        address: rate(1, 2),
        ..Rates::UNLIMITED
    });
    app.brand("acme");
    let fetch = || app.get("/.well-known/acme/jwks.json", None).status;
    assert_eq!([fetch(), fetch(), fetch()], [200, 200, 429]);
}

fn set(app: &App, brand: &Brand<'_>, settings: Value) -> Answer {
    let path = format!("/api/v1/admin/brands/{}", brand.slug);
    let patch = json!({"settings": settings});
    app.send("PATCH", &path, Some(&app.operator), Some(&patch))
}

/// Whether the authority limits anything itself or not.
#[test]
fn an_operator_sets_the_rates_of_a_brand() {
    let generous = Rates {
        address: rate(1000, 1000),
        license_key: rate(1000, 1000),
        api_key: rate(1000, 1000),
        unknown_key_cost: 1,
    };
    let once = json!({"per_second": 1, "burst": 1});
    for rates in [Rates::UNLIMITED, generous] {
        let app = limited(rates);
        let (acme, other) = (app.brand("acme"), app.brand("other"));
        let keys = |brand: &Brand<'_>| [0, 1].map(|_| brand.provision(json!({"max_seats": 1})).0);
        let ([first, second], [free, _]) = (keys(&acme), keys(&other));
        let (one, two) = (lease(&app, &first), lease(&app, &free));

        assert_eq!(
            set(&app, &acme, json!({"rate_limits": {"license_key": once}})).status,
            200
        );
        assert_eq!(
            [ask(&app, &first).status, ask(&app, &first).status],
            [200, 429]
        );
        assert_eq!(
            [renew(&app, &one).status, renew(&app, &one).status],
            [200, 429]
        );
        assert_eq!(ask(&app, &second).status, 201);
        assert_eq!(
            [ask(&app, &free).status, ask(&app, &free).status],
            [200, 200]
        );
        assert_eq!(renew(&app, &two).status, 200);

        // Two license keys of the brand, one address.
        assert_eq!(
            set(&app, &acme, json!({"rate_limits": {"address": once}})).status,
            200
        );
        assert_eq!(
            [ask(&app, &first).status, ask(&app, &second).status],
            [200, 429]
        );
        assert_eq!(
            [ask(&app, &free).status, ask(&app, &free).status],
            [200, 200]
        );

        assert_eq!(
            set(&app, &acme, json!({"rate_limits": {"api_key": once}})).status,
            200
        );
        let list = |brand: &Brand<'_>| brand.get("/products").status;
        assert_eq!([list(&acme), list(&acme)], [200, 429]);
        assert_eq!([list(&other), list(&other)], [200, 200]);
        assert_eq!(
            [ask(&app, &first).status, ask(&app, &second).status],
            [200, 200]
        );

        // As for every brand again.
        assert_eq!(set(&app, &acme, json!({"rate_limits": null})).status, 200);
        assert_eq!(list(&acme), 200);
    }
}

#[test]
fn a_product_sends_little() {
    let app = App::start(Db::Sqlite);
    let key = app.brand("acme").provision(json!({})).0;
    let body = |length: usize| json!({"license_key": key, "instance_identifier": "a.example.com", "domain": "a".repeat(length)});
    let refused = app.product("/licenses/check", &body(70_000));
    assert_eq!(refused.problem(), (413, "too_large".to_owned()));
    assert_eq!(app.product("/licenses/check", &body(50_000)).status, 422);
}

/// They read the database at the cost of their address alone; who has a key goes on.
#[test]
fn who_tries_api_keys_is_turned_away() {
    let app = limited(Rates {
        address: rate(1, 11),
        unknown_key_cost: 5,
        ..Rates::UNLIMITED
    });
    let brand = app.brand("acme");
    let guess = || app.get("/api/v1/brand/products", Some("cs_guess")).status;
    // The operator's key was met first.
    assert_eq!([guess(), guess(), guess()], [401, 401, 429]);
    assert_eq!(brand.get("/products").status, 200);
}
