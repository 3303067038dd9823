//! States that other releases wrote.

use std::sync::Arc;

use countersign::Instance;
use countersign_client::{MemoryStorage, OpenError, Storage};
use ring::hmac;
use serde_json::{Value, json};

use crate::authority::*;

const NOW: &str = "2025-07-01";

fn read(storage: &MemoryStorage) -> Value {
    let text = storage.load("session").unwrap().unwrap();
    let (json, _) = text.split_once('\n').unwrap();
    serde_json::from_str(json).unwrap()
}

/// Keeps a state as a release does.
fn write(storage: &MemoryStorage, state: &Value) -> String {
    let json = state.to_string();
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"countersign session state");
    let mac = hmac::sign(&key, json.as_bytes());
    let mac: String = mac
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let text = format!("{json}\n{mac}\n");
    storage.save("session", &text).unwrap();
    text
}

/// What an activated session left behind.
fn activated() -> (Authority, Host, Arc<MemoryStorage>) {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let storage = Arc::new(MemoryStorage::new());
    let session = host.open(storage.clone());
    run(session.activating(license_key()), &authority).unwrap();
    drop(session);
    (authority, host, storage)
}

#[test]
fn what_a_later_release_adds_is_handed_on() {
    let (authority, host, storage) = activated();
    let mut state = read(&storage);
    let added = json!({"large": u64::MAX, "small": i64::MIN, "list": [null, 1.5, "text"]});
    state["later"] = added.clone();
    state["lists"][0]["later"] = added.clone();
    write(&storage, &state);

    let session = host.open(storage.clone());
    assert_eq!(denials(&session), [""; 0]);
    host.pass(&authority, DAY * 6);
    assert!(run(session.refreshing(), &authority).unwrap().renewed);
    run(session.deactivating(), &authority).unwrap();
    drop(session);
    let state = read(&storage);
    assert_eq!(
        (&state["later"], &state["lists"][0]["later"]),
        (&added, &added)
    );
    assert_eq!(state["lease"], Value::Null);
}

#[test]
fn what_a_later_release_adds_to_its_parts_is_handed_on() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let storage = Arc::new(MemoryStorage::new());
    let open = |name: &str| {
        let instance = Instance::parse("machine", name).unwrap();
        let session = host.builder().instance(instance).open(storage.clone());
        session.unwrap()
    };
    run(open("pod-a").activating(license_key()), &authority).unwrap();
    run(open("pod-b").activating(license_key()), &authority).unwrap();
    let mut state = read(&storage);
    let held_back = json!({ "failures": 1, "until": "2025-07-01T01:00:00Z", "later": 1 });
    let asking = json!({
        "by": state["installation"], "until": "2025-07-01T00:00:30Z",
        "lasts": { "secs": 60, "nanos": 0 }, "later": 2,
    });
    state["held_back"] = held_back.clone();
    state["seat_held_back"] = held_back.clone();
    state["asking"] = asking.clone();
    state["seats"][0]["later"] = 3.into();
    state["shown_unknown"] = json!({ "later": 4 });
    write(&storage, &state);

    // Whoever opens it turns to its own seat, and what was shown goes to the others.
    let seats = |state: &Value| {
        let seats = state["seats"].as_array().unwrap().clone();
        let later = |seat: &Value| (seat["instance"].to_string(), seat["later"].clone());
        let mut seats: Vec<_> = seats.iter().map(later).collect();
        seats.sort_by_key(|(instance, _)| instance.clone());
        seats
            .into_iter()
            .map(|(_, later)| later)
            .collect::<Vec<_>>()
    };
    drop(open("pod-c"));
    let kept = read(&storage);
    assert_eq!((&kept["held_back"], &kept["asking"]), (&held_back, &asking));
    assert_eq!(seats(&kept), [json!(3), json!(4)]);
    assert_eq!(kept["shown_unknown"], Value::Null);
    drop(open("pod-b"));
    let kept = read(&storage);
    assert_eq!(kept["seat_held_back"], held_back);
    assert_eq!(kept["shown_unknown"], json!({ "later": 4 }));
    drop(open("pod-a"));
    assert_eq!(read(&storage)["shown_unknown"], json!({ "later": 3 }));
}

#[test]
fn a_later_version_is_told_and_left_as_it_is() {
    let (_, host, storage) = activated();
    let mut state = read(&storage);
    state["version"] = 2.into();
    let text = write(&storage, &state);
    let opened = host.builder().open(storage.clone());
    assert!(matches!(opened, Err(OpenError::Version { found: 2 })));
    assert_eq!(storage.load("session").unwrap(), Some(text));
}
