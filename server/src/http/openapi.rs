//! The OpenAPI document: what the endpoints say of themselves, and what all of them have in common.

use serde_json::{Map, Value, json};
use utoipa::OpenApi;

/// What the document says beside the endpoints.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Countersign authority",
        description = "Issues licenses, counts seats and answers products.\n\n\
            Moments are RFC 3339, UTC; lengths of time are seconds. Errors are problem details (RFC 9457): \
            programs match on `code`. Every answer has `X-Request-Id`, which logs and the audit log name. \
            Lists are newest first; `next`, where it is not null, is the `cursor` of the next page."
    ),
    tags(
        (name = "product", description = "What software in the field asks, with its customer's license key."),
        (name = "brand", description = "What a brand's back end asks, with an API key of the brand."),
        (name = "admin", description = "What operators ask, with an operator's API key."),
        (name = "operations", description = "What supervisors, balancers and Prometheus ask."),
    ),
)]
struct Document;

/// The finished document.
pub(super) fn document() -> Value {
    let routes = super::routes().merge(super::health::metrics_route());
    let (_, endpoints) = routes.split_for_parts();
    let mut document = Document::openapi();
    document.merge(endpoints);
    let mut document = serde_json::to_value(document).unwrap_or_default();
    within(&mut document, "info", |info| {
        // Versions of the program come and go; that of the interface is in its paths.
        info.insert("version".to_owned(), "1".into());
        let license = json!({"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"});
        info.insert("license".to_owned(), license);
    });
    within(&mut document, "components", |components| {
        components.insert("securitySchemes".to_owned(), security_schemes());
        let schemas = components.entry("schemas").or_insert_with(|| json!({}));
        if let (Some(schemas), Ok(Value::Object(own))) =
            (schemas.as_object_mut(), serde_json::from_str(SCHEMAS))
        {
            schemas.extend(own);
        }
    });
    within(&mut document, "paths", |paths| {
        for (path, operations) in paths {
            let operations = operations.as_object_mut().into_iter().flatten();
            for (method, operation) in operations {
                complete(path, method, operation);
            }
        }
    });
    document
}

/// The document as it is served and recorded.
pub(crate) fn text() -> String {
    format!("{:#}\n", document())
}

/// Adds what every operation of its audience has: how to authenticate, and how it may fail.
fn complete(path: &str, method: &str, operation: &mut Value) {
    set(operation, "operationId", id_of(path, method).into());
    if path.starts_with("/api/v1/brand/") || path.starts_with("/api/v1/admin/") {
        set(
            operation,
            "security",
            json!([{"api_key": []}, {"bearer": []}]),
        );
    }
    let has_body = operation.get("requestBody").is_some();
    let has_parameters = operation.get("parameters").is_some();
    let parameters = operation.get("parameters").and_then(Value::as_array);
    let mut parameters = parameters.into_iter().flatten();
    let is_once = parameters.any(|one| one.get("name") == Some(&json!("Idempotency-Key")));
    let is_of_api = path.starts_with("/api/v1/");
    let applies = |to| match to {
        To::Read => is_of_api || path.contains('{'),
        To::Counted => is_of_api || path.starts_with("/.well-known/"),
        To::Keyed => path.starts_with("/api/v1/brand/") || path.starts_with("/api/v1/admin/"),
        To::Named => is_of_api && path.contains('{'),
        To::Once => is_once,
        To::Bodies => has_body,
        To::Inputs => has_body || (is_of_api && has_parameters),
    };
    within(operation, "responses", |responses| {
        for &(status, description, to) in COMMON {
            if applies(to) && !responses.contains_key(status) {
                responses.insert(status.to_owned(), json!({ "description": description }));
            }
        }
        for (status, response) in responses {
            if status.starts_with(['4', '5']) {
                let problem = json!({"schema": {"$ref": "#/components/schemas/Problem"}});
                let content = json!({ "application/problem+json": problem });
                set(response, "content", content);
            }
            let request_id = json!({"schema": {"type": "string"}, "description": "The caller's own, or one that was made."});
            set(response, "headers", json!({ "X-Request-Id": request_id }));
        }
    });
}

/// A name that no other operation has: what generated clients call their functions by.
fn id_of(path: &str, method: &str) -> String {
    let parts = path
        .split(['/', '-', '.'])
        .map(|part| part.trim_matches(['{', '}']))
        .filter(|part| !part.is_empty() && !["api", "v1"].contains(part));
    std::iter::once(method)
        .chain(parts)
        .collect::<Vec<_>>()
        .join("_")
}

/// To which operations a status is common.
#[derive(Clone, Copy)]
enum To {
    /// Of the interface, or with a name in the path.
    Read,
    /// What is counted by who asks, and asks the database.
    Counted,
    /// With an API key.
    Keyed,
    /// On something that the path names.
    Named,
    /// With an idempotency key.
    Once,
    Bodies,
    /// A body, or parameters.
    Inputs,
}

/// How operations may fail that say nothing else of it: they state only what is their own.
const COMMON: &[(&str, &str, To)] = &[
    ("400", "the request is malformed", To::Read),
    ("401", "no API key that is known and in force", To::Keyed),
    ("403", "the API key may not do this", To::Keyed),
    (
        "404",
        "there is nothing of that name, or nothing of the caller's",
        To::Named,
    ),
    (
        "409",
        "it collides with what is there, or the idempotency key was used with another request",
        To::Once,
    ),
    ("408", "the body took too long to arrive", To::Bodies),
    ("413", "the body is too large", To::Bodies),
    ("415", "the body is of another media type", To::Bodies),
    (
        "422",
        "what is asked for makes no sense, or a license denies it",
        To::Inputs,
    ),
    (
        "429",
        "too many requests; `Retry-After` says when to ask again",
        To::Counted,
    ),
    (
        "503",
        "the database cannot be asked now; `Retry-After` says when to ask again",
        To::Counted,
    ),
];

fn security_schemes() -> Value {
    json!({
        "api_key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "An API key of a brand, or an operator's."},
        "bearer": {"type": "http", "scheme": "bearer", "description": "The same API key (RFC 6750)."},
    })
}

/// Changes the members of a member that is an object, made where there is none.
fn within(value: &mut Value, name: &str, change: impl FnOnce(&mut Map<String, Value>)) {
    let member = value.as_object_mut().map(|all| {
        let made = || Value::Object(Map::new());
        all.entry(name).or_insert_with(made)
    });
    if let Some(Value::Object(members)) = member {
        change(members);
    }
}

/// States a member of an object.
fn set(value: &mut Value, name: &str, member: Value) {
    if let Value::Object(members) = value {
        members.insert(name.to_owned(), member);
    }
}

/// Types of the core's protocol, and requests whose members are read by hand.
const SCHEMAS: &str = include_str!("openapi/schemas.json");
