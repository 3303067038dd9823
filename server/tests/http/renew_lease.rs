use countersign::{Lease, LicenseId, Nonce, Product, Signed, SigningKey, TrustStore, Verified};
use serde_json::json;

use crate::elsewhere;
use crate::harness::{Answer, App, on_both};

on_both!(
    a_license_that_asks_for_no_seat_any_more_renews_no_lease,
    a_renewal_answers_a_new_lease_and_the_license,
    a_lost_answer_costs_nothing_and_a_copy_is_noticed,
    a_refused_renewal_shows_which_lease_its_host_has,
    a_seat_given_up_is_lost_to_renewals,
    a_floating_seat_is_lost_once_its_lease_has_ended,
    a_lease_that_has_ended_still_renews_where_seats_are_held,
    a_renewal_is_denied_as_an_activation_is,
    a_lease_that_this_brand_did_not_sign_is_refused_with_the_codes_of_the_core,
);

fn nonce(byte: u8) -> String {
    Nonce::from_bytes([byte; 16]).to_string()
}

fn activate(app: &App, key: &str, instance: &str) -> String {
    let body = json!({
        "license_key": key,
        "instance_identifier": instance,
        "nonce": nonce(1),
    });
    app.product("/licenses/activate", &body).text("lease")
}

fn renew(app: &App, lease: &str) -> Answer {
    let body = json!({"lease": lease, "nonce": nonce(2)});
    app.product("/licenses/renew-lease", &body)
}

fn renewed(app: &App, lease: &str) -> String {
    let answer = renew(app, lease);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.text("lease")
}

/// What a product of the brand makes of a lease.
fn verify(app: &App, lease: &str) -> Verified<Lease> {
    let keys = app.get("/.well-known/acme/jwks.json", None);
    let trust = TrustStore::from_jwks(&keys.body.to_string()).unwrap();
    lease
        .parse::<Signed<Lease>>()
        .unwrap()
        .verify(&trust)
        .unwrap()
}

fn a_renewal_answers_a_new_lease_and_the_license(app: &App) {
    let terms = json!({"max_seats": 2, "activation": {"lease": 3600, "renew": 600}});
    let (key, license) = app.brand("acme").provision(terms);
    let first = activate(app, &key, "a.example.com");
    app.set_time("2026-06-01T12:10:00Z");
    let answer = renew(app, &first);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(answer.text("license").contains('.'));
    let (old, new) = (verify(app, &first), verify(app, &answer.text("lease")));
    assert_ne!(new.id, old.id);
    assert_eq!(new.activation_id, old.activation_id);
    assert_eq!(new.license_id.as_str(), license);
    assert_eq!(new.revision.get(), 1);
    assert_eq!(new.instance, old.instance);
    assert_eq!(new.fence, old.fence);
    assert_eq!(new.nonce.to_string(), nonce(2));
    let moments = [new.issued_at, new.renew_at, new.ends_at].map(|moment| moment.to_string());
    assert_eq!(
        moments,
        [
            "2026-06-01T12:10:00Z",
            "2026-06-01T12:20:00Z",
            "2026-06-01T13:10:00Z"
        ]
    );
}

fn a_lost_answer_costs_nothing_and_a_copy_is_noticed(app: &App) {
    let (key, license) = app.brand("acme").provision(json!({"max_seats": 2}));
    let first = activate(app, &key, "a.example.com");
    let lost = renewed(app, &first);
    let second = renewed(app, &first);
    let shared = |lease: &str| {
        let refused = renew(app, lease);
        assert_eq!(refused.problem(), (409, "seat_shared".to_owned()));
    };
    shared(&lost);
    // Again: it is known.
    shared(&lost);
    let third = renewed(app, &second);
    shared(&first);
    let fourth = renewed(app, &second);
    shared(&third);
    renewed(app, &fourth);
    let events = elsewhere::events(app, &license);
    let expected = ["seat.shared", "seat.shared", "seat.shared"];
    assert_eq!(events[2..], expected);
    // The host activates again, and goes on.
    let anew = activate(app, &key, "a.example.com");
    shared(&fourth);
    renewed(app, &anew);
}

fn a_refused_renewal_shows_which_lease_its_host_has(app: &App) {
    let (key, license) = app.brand("acme").provision(json!({"max_seats": 2}));
    let first = activate(app, &key, "a.example.com");
    let second = renewed(app, &first);
    elsewhere::suspend(app, &license);
    assert_eq!(renew(app, &second).problem(), (422, "suspended".to_owned()));
    let active = format!("UPDATE licenses SET standing = 'active' WHERE id = '{license}'");
    elsewhere::write(app, &active);
    let refused = renew(app, &first);
    assert_eq!(refused.problem(), (409, "seat_shared".to_owned()));
    renewed(app, &second);
}

fn a_seat_given_up_is_lost_to_renewals(app: &App) {
    let (key, _) = app.brand("acme").provision(json!({"max_seats": 2}));
    let lease = activate(app, &key, "a.example.com");
    app.product("/licenses/deactivate", &json!({"lease": lease}));
    assert_eq!(renew(app, &lease).problem(), (409, "seat_lost".to_owned()));
}

fn a_floating_seat_is_lost_once_its_lease_has_ended(app: &App) {
    let terms = json!({
        "seats": {"limit": 1, "hold": "while_leased"},
        "activation": {"lease": 600},
    });
    let (key, _) = app.brand("acme").provision(terms);
    let first = activate(app, &key, "a.example.com");
    app.set_time("2026-06-01T12:09:59Z");
    let second = renewed(app, &first);
    app.set_time("2026-06-01T12:19:58Z");
    let third = renewed(app, &second);
    app.set_time("2026-06-01T12:29:58Z");
    assert_eq!(renew(app, &third).problem(), (409, "seat_lost".to_owned()));
    activate(app, &key, "b.example.com");
}

fn a_lease_that_has_ended_still_renews_where_seats_are_held(app: &App) {
    let terms = json!({"max_seats": 1, "activation": {"lease": 600}});
    let (key, _) = app.brand("acme").provision(terms);
    let first = activate(app, &key, "a.example.com");
    app.set_time("2026-07-01T12:00:00Z");
    let second = renewed(app, &first);
    assert_eq!(
        verify(app, &second).ends_at.to_string(),
        "2026-07-01T12:10:00Z"
    );
}

fn a_renewal_is_denied_as_an_activation_is(app: &App) {
    let terms = json!({"max_seats": 2, "expiration_date": "2026-06-30"});
    let (key, license) = app.brand("acme").provision(terms);
    let lease = activate(app, &key, "a.example.com");
    elsewhere::suspend(app, &license);
    app.set_time("2026-07-02T00:00:00Z");
    let refused = renew(app, &lease);
    assert_eq!(refused.status, 422);
    let denials = refused.body["denials"].as_array().unwrap().iter();
    let codes: Vec<_> = denials.map(|denial| &denial["code"]).collect();
    assert_eq!(codes, ["suspended", "expired"]);
}

fn a_lease_that_this_brand_did_not_sign_is_refused_with_the_codes_of_the_core(app: &App) {
    let (key, _) = app.brand("acme").provision(json!({"max_seats": 2}));
    let genuine = activate(app, &key, "a.example.com");
    let lease = verify(app, &genuine);
    let mut forged = Lease::new(
        lease.id.clone(),
        lease.activation_id.clone(),
        (
            Product {
                brand: "acme".parse().unwrap(),
                code: "editor".parse().unwrap(),
            },
            lease.license_id.as_str().parse::<LicenseId>().unwrap(),
        ),
        lease.instance.clone(),
        (lease.issued_at, lease.ends_at),
        lease.nonce,
    );
    forged.fence = lease.fence;
    let stranger = SigningKey::from_seed(&[9; 32]).unwrap();
    let unknown = stranger.sign(&forged).unwrap();
    let (signed, signature) = genuine.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    let damaged = format!("{signed}.{first}{}", &signature[1..]);
    for (text, code) in [
        (unknown.as_str(), "unknown_key"),
        (&damaged, "bad_signature"),
    ] {
        for refused in [
            renew(app, text),
            app.product("/licenses/deactivate", &json!({"lease": text})),
        ] {
            assert_eq!(refused.problem(), (422, code.to_owned()));
            assert!(refused.body["errors"]["lease"].is_array());
        }
    }
    renewed(app, &genuine);
}

fn a_license_that_asks_for_no_seat_any_more_renews_no_lease(app: &App) {
    let brand = app.brand("acme");
    let (key, id) = brand.provision(json!({"max_seats": 1}));
    let lease = activate(app, &key, "a.example.com");
    let path = format!("/licenses/{id}");
    let before = brand.get(&path).body;
    let refused = brand.patch(&path, json!({"activation": null}));
    assert_eq!(refused.problem(), (422, "activation_required".to_owned()));
    assert_eq!(brand.get(&path).body, before);
    let changed = brand.patch(&path, json!({"max_seats": null, "activation": null}));
    assert_eq!(changed.status, 200, "{}", changed.body);
    let leases = || app.query_text("SELECT lease_id FROM activations");
    let noted = leases();
    assert_eq!(renew(app, &lease).problem(), (409, "seat_lost".to_owned()));
    assert_eq!(leases(), noted);
    let ask = json!({
        "license_key": key,
        "instance_identifier": "a.example.com",
        "nonce": "AAAAAAAAAAAAAAAAAAAAAA",
    });
    let again = app.product("/licenses/activate", &ask);
    assert_eq!((again.status, again.body.get("lease")), (200, None));
    assert!(again.body["license"].is_string());
}
