use countersign::{Signed, Status, StatusList, TrustStore, Verified};
use serde_json::json;

use crate::elsewhere;
use crate::harness::{Answer, App, on_both};

on_both!(
    the_keys_of_a_brand_are_confined_to_it,
    a_status_list_verifies_and_says_what_became_of_a_license,
    a_status_list_that_is_held_already_is_not_sent_again,
    what_is_nobodys_is_not_found,
);

fn list(app: &App, answer: &Answer) -> Verified<StatusList> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let keys = app
        .get("/.well-known/acme/jwks.json", None)
        .body
        .to_string();
    let trust = TrustStore::from_jwks(&keys).unwrap();
    let text = answer.body.as_str().unwrap();
    text.parse::<Signed<StatusList>>()
        .unwrap()
        .verify(&trust)
        .unwrap()
}

fn the_keys_of_a_brand_are_confined_to_it(app: &App) {
    app.brand("acme");
    let retire = "UPDATE signing_keys SET state = 'retired', retired_at = 1780315200 \
                  WHERE state = 'standby'";
    elsewhere::write(app, retire);
    let answer = app.get("/.well-known/acme/jwks.json", None);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["content-type"], "application/jwk-set+json");
    let keys = answer.body["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2);
    for key in keys {
        assert_eq!(key["brands"], json!(["acme"]));
        assert_eq!(
            (&key["kty"], &key["crv"]),
            (&json!("OKP"), &json!("Ed25519"))
        );
        assert_eq!(key.get("d"), None);
    }
    let retired = keys.iter().find(|key| key["state"] == "retired").unwrap();
    assert_eq!(retired["exp"], 1_780_315_200 + 24 * 60 * 60);
}

fn a_status_list_verifies_and_says_what_became_of_a_license(app: &App) {
    let brand = app.brand("acme");
    brand.provision(json!({}));
    let answer = app.get("/.well-known/acme/status/0", None);
    assert_eq!(answer.headers["content-type"], "application/statuslist+jwt");
    assert_eq!(answer.headers["cache-control"], "public, max-age=30");
    let first = list(app, &answer);
    assert_eq!(
        first.uri,
        "https://licenses.example/.well-known/acme/status/0"
    );
    assert_eq!(first.entries.len(), 1 << 17);
    assert_eq!(first.refresh_after.unwrap().as_secs(), 24 * 60 * 60);
    assert_eq!(first.ends_at.unwrap().to_string(), "2026-08-30T12:00:00Z");
    let entries = elsewhere::read(app, "SELECT CAST(entry AS TEXT) FROM status_entries");
    let entry: u64 = entries[0].parse().unwrap();
    assert_eq!(first.entries.get(entry), Some(Status::Valid));
    elsewhere::write(app, "UPDATE status_entries SET status = 2");
    app.set_time("2026-06-01T12:00:20Z");
    let second = list(app, &app.get("/.well-known/acme/status/0", None));
    assert_eq!(second.issued_at.to_string(), "2026-06-01T12:00:20Z");
    assert_eq!(second.entries.get(entry), Some(Status::Suspended));
}

fn a_status_list_that_is_held_already_is_not_sent_again(app: &App) {
    app.brand("acme").provision(json!({}));
    let path = format!("{}/.well-known/acme/status/0", app.url);
    let ask = |tag: Option<&str>| {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let mut request = agent.get(&path);
        if let Some(tag) = tag {
            request = request.header("if-none-match", tag);
        }
        let mut response = request.call().unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        let tag = response.headers()["etag"].to_str().unwrap().to_owned();
        (response.status().as_u16(), tag, text.len())
    };
    let (status, tag, length) = ask(None);
    assert_eq!((status, length > 100), (200, true));
    for held in [tag.clone(), format!("\"x\", W/{tag}"), "*".to_owned()] {
        assert_eq!(ask(Some(&held)), (304, tag.clone(), 0), "{held}");
    }
    assert_eq!(ask(Some("\"x\"")), (200, tag.clone(), length));
    app.set_time("2026-06-01T12:01:00Z");
    let (status, newer, _) = ask(Some(&tag));
    assert_eq!((status, newer == tag), (200, false));
}

fn what_is_nobodys_is_not_found(app: &App) {
    app.brand("acme").provision(json!({}));
    app.brand("globex");
    let cases = [
        ("globex/status/0", "status_list_not_found"),
        ("acme/status/1", "status_list_not_found"),
        ("acme/status/-1", "status_list_not_found"),
        ("acme/status/00", "status_list_not_found"),
        ("acme/status/9223372036854775808", "status_list_not_found"),
        ("acme/status/x", "status_list_not_found"),
        ("initech/status/0", "brand_not_found"),
        ("initech/jwks.json", "brand_not_found"),
        ("%FF/jwks.json", "brand_not_found"),
    ];
    for (path, code) in cases {
        let refused = app.get(&format!("/.well-known/{path}"), None);
        assert_eq!(refused.problem(), (404, code.to_owned()), "{path}");
    }
}
