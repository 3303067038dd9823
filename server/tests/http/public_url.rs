use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::harness::{App, Brand, on_both};

on_both!(
    a_command_signs_the_url_that_the_authority_keeps,
    another_url_is_refused_by_name,
    lists_that_began_under_an_earlier_url_stay_under_it,
);

/// Where the document of a license says that its status stands.
fn status_of(brand: &Brand<'_>, id: &str) -> String {
    let document = brand.get(&format!("/licenses/{id}/document"));
    claims(&document.text("document"))["status"]["status_list"]["uri"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn claims(document: &str) -> Value {
    let payload = document.split('.').nth(1).unwrap();
    let payload = BASE64_URL_SAFE_NO_PAD.decode(payload).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

/// The address that a status list is signed for.
fn list(app: &App, number: i64) -> String {
    let list = app.get(&format!("/.well-known/acme/status/{number}"), None);
    claims(list.body.as_str().unwrap())["sub"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn issue(app: &App) -> String {
    let (status, said) = app.command(&[
        "license",
        "issue",
        "--brand",
        "acme",
        "--product",
        "editor",
        "--email",
        "a@example.com",
        "--json",
    ]);
    assert_eq!(status, Some(0), "{said}");
    let made: Value = serde_json::from_str(&said).unwrap();
    made["licenses"][0]["id"].as_str().unwrap().to_owned()
}

fn a_command_signs_the_url_that_the_authority_keeps(app: &App) {
    let brand = app.brand("acme");
    let own = "https://licenses.example/.well-known/acme/status/0";
    assert_eq!(status_of(&brand, &issue(app)), own);
    let (_, id) = brand.provision(json!({"max_seats": 1}));
    let renew = [
        "license",
        "renew",
        "--brand",
        "acme",
        &id,
        "--expires",
        "2030-01-01",
    ];
    let (status, said) = app.command(&renew);
    assert_eq!(status, Some(0), "{said}");
    assert_eq!(status_of(&brand, &id), own);
}

fn another_url_is_refused_by_name(app: &App) {
    let brand = app.brand("acme");
    for command in [
        &["brand", "list"][..],
        &["init"],
        &["serve", "--listen", "127.0.0.1:0"],
    ] {
        let (status, said) = app.command(&[command, &["--public-url", OTHER]].concat());
        assert_eq!(status, Some(78), "{said}");
        let both = "the authority's public URL is `https://licenses.example`, \
                    and `https://other.example` is stated";
        assert!(said.contains(both), "{said}");
    }
    let (status, said) = app.command(&["doctor", "--public-url", OTHER]);
    assert_eq!(status, Some(1));
    assert!(said.contains("wrong  public URL"), "{said}");
    let (status, said) = app.command(&["brand", "list", "--public-url", OWN]);
    assert_eq!(status, Some(0), "{said}");
    // Documents that name another list are found, whoever made them.
    brand.provision(json!({}));
    app.damage("UPDATE authority SET public_url = 'https://other.example'");
    let (status, said) = app.command(&["doctor"]);
    assert_eq!(status, Some(1));
    assert!(
        said.contains("names a status list that is not its own"),
        "{said}"
    );
}

fn lists_that_began_under_an_earlier_url_stay_under_it(app: &App) {
    let brand = app.brand("acme");
    let (_, before) = brand.provision(json!({"max_seats": 1}));
    let at = |url: &str, list: i64| format!("{url}/.well-known/acme/status/{list}");
    assert_eq!(list(app, 0), at(OWN, 0));
    let (status, said) = app.command(&["init", "--change-public-url"]);
    assert_eq!(status, Some(64), "{said}");
    let change = ["init", "--change-public-url", "--public-url", OTHER];
    let (status, said) = app.command(&change);
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains(&format!("public URL      {OTHER}")), "{said}");

    let first = app;
    let app = &first.beside_at(OTHER);
    let brand = Brand {
        app,
        slug: brand.slug,
        api_key: brand.api_key,
    };
    let (_, after) = brand.provision(json!({}));
    assert_eq!(status_of(&brand, &after), at(OTHER, 1));
    let renewed = brand.post(
        &format!("/licenses/{before}/renew"),
        json!({"expiration_date": "2030-01-01"}),
    );
    assert_eq!(renewed.status, 200);
    assert_eq!(status_of(&brand, &before), at(OWN, 0));
    assert_eq!((list(app, 0), list(app, 1)), (at(OWN, 0), at(OTHER, 1)));
    // Back again: what began under either stays under it.
    let (status, said) = first.command(&["init", "--change-public-url", "--public-url", OWN]);
    assert_eq!(status, Some(0), "{said}");
    let app = &first.beside_at(OWN);
    let brand = Brand {
        app,
        slug: brand.slug,
        api_key: brand.api_key,
    };
    let (_, last) = brand.provision(json!({}));
    assert_eq!(status_of(&brand, &last), at(OWN, 2));
    assert_eq!((list(app, 0), list(app, 1)), (at(OWN, 0), at(OTHER, 1)));
    let (status, said) = first.command(&["doctor"]);
    assert_eq!(status, Some(0), "{said}");
}

const OWN: &str = "https://licenses.example";
const OTHER: &str = "https://other.example";
