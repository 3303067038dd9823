//! What is wrong with a request is said by member, and nothing that is stated is dropped in silence.

use serde_json::{Value, json};

use crate::harness::{Answer, App, Db, on_both};

on_both!(
    a_reference_is_learned_once_and_no_other_is_taken,
    a_search_knows_case_beyond_ascii,
);

/// The problem's status and code, and the one field that it names.
fn fault(answer: &Answer) -> (u16, String, String) {
    let (status, code) = answer.problem();
    let errors = answer.body["errors"].as_object();
    let field = errors.and_then(|errors| errors.keys().next().cloned());
    (status, code, field.unwrap_or_default())
}

fn expected(status: u16, code: &str, field: &str) -> (u16, String, String) {
    (status, code.to_owned(), field.to_owned())
}

#[test]
fn a_value_of_another_type_is_named() {
    let app = App::start(Db::Sqlite);
    let (key, _) = app.brand("acme").provision(json!({}));
    for path in ["/licenses/activate", "/licenses/check"] {
        for wrong in [
            json!(5),
            json!({}),
            json!([]),
            json!(true),
            json!("browser"),
        ] {
            let ask = json!({
                "license_key": key,
                "instance_identifier": "a.example.com",
                "instance_type": wrong,
            });
            let refused = app.product(path, &ask);
            let named = expected(422, "invalid_request", "instance_type");
            assert_eq!(fault(&refused), named, "{wrong}");
        }
    }
    let ask = json!({"license_key": key, "instance_identifier": "somewhere"});
    let refused = app.product("/licenses/activate", &ask);
    assert_eq!(fault(&refused).2, "instance_type");
    assert!(
        refused.text("detail").contains("`machine_id`"),
        "{}",
        refused.body
    );
}

#[test]
fn what_no_id_could_be_is_not_found() {
    let app = App::start(Db::Sqlite);
    let brand = app.brand("acme");
    let (_, id) = brand.provision(json!({}));
    let not_found = (404, "not_found".to_owned());
    for (method, path) in [
        ("GET", "/licenses/%ff".to_owned()),
        ("GET", "/licenses/%ff/document".to_owned()),
        ("DELETE", format!("/licenses/{id}/activations/%ff")),
    ] {
        assert_eq!(
            brand.send(method, &path, None).problem(),
            not_found,
            "{path}"
        );
    }
    let asset = app.get("/api/assets/%ff", None);
    assert_eq!(asset.problem(), not_found);
}

#[test]
fn a_cursor_or_limit_that_no_list_has_is_refused() {
    let app = App::start(Db::Sqlite);
    let brand = app.brand("acme");
    let (_, id) = brand.provision(json!({}));
    for list in [
        "/licenses".to_owned(),
        "/products".to_owned(),
        format!("/licenses/{id}/activations"),
    ] {
        let refused = brand.get(&format!("{list}?cursor=garbage"));
        assert_eq!(
            fault(&refused),
            expected(422, "invalid_cursor", "cursor"),
            "{list}"
        );
        for limit in ["0", "501"] {
            let refused = brand.get(&format!("{list}?limit={limit}"));
            assert_eq!(
                fault(&refused),
                expected(422, "out_of_range", "limit"),
                "{list}"
            );
        }
        let refused = brand.get(&format!("{list}?limit=many"));
        assert_eq!(
            fault(&refused),
            expected(422, "invalid_request", "limit"),
            "{list}"
        );
        assert!(
            !refused.text("detail").contains("digit"),
            "{}",
            refused.body
        );
    }
}

fn a_reference_is_learned_once_and_no_other_is_taken(app: &App) {
    let brand = app.brand("acme");
    let provision = |email: Value, reference: Value| {
        let order = json!({
            "products": ["editor"],
            "customer_email": email,
            "customer_reference": reference,
        });
        brand.post("/licenses/provision", order)
    };
    assert_eq!(provision(json!("ada@example.com"), json!(null)).status, 201);
    assert_eq!(
        provision(json!("bob@example.com"), json!("c-2")).status,
        201
    );
    let mismatch = (409, "customer_mismatch".to_owned());
    let theirs = provision(json!("ada@example.com"), json!("c-2"));
    assert_eq!(theirs.problem(), mismatch);
    let turned = provision(json!("ada@example.com"), json!("c\u{202e}1"));
    assert_eq!(
        fault(&turned),
        expected(422, "invalid_text", "customer_reference")
    );
    let learned = provision(json!("ada@example.com"), json!("c-1"));
    assert_eq!(learned.status, 201);
    assert_eq!(brand.get("/customers/c-1").text("email"), "ada@example.com");
    let other = provision(json!("ada@example.com"), json!("c-3"));
    assert_eq!(other.problem(), mismatch);
    let turned = brand.post("/customers", json!({"reference": "c\u{202e}1"}));
    assert_eq!(fault(&turned), expected(422, "invalid_text", "reference"));
}

#[test]
fn what_is_stated_twice_is_refused() {
    let app = App::start(Db::Sqlite);
    let brand = app.brand("acme");
    let (_, id) = brand.provision(json!({}));
    let license = format!("/api/v1/brand/licenses/{id}");
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let send = |method: &str, path: &str, body: &str| -> Value {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", app.url))
            .header("x-api-key", &brand.api_key)
            .header("content-type", "application/json")
            .body(body.to_owned())
            .unwrap();
        let mut answer = agent.run(request).unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        serde_json::from_str(&text).unwrap()
    };
    let provision = "/api/v1/brand/licenses/provision";
    for (method, path, body, field) in [
        (
            "POST",
            provision,
            r#"{"products": ["editor"], "customer_email": "a@b.c", "max_seats": 1, "max_seats": 9}"#,
            "max_seats",
        ),
        (
            "PATCH",
            &license,
            r#"{"seats": {"limit": 1, "limit": 9}}"#,
            "seats.limit",
        ),
        (
            "PATCH",
            "/api/v1/brand/products/editor",
            r#"{"defaults": {"grace": 1, "grace": 2}}"#,
            "defaults.grace",
        ),
    ] {
        let refused = send(method, path, body);
        assert_eq!(refused["code"], "invalid_request", "{refused}");
        let errors = refused["errors"].as_object().unwrap();
        assert_eq!(errors.keys().next().unwrap(), field);
    }
    let order = json!({
        "products": ["editor"],
        "customer_email": "a@b.c",
        "expiration_date": "2027-01-01",
        "valid_until": "2028-01-01",
    });
    let refused = brand.post("/licenses/provision", order);
    assert_eq!(
        fault(&refused),
        expected(422, "contradiction", "expiration_date")
    );
    let refused = brand.patch(
        &format!("/licenses/{id}"),
        json!({"max_seats": 2, "seats": {"limit": 3}}),
    );
    assert_eq!(fault(&refused), expected(422, "contradiction", "max_seats"));
}

#[test]
fn a_parameter_that_nobody_knows_is_refused_by_name() {
    let app = App::start(Db::Sqlite);
    let brand = app.brand("acme");
    let (key, id) = brand.provision(json!({}));
    for (method, path) in [
        ("POST", format!("/licenses/{id}/suspend?foo=1")),
        ("GET", "/products/editor?foo=1".to_owned()),
        ("GET", "/products?foo=1".to_owned()),
        ("GET", "/licenses?foo".to_owned()),
        ("DELETE", "/products/editor?foo=1".to_owned()),
    ] {
        let refused = brand.send(method, &path, None);
        assert_eq!(
            fault(&refused),
            expected(422, "invalid_request", "foo"),
            "{path}"
        );
    }
    assert_eq!(
        brand.get(&format!("/licenses/{id}")).text("status"),
        "valid"
    );
    let ask = json!({"license_key": key, "instance_identifier": "a.example.com"});
    let path = format!("/licenses/activate?license_key={key}");
    let refused = app.product(&path, &ask);
    assert_eq!(
        fault(&refused),
        expected(422, "invalid_request", "license_key")
    );
    assert!(!refused.body.to_string().contains(&key));
    // Caches and monitors add what they like.
    assert_eq!(app.get("/health?now=1", None).status, 200);
    assert_eq!(app.get("/.well-known/acme/jwks.json?v=2", None).status, 200);
}

#[test]
fn a_term_that_no_license_has_is_said_in_words() {
    let app = App::start(Db::Sqlite);
    let brand = app.brand("acme");
    let order =
        json!({"products": ["editor"], "customer_email": "a@b.c", "limits": {"services": "x"}});
    let refused = brand.post("/licenses/provision", order);
    assert_eq!(
        fault(&refused),
        expected(422, "invalid_term", "limits.services")
    );
    let detail = refused.text("detail");
    assert!(
        !detail.contains("claims") && !detail.contains("malformed"),
        "{detail}"
    );
}

#[test]
fn a_key_that_is_no_code_of_the_brands_own_tells_nothing_of_others() {
    let app = App::start(Db::Sqlite);
    let (theirs, _) = app.brand("acme").provision(json!({}));
    let other = app.brand("other");
    let order = json!({"products": ["editor"], "customer_email": "a@b.c", "custom_key": theirs});
    let refused = other.post("/licenses/provision", order);
    assert_eq!(
        fault(&refused),
        expected(422, "custom_key_reserved", "custom_key")
    );
}

fn a_search_knows_case_beyond_ascii(app: &App) {
    let brand = app.brand("acme");
    let customer = json!({"email": "m@example.com", "name": "MÜLLER ÉCLAIR", "reference": "Ñ-1"});
    assert_eq!(brand.post("/customers", customer).status, 201);
    assert_eq!(
        brand
            .patch("/products/editor", json!({"name": "Éditeur"}))
            .status,
        200
    );
    let order = json!({"products": ["editor"], "customer_email": "m@example.com"});
    assert_eq!(brand.post("/licenses/provision", order).status, 201);
    for (part, count) in [
        ("M%C3%9CLLER", 1),
        ("m%C3%BCller", 1),
        ("%C3%89clair", 1),
        ("%C3%B1-1", 1),
        ("%C3%A9DITEUR", 1),
        ("muller", 0),
    ] {
        let found = brand.get(&format!("/licenses?search={part}"));
        assert_eq!(
            found.body["licenses"].as_array().unwrap().len(),
            count,
            "{part}"
        );
    }
}

#[test]
fn who_looks_for_the_pages_finds_them() {
    let app = App::start(Db::Sqlite);
    for path in ["/", "/api/docs", "/api/docs/", "/api/redoc/"] {
        let mut answer = ureq::get(format!("{}{path}", app.url)).call().unwrap();
        assert_eq!(
            answer.headers()["content-type"],
            "text/html; charset=utf-8",
            "{path}"
        );
        let page = answer.body_mut().read_to_string().unwrap();
        assert!(page.contains("/api/assets/"), "{path}");
    }
}
