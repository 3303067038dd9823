//! No brand reaches another's rows: every endpoint that the OpenAPI document names is tried, so
//! that a new one cannot be forgotten.

use countersign::{License, Signed, TrustStore};
use serde_json::{Value, json};

use crate::harness::{App, Brand, on_both};

on_both!(
    a_brand_finds_nothing_of_another,
    a_list_shows_nothing_of_another,
    what_a_body_or_a_query_names_is_the_brands_own,
    a_key_that_reads_changes_nothing,
    an_operators_endpoints_are_closed_to_brands,
    without_a_key_nothing_opens,
    one_brand_cannot_sign_for_another,
);

fn a_brand_finds_nothing_of_another(app: &App) {
    let (owner, other) = (app.brand("acme"), app.brand("zeta"));
    let ids = Ids::make(&owner);
    let before = everything_of(&owner);
    let operations = brand_operations(app);
    let mut tried = 0;
    for operation in operations
        .iter()
        .filter(|operation| operation.path.contains('{'))
    {
        let path = ids.fill(&operation.path);
        let body = operation.body();
        let answer = app.send(
            &operation.method,
            &path,
            Some(&other.api_key),
            body.as_ref(),
        );
        assert_eq!(
            answer.status, 404,
            "{} {}: {}",
            operation.method, operation.path, answer.body
        );
        tried += 1;
    }
    assert!(tried >= 20, "only {tried} operations have ids");
    assert_eq!(everything_of(&owner), before);
}

fn a_list_shows_nothing_of_another(app: &App) {
    let (owner, other) = (app.brand("acme"), app.brand("zeta"));
    let ids = Ids::make(&owner);
    let shown = everything_of(&other).to_string();
    for (what, id) in &ids.0 {
        assert!(!shown.contains(id.as_str()), "{what} shows in {shown}");
    }
}

fn what_a_body_or_a_query_names_is_the_brands_own(app: &App) {
    let (owner, other) = (app.brand("acme"), app.brand("zeta"));
    let theirs = owner.make_product("viewer", json!({}));
    let (key, id) = owner.provision(json!({}));
    let (_, own) = other.provision(json!({}));
    let reference = json!({"email": "eve@example.com", "reference": "theirs"});
    assert_eq!(owner.post("/customers", reference).status, 201);
    let before = everything_of(&owner);
    let order = |products: Value| json!({"products": products, "customer_email": "a@b.c"});
    let mut with_key = order(json!(["editor"]));
    with_key["license_key"] = json!(key);
    let bundle = |products: Value| json!({"name": "Suite", "slug": "suite", "products": products});
    for (method, path, body, expected) in [
        (
            "POST",
            "/licenses/provision",
            order(json!([theirs])),
            (422, "product_not_found"),
        ),
        (
            "POST",
            "/licenses/provision",
            order(json!(["viewer"])),
            (422, "product_not_found"),
        ),
        (
            "POST",
            "/licenses/provision",
            with_key,
            (404, "license_key_not_found"),
        ),
        (
            "POST",
            "/bundles",
            bundle(json!([theirs])),
            (422, "product_not_found"),
        ),
        (
            "PATCH",
            &format!("/licenses/{own}"),
            json!({"product": theirs}),
            (422, "product_not_found"),
        ),
        (
            "POST",
            "/api-keys",
            json!({"brand": "acme"}),
            (422, "unknown_member"),
        ),
    ] {
        let refused = other.send(method, path, Some(&body));
        assert_eq!(
            refused.problem(),
            (expected.0, expected.1.to_owned()),
            "{path} {body}"
        );
    }
    // The same words are the brand's own where it has none of that name yet.
    let mut named = order(json!(["editor"]));
    named["customer_reference"] = json!("theirs");
    assert_eq!(other.post("/licenses/provision", named).status, 201);
    let emails = ["email=Ada@example.com", "email=eve@example.com"];
    let queries = [
        format!("product={theirs}"),
        format!("search={id}"),
        "search=viewer".to_owned(),
    ];
    for query in emails.map(str::to_owned).into_iter().chain(queries) {
        let list = other.get(&format!("/licenses?{query}")).body.to_string();
        assert!(
            !list.contains(&id) && !list.contains(&key),
            "{query}: {list}"
        );
    }
    let page = owner.get("/licenses?limit=1").body["next"].clone();
    let cursor = page.as_str().map(|cursor| format!("?cursor={cursor}"));
    let list = other.get(&format!("/licenses{}", cursor.unwrap_or_default()));
    assert!(!list.body.to_string().contains(&id));
    assert_eq!(everything_of(&owner), before);
}

fn a_key_that_reads_changes_nothing(app: &App) {
    let owner = app.brand("acme");
    let ids = Ids::make(&owner);
    let wanted = json!({"brand": "acme", "scopes": ["read"]});
    let made = app.post("/api/v1/admin/api-keys", Some(&app.operator), &wanted);
    let reader = made.text("key");
    let before = everything_of(&owner);
    for operation in brand_operations(app) {
        let path = ids.fill(&operation.path);
        let body = operation.body();
        let answer = app.send(&operation.method, &path, Some(&reader), body.as_ref());
        match operation.method.as_str() {
            "GET" => assert_eq!(answer.status, 200, "{path}: {}", answer.body),
            _ => assert_eq!(
                answer.problem(),
                (403, "forbidden".to_owned()),
                "{} {path}",
                operation.method
            ),
        }
    }
    assert_eq!(without_use(everything_of(&owner)), without_use(before));
}

fn an_operators_endpoints_are_closed_to_brands(app: &App) {
    let brand = app.brand("acme");
    for operation in operations(app, "/api/v1/admin") {
        let path = operation.path.replace(['{', '}'], "");
        let body = operation.body();
        let answer = app.send(
            &operation.method,
            &path,
            Some(&brand.api_key),
            body.as_ref(),
        );
        assert_eq!(
            answer.problem(),
            (403, "forbidden".to_owned()),
            "{} {path}",
            operation.method
        );
    }
}

fn without_a_key_nothing_opens(app: &App) {
    let mut all = operations(app, "/api/v1/admin");
    all.extend(brand_operations(app));
    for operation in all {
        let path = operation.path.replace(['{', '}'], "");
        let body = operation.body();
        for key in [None, Some("cs_nobody"), Some("")] {
            let answer = app.send(&operation.method, &path, key, body.as_ref());
            assert_eq!(
                answer.problem(),
                (401, "unauthorized".to_owned()),
                "{} {path}",
                operation.method
            );
        }
    }
}

/// A product embeds the keys of its brand, and no other brand of the same authority can sign for it.
fn one_brand_cannot_sign_for_another(app: &App) {
    let (acme, zeta) = (app.brand("acme"), app.brand("zeta"));
    let trust_of = |brand: &Brand<'_>| -> TrustStore {
        let path = format!("/.well-known/{}/jwks.json", brand.slug);
        app.get(&path, None).body.to_string().parse().unwrap()
    };
    let document_of = |brand: &Brand<'_>| -> Signed<License> {
        let (_, license) = brand.provision(json!({}));
        let answer = brand.get(&format!("/licenses/{license}/document"));
        answer.text("document").parse().unwrap()
    };
    let (acme_trust, zeta_trust) = (trust_of(&acme), trust_of(&zeta));
    let (acme_license, zeta_license) = (document_of(&acme), document_of(&zeta));
    let acme_product = acme_license.verify(&acme_trust).unwrap().product.clone();
    assert_eq!(acme_product.to_string(), "acme/editor");
    let refused = zeta_license.verify(&acme_trust).unwrap_err();
    assert_eq!(refused.code(), "unknown_key");
    // Even where a product trusts the keys of both, each signs for its own brand only.
    let both = TrustStore::new(acme_trust.keys().chain(zeta_trust.keys()).cloned());
    for key in both.keys() {
        assert_eq!(key.brands.as_ref().unwrap().len(), 1);
    }
}

/// One way to call the authority.
struct Operation {
    method: String,
    path: String,
    has_body: bool,
}

impl Operation {
    /// A body that is fit for it, so that nothing but the caller is wrong.
    fn body(&self) -> Option<Value> {
        let last = self.path.rsplit('/').next().unwrap_or_default();
        let body = match (self.method.as_str(), last) {
            ("POST", "renew") => json!({"expiration_date": "2030-12-31"}),
            ("POST", "transfer") => json!({"customer_email": "eve@example.com"}),
            ("POST", "provision") => {
                json!({"products": ["editor"], "customer_email": "eve@example.com"})
            }
            ("POST", "products" | "bundles" | "brands") => {
                json!({"name": "New", "slug": "new", "products": ["editor"]})
            }
            ("POST", "customers") => json!({"email": "eve@example.com"}),
            ("POST", "api-keys") => json!({"scopes": ["read"]}),
            _ => json!({}),
        };
        let mut body = body;
        if last == "products" || last == "brands" {
            body.as_object_mut().unwrap().remove("products");
        }
        self.has_body.then_some(body)
    }
}

fn brand_operations(app: &App) -> Vec<Operation> {
    operations(app, "/api/v1/brand")
}

fn operations(app: &App, prefix: &str) -> Vec<Operation> {
    let document = app.get("/api/openapi.json", None).body;
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let is_method = ["get", "post", "patch", "put", "delete"].contains(&method.as_str());
            if path.starts_with(prefix) && is_method {
                operations.push(Operation {
                    method: method.to_uppercase(),
                    path: path.clone(),
                    has_body: operation.get("requestBody").is_some(),
                });
            }
        }
    }
    assert!(!operations.is_empty());
    operations
}

/// One resource of each kind, by the name that paths call it.
struct Ids(Vec<(&'static str, String)>);

impl Ids {
    fn make(brand: &Brand<'_>) -> Self {
        let (key, license) = brand.provision(json!({"max_seats": 3}));
        let seat = json!({"license_key": key, "instance_identifier": "a.example.com"});
        let activation = brand.app.product("/licenses/activate", &seat);
        let id_of = |path: &str, list: &str| {
            let shown = brand.get(path);
            shown.body[list][0]["id"].as_str().unwrap().to_owned()
        };
        let bundle = json!({"name": "All", "slug": "all", "products": ["editor"]});
        let bundle = brand.post("/bundles", bundle);
        assert_eq!(bundle.status, 201, "{}", bundle.body);
        Self(vec![
            ("licenses", license),
            ("activations", activation.text("activation_id")),
            ("products", id_of("/products", "products")),
            ("customers", id_of("/customers", "customers")),
            ("bundles", bundle.text("id")),
            ("api-keys", id_of("/api-keys", "api_keys")),
        ])
    }

    /// The path with each `{...}` replaced by the id of the resource that stands before it.
    fn fill(&self, path: &str) -> String {
        let mut filled = Vec::new();
        for part in path.split('/') {
            let before = filled.last().copied().unwrap_or_default();
            let id = self.0.iter().find(|(resource, _)| *resource == before);
            filled.push(match (part.starts_with('{'), id) {
                (false, _) => part,
                (true, Some((_, id))) => id.as_str(),
                (true, None) => panic!("no id for `{part}` in {path}: make one above"),
            });
        }
        filled.join("/")
    }
}

/// All that a brand can see of its own.
fn everything_of(brand: &Brand<'_>) -> Value {
    let mut all = json!({});
    for operation in brand_operations(brand.app) {
        if operation.method == "GET" && !operation.path.contains('{') {
            let answer = brand.app.get(&operation.path, Some(&brand.api_key));
            assert_eq!(answer.status, 200, "{}: {}", operation.path, answer.body);
            all[&operation.path] = answer.body;
        }
    }
    without_use(all)
}

/// When keys were used last is no change.
fn without_use(mut all: Value) -> Value {
    match &mut all {
        Value::Object(members) => {
            members.remove("last_used_at");
            for value in members.values_mut() {
                *value = without_use(value.take());
            }
        }
        Value::Array(values) => {
            for value in values {
                *value = without_use(value.take());
            }
        }
        _ => {}
    }
    all
}
