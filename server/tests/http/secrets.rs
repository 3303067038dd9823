//! No secret that is used reaches what an operator or a stranger reads: logs, traces, metrics, errors.

use serde_json::json;
use tempfile::TempDir;

use crate::process::Process;
use crate::traces::Collector;

#[test]
fn no_secret_is_in_logs_traces_metrics_or_errors() {
    let home = TempDir::new().unwrap();
    let traces = Collector::start();
    let process = Process::start(
        home.path(),
        &[
            "--log",
            "json",
            "--log-level",
            "trace",
            "--otlp",
            &traces.url,
        ],
    );
    let folder = home.path().join(".local/share/countersign");
    let read = |name: &str| {
        std::fs::read_to_string(folder.join(name))
            .unwrap()
            .trim()
            .to_owned()
    };
    let operator = read("operator.key");
    process.make(
        "/api/v1/admin/brands",
        &operator,
        &json!({"name": "Acme", "slug": "acme"}),
    );
    let order = json!({"brand": "acme", "scopes": ["read", "write"]});
    let made = process.make("/api/v1/admin/api-keys", &operator, &order);
    let api_key = made["key"].as_str().unwrap().to_owned();
    let product = json!({"name": "Editor", "slug": "editor"});
    process.make("/api/v1/brand/products", &api_key, &product);
    let order = json!({"products": ["editor"], "customer_email": "a@example.com", "max_seats": 1});
    let made = process.make("/api/v1/brand/licenses/provision", &api_key, &order);
    let license_key = made["license_key"]["key"].as_str().unwrap().to_owned();
    let custom = "CUSTOM-CODE-OF-A-SHOP-4711";
    let order =
        json!({"products": ["editor"], "customer_email": "a@example.com", "custom_key": custom});
    process.make("/api/v1/brand/licenses/provision", &api_key, &order);
    let activate = "/api/v1/product/licenses/activate";
    let ask = json!({"license_key": license_key, "instance_identifier": "a.example.com",
        "nonce": "AAAAAAAAAAAAAAAAAAAAAA"});
    let seat = process.make(activate, "", &ask);
    let lease = seat["lease"].as_str().unwrap().to_owned();
    let signature = lease.rsplit('.').next().unwrap().to_owned();
    let unknown = "UNKNOWN_KEY_OF_NOBODY_AT_ALL";
    let mut secrets = vec![
        operator,
        api_key.clone(),
        license_key.clone(),
        custom.to_owned(),
        lease.clone(),
        signature,
        unknown.to_owned(),
        read("secret"),
        "cs_wrong_key".to_owned(),
    ];
    // As people type it.
    secrets.push(license_key.replace('-', ""));
    secrets.push(license_key.to_lowercase());

    let mut errors = Vec::new();
    let key = license_key.as_str();
    let keyed = [("x-api-key", api_key.as_str())];
    let unprefixed = api_key.trim_start_matches("cs_");
    secrets.push(unprefixed.to_owned());
    for (method, path, headers, body) in [
        // The second seat of one.
        (
            "POST",
            activate,
            &[][..],
            json!({"license_key": key, "instance_identifier": "b.example.com"}),
        ),
        // Secrets where they do not belong.
        (
            "POST",
            activate,
            &[],
            json!({"license_key": unknown, "instance_identifier": "a.example.com"}),
        ),
        (
            "POST",
            activate,
            &[],
            json!({"license_key": [key], "instance_identifier": 1}),
        ),
        (
            "POST",
            activate,
            &[],
            json!({"license_key": key, "instance_identifier": key}),
        ),
        (
            "POST",
            activate,
            &[],
            json!({"license_key": lease, "instance_identifier": "a.example.com"}),
        ),
        ("POST", activate, &[], json!({key: 1})),
        (
            "POST",
            activate,
            &[],
            json!({"license_key": key, "instance_identifier": "a.example.com", "nonce": lease}),
        ),
        (
            "POST",
            activate,
            &[],
            json!({"license_key": key, "instance_identifier": "a.example.com", "instance_type": key}),
        ),
        (
            "POST",
            activate,
            &[],
            json!({"license_key": key, "instance_identifier": "a.example.com", "product": key}),
        ),
        (
            "POST",
            activate,
            &[],
            json!({"license_key": custom, "brand": key, "instance_identifier": "a.example.com"}),
        ),
        ("POST", activate, &[], json!(key)),
        (
            "POST",
            "/api/v1/brand/products",
            &keyed,
            json!({"name": key, "slug": key}),
        ),
        (
            "POST",
            "/api/v1/brand/licenses/provision",
            &keyed,
            json!({"products": [key]}),
        ),
        (
            "POST",
            "/api/v1/brand/licenses/provision",
            &keyed,
            json!({"products": ["editor"], "license_key": unknown}),
        ),
        (
            "POST",
            "/api/v1/brand/licenses/provision",
            &keyed,
            json!({"products": ["editor"], "expiration_date": key}),
        ),
        (
            "POST",
            "/api/v1/brand/licenses/provision",
            &keyed,
            json!({"products": ["editor"], "customer_email": "a@example.com", "custom_key": custom}),
        ),
        ("POST", "/api/v1/admin/brands", &keyed, json!({})),
        (
            "POST",
            "/api/v1/admin/brands",
            &[("x-api-key", "cs_wrong_key")],
            json!({}),
        ),
        (
            "POST",
            "/api/v1/admin/brands",
            &[("authorization", "Bearer cs_wrong_key")],
            json!({}),
        ),
        (
            "GET",
            "/nowhere",
            &[("x-request-id", "cs_wrong_key")],
            json!(null),
        ),
        ("GET", "/nowhere", &[("x-request-id", key)], json!(null)),
        (
            "GET",
            "/nowhere",
            &[("x-request-id", unprefixed)],
            json!(null),
        ),
    ] {
        let (status, text) = process.send(method, path, headers, &body.to_string());
        assert!(
            (400..500).contains(&status),
            "{status} {path} {body}: {text}"
        );
        errors.push(text);
    }
    for path in [
        format!("/{key}"),
        format!("/api/v1/product/licenses/check?license_key={key}&instance_identifier={key}"),
        format!("/api/v1/product/licenses/check?license_key={unknown}&instance_identifier=a.b"),
        format!("/api/v1/product/licenses/check?{key}={key}"),
        format!("/api/v1/brand/licenses/{key}"),
        format!("/api/v1/brand/licenses?search={key}"),
        format!("/.well-known/{key}/jwks.json"),
        format!("/api/assets/{key}"),
    ] {
        let (status, text) = process.send("GET", &path, &keyed, "");
        // A brand may see its own keys in other answers, and who asks with a key knows it.
        if status >= 400 {
            errors.push(text);
        }
    }
    let malformed = format!("{{\"license_key\": \"{key}\" x}}");
    errors.push(process.send("POST", activate, &[], &malformed).1);
    let (_, metrics) = process.send("GET", "/metrics", &[], "");
    process.terminate();
    let (status, said) = process.end();
    assert_eq!(status, Some(0), "{said}");
    let traced = traces.received();

    // What should be there is there, so that its absence says something.
    assert!(
        said.contains("\"code\":\"license_key_not_found\""),
        "{said}"
    );
    assert!(traced.contains(activate), "no traces came");
    assert!(metrics.contains(activate), "{metrics}");
    let errors = errors.join("\n");
    for (place, text) in [
        ("logs", said),
        ("traces", traced),
        ("metrics", metrics),
        ("errors", errors),
    ] {
        for secret in &secrets {
            assert!(
                !text.contains(secret.as_str()),
                "`{secret}` is in the {place}:\n{text}"
            );
        }
    }
}
