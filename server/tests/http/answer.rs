use countersign::{ActivationAnswer, ActivationRequest, Instance, LicenseKey, Nonce, TrustStore};
use serde_json::json;

use crate::elsewhere;
use crate::harness::{App, on_both};

on_both!(
    a_machine_without_a_network_is_activated_by_two_texts,
    what_is_no_activation_request_is_refused,
);

pub fn request(key: &str, product: &str) -> ActivationRequest {
    ActivationRequest::new(
        ("acme".parse().unwrap(), product.parse().unwrap()),
        key.parse::<LicenseKey>().unwrap(),
        Instance::Machine("m 1".parse().unwrap()),
        Nonce::from_bytes([5; 16]),
    )
}

/// Status, media type and text of what is answered to a text.
pub fn answer(app: &App, kind: &str, text: impl AsRef<[u8]>) -> (u16, String, String) {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let mut response = agent
        .post(format!("{}/api/v1/product/licenses/answer", app.url))
        .header("content-type", kind)
        .send(text.as_ref())
        .unwrap();
    let media_type = response.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    let text = response.body_mut().read_to_string().unwrap();
    (response.status().as_u16(), media_type, text)
}

fn a_machine_without_a_network_is_activated_by_two_texts(app: &App) {
    let (key, license) = app.brand("acme").provision(json!({"max_seats": 1}));
    let mailed = format!("Dear vendor,\r\n{}", request(&key, "editor"));
    let (status, kind, text) = answer(app, "text/plain; charset=utf-8", &mailed);
    assert_eq!(
        (status, kind.as_str()),
        (200, "text/plain; charset=utf-8"),
        "{text}"
    );
    let answered: ActivationAnswer = text.parse().unwrap();
    let keys = app
        .get("/.well-known/acme/jwks.json", None)
        .body
        .to_string();
    let trust = TrustStore::from_jwks(&keys).unwrap();
    let verified = answered.license.verify(&trust).unwrap();
    assert_eq!(verified.id.as_str(), license);
    let lease = answered.lease.unwrap().verify(&trust).unwrap();
    assert_eq!(lease.instance.value(), "m 1");
    assert_eq!(lease.nonce, Nonce::from_bytes([5; 16]));
    let list = answered.statuses.unwrap().verify(&trust).unwrap();
    assert_eq!(list.uri, verified.status.as_ref().unwrap().uri);
    // Once more: the same seat.
    assert_eq!(answer(app, "text/plain", &mailed).0, 200);
    let sql = "SELECT CAST(seats_held AS TEXT) FROM licenses";
    assert_eq!(elsewhere::read(app, sql), ["1"]);
}

fn what_is_no_activation_request_is_refused(app: &App) {
    let (key, license) = app.brand("acme").provision(json!({"max_seats": 1}));
    let genuine = request(&key, "editor").to_string();
    let cases = [
        (
            "application/json",
            genuine.clone().into_bytes(),
            415,
            "unsupported_media_type",
        ),
        ("text/plain", Vec::new(), 422, "malformed"),
        ("text/plain", b"hello there".to_vec(), 422, "malformed"),
        ("text/plain", vec![0xff], 400, "malformed"),
        (
            "text/plain",
            vec![b'A'; ActivationRequest::MAX_SIZE + 1],
            413,
            "too_large",
        ),
        // `{"ver":2}`
        ("text/plain", b"eyJ2ZXIiOjJ9".to_vec(), 422, "unsupported"),
        (
            "text/plain",
            request("ACME-NOSUCH", "editor").to_string().into_bytes(),
            404,
            "license_key_not_found",
        ),
        (
            "text/plain",
            request(&key, "viewer").to_string().into_bytes(),
            404,
            "license_not_found",
        ),
    ];
    for (kind, body, status, code) in cases {
        let (answered, _, text) = answer(app, kind, &body);
        let problem: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (answered, &problem["code"]),
            (status, &json!(code)),
            "{text}"
        );
        assert!(!text.contains(&key), "{text}");
    }
    elsewhere::suspend(app, &license);
    let (status, _, text) = answer(app, "text/plain", &genuine);
    assert_eq!(status, 422);
    assert!(text.contains("\"suspended\""), "{text}");
    let sql = "SELECT CAST(seats_held AS TEXT) FROM licenses";
    assert_eq!(elsewhere::read(app, sql), ["0"]);
}
