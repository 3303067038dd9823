use serde_json::{Value, json};

use crate::harness::{App, on_both};

on_both!(
    a_sound_authority_has_nothing_wrong,
    a_counter_that_is_wrong_is_found,
    a_document_that_was_changed_is_found,
    columns_that_differ_from_the_document_are_found,
    an_entry_that_disagrees_with_its_license_is_found,
    a_key_that_does_not_open_is_found,
    a_bundle_that_cannot_be_sold_is_found,
    defaults_that_do_not_read_are_found_and_sell_nothing,
    a_clock_that_is_behind_is_noticed,
    a_secret_that_is_missing_is_not_made_anew,
);

/// A brand with two licenses, one of them suspended, and a seat taken.
fn filled(app: &App) {
    let brand = app.brand("acme");
    let (key, _) = brand.provision(json!({"max_seats": 5, "expiration_date": "2027-01-01"}));
    let ask = json!({"license_key": key, "instance_identifier": "a.example.com"});
    assert_eq!(app.product("/licenses/activate", &ask).status, 201);
    brand.provision(json!({}));
}

/// The findings that are not fine, as (check, health, detail), and the exit status.
fn diagnosis(app: &App) -> (Option<i32>, Vec<(String, String, String)>) {
    let (status, said) = app.command(&["doctor", "--json"]);
    let report: Value = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{said}"));
    let text = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
    let findings = report["findings"].as_array().unwrap().iter();
    let bad = findings
        // How full the disk of the machine is that tests says nothing of the authority.
        .filter(|finding| finding["health"] != "fine" && finding["check"] != "disk")
        .inspect(|finding| assert!(finding["advice"].is_string(), "{finding}"))
        .map(|finding| {
            let [check, health, detail] =
                ["check", "health", "detail"].map(|name| text(finding, name));
            (check, health, detail)
        });
    (status, bad.collect())
}

/// The one thing that is wrong: the check, and what it says.
fn wrong(app: &App) -> (String, String) {
    let (status, mut bad) = diagnosis(app);
    assert_eq!((status, bad.len()), (Some(1), 1), "{bad:?}");
    let (check, health, detail) = bad.remove(0);
    assert_eq!(health, "wrong");
    (check, detail)
}

fn a_sound_authority_has_nothing_wrong(app: &App) {
    filled(app);
    assert_eq!(diagnosis(app), (Some(0), vec![]));
    let (_, said) = app.command(&["doctor", "--all"]);
    assert!(said.contains("2 of 2 licenses verify"), "{said}");
}

fn a_counter_that_is_wrong_is_found(app: &App) {
    filled(app);
    app.damage("UPDATE licenses SET seats_held = 3 WHERE seats_held = 1");
    let (check, detail) = wrong(app);
    assert_eq!(check, "seats");
    assert!(detail.ends_with(": 3 counted, 1 held"), "{detail}");
}

fn a_document_that_was_changed_is_found(app: &App) {
    filled(app);
    // As long as before, and of the alphabet: only the signature shows it.
    app.damage(
        "UPDATE licenses SET document = (SELECT other.document FROM licenses other \
         WHERE other.id <> licenses.id) WHERE seats_held = 1",
    );
    let (check, detail) = wrong(app);
    assert_eq!(check, "documents");
    assert!(
        detail.contains("has columns that differ from its document"),
        "{detail}"
    );
    app.damage(
        "UPDATE licenses SET document = substr(document, 1, length(document) - 8) || 'AAAAAAAA'",
    );
    let (check, detail) = wrong(app);
    assert_eq!(check, "documents");
    assert!(
        detail.starts_with("2 of 2 licenses were looked at, and 2 are wrong: "),
        "{detail}"
    );
}

fn columns_that_differ_from_the_document_are_found(app: &App) {
    filled(app);
    app.damage("UPDATE licenses SET valid_until = valid_until + 1 WHERE seats_held = 1");
    let (check, detail) = wrong(app);
    assert_eq!(check, "documents");
    assert!(
        detail.ends_with("has columns that differ from its document"),
        "{detail}"
    );
}

fn an_entry_that_disagrees_with_its_license_is_found(app: &App) {
    filled(app);
    app.damage("UPDATE licenses SET standing = 'suspended' WHERE seats_held = 1");
    let (check, detail) = wrong(app);
    assert_eq!(check, "statuses");
    assert!(detail.starts_with("1 licenses stand otherwise"), "{detail}");
}

fn a_key_that_does_not_open_is_found(app: &App) {
    filled(app);
    app.damage("UPDATE signing_keys SET sealed = public_key WHERE state = 'standby'");
    let (check, detail) = wrong(app);
    assert_eq!(check, "keys");
    assert!(
        detail.starts_with("the standby key of `acme` cannot be opened"),
        "{detail}"
    );
}

fn a_clock_that_is_behind_is_noticed(app: &App) {
    app.set_time("2026-06-01T12:00:01Z");
    filled(app);
    let (status, bad) = diagnosis(app);
    let clock = (
        "clock".to_owned(),
        "notable".to_owned(),
        "it is 2026-06-01T12:00:00Z, and a row was written at 2026-06-01T12:00:01Z".to_owned(),
    );
    assert_eq!((status, bad), (Some(0), vec![clock]));
}

fn a_secret_that_is_missing_is_not_made_anew(app: &App) {
    let secret = app.folder.path().join("secret");
    std::fs::remove_file(&secret).unwrap();
    let (check, _) = wrong(app);
    assert_eq!(check, "secret");
    for command in [&["init"][..], &["serve", "--listen", "127.0.0.1:0"]] {
        let (status, said) = app.command(command);
        assert_eq!(status, Some(78), "{said}");
        let detail = "the secret that the database was made with is not in";
        assert!(said.contains(detail), "{said}");
    }
    assert_eq!(app.command(&["brand", "list"]).0, Some(78));
    assert!(!secret.exists());
}

fn a_bundle_that_cannot_be_sold_is_found(app: &App) {
    let brand = app.brand("acme");
    let order = json!({"name": "Suite", "slug": "suite", "products": ["editor"]});
    let id = brand.post("/bundles", order).text("id");
    for (change, detail) in [
        (
            "products = '[\"gone\"]'",
            "names a product that is not there: gone",
        ),
        (
            "products = '[]', slug = 'editor'",
            "has the code of a product",
        ),
    ] {
        app.damage(&format!("UPDATE bundles SET {change} WHERE id = '{id}'"));
        let (check, said) = wrong(app);
        assert_eq!(check, "bundles");
        assert!(said.ends_with(&format!("({id}) {detail}")), "{said}");
    }
}

fn defaults_that_do_not_read_are_found_and_sell_nothing(app: &App) {
    let brand = app.brand("acme");
    for damaged in [
        "{\"grace\": 1",
        "[]",
        "{\"gracf\": 1}",
        "{\"grace\": \"1\"}",
    ] {
        app.damage(&format!("UPDATE products SET defaults = '{damaged}'"));
        let (status, said) = app.command(&ISSUE);
        assert!([Some(1), Some(70)].contains(&status), "{said}");
        assert_eq!(wrong(app).0, "products");
    }
    assert_eq!(brand.get("/licenses").body["licenses"], json!([]));
}

const ISSUE: [&str; 8] = [
    "license",
    "issue",
    "--brand",
    "acme",
    "--product",
    "editor",
    "--email",
    "ada@example.com",
];
