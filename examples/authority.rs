//! Seats, counted by an authority: starts one in process on a free port, and plays the brand that
//! sells licenses and the product that claims seats, both over HTTP as anybody would.

use std::error::Error;

use countersign_server::{Authority, Clock, Database, Opening, Server};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

fn main() -> Result<(), Box<dyn Error>> {
    // The operator: an authority with a database of its own, and one API key.
    let folder = tempfile::tempdir()?;
    let authority = Authority::open(&Opening {
        database: Database::Sqlite(folder.path().join("countersign.db")),
        secret: folder.path().join("secret"),
        public_url: "https://licenses.acme.example".to_owned(),
        clock: Clock::System,
    })?;
    let runtime = Runtime::new()?;
    let operator = runtime.block_on(authority.create_operator_key())?;
    let server = runtime.block_on(Server::start(authority, "127.0.0.1:0".parse()?))?;
    let http = Http {
        url: format!("http://{}", server.address()),
    };
    println!("\nAn authority answers at {}.\n", http.url);
    println!("{:<42} {:<8} what it says", "request", "status");
    println!("{}", "-".repeat(110));

    // It makes a brand, and the brand sells two products.
    let admin = "/api/v1/admin";
    let brand = json!({"name": "ACME", "slug": "acme"});
    http.post(&format!("{admin}/brands"), Some(&operator), &brand)?;
    let wanted = json!({"brand": "acme", "scopes": ["read", "write"]});
    let made = http.post(&format!("{admin}/api-keys"), Some(&operator), &wanted)?;
    let brand = Brand {
        http: &http,
        api_key: text(&made.body, "/key")?,
    };
    brand.post(
        "/products",
        &json!({"name": "ACME Editor", "slug": "editor"}),
    )?;
    brand.post(
        "/products",
        &json!({"name": "ACME Viewer", "slug": "viewer"}),
    )?;
    let order = json!({
        "products": ["editor", "viewer"],
        "customer_email": "ada@example.com",
        "max_seats": 2,
    });
    let sold = brand.post("/licenses/provision", &order)?;
    let license_key = text(&sold.body, "/license_key/key")?;
    let license = text(&sold.body, "/licenses/0/id")?;
    show(
        "one license key for two products",
        &sold,
        &format!("{license_key}, two seats a product"),
    );

    // The product claims seats with what the customer typed.
    let product = Product {
        http: &http,
        license_key,
    };
    for machine in ["workstation-1", "workstation-2", "workstation-3"] {
        let answer = product.ask("activate", machine)?;
        show(
            &format!("activate {machine}"),
            &answer,
            &outcome(&answer.body),
        );
    }
    let answer = product.ask("check", "workstation-1")?;
    show("check workstation-1", &answer, &outcome(&answer.body));
    let answer = product.ask("deactivate", "workstation-1")?;
    show("deactivate workstation-1", &answer, &outcome(&answer.body));
    let answer = product.ask("activate", "workstation-3")?;
    show("activate workstation-3", &answer, &outcome(&answer.body));
    let answer = brand.post(&format!("/licenses/{license}/suspend"), &json!({}))?;
    show("suspend the license", &answer, &outcome(&answer.body));
    let answer = product.ask("check", "workstation-3")?;
    show("check workstation-3", &answer, &outcome(&answer.body));

    runtime.block_on(server.stop())?;
    println!("\nTo run one that stays:\n");
    println!("    cargo run --quiet --package countersign-server -- serve");
    Ok(())
}

/// The brand's back end.
struct Brand<'a> {
    http: &'a Http,
    api_key: String,
}

impl Brand<'_> {
    fn post(&self, path: &str, body: &Value) -> Result<Answer, Box<dyn Error>> {
        let path = format!("/api/v1/brand{path}");
        self.http.post(&path, Some(&self.api_key), body)
    }
}

/// The product in the field, which knows the license key and nothing else.
struct Product<'a> {
    http: &'a Http,
    license_key: String,
}

impl Product<'_> {
    fn ask(&self, what: &str, machine: &str) -> Result<Answer, Box<dyn Error>> {
        let body = json!({
            "license_key": self.license_key,
            "product": "editor",
            "instance_identifier": machine,
            "instance_type": "machine_id",
        });
        let path = format!("/api/v1/product/licenses/{what}");
        self.http.post(&path, None, &body)
    }
}

struct Http {
    url: String,
}

struct Answer {
    status: u16,
    body: Value,
}

impl Http {
    fn post(
        &self,
        path: &str,
        api_key: Option<&str>,
        body: &Value,
    ) -> Result<Answer, Box<dyn Error>> {
        let mut request = ureq::post(format!("{}{path}", self.url));
        if let Some(key) = api_key {
            request = request.header("x-api-key", key);
        }
        let request = request.config().http_status_as_error(false).build();
        let mut response = request.send_json(body)?;
        Ok(Answer {
            status: response.status().as_u16(),
            body: response.body_mut().read_json()?,
        })
    }
}

/// What an answer says, in a few words.
fn outcome(body: &Value) -> String {
    if let Some(code) = body["code"].as_str() {
        return format!("{code}: {}", body["detail"].as_str().unwrap_or_default());
    }
    let used = body.pointer("/seats_used");
    let used = used.or(body.pointer("/license/seats_used"));
    let seats = match used.and_then(Value::as_u64) {
        Some(used) => format!("{used} of 2 seats in use"),
        None => String::new(),
    };
    match (body["is_valid"].as_bool(), body["denials"].as_array()) {
        (Some(true), _) => format!("valid, {seats}"),
        (Some(false), Some(denials)) => {
            let codes: Vec<&str> = denials
                .iter()
                .filter_map(|denial| denial["code"].as_str())
                .collect();
            format!("not valid: {}, {seats}", codes.join(", "))
        }
        _ => format!("{}, {seats}", body["status"].as_str().unwrap_or_default()),
    }
}

fn show(case: &str, answer: &Answer, says: &str) {
    println!("{case:<42} {:<8} {says}", answer.status);
}

/// The text at a JSON pointer (RFC 6901).
fn text(body: &Value, place: &str) -> Result<String, Box<dyn Error>> {
    let text = body.pointer(place).and_then(Value::as_str);
    let text = text.ok_or_else(|| format!("no `{place}` in {body}"))?;
    Ok(text.to_owned())
}
