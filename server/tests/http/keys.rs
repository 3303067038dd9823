use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use countersign::{Lease, License, Signed, TrustStore};
use serde_json::{Value, json};

use crate::harness::{Answer, App, on_both};

on_both!(
    rotation_makes_the_standby_key_active_and_a_new_one_stand_by,
    licenses_signed_before_a_rotation_go_on,
    another_process_learns_of_a_rotation,
    a_revoked_key_is_taken_back_and_what_it_signed_is_signed_anew,
    rotations_at_once_that_name_the_key_retire_one,
    a_key_whose_file_is_gone_signs_nothing_and_stops_no_check,
);

fn keys(app: &App, method: &str, path: &str) -> Answer {
    let path = format!("/api/v1/admin/brands/acme/keys{path}");
    app.send(method, &path, Some(&app.operator), None)
}

fn rotate(app: &App) -> Value {
    let rotated = keys(app, "POST", "/rotate");
    assert_eq!(rotated.status, 200, "{}", rotated.body);
    rotated.body
}

/// The id of the key of a state.
fn id_of(list: &Value, state: &str) -> String {
    let all = list["keys"].as_array().unwrap();
    let key = all.iter().find(|key| key["state"] == state).unwrap();
    key["id"].as_str().unwrap().to_owned()
}

/// Activates an instance; the keys that signed the license and the lease.
fn signed_with(app: &App, license_key: &str, instance: &str) -> (String, String) {
    let ask = json!({
        "license_key": license_key,
        "instance_identifier": instance,
        "nonce": "AAAAAAAAAAAAAAAAAAAAAA",
    });
    let seat = app.product("/licenses/activate", &ask);
    assert_eq!(seat.status, 201, "{}", seat.body);
    let key_of = |document: &str| {
        let text = seat.text(document);
        let header = text.split('.').next().unwrap();
        let header = BASE64_URL_SAFE_NO_PAD.decode(header).unwrap();
        let header: Value = serde_json::from_slice(&header).unwrap();
        header["kid"].as_str().unwrap().to_owned()
    };
    (key_of("license"), key_of("lease"))
}

fn rotation_makes_the_standby_key_active_and_a_new_one_stand_by(app: &App) {
    app.brand("acme");
    let before = keys(app, "GET", "").body;
    let (active, standby) = (id_of(&before, "active"), id_of(&before, "standby"));
    app.set_time("2026-06-02T12:00:00Z");
    let after = rotate(app);
    assert_eq!(
        after["keys"][0],
        json!({
            "id": after["keys"][0]["id"],
            "state": after["keys"][0]["state"],
            "kept": "sealed",
            "created_at": "2026-06-01T12:00:00Z",
            "retired_at": after["keys"][0]["retired_at"],
        })
    );
    assert_eq!(id_of(&after, "retired"), active);
    assert_eq!(id_of(&after, "active"), standby);
    assert_eq!(after["keys"].as_array().unwrap().len(), 3);
    let all = after["keys"].as_array().unwrap();
    let retired = all.iter().find(|key| key["state"] == "retired").unwrap();
    assert_eq!(retired["retired_at"], "2026-06-02T12:00:00Z");
    assert_eq!(keys(app, "GET", "").body, after);
    let unknown = app.get("/api/v1/admin/brands/none/keys", Some(&app.operator));
    assert_eq!(unknown.problem(), (404, "brand_not_found".to_owned()));
}

fn licenses_signed_before_a_rotation_go_on(app: &App) {
    let brand = app.brand("acme");
    let before = id_of(&keys(app, "GET", "").body, "active");
    let (key, _) = brand.provision(json!({"max_seats": 5}));
    let after = id_of(&rotate(app), "active");
    assert_ne!(before, after);
    let signed = signed_with(app, &key, "a.example.com");
    assert_eq!(signed, (before, after.clone()));
    let (key, _) = brand.provision(json!({"max_seats": 5}));
    assert_eq!(
        signed_with(app, &key, "a.example.com"),
        (after.clone(), after)
    );
}

fn another_process_learns_of_a_rotation(app: &App) {
    let brand = app.brand("acme");
    let beside = app.beside();
    let before = id_of(&keys(app, "GET", "").body, "active");
    let (old, _) = brand.provision(json!({"max_seats": 5}));
    assert_eq!(
        signed_with(&beside, &old, "a.example.com"),
        (before.clone(), before.clone())
    );
    let after = id_of(&rotate(app), "active");
    // It signs with the key that it knows for a minute, which verifies everywhere.
    assert_eq!(
        signed_with(&beside, &old, "b.example.com"),
        (before.clone(), before.clone())
    );
    app.set_time("2026-06-01T12:01:00Z");
    assert_eq!(
        signed_with(&beside, &old, "c.example.com"),
        (before, after.clone())
    );
    // What verifies with no key that it knows, not even the standby, makes it look at once.
    rotate(app);
    let last = id_of(&rotate(app), "active");
    let (new, _) = brand.provision(json!({"max_seats": 5}));
    assert_eq!(
        signed_with(&beside, &new, "a.example.com"),
        (last.clone(), last)
    );
}

/// As after somebody has had a copy of it.
fn a_revoked_key_is_taken_back_and_what_it_signed_is_signed_anew(app: &App) {
    let brand = app.brand("acme");
    let stolen = id_of(&keys(app, "GET", "").body, "active");
    let (key, license) = brand.provision(json!({"max_seats": 5, "limits": {"services": 3}}));
    let (_, deleted) = brand.provision(json!({}));
    assert_eq!(brand.delete(&format!("/licenses/{deleted}")).status, 204);
    let activate = || {
        app.product(
            "/licenses/activate",
            &json!({"license_key": key, "instance_identifier": "a.example.com",
                "nonce": "AAAAAAAAAAAAAAAAAAAAAA"}),
        )
    };
    let seat = activate();
    let before = brand.get(&format!("/licenses/{license}")).body;
    let revoke = |id: &str| keys(app, "POST", &format!("/{id}/revoke"));
    assert_eq!(revoke(&stolen).problem(), (409, "key_active".to_owned()));
    assert_eq!(
        revoke("nothing").problem(),
        (404, "key_not_found".to_owned())
    );

    let rotated = rotate(app);
    // What nobody needs any more nobody can steal.
    let of_stolen = |keys: &Value| {
        let keys = keys["keys"].as_array().unwrap();
        keys.iter()
            .find(|key| key["id"] == stolen.as_str())
            .unwrap()
            .clone()
    };
    assert_eq!(of_stolen(&rotated)["kept"], "nowhere");
    let sealed = format!("SELECT sealed FROM signing_keys WHERE id = '{stolen}'");
    assert_eq!(app.rows(&sealed), [["Null"]]);

    app.set_time("2026-06-02T12:00:00Z");
    let revoked = revoke(&stolen);
    assert_eq!(revoked.status, 200, "{}", revoked.body);
    assert_eq!(of_stolen(&revoked.body)["state"], "revoked");
    let active = id_of(&revoked.body, "active");
    let set = app
        .get("/.well-known/acme/jwks.json", None)
        .body
        .to_string();
    let trust = TrustStore::from_jwks(&set).unwrap();
    let old: Signed<License> = seat.text("license").parse().unwrap();
    assert_eq!(
        old.verify(&trust).err().map(|error| error.code()),
        Some("key_revoked")
    );

    // The license says what it said, signed with the key that nobody else has.
    let after = brand.get(&format!("/licenses/{license}")).body;
    assert_eq!(after["revision"], 2);
    assert_eq!(after["terms"], before["terms"]);
    let document = brand
        .get(&format!("/licenses/{license}/document"))
        .text("document");
    let signed: Signed<License> = document.parse().unwrap();
    assert_eq!(signed.key_id().to_string(), active);
    signed.verify(&trust).unwrap();
    // A lease that whoever has the key could have made is worth nothing; the instance asks again.
    let renew = json!({"lease": seat.text("lease"), "nonce": "AAAAAAAAAAAAAAAAAAAAAA"});
    let refused = app.product("/licenses/renew-lease", &renew);
    assert_eq!(refused.problem(), (422, "key_revoked".to_owned()));
    let again = activate();
    assert_eq!(
        (again.status, &again.body["activation_id"]),
        (200, &seat.body["activation_id"])
    );
    again
        .text("lease")
        .parse::<Signed<Lease>>()
        .unwrap()
        .verify(&trust)
        .unwrap();

    let events = app.rows("SELECT COUNT(*) FROM events");
    assert_eq!(revoke(&stolen).body, revoked.body);
    assert_eq!(app.rows("SELECT COUNT(*) FROM events"), events);
    // A standby key may be what was stolen.
    let standby = id_of(&revoked.body, "standby");
    let after = revoke(&standby).body;
    assert_ne!(id_of(&after, "standby"), standby);
    assert_eq!(id_of(&after, "active"), active);
}

fn rotations_at_once_that_name_the_key_retire_one(app: &App) {
    app.brand("acme");
    let active = id_of(&keys(app, "GET", "").body, "active");
    let rotation = json!({"active": active});
    let path = "/api/v1/admin/brands/acme/keys/rotate";
    let mut statuses: Vec<u16> = std::thread::scope(|scope| {
        let ask = || app.post(path, Some(&app.operator), &rotation).status;
        let asked: Vec<_> = (0..6).map(|_| scope.spawn(ask)).collect();
        asked
            .into_iter()
            .map(|asked| asked.join().unwrap())
            .collect()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409, 409, 409]);
    let refused = app.post(path, Some(&app.operator), &rotation);
    assert_eq!(refused.problem(), (409, "key_not_active".to_owned()));
    let all = keys(app, "GET", "").body;
    assert_eq!(all["keys"].as_array().unwrap().len(), 3);
}

fn a_key_whose_file_is_gone_signs_nothing_and_stops_no_check(app: &App) {
    let brand = app.brand("acme");
    let file = app.folder.path().join("acme.pem");
    let name = file.to_str().unwrap();
    for command in [
        &["key", "generate", "--out", name][..],
        &["key", "standby", "--brand", "acme", "--file", name],
        &["key", "rotate", "--brand", "acme"],
    ] {
        let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_countersign"));
        let (status, said) = match command[1] {
            "generate" => (
                program.args(command).status().unwrap().code(),
                String::new(),
            ),
            _ => app.command(command),
        };
        assert_eq!(status, Some(0), "{said}");
    }
    app.set_time("2026-06-01T12:01:00Z");
    let (key, license) = brand.provision(json!({"max_seats": 2}));
    let away = app.folder.path().join("away.pem");
    std::fs::rename(&file, &away).unwrap();
    let app = &app.beside();
    let brand = crate::harness::Brand {
        app,
        slug: brand.slug,
        api_key: brand.api_key,
    };
    let check = json!({"license_key": key, "instance_identifier": "a.example.com"});
    let checked = app.product("/licenses/check", &check);
    assert_eq!(
        (checked.status, &checked.body["is_valid"]),
        (200, &json!(true))
    );
    let set = app.get("/.well-known/acme/jwks.json", None);
    assert_eq!(
        (set.status, set.body["keys"].as_array().unwrap().len()),
        (200, 3)
    );
    assert_eq!(app.product("/licenses/activate", &check).status, 201);

    let unavailable = (503, "signing_key_unavailable".to_owned());
    let ask = json!({
        "license_key": key,
        "instance_identifier": "b.example.com",
        "nonce": "AAAAAAAAAAAAAAAAAAAAAA",
    });
    assert_eq!(
        app.product("/licenses/activate", &ask).problem(),
        unavailable
    );
    let order = json!({"products": ["editor"], "customer_email": "a@example.com"});
    assert_eq!(
        brand.post("/licenses/provision", order).problem(),
        unavailable
    );
    let list = app.get("/.well-known/acme/status/0", None);
    assert_eq!(list.problem(), unavailable);
    let seats = brand.get(&format!("/licenses/{license}"));
    assert_eq!(seats.body["seats_used"], 1);

    std::fs::rename(&away, &file).unwrap();
    app.set_time("2026-06-01T12:01:05Z");
    assert_eq!(app.product("/licenses/activate", &ask).status, 201);
}
