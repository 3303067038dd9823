//! The requests of the shop that this is built for, as its developers write them, sent by curl. Ids,
//! keys and port are filled in; the answers have the members that they expect.

use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{App, Brand, on_both};

on_both!(
    a_shop_provisions_renews_suspends_and_lists,
    a_product_checks_and_deactivates,
);

const PROVISION: &str = r#"curl -X POST http://localhost:8000/api/v1/brand/licenses/provision \
  -H "X-API-Key: your-brand-api-key" \
  -H "Content-Type: application/json" \
  -d '{
    "customer_email": "customer@example.com",
    "products": ["product-uuid-1", "product-uuid-2"],
    "expiration_date": "2025-12-31T23:59:59Z",
    "max_seats": 5,
    "idempotency_key": "unique-key-123"
  }'"#;

const RENEW: &str = r#"curl -X POST http://localhost:8000/api/v1/brand/licenses/{license_id}/renew \
  -H "X-API-Key: your-brand-api-key" \
  -H "Content-Type: application/json" \
  -d '{
    "expiration_date": "2026-12-31T23:59:59Z"
  }'"#;

const SUSPEND: &str = r#"curl -X POST http://localhost:8000/api/v1/brand/licenses/{license_id}/suspend \
  -H "X-API-Key: your-brand-api-key""#;

const ACTIVATE: &str = r#"curl -X POST http://localhost:8000/api/v1/product/licenses/activate \
  -H "Content-Type: application/json" \
  -d '{
    "license_key": "BRAND-XXXX-XXXX-XXXX-XXXX",
    "instance_identifier": "https://example.com",
    "instance_type": "url"
  }'"#;

const CHECK: &str = r#"curl -X GET "http://localhost:8000/api/v1/product/licenses/check?license_key=BRAND-XXXX-XXXX-XXXX-XXXX&instance_identifier=https://example.com""#;

const DEACTIVATE: &str = r#"curl -X POST http://localhost:8000/api/v1/product/licenses/deactivate \
  -H "Content-Type: application/json" \
  -d '{
    "license_key": "BRAND-XXXX-XXXX-XXXX-XXXX",
    "instance_identifier": "https://example.com"
  }'"#;

const LIST: &str = r#"curl -X GET "http://localhost:8000/api/v1/brand/licenses?email=customer@example.com" \
  -H "X-API-Key: your-brand-api-key""#;

/// What stands for a license key in the requests.
const KEY: &str = "BRAND-XXXX-XXXX-XXXX-XXXX";

/// A shop, and what its requests are filled in with.
struct Shop<'a> {
    brand: Brand<'a>,
    names: Vec<(String, String)>,
}

impl<'a> Shop<'a> {
    fn open(app: &'a App) -> Self {
        app.set_time("2024-01-01T00:00:00Z");
        let brand = app.brand("wp-media");
        let products = [("WP Rocket", "wp-rocket"), ("Imagify", "imagify")];
        let [first, second] = products.map(|(name, slug)| {
            let made = brand.post("/products", json!({"name": name, "slug": slug}));
            made.text("id")
        });
        let names = [
            ("http://localhost:8000", app.url.clone()),
            ("your-brand-api-key", brand.api_key.clone()),
            ("product-uuid-1", first),
            ("product-uuid-2", second),
        ];
        let names = names.map(|(name, value)| (name.to_owned(), value)).to_vec();
        Self { brand, names }
    }

    fn name(&mut self, name: &str, value: &Value) {
        let value = value.as_str().unwrap().to_owned();
        self.names.push((name.to_owned(), value));
    }

    /// Runs a command; its answer as JSON, and its status.
    fn run(&self, command: &str) -> (String, Value) {
        let mut command = command.to_owned();
        for (name, value) in &self.names {
            command = command.replace(name, value);
        }
        let script = format!("{command} --silent --show-error --write-out '\\n%{{http_code}}'");
        let output = Command::new("sh").args(["-c", &script]).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        let (body, status) = said.rsplit_once('\n').unwrap_or_else(|| panic!("{error}"));
        (status.to_owned(), serde_json::from_str(body).unwrap())
    }

    /// Runs a command that gives an answer with the members of another, of the same values.
    fn shows(&self, command: &str, status: &str, expected: &Value) -> Value {
        let (found, answer) = self.run(command);
        assert_eq!(found, status, "{answer}");
        self.compare("", &answer, expected);
        answer
    }

    fn compare(&self, path: &str, answer: &Value, expected: &Value) {
        match (answer, expected) {
            (Value::Object(answer), Value::Object(expected)) => {
                for (name, expected) in expected {
                    let path = format!("{path}.{name}");
                    let answer = answer.get(name).unwrap_or_else(|| panic!("no {path}"));
                    self.compare(&path, answer, expected);
                }
            }
            (Value::Array(answer), Value::Array(expected)) => {
                for (index, expected) in expected.iter().enumerate() {
                    self.compare(&format!("{path}[{index}]"), &answer[index], expected);
                }
            }
            (Value::String(answer), Value::String(expected)) if expected == "any" => {
                // RFC 9562: 36 characters, four of which are dashes.
                let shape = (answer.len(), answer.matches('-').count());
                assert_eq!(shape, (36, 4), "{path}: {answer}");
            }
            (answer, Value::String(expected)) => {
                let named = self.names.iter().find(|(name, _)| name == expected);
                let expected = named.map_or(expected, |(_, value)| value);
                assert_eq!(answer, expected, "{path}");
            }
            (answer, expected) => assert_eq!(answer, expected, "{path}"),
        }
    }

    fn provision(&mut self) -> Value {
        let (status, made) = self.run(PROVISION);
        assert_eq!(status, "201", "{made}");
        self.name(KEY, &made["license_key"]["key"]);
        self.name("{license_id}", &made["licenses"][0]["id"]);
        made
    }
}

fn a_shop_provisions_renews_suspends_and_lists(app: &App) {
    let mut shop = Shop::open(app);
    let made = shop.provision();
    assert_eq!(made["licenses"][1]["product_id"], *shop.names[3].1);
    let provisioned = json!({
        "license_key": {
            "id": "any",
            "key": KEY,
            "customer_email": "customer@example.com",
            "created_at": "2024-01-01T00:00:00Z"
        },
        "licenses": [{
            "id": "any",
            "product_id": "product-uuid-1",
            "status": "valid",
            "seat_limit": 5,
            "expires_at": "2025-12-31T23:59:59Z"
        }]
    });
    let again = shop.shows(PROVISION, "201", &provisioned);
    assert_eq!(again, made);
    // A key for several products needs the product's name as well; this shop sells them one by one.
    let other = made["licenses"][1]["id"].as_str().unwrap();
    assert_eq!(shop.brand.delete(&format!("/licenses/{other}")).status, 204);
    let activated = json!({
        "activation_id": "any",
        "status": "active",
        "seats_used": 1,
        "seats_remaining": 4,
        "activated_at": "2024-01-01T00:00:00Z"
    });
    shop.shows(ACTIVATE, "201", &activated);
    shop.shows(ACTIVATE, "200", &activated);
    shop.brand.activate(
        made["license_key"]["key"].as_str().unwrap(),
        "b.example.com",
    );
    let listed = json!({
        "licenses": [{
            "id": "{license_id}",
            "license_key": {"id": "any", "key": KEY, "customer_email": "customer@example.com"},
            "product": {"id": "product-uuid-1", "name": "WP Rocket", "slug": "wp-rocket"},
            "status": "valid",
            "seat_limit": 5,
            "seats_used": 2,
            "seats_remaining": 3,
            "expires_at": "2025-12-31T23:59:59Z"
        }]
    });
    let list = shop.shows(LIST, "200", &listed);
    assert_eq!(list["licenses"].as_array().unwrap().len(), 1);
    let renewed = json!({"id": "{license_id}", "expires_at": "2026-12-31T23:59:59Z"});
    shop.shows(RENEW, "200", &renewed);
    let suspended = json!({"id": "{license_id}", "status": "suspended"});
    shop.shows(SUSPEND, "200", &suspended);
}

fn a_product_checks_and_deactivates(app: &App) {
    let mut shop = Shop::open(app);
    let made = shop.provision();
    let other = made["licenses"][1]["id"].as_str().unwrap();
    assert_eq!(shop.brand.delete(&format!("/licenses/{other}")).status, 204);
    let (_, first) = shop.run(ACTIVATE);
    shop.name("activation-uuid", &first["activation_id"]);
    shop.brand.activate(
        made["license_key"]["key"].as_str().unwrap(),
        "b.example.com",
    );
    // Seats were checked at noon, which is written down within a minute.
    app.set_time("2024-01-01T12:00:00Z");
    shop.run(CHECK);
    let checked = json!({
        "is_valid": true,
        "license": {
            "id": "{license_id}",
            "status": "valid",
            "seat_limit": 5,
            "seats_used": 2,
            "seats_remaining": 3,
            "expires_at": "2025-12-31T23:59:59Z"
        },
        "is_activated": true,
        "activation": {
            "id": "activation-uuid",
            "activated_at": "2024-01-01T00:00:00Z",
            "last_checked_at": "2024-01-01T12:00:00Z"
        }
    });
    shop.shows(CHECK, "200", &checked);
    let deactivated = json!({"status": "deactivated", "seats_used": 1, "seats_remaining": 4});
    shop.shows(DEACTIVATE, "200", &deactivated);
    shop.shows(DEACTIVATE, "200", &deactivated);
}
