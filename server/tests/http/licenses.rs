use countersign::{License, Signed, TrustStore, TrustedKey, VerifyingKey};
use countersign_server::Database;
use serde_json::{Value, json};

use crate::harness::{App, Brand, on_both};

on_both!(
    a_renewal_moves_the_end,
    a_date_in_the_past_renews_nothing,
    a_cancelled_license_names_both_standings,
    lifting_a_block_lifts_no_suspension,
    saying_it_twice_changes_nothing,
    a_reason_goes_into_the_audit_log,
    the_status_list_follows_the_standing,
    a_change_signs_the_next_revision,
    null_takes_a_term_away,
    fewer_seats_release_the_oldest,
    a_dry_run_only_says,
    seats_that_float_again_are_let_go,
    another_product_brings_its_own_defaults,
    a_narrower_license_without_activation_gets_another_entry,
    a_wider_license_keeps_its_entry,
    a_deleted_license_stays_revoked,
    a_transfer_ends_the_former_customers_key,
    a_license_leaves_a_key_of_several,
    a_transfer_may_reset_the_seats,
    a_product_is_sold_again_after_a_cancellation,
    lists_are_newest_first_and_paged,
    lists_are_filtered,
    the_status_filter_agrees_with_what_is_shown,
    operators_list_across_brands,
    the_document_verifies,
    activations_are_listed_and_released,
    what_is_another_brands_is_not_there,
    bad_requests_change_nothing,
    a_read_key_changes_nothing,
);

fn path(id: &str) -> String {
    format!("/licenses/{id}")
}

/// The entry of a license, and what the list says there.
fn entry(app: &App, id: &str) -> (String, String) {
    let sql = format!(
        "SELECT e.list, e.entry, e.status FROM licenses l JOIN status_entries e \
         ON e.brand_id = l.brand_id AND e.list = l.status_list AND e.entry = l.status_index \
         WHERE l.id = '{id}'"
    );
    let row = app.rows(&sql).pop().unwrap();
    (format!("{}/{}", row[0], row[1]), row[2].clone())
}

fn status_at(app: &App, place: &str) -> String {
    let (list, entry) = place.split_once('/').unwrap();
    let sql = format!("SELECT status FROM status_entries WHERE list = {list} AND entry = {entry}");
    app.rows(&sql).concat().concat()
}

fn license(brand: &Brand<'_>, id: &str) -> Value {
    let answer = brand.get(&path(id));
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

fn a_renewal_moves_the_end(app: &App) {
    let brand = app.brand("acme");
    let (_, id) = brand.provision(json!({"expiration_date": "2026-06-30"}));
    app.set_time("2026-07-01T00:00:00Z");
    assert_eq!(license(&brand, &id)["status"], "expired");
    let renewed = brand.post(
        &format!("{}/renew", path(&id)),
        json!({"expiration_date": "2027-06-30"}),
    );
    assert_eq!(renewed.status, 200, "{}", renewed.body);
    assert_eq!(renewed.body["expires_at"], "2027-06-30T23:59:59Z");
    assert_eq!(renewed.body["status"], "valid");
    assert_eq!(renewed.body["revision"], 2);
    assert_eq!(renewed.body, license(&brand, &id));
    assert_eq!(app.events(&id), ["license.provisioned", "license.renewed"]);
}

fn a_date_in_the_past_renews_nothing(app: &App) {
    let brand = app.brand("acme");
    let (_, id) = brand.provision(json!({"expiration_date": "2026-06-30"}));
    let before = license(&brand, &id);
    let renew = format!("{}/renew", path(&id));
    for date in ["2026-05-31", "2026-06-01T12:00:00Z"] {
        let refused = brand.post(&renew, json!({"expiration_date": date}));
        assert_eq!(
            refused.problem(),
            (422, "date_in_past".to_owned()),
            "{date}"
        );
        assert_eq!(
            refused.body["errors"],
            json!({"expiration_date": ["the license would have ended already"]})
        );
    }
    assert_eq!(license(&brand, &id), before);
    assert_eq!(app.events(&id), ["license.provisioned"]);
}

fn a_cancelled_license_names_both_standings(app: &App) {
    let brand = app.brand("acme");
    let (_, id) = brand.provision(json!({}));
    let cancelled = brand.send("POST", &format!("{}/cancel", path(&id)), None);
    assert_eq!(cancelled.body["status"], "cancelled");
    let cases = [
        ("POST", "/suspend", json!({}), "suspended"),
        ("POST", "/resume", json!({}), "active"),
        (
            "POST",
            "/renew",
            json!({"expiration_date": "2030-01-01"}),
            "active",
        ),
        ("PATCH", "", json!({"max_seats": 3}), "active"),
        (
            "POST",
            "/transfer",
            json!({"customer_email": "b@example.com"}),
            "active",
        ),
    ];
    for (method, action, body, to) in cases {
        let refused = brand.send(method, &format!("{}{action}", path(&id)), Some(&body));
        assert_eq!(
            refused.problem(),
            (422, "illegal_transition".to_owned()),
            "{action}"
        );
        assert_eq!(
            refused.body["denials"],
            json!([{"code": "illegal_transition", "from": "cancelled", "to": to}])
        );
    }
    assert_eq!(
        app.events(&id),
        ["license.provisioned", "license.cancelled"]
    );
}

fn lifting_a_block_lifts_no_suspension(app: &App) {
    let brand = app.brand("acme");
    let (_, id) = brand.provision(json!({}));
    let shown = ["suspend", "block", "resume", "unblock"].map(|verdict| {
        let decided = brand.send("POST", &format!("{}/{verdict}", path(&id)), None);
        assert_eq!(decided.status, 200, "{}", decided.body);
        let body = decided.body;
        (
            body["standing"].clone(),
            body["blocked"].clone(),
            body["status"].clone(),
        )
    });
    let expected = [
        (json!("suspended"), json!(false), json!("suspended")),
        (json!("suspended"), json!(true), json!("suspended")),
        (json!("active"), json!(true), json!("suspended")),
        (json!("active"), json!(false), json!("valid")),
    ];
    assert_eq!(shown, expected);
    let kinds = [
        "provisioned",
        "suspended",
        "blocked",
        "resumed",
        "unblocked",
    ];
    assert_eq!(app.events(&id), kinds.map(|kind| format!("license.{kind}")));
}

fn saying_it_twice_changes_nothing(app: &App) {
    let brand = app.brand("acme");
    let (_, id) = brand.provision(json!({}));
    for verdict in ["suspend", "block", "cancel"] {
        let decide = format!("{}/{verdict}", path(&id));
        let [once, twice] = [(); 2].map(|()| brand.send("POST", &decide, None));
        assert_eq!((once.status, &once.body), (200, &twice.body));
    }
    assert_eq!(app.events(&id).len(), 4);
}

fn a_reason_goes_into_the_audit_log(app: &App) {
    let brand = app.brand("acme");
    let (key, id) = brand.provision(json!({}));
    brand.post(
        &format!("{}/suspend", path(&id)),
        json!({"reason": "unpaid"}),
    );
    let sql = format!("SELECT data FROM events WHERE subject = '{id}' ORDER BY id DESC");
    let data = app.rows(&sql).remove(0).remove(0);
    assert!(!data.contains(&key));
    let data: Value = serde_json::from_str(&data).unwrap();
    assert_eq!(
        (&data["reason"], &data["status"]),
        (&json!("unpaid"), &json!("suspended"))
    );
    let refused = brand.post(&format!("{}/resume", path(&id)), json!({"reason": "a\nb"}));
    assert_eq!(refused.problem(), (422, "invalid_text".to_owned()));
}

fn the_status_list_follows_the_standing(app: &App) {
    let brand = app.brand("acme");
    let (_, id) = brand.provision(json!({}));
    let stated = ["resume", "suspend", "resume", "block", "unblock", "cancel"].map(|verdict| {
        brand.send("POST", &format!("{}/{verdict}", path(&id)), None);
        entry(app, &id).1
    });
    assert_eq!(stated, ["0", "2", "0", "2", "0", "1"]);
}

fn a_change_signs_the_next_revision(app: &App) {
    let brand = app.brand("acme");
    let (_, id) = brand.provision(json!({"max_seats": 2, "limits": {"services": 5}}));
    app.set_time("2026-06-02T00:00:00Z");
    let changed = brand.patch(
        &path(&id),
        json!({
            "max_seats": 3,
            "expiration_date": "2026-12-31",
            "entitlements": {"pdf": {"until": "2026-07-31"}},
            "domains": ["*.Example.com"],
        }),
    );
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert_eq!(changed.body["seats_released"], json!([]));
    let shown = license(&brand, &id);
    assert_eq!(
        (&shown["revision"], &shown["seat_limit"]),
        (&json!(2), &json!(3))
    );
    assert_eq!(shown["expires_at"], "2026-12-31T23:59:59Z");
    let terms = &shown["terms"];
    assert_eq!(terms["limits"], json!({"services": 5}));
    assert_eq!(
        terms["entitlements"],
        json!({"pdf": {"until": "2026-07-31T23:59:59Z"}})
    );
    assert_eq!(terms["domains"], json!(["*.example.com"]));
    let signed = signed(app, &brand, &id);
    assert_eq!(signed.revision.get(), 2);
    assert_eq!(signed.issued_at.to_string(), "2026-06-02T00:00:00Z");
    assert_eq!(app.events(&id), ["license.provisioned", "license.changed"]);
    // The same again is no change.
    let again = brand.patch(&path(&id), json!({"max_seats": 3}));
    assert_eq!(again.body["revision"], 2);
    assert_eq!(app.events(&id).len(), 2);
}

/// What products would read of a license.
fn signed(app: &App, brand: &Brand<'_>, id: &str) -> License {
    let document = brand
        .get(&format!("{}/document", path(id)))
        .text("document");
    let signed: Signed<License> = document.parse().unwrap();
    let verified = signed.verify(&trust(app, &brand.slug)).unwrap();
    License::clone(&verified)
}

/// The keys of a brand, as the database has them.
fn trust(app: &App, slug: &str) -> TrustStore {
    let hex = match app.database {
        Database::Sqlite(_) => "hex(k.public_key)",
        Database::Postgres(_) => "encode(k.public_key, 'hex')",
    };
    let sql = format!(
        "SELECT {hex} FROM signing_keys k JOIN brands b ON b.id = k.brand_id WHERE b.slug = '{slug}'"
    );
    let keys = app.rows(&sql).concat().into_iter().map(|hex| {
        let mut bytes = [0; 32];
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap();
        }
        TrustedKey::from(VerifyingKey::from_bytes(bytes).unwrap())
    });
    TrustStore::new(keys.collect::<Vec<_>>())
}

fn null_takes_a_term_away(app: &App) {
    let brand = app.brand("acme");
    let terms = json!({
        "max_seats": 2, "expiration_date": "2026-12-31", "grace": 86400,
        "seats": {"on_full": "release_oldest"}, "edition": "cloud",
    });
    let (_, id) = brand.provision(terms);
    let refused = brand.patch(&path(&id), json!({"expiration_date": null}));
    assert_eq!(refused.problem(), (422, "invalid_term".to_owned()));
    let gone = json!({"expiration_date": null, "grace": null, "edition": null, "max_seats": null});
    let changed = brand.patch(&path(&id), gone);
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert_eq!(changed.body["expires_at"], Value::Null);
    assert_eq!(changed.body["seat_limit"], Value::Null);
    assert_eq!(changed.body["seats_remaining"], Value::Null);
    let terms = &changed.body["terms"];
    assert_eq!(terms["seats"], json!({"on_full": "release_oldest"}));
    assert_eq!((terms.get("edition"), terms.get("grace")), (None, None));
}

fn with_three_seats(app: &App) -> (Brand<'_>, String, Vec<String>) {
    let brand = app.brand("acme");
    let (key, id) = brand.provision(json!({"max_seats": 3}));
    let seats = ["a", "b", "c"].map(|name| brand.activate(&key, &format!("{name}.example.com")));
    (brand, id, seats.to_vec())
}

fn ids(list: &Value) -> Vec<String> {
    let list = list.as_array().unwrap().iter();
    list.map(|row| row["id"].as_str().unwrap().to_owned())
        .collect()
}

fn fewer_seats_release_the_oldest(app: &App) {
    let (brand, id, seats) = with_three_seats(app);
    let changed = brand.patch(&path(&id), json!({"max_seats": 1}));
    assert_eq!(ids(&changed.body["seats_released"]), seats[..2]);
    assert_eq!(changed.body["seats_used"], 1);
    assert_eq!(changed.body["seats_remaining"], 0);
    let kinds = app.events(&id);
    assert_eq!(
        kinds[4..],
        ["seat.released", "seat.released", "license.changed"]
    );
}

fn a_dry_run_only_says(app: &App) {
    let (brand, id, seats) = with_three_seats(app);
    let before = license(&brand, &id);
    let said = brand.patch(
        &format!("{}?dry_run=true", path(&id)),
        json!({"max_seats": 1}),
    );
    assert_eq!(said.status, 200, "{}", said.body);
    assert_eq!(ids(&said.body["seats_released"]), seats[..2]);
    assert_eq!(said.body["revision"], 2);
    assert_eq!(
        (&said.body["seat_limit"], &said.body["seats_used"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(license(&brand, &id), before);
    assert_eq!(app.events(&id).len(), 4);
    let done = brand.patch(&path(&id), json!({"max_seats": 1}));
    assert_eq!(ids(&done.body["seats_released"]), seats[..2]);
    assert_eq!(done.body["seats_used"], 1);
}

fn seats_that_float_again_are_let_go(app: &App) {
    let (brand, id, seats) = with_three_seats(app);
    let float = json!({"seats": {"limit": 3, "hold": "while_leased"}, "activation": {"lease": 60}});
    brand.patch(&path(&id), float);
    let list = brand.get(&format!("{}/activations", path(&id)));
    assert_eq!(
        list.body["activations"][0]["held_until"],
        "2026-06-01T12:01:00Z"
    );
    app.set_time("2026-06-01T12:01:00Z");
    let said = brand.patch(
        &format!("{}?dry_run=true", path(&id)),
        json!({"max_seats": 2}),
    );
    assert_eq!(said.body["seats_released"], json!([]));
    assert_eq!(said.body["seats_used"], 0);
    let done = brand.patch(&path(&id), json!({"max_seats": 2}));
    assert_eq!(
        (&done.body["seats_released"], &done.body["seats_used"]),
        (&json!([]), &json!(0))
    );
    assert_eq!(seats.len(), 3);
}

fn another_product_brings_its_own_defaults(app: &App) {
    let brand = app.brand("acme");
    let basic =
        json!({"entitlements": {"view": {}}, "limits": {"services": 5}, "edition": "basic"});
    let pro = json!({"entitlements": {"view": {}, "pdf": {}}, "limits": {"services": 50}});
    brand.make_product("basic", basic);
    let pro = brand.make_product("pro", pro);
    let order = json!({"products": ["basic"], "limits": {"services": 7}, "max_seats": 2});
    let (key, id) = brand.provision(order);
    let upgraded = brand.patch(&path(&id), json!({"product": "pro"}));
    assert_eq!(upgraded.status, 200, "{}", upgraded.body);
    assert_eq!(upgraded.body["product"]["id"], *pro);
    let terms = &upgraded.body["terms"];
    assert_eq!(terms["entitlements"], json!({"view": {}, "pdf": {}}));
    // What was ordered stays, what was a default of the old product alone goes.
    assert_eq!(terms["limits"], json!({"services": 7}));
    assert_eq!(terms.get("edition"), None);
    assert_eq!(upgraded.body["seat_limit"], 2);
    assert_eq!(signed(app, &brand, &id).product.to_string(), "acme/pro");
    let added = json!({
        "products": ["basic"], "license_key": key, "customer_email": "ada@example.com",
    });
    assert_eq!(brand.post("/licenses/provision", added).status, 201);
    let cases = [
        (json!("basic"), "duplicate_product"),
        (json!("nothing"), "product_not_found"),
        (json!(5), "invalid_request"),
    ];
    for (product, code) in cases {
        let refused = brand.patch(&path(&id), json!({"product": product}));
        assert_eq!(refused.problem(), (422, code.to_owned()));
        assert!(
            refused.body["errors"].get("product").is_some(),
            "{}",
            refused.body
        );
    }
}

fn a_narrower_license_without_activation_gets_another_entry(app: &App) {
    let brand = app.brand("acme");
    let (_, id) = brand.provision(json!({"expiration_date": "2026-12-31"}));
    let (before, _) = entry(app, &id);
    brand.send("POST", &format!("{}/suspend", path(&id)), None);
    let changed = brand.patch(&path(&id), json!({"domains": ["example.com"]}));
    assert_eq!(changed.status, 200, "{}", changed.body);
    let (after, status) = entry(app, &id);
    assert_ne!(before, after);
    assert_eq!(
        (status_at(app, &before), status),
        ("1".to_owned(), "2".to_owned())
    );
    let index = signed(app, &brand, &id).status.unwrap().index;
    assert_eq!(after.split_once('/').unwrap().1, index.to_string());
}

fn a_wider_license_keeps_its_entry(app: &App) {
    let brand = app.brand("acme");
    let (_, offline) = brand.provision(json!({"expiration_date": "2026-12-31"}));
    let (_, leased) = brand.provision(json!({"max_seats": 5, "customer_email": "b@example.com"}));
    let edits = [
        (&offline, json!({"valid_until": "2027-12-31"})),
        (&leased, json!({"max_seats": 2})),
    ];
    for (id, edit) in edits {
        let before = entry(app, id);
        assert_eq!(brand.patch(&path(id), edit).status, 200);
        assert_eq!(entry(app, id), before);
    }
}

fn a_deleted_license_stays_revoked(app: &App) {
    let (brand, id, _) = with_three_seats(app);
    let (place, _) = entry(app, &id);
    let deleted = brand.delete(&path(&id));
    assert_eq!((deleted.status, &deleted.body), (204, &json!("")));
    assert_eq!(status_at(app, &place), "1");
    for table in ["licenses", "activations", "license_keys"] {
        assert_eq!(app.rows(&format!("SELECT COUNT(*) FROM {table}")), [["0"]]);
    }
    assert_eq!(app.events(&id).last().unwrap(), "license.deleted");
    for answer in [brand.get(&path(&id)), brand.delete(&path(&id))] {
        assert_eq!(answer.problem(), (404, "license_not_found".to_owned()));
    }
}

fn a_transfer_ends_the_former_customers_key(app: &App) {
    let brand = app.brand("acme");
    let (key, id) = brand.provision(json!({"max_seats": 2}));
    let seat = brand.activate(&key, "a.example.com");
    let transferred = brand.post(
        &format!("{}/transfer", path(&id)),
        json!({"customer_email": "Grace@example.com"}),
    );
    assert_eq!(transferred.status, 200, "{}", transferred.body);
    let shown = &transferred.body["license_key"];
    assert_eq!(shown["customer_email"], "Grace@example.com");
    let activate = |key: &Value, site: &str| {
        let ask = json!({"license_key": key, "instance_identifier": site});
        app.product("/licenses/activate", &ask)
    };
    let former = activate(&json!(key), "b.example.com");
    assert_eq!(former.problem(), (404, "license_key_not_found".to_owned()));
    let theirs = activate(&shown["key"], "a.example.com");
    assert_eq!(
        (theirs.status, theirs.text("activation_id")),
        (200, seat.clone())
    );
    assert_eq!(transferred.body["seats_used"], 1);
    assert_eq!(transferred.body["revision"], 2);
    let seats = brand.get(&format!("{}/activations", path(&id)));
    assert_eq!(ids(&seats.body["activations"]), [seat]);
    for (email, count) in [("ada@example.com", 0), ("grace@example.com", 1)] {
        let list = brand.get(&format!("/licenses?email={email}"));
        assert_eq!(ids(&list.body["licenses"]).len(), count, "{email}");
    }
    assert_eq!(app.events(&id).last().unwrap(), "license.transferred");
}

fn a_product_is_sold_again_after_a_cancellation(app: &App) {
    let brand = app.brand("acme");
    let viewer = brand.make_product("viewer", json!({}));
    let (key, first) = brand.provision(json!({"max_seats": 1}));
    let again = || {
        let order = json!({
            "products": ["editor"],
            "customer_email": "ada@example.com",
            "license_key": key,
        });
        brand.post("/licenses/provision", order)
    };
    assert_eq!(again().problem(), (422, "duplicate_product".to_owned()));
    assert_eq!(
        brand
            .post(&format!("{}/cancel", path(&first)), json!({}))
            .status,
        200
    );
    let sold = again();
    assert_eq!(sold.status, 201, "{}", sold.body);
    let second = sold.body["licenses"][0]["id"].as_str().unwrap();
    assert_eq!(again().problem(), (422, "duplicate_product".to_owned()));
    let ask = json!({"license_key": key, "instance_identifier": "a.example.com"});
    let checked = app.product("/licenses/check", &ask);
    assert_eq!(checked.body["license"]["id"], second);
    brand.activate(&key, "a.example.com");
    // Where both are cancelled, the last says so; one of another product is named.
    assert_eq!(
        brand
            .post(&format!("{}/cancel", path(second)), json!({}))
            .status,
        200
    );
    let checked = app.product("/licenses/check", &ask);
    assert_eq!(checked.body["license"]["id"], second);
    assert_eq!(checked.body["license"]["status"], "cancelled");
    let order = json!({
        "products": [viewer],
        "customer_email": "ada@example.com",
        "license_key": key,
    });
    assert_eq!(brand.post("/licenses/provision", order).status, 201);
    let unnamed = app.product("/licenses/check", &ask);
    assert_eq!(unnamed.problem(), (422, "product_required".to_owned()));
}

fn a_license_leaves_a_key_of_several(app: &App) {
    let brand = app.brand("acme");
    brand.make_product("viewer", json!({}));
    let (key, id) = brand.provision(json!({"products": ["editor", "viewer"]}));
    let (place, _) = entry(app, &id);
    let transferred = brand.post(
        &format!("{}/transfer", path(&id)),
        json!({"customer_email": "grace@example.com"}),
    );
    assert_eq!(transferred.status, 200, "{}", transferred.body);
    assert_ne!(transferred.body["license_key"]["key"], *key);
    let left = brand.get("/licenses?email=ada@example.com");
    assert_eq!(left.body["licenses"][0]["product"]["slug"], "viewer");
    assert_eq!(left.body["licenses"][0]["license_key"]["key"], *key);
    // What the former customer has as a file is worth nothing.
    assert_eq!(status_at(app, &place), "1");
}

fn a_transfer_may_reset_the_seats(app: &App) {
    let (brand, id, _) = with_three_seats(app);
    let transferred = brand.post(
        &format!("{}/transfer", path(&id)),
        json!({"customer_email": "grace@example.com", "reset_seats": true}),
    );
    assert_eq!(transferred.body["seats_used"], 0);
    assert_eq!(app.events(&id)[4..].len(), 4);
    let refused = brand.post(
        &format!("{}/transfer", path(&id)),
        json!({"customer_email": "no"}),
    );
    assert_eq!(refused.problem(), (422, "invalid_email".to_owned()));
}

fn lists_are_newest_first_and_paged(app: &App) {
    let brand = app.brand("acme");
    let mut made: Vec<String> = ["12:00:00", "12:00:00", "12:00:01", "11:00:00", "12:00:00"]
        .map(|time| {
            app.set_time(&format!("2026-06-01T{time}Z"));
            let (_, id) = brand.provision(json!({}));
            (time, id)
        })
        .map(|(time, id)| format!("{time} {id}"))
        .to_vec();
    made.sort();
    made.reverse();
    let made: Vec<&str> = made
        .iter()
        .map(|row| row.split_once(' ').unwrap().1)
        .collect();
    let (mut listed, mut pages, mut next) = (Vec::new(), 0, String::new());
    loop {
        let page = brand.get(&format!("/licenses?limit=2{next}"));
        assert_eq!(page.status, 200, "{}", page.body);
        listed.extend(ids(&page.body["licenses"]));
        pages += 1;
        match page.body["next"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(
        (listed, pages),
        (made.iter().map(|id| (*id).to_owned()).collect(), 3)
    );
    let all = brand.get("/licenses");
    assert_eq!(
        (ids(&all.body["licenses"]).len(), &all.body["next"]),
        (5, &Value::Null)
    );
}

fn lists_are_filtered(app: &App) {
    let brand = app.brand("acme");
    let viewer = brand.make_product("viewer", json!({}));
    let (_, ada) = brand.provision(json!({}));
    let grace = json!({
        "products": ["viewer"], "customer_email": "grace_hopper@navy.example",
        "customer_reference": "C-100%",
    });
    let (_, grace) = brand.provision(grace);
    let cases = [
        ("email=ADA@EXAMPLE.com", vec![&ada]),
        ("email=ada", vec![]),
        ("product=editor", vec![&ada]),
        ("product=nothing", vec![]),
        ("search=EXAMPLE", vec![&grace, &ada]),
        ("search=e_h", vec![&grace]),
        ("search=a_h", vec![]),
        ("search=100%25", vec![&grace]),
        ("search=view", vec![&grace]),
        ("email=ada@example.com&product=viewer", vec![]),
        ("status=valid", vec![&grace, &ada]),
    ];
    for (query, expected) in cases {
        let list = brand.get(&format!("/licenses?{query}"));
        assert_eq!(list.status, 200, "{}", list.body);
        let expected: Vec<String> = expected.into_iter().cloned().collect();
        assert_eq!(ids(&list.body["licenses"]), expected, "{query}");
    }
    let by_id = format!("/licenses?product={viewer}&search={grace}");
    assert_eq!(ids(&brand.get(&by_id).body["licenses"]), [grace]);
}

fn the_status_filter_agrees_with_what_is_shown(app: &App) {
    let brand = app.brand("acme");
    let end = json!({"expiration_date": "2026-06-30T00:00:00Z", "grace": 60});
    let made: Vec<String> = ["", "", "suspend", "block", "cancel"]
        .iter()
        .enumerate()
        .map(|(index, verdict)| {
            let terms = if index == 0 { json!({}) } else { end.clone() };
            let (_, id) = brand.provision(terms);
            if !verdict.is_empty() {
                brand.send("POST", &format!("{}/{verdict}", path(&id)), None);
            }
            id
        })
        .collect();
    let moments = [
        "2026-06-29T23:59:59Z",
        "2026-06-30T00:00:00Z",
        "2026-06-30T00:01:00Z",
    ];
    for moment in moments {
        app.set_time(moment);
        let mut listed = 0;
        for status in ["valid", "expired", "suspended", "cancelled"] {
            let list = brand.get(&format!("/licenses?status={status}"));
            let rows = list.body["licenses"].as_array().unwrap();
            listed += rows.len();
            for row in rows {
                assert_eq!(row["status"], status, "{moment}");
            }
        }
        assert_eq!(listed, made.len(), "{moment}");
    }
}

fn operators_list_across_brands(app: &App) {
    for slug in ["acme", "zenith"] {
        app.brand(slug).provision(json!({}));
    }
    let list = app.get(
        "/api/v1/admin/licenses?email=ada@example.com",
        Some(&app.operator),
    );
    assert_eq!(list.status, 200, "{}", list.body);
    let rows = list.body["licenses"].as_array().unwrap();
    let brands: Vec<&str> = rows
        .iter()
        .map(|row| row["brand"].as_str().unwrap())
        .collect();
    assert_eq!(brands, ["zenith", "acme"]);
    let brand = app.brand("third");
    let refused = app.get("/api/v1/admin/licenses", Some(&brand.api_key));
    assert_eq!(refused.problem(), (403, "forbidden".to_owned()));
}

fn the_document_verifies(app: &App) {
    let brand = app.brand("acme");
    let (_, id) = brand.provision(json!({"customer_reference": "C-1"}));
    let license = signed(app, &brand, &id);
    assert_eq!(license.id.as_str(), id);
    let agent: ureq::Agent = ureq::Agent::new_with_defaults();
    let mut file = agent
        .get(format!("{}/api/v1/brand{}/document", app.url, path(&id)))
        .header("x-api-key", &brand.api_key)
        .header("accept", "text/plain")
        .call()
        .unwrap();
    let disposition = format!("attachment; filename=\"{id}.license\"");
    assert_eq!(file.headers()["content-disposition"], *disposition);
    let text = file.body_mut().read_to_string().unwrap();
    assert!(
        text.starts_with("-----BEGIN LICENSE-----\nProduct: acme/editor\nCustomer: C-1\n"),
        "{text}"
    );
    let from_file = Signed::<License>::parse(&text).unwrap();
    assert_eq!(*from_file.verify(&trust(app, "acme")).unwrap(), license);
}

fn activations_are_listed_and_released(app: &App) {
    let (brand, id, seats) = with_three_seats(app);
    let list = format!("{}/activations", path(&id));
    let page = brand.get(&format!("{list}?limit=2"));
    assert_eq!(
        ids(&page.body["activations"]),
        [seats[2].clone(), seats[1].clone()]
    );
    let next = page.text("next");
    let rest = brand.get(&format!("{list}?limit=2&cursor={next}"));
    assert_eq!(ids(&rest.body["activations"]), seats[..1]);
    assert_eq!(rest.body["next"], Value::Null);
    assert_eq!(
        rest.body["activations"][0],
        json!({
            "id": seats[0], "instance_type": "url", "instance_identifier": "a.example.com",
            "activated_at": "2026-06-01T12:00:00Z", "released_at": null, "held_until": null,
            "lease_ends_at": null, "address": null, "metadata": {}, "last_checked_at": null,
        })
    );
    for _ in 0..2 {
        assert_eq!(brand.delete(&format!("{list}/{}", seats[0])).status, 204);
    }
    assert_eq!(license(&brand, &id)["seats_used"], 2);
    let all = brand.get(&list);
    assert_eq!(
        all.body["activations"][2]["released_at"],
        "2026-06-01T12:00:00Z"
    );
    assert_eq!(app.events(&id)[4..], ["seat.released"]);
    let unknown = brand.delete(&format!("{list}/{id}"));
    assert_eq!(unknown.problem(), (404, "activation_not_found".to_owned()));
}

fn what_is_another_brands_is_not_there(app: &App) {
    let (brand, id, seats) = with_three_seats(app);
    let other = app.brand("zenith");
    let (_, other_id) = other.provision(json!({}));
    let before = app.rows("SELECT id, kind FROM events ORDER BY id");
    let ways = [
        ("GET", String::new(), None),
        ("DELETE", String::new(), None),
        ("PATCH", String::new(), Some(json!({"max_seats": 1}))),
        (
            "PATCH",
            "?dry_run=true".to_owned(),
            Some(json!({"max_seats": 1})),
        ),
        ("GET", "/document".to_owned(), None),
        ("GET", "/activations".to_owned(), None),
        ("DELETE", format!("/activations/{}", seats[0]), None),
        (
            "POST",
            "/renew".to_owned(),
            Some(json!({"expiration_date": "2030-01-01"})),
        ),
        (
            "POST",
            "/transfer".to_owned(),
            Some(json!({"customer_email": "b@example.com"})),
        ),
        ("POST", "/suspend".to_owned(), None),
        ("POST", "/resume".to_owned(), None),
        ("POST", "/cancel".to_owned(), None),
        ("POST", "/block".to_owned(), None),
        ("POST", "/unblock".to_owned(), None),
    ];
    for (method, rest, body) in &ways {
        let answer = other.send(method, &format!("{}{rest}", path(&id)), body.as_ref());
        assert_eq!(
            answer.problem(),
            (404, "license_not_found".to_owned()),
            "{method} {rest}"
        );
    }
    let crossed = other.delete(&format!("{}/activations/{}", path(&other_id), seats[0]));
    assert_eq!(crossed.problem(), (404, "activation_not_found".to_owned()));
    assert_eq!(ids(&other.get("/licenses").body["licenses"]), [other_id]);
    assert_eq!(app.rows("SELECT id, kind FROM events ORDER BY id"), before);
    assert_eq!(license(&brand, &id)["seats_used"], 3);
}

fn bad_requests_change_nothing(app: &App) {
    let brand = app.brand("acme");
    let (_, id) = brand.provision(json!({"expiration_date": "2026-12-31"}));
    let before = license(&brand, &id);
    let p = path(&id);
    let cases = [
        (
            "PATCH",
            p.clone(),
            json!({"colour": "red"}),
            422,
            "unknown_member",
            "colour",
        ),
        (
            "PATCH",
            p.clone(),
            json!({"max_seats": 0}),
            422,
            "invalid_request",
            "max_seats",
        ),
        (
            "PATCH",
            p.clone(),
            json!({"max_seats": 99999999999_u64}),
            422,
            "invalid_request",
            "max_seats",
        ),
        (
            "PATCH",
            p.clone(),
            json!({"domains": ["*.co.uk"]}),
            422,
            "public_suffix",
            "domains",
        ),
        (
            "PATCH",
            p.clone(),
            json!({"domains": [5]}),
            422,
            "invalid_term",
            "",
        ),
        (
            "PATCH",
            p.clone(),
            json!({"type": "perpetual"}),
            422,
            "perpetual_with_end",
            "type",
        ),
        (
            "PATCH",
            p.clone(),
            json!({"edition": "a\u{202e}b"}),
            422,
            "invalid_text",
            "edition",
        ),
        (
            "PATCH",
            p.clone(),
            json!({"edition": "a\u{0}b"}),
            422,
            "invalid_text",
            "edition",
        ),
        (
            "PATCH",
            p.clone(),
            json!({"valid_until": "2026-01-01"}),
            422,
            "date_in_past",
            "expiration_date",
        ),
        (
            "PATCH",
            p.clone(),
            json!({"valid_until": 5}),
            422,
            "invalid_moment",
            "valid_until",
        ),
        (
            "PATCH",
            p.clone(),
            json!({"limits": {"a": 1e99}}),
            422,
            "invalid_term",
            "",
        ),
        (
            "POST",
            format!("{p}/renew"),
            json!({}),
            422,
            "invalid_request",
            "",
        ),
        (
            "POST",
            format!("{p}/renew"),
            json!({"expiration_date": "soon"}),
            422,
            "invalid_moment",
            "expiration_date",
        ),
        (
            "POST",
            format!("{p}/suspend"),
            json!({"because": "x"}),
            422,
            "invalid_request",
            "",
        ),
        (
            "POST",
            format!("{p}/suspend"),
            json!({"reason": "\u{0}"}),
            422,
            "invalid_text",
            "reason",
        ),
        (
            "POST",
            format!("{p}/transfer"),
            json!({}),
            422,
            "invalid_request",
            "",
        ),
        (
            "POST",
            format!("{p}%00/suspend"),
            json!({}),
            400,
            "malformed",
            "",
        ),
        (
            "POST",
            "/licenses/none/suspend".to_owned(),
            json!({}),
            404,
            "license_not_found",
            "",
        ),
    ];
    for (method, path, body, status, code, field) in cases {
        let answer = brand.send(method, &path, Some(&body));
        assert_eq!(
            answer.problem(),
            (status, code.to_owned()),
            "{method} {path} {body}: {}",
            answer.body
        );
        if !field.is_empty() {
            assert!(
                answer.body["errors"].get(field).is_some(),
                "{}",
                answer.body
            );
        }
    }
    let queries = [
        "limit=0",
        "limit=501",
        "limit=x",
        "cursor=x",
        "cursor=bm9uZQ",
        "status=odd",
        "colour=red",
        "license_key=x",
    ];
    for query in queries {
        let answer = brand.get(&format!("/licenses?{query}"));
        assert_eq!(answer.problem().0, 422, "{query}");
    }
    assert_eq!(brand.get("/licenses?search=%00").problem().0, 400);
    assert_eq!(license(&brand, &id), before);
    assert_eq!(app.events(&id).len(), 1);
}

fn a_read_key_changes_nothing(app: &App) {
    let (brand, id, seats) = with_three_seats(app);
    let made = app.post(
        "/api/v1/admin/api-keys",
        Some(&app.operator),
        &json!({"brand": "acme", "scopes": ["read"]}),
    );
    let reader = Brand {
        api_key: made.text("key"),
        ..brand
    };
    assert_eq!(reader.get(&path(&id)).status, 200);
    for rest in ["", &format!("/activations/{}", seats[0])] {
        let refused = reader.delete(&format!("{}{rest}", path(&id)));
        assert_eq!(refused.problem(), (403, "forbidden".to_owned()));
    }
    let refused = reader.send("POST", &format!("{}/suspend", path(&id)), None);
    assert_eq!(refused.problem(), (403, "forbidden".to_owned()));
    assert_eq!(app.events(&id).len(), 4);
}
