use serde_json::{Value, json};

use crate::harness::{Answer, App, Brand, on_both};
use crate::products::refused_by;

on_both!(
    a_key_is_shown_once_and_reaches_its_own_brand,
    a_key_that_may_only_read_changes_nothing,
    a_key_ends_when_it_expires,
    a_key_is_confined_to_its_addresses,
    a_rotated_key_goes_on_for_the_overlap,
    a_revoked_key_is_refused_at_once,
    the_last_use_is_shown_and_written_once_a_minute,
    a_brand_reaches_no_key_of_another,
    operators_see_and_end_every_key,
    bad_input_is_refused_by_field,
    a_key_grants_no_more_than_it_has,
    a_key_that_has_ended_stays_ended,
);

/// Asks for the brand's products with a key.
fn with_key(app: &App, key: &str) -> Answer {
    app.get("/api/v1/brand/products", Some(key))
}

fn make(brand: &Brand<'_>, order: Value) -> Answer {
    let made = brand.post("/api-keys", order);
    assert_eq!(made.status, 201, "{}", made.body);
    made
}

fn a_key_is_shown_once_and_reaches_its_own_brand(app: &App) {
    let brand = app.brand("acme");
    let made = make(&brand, json!({"name": "shop", "scopes": ["read", "write"]}));
    let (id, key) = (made.text("id"), made.text("key"));
    assert!(key.starts_with(&made.text("prefix")));
    assert_eq!(with_key(app, &key).status, 200);
    let shown = brand.get(&format!("/api-keys/{id}"));
    assert_eq!(shown.body.get("key"), None);
    assert_eq!(shown.body["name"], "shop");
    let listed = brand.get("/api-keys?limit=1").body;
    assert_eq!(listed["api_keys"], json!([shown.body]));
    assert!(!brand.get("/api-keys").body.to_string().contains(&key));
    let operators = app.get("/api/v1/admin/brands", Some(&key));
    assert_eq!(operators.problem(), (403, "forbidden".to_owned()));
}

fn a_key_that_may_only_read_changes_nothing(app: &App) {
    let brand = app.brand("acme");
    let key = make(&brand, json!({"scopes": ["read"]})).text("key");
    assert_eq!(with_key(app, &key).status, 200);
    let order = json!({"name": "mine", "scopes": ["write"]});
    let refused = app.post("/api/v1/brand/api-keys", Some(&key), &order);
    assert_eq!(refused.problem(), (403, "forbidden".to_owned()));
}

fn a_key_ends_when_it_expires(app: &App) {
    let brand = app.brand("acme");
    let made = make(&brand, json!({"expires_at": "2026-06-01"}));
    assert_eq!(made.text("expires_at"), "2026-06-01T23:59:59Z");
    let key = made.text("key");
    app.set_time("2026-06-01T23:59:58Z");
    assert_eq!(with_key(app, &key).status, 200);
    app.set_time("2026-06-01T23:59:59Z");
    assert_eq!(
        with_key(app, &key).problem(),
        (401, "unauthorized".to_owned())
    );
}

fn a_key_is_confined_to_its_addresses(app: &App) {
    let brand = app.brand("acme");
    let made = make(
        &brand,
        json!({"addresses": ["192.0.2.0/24", "2001:db8::1"]}),
    );
    assert_eq!(
        made.body["addresses"],
        json!(["192.0.2.0/24", "2001:db8::1"])
    );
    let (id, key) = (made.text("id"), made.text("key"));
    assert_eq!(with_key(app, &key).problem(), (403, "forbidden".to_owned()));
    let path = format!("/api-keys/{id}");
    let local = json!({"addresses": ["127.0.0.0/8"]});
    assert_eq!(brand.send("PATCH", &path, Some(&local)).status, 200);
    assert_eq!(with_key(app, &key).status, 200);
    let any = json!({"addresses": null});
    let changed = brand.send("PATCH", &path, Some(&any));
    assert_eq!(changed.body["addresses"], Value::Null);
    assert_eq!(with_key(app, &key).status, 200);
}

fn a_rotated_key_goes_on_for_the_overlap(app: &App) {
    let brand = app.brand("acme");
    let order = json!({"name": "shop", "scopes": ["read"], "addresses": ["127.0.0.1"]});
    let old = make(&brand, order);
    let path = format!("/api-keys/{}", old.text("id"));
    let new = brand.post(&format!("{path}/rotate"), json!({"overlap": 60}));
    assert_eq!(new.status, 201, "{}", new.body);
    for (name, expected) in [
        ("name", json!("shop")),
        ("scopes", json!(["read"])),
        ("addresses", json!(["127.0.0.1"])),
        ("expires_at", Value::Null),
    ] {
        assert_eq!(new.body[name], expected, "{name}");
    }
    assert_eq!(brand.get(&path).text("expires_at"), "2026-06-01T12:01:00Z");
    for key in [&old, &new] {
        assert_eq!(with_key(app, &key.text("key")).status, 200);
    }
    app.set_time("2026-06-01T12:01:00Z");
    assert_eq!(with_key(app, &old.text("key")).status, 401);
    assert_eq!(with_key(app, &new.text("key")).status, 200);
    let ended = brand.send("POST", &format!("{path}/rotate"), None);
    assert_eq!(ended.problem(), (422, "api_key_ended".to_owned()));
    let path = format!("/api-keys/{}", new.text("id"));
    assert_eq!(
        brand.send("POST", &format!("{path}/rotate"), None).status,
        201
    );
    assert_eq!(brand.get(&path).text("expires_at"), "2026-06-02T12:01:00Z");
}

fn a_revoked_key_is_refused_at_once(app: &App) {
    let brand = app.brand("acme");
    let made = make(&brand, json!({}));
    let path = format!("/api-keys/{}/revoke", made.text("id"));
    let revoked = brand.send("POST", &path, None);
    assert_eq!(
        (revoked.status, revoked.text("revoked_at")),
        (200, "2026-06-01T12:00:00Z".into())
    );
    assert_eq!(with_key(app, &made.text("key")).status, 401);
    app.set_time("2026-06-01T12:05:00Z");
    assert_eq!(brand.send("POST", &path, None).body, revoked.body);
}

fn the_last_use_is_shown_and_written_once_a_minute(app: &App) {
    let brand = app.brand("acme");
    let made = make(&brand, json!({}));
    assert_eq!(made.body["last_used_at"], Value::Null);
    let path = format!("/api-keys/{}", made.text("id"));
    for moment in ["2026-06-01T12:00:00Z", "2026-06-01T12:00:30Z"] {
        app.set_time(moment);
        with_key(app, &made.text("key"));
        assert_eq!(brand.get(&path).text("last_used_at"), moment);
    }
    // Another process knows what was written: the first use, and not the one half a minute later.
    let beside = app.beside();
    let path = format!("/api/v1/admin{path}");
    let shown = || beside.get(&path, Some(&beside.operator)).body["last_used_at"].clone();
    let written = std::iter::repeat_with(shown).find(|shown| !shown.is_null());
    assert_eq!(written, Some(json!("2026-06-01T12:00:00Z")));
}

fn a_brand_reaches_no_key_of_another(app: &App) {
    let acme = app.brand("acme");
    let made = make(&acme, json!({"name": "shop"}));
    let path = format!("/api-keys/{}", made.text("id"));
    let before = acme.get(&path).body;
    let other = app.brand("other");
    let patch = json!({"name": "mine"});
    for (method, path, body) in [
        ("GET", path.clone(), None),
        ("PATCH", path.clone(), Some(&patch)),
        ("DELETE", path.clone(), None),
        ("POST", format!("{path}/rotate"), None),
        ("POST", format!("{path}/revoke"), None),
    ] {
        let refused = other.send(method, &path, body);
        assert_eq!(
            refused.problem(),
            (404, "api_key_not_found".to_owned()),
            "{method}"
        );
    }
    assert_eq!(acme.get(&path).body, before);
    let order = json!({"brand": "acme"});
    refused_by(
        &other,
        "POST",
        "/api-keys",
        &order,
        (422, "unknown_member", "brand"),
    );
}

fn operators_see_and_end_every_key(app: &App) {
    let brand = app.brand("acme");
    let made = make(&brand, json!({"name": "shop"}));
    let admin = |method: &str, path: &str| {
        app.send(
            method,
            &format!("/api/v1/admin/api-keys{path}"),
            Some(&app.operator),
            None,
        )
    };
    let all = admin("GET", "").body["api_keys"].as_array().unwrap().len();
    assert_eq!(all, 3);
    let of_brand = admin("GET", "?brand=acme").body["api_keys"]
        .as_array()
        .unwrap()
        .len();
    assert_eq!(of_brand, 2);
    let unknown = admin("GET", "?brand=none");
    assert_eq!(unknown.problem(), (404, "brand_not_found".to_owned()));
    let rotated = admin("POST", &format!("/{}/rotate", made.text("id")));
    assert_eq!(rotated.status, 201);
    assert_eq!(with_key(app, &rotated.text("key")).status, 200);
    assert_eq!(
        admin("POST", &format!("/{}/revoke", rotated.text("id"))).status,
        200
    );
    assert_eq!(with_key(app, &rotated.text("key")).status, 401);
    assert_eq!(
        admin("DELETE", &format!("/{}", made.text("id"))).status,
        204
    );
    assert_eq!(with_key(app, &made.text("key")).status, 401);
}

fn bad_input_is_refused_by_field(app: &App) {
    let brand = app.brand("acme");
    for (body, code, field) in [
        (json!({"scopes": []}), "empty", "scopes"),
        (json!({"scopes": ["all"]}), "invalid_scope", "scopes"),
        (
            json!({"expires_at": "2026-05-31"}),
            "date_in_past",
            "expires_at",
        ),
        (
            json!({"expires_at": "soon"}),
            "invalid_request",
            "expires_at",
        ),
        (json!({"addresses": []}), "out_of_range", "addresses"),
        (
            json!({"addresses": ["192.0.2.1/24"]}),
            "invalid_address",
            "addresses[0]",
        ),
        (json!({"name": "a\u{0}"}), "invalid_text", "name"),
        (json!({"admin": true}), "invalid_request", "admin"),
    ] {
        refused_by(&brand, "POST", "/api-keys", &body, (422, code, field));
    }
    let id = make(&brand, json!({})).text("id");
    let path = format!("/api-keys/{id}/rotate");
    let overlap = json!({"overlap": 3_000_000});
    refused_by(
        &brand,
        "POST",
        &path,
        &overlap,
        (422, "out_of_range", "overlap"),
    );
    refused_by(
        &brand,
        "POST",
        &path,
        &json!({"overlap": -1}),
        (422, "invalid_request", "overlap"),
    );
}

/// Whoever has got hold of a key that is confined cannot shake that off.
fn a_key_grants_no_more_than_it_has(app: &App) {
    let brand = app.brand("acme");
    for (audience, operator) in [("brand", brand.api_key.as_str()), ("admin", &app.operator)] {
        let path = format!("/api/v1/{audience}/api-keys");
        let bounds = json!({
            "expires_at": "2026-06-10T00:00:00Z",
            "addresses": ["127.0.0.0/8", "10.0.0.0/8"],
        });
        let confined = app.post(&path, Some(operator), &bounds);
        let (id, key) = (confined.text("id"), confined.text("key"));
        let free = app.post(&path, Some(operator), &json!({})).text("id");
        let own = |body: &Value| app.post(&path, Some(&key), body);

        let child = own(&json!({}));
        assert_eq!(child.status, 201, "{}", child.body);
        for member in ["expires_at", "addresses"] {
            assert_eq!(child.body[member], confined.body[member]);
        }
        let less = json!({"expires_at": "2026-06-02", "addresses": ["127.0.0.1", "10.1.0.0/16"]});
        assert_eq!(own(&less).status, 201);
        let refused = |answer: Answer, field: &str| {
            assert_eq!(answer.problem(), (422, "exceeds_own_key".to_owned()));
            assert!(answer.body["errors"][field].is_array(), "{}", answer.body);
        };
        refused(own(&json!({"expires_at": "2026-06-11"})), "expires_at");
        refused(own(&json!({"addresses": ["10.0.0.0/7"]})), "addresses");

        let patch = |id: &str, body: Value| {
            app.send("PATCH", &format!("{path}/{id}"), Some(&key), Some(&body))
        };
        for id in [&id, &free] {
            refused(
                patch(id, json!({"expires_at": null, "addresses": ["10.0.0.1"]})),
                "expires_at",
            );
            let from_anywhere = json!({"expires_at": "2026-06-05", "addresses": null});
            refused(patch(id, from_anywhere), "addresses");
            assert_eq!(patch(id, json!({"name": "till"})).status, 200);
        }
        let rotate = |id: &str| app.post(&format!("{path}/{id}/rotate"), Some(&key), &json!({}));
        refused(rotate(&free), "expires_at");
        let rotated = rotate(&id);
        assert_eq!(rotated.status, 201, "{}", rotated.body);
        // It goes on for a day, and in that day grants nothing that goes on for longer.
        refused(patch(&id, json!({"expires_at": null})), "expires_at");
        refused(rotate(&rotated.text("id")), "expires_at");
        assert_eq!(
            own(&json!({})).body["expires_at"],
            json!("2026-06-02T12:00:00Z")
        );
    }
}

fn a_key_that_has_ended_stays_ended(app: &App) {
    let brand = app.brand("acme");
    let made = brand.post("/api-keys", json!({}));
    let path = format!("/api-keys/{}", made.text("id"));
    let rotated = brand.post(&format!("{path}/rotate"), json!({"overlap": 0}));
    assert_eq!(rotated.status, 201);
    let revoked = brand.post("/api-keys", json!({})).text("id");
    assert_eq!(
        brand
            .post(&format!("/api-keys/{revoked}/revoke"), json!({}))
            .status,
        200
    );
    for path in [path, format!("/api-keys/{revoked}")] {
        for end in [json!(null), json!("2027-01-01")] {
            let refused = brand.patch(&path, json!({"expires_at": end}));
            assert_eq!(refused.problem(), (422, "api_key_ended".to_owned()));
        }
        assert_eq!(brand.patch(&path, json!({"name": "old"})).status, 200);
    }
    let key = made.text("key");
    let answer = app.get("/api/v1/brand/products", Some(&key));
    assert_eq!(answer.problem(), (401, "unauthorized".to_owned()));
}
