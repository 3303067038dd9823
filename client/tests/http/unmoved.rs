//! A session that holds a license, and fake authorities: whatever they answer, what the session
//! decides stays as it is.

use std::time::Duration;

use countersign_client::{
    ClientBuilder, Clock, FixedClock, MemoryStorage, Session, SessionBuilder,
};
use serde_json::{Value, json};

use crate::documents::{
    Keys, LICENSE_KEY, genuine, instance, lease_of, license_of, machine, now, product,
};
use crate::either::{What, Which, failure, patient, with_either};
use crate::listener::{Asked, Listener, answer, json as json_answer};

with_either!(
    no_fake_authority_moves_a_decision,
    the_date_of_an_answer_is_no_clock,
);

/// What a fake authority answers to a renewal.
type Fake = fn(&Keys, &Asked) -> String;

/// The license, and a lease that the renewal is answered with.
fn renewal(license: &str, lease: &str) -> String {
    json_answer(200, &json!({"license": license, "lease": lease}))
}

const FAKES: [(&str, Fake); 14] = [
    ("yesterday's answer", |keys, _| {
        let nonce = countersign::Nonce::from_bytes([7; 16]);
        let lease = keys.genuine.sign(&lease_of(instance(), nonce)).unwrap();
        renewal(license(&keys.genuine).as_str(), lease.as_str())
    }),
    ("another machine's lease", |keys, asked| {
        let lease = lease_of(machine("workstation-2"), asked.nonce());
        let lease = keys.genuine.sign(&lease).unwrap();
        renewal(license(&keys.genuine).as_str(), lease.as_str())
    }),
    ("an unknown key", |keys, asked| {
        signed_by(&keys.unknown, asked)
    }),
    ("a key for licenses alone", |keys, asked| {
        signed_by(&keys.licenses_only, asked)
    }),
    ("another brand's key", |keys, asked| {
        signed_by(&keys.other_brand, asked)
    }),
    ("nothing in it", |_, _| json_answer(200, &json!({}))),
    ("a captive portal", |_, _| {
        answer(200, &["content-type: text/html"], "<html>log in</html>")
    }),
    ("a redirect", |_, _| {
        answer(302, &["location: http://127.0.0.1:9/"], "")
    }),
    ("cut short", |_, _| {
        "HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{\"lease\":".to_owned()
    }),
    ("too long", |_, _| {
        "HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n".to_owned()
    }),
    ("three days of rest", |_, _| {
        answer(503, &["retry-after: 259200"], "")
    }),
    ("another time", |keys, asked| {
        dated(&signed_by(&keys.unknown, asked))
    }),
    ("two leases, the second of them genuine", |keys, asked| {
        let lease = keys.genuine.sign(&lease_of(instance(), asked.nonce()));
        let told = json!({"license": license(&keys.genuine), "lease": lease.unwrap()});
        let other = "\"lease\":\"e30.e30.AA\",\"lease\":";
        let told = told.to_string().replacen("\"lease\":", other, 1);
        answer(200, &["content-type: application/json"], &told)
    }),
    ("unsigned word that all is well", |_, _| {
        let told: Value = json!({"is_valid": true, "seats_used": 1, "denials": []});
        json_answer(200, &told)
    }),
];

fn license(key: &countersign::SigningKey) -> countersign::Signed<countersign::License> {
    key.sign(&license_of(product())).unwrap()
}

fn signed_by(key: &countersign::SigningKey, asked: &Asked) -> String {
    let lease = key.sign(&lease_of(instance(), asked.nonce())).unwrap();
    renewal(license(key).as_str(), lease.as_str())
}

/// The answer as of the end of the century.
fn dated(answer: &str) -> String {
    let date = "\r\ndate: Thu, 31 Dec 2099 23:59:59 GMT\r\n";
    answer.replacen("\r\n", date, 1)
}

fn the_date_of_an_answer_is_no_clock(which: Which) {
    let fake = Listener::plain(|asked, stream| {
        let says = match asked.line.contains("/activate") {
            true => json_answer(201, &genuine(&Keys::new(), asked.nonce())),
            false => answer(404, &[], ""),
        };
        stream.write_all(dated(&says).as_bytes())
    });
    let keys = Keys::new();
    let client = which.build(ClientBuilder::new(fake.url(), keys.trust()));
    let session = open(&keys, &FixedClock::at(now()));
    client.activate_session(&session, LICENSE_KEY).unwrap();
    assert_eq!(session.last_contact_at(), Some(now()));
    let decision = session.decide(&session.run());
    assert_eq!(decision.denials(), []);
}

fn no_fake_authority_moves_a_decision(which: Which) {
    for (what, fake) in FAKES {
        let keys = Keys::new();
        let says = move |asked: &Asked| {
            let keys = Keys::new();
            match asked.line.rsplit('/').nth(1).unwrap_or_default() {
                "activate HTTP" => json_answer(201, &genuine(&keys, asked.nonce())),
                "renew-lease HTTP" => fake(&keys, asked),
                _ => answer(404, &[], ""),
            }
        };
        let listener =
            Listener::plain(move |asked, stream| stream.write_all(says(asked).as_bytes()));
        let builder = ClientBuilder::new(listener.url(), keys.trust());
        let client = which.build(builder.retry(patient()));
        let clock = FixedClock::at(now());
        let session = open(&keys, &clock);
        client.activate_session(&session, LICENSE_KEY).unwrap();
        // The lease is to be renewed, and ends in two days.
        clock.pass(Duration::from_secs(5 * 86_400));
        let before = report(&session);
        let told = failure(&[LICENSE_KEY], || client.refresh_now(&session));
        assert!(
            matches!(told.what, What::Unreachable | What::Untrusted),
            "{what}: {told:?}"
        );
        assert_eq!(report(&session), before, "{what}");
        clock.pass(Duration::from_secs(2 * 86_400));
        let decision = session.decide(&session.run());
        let denials: Vec<_> = decision
            .denials()
            .iter()
            .map(|denial| denial.code())
            .collect();
        assert_eq!(denials, ["lease_ended"], "{what}");
    }
}

fn open(keys: &Keys, clock: &FixedClock) -> Session<MemoryStorage> {
    SessionBuilder::new(keys.trust(), product())
        .instance(instance())
        .clock(Clock::Fixed(clock.clone()))
        .open(MemoryStorage::new())
        .unwrap()
}

/// All that the session decides, and says.
fn report(session: &Session<MemoryStorage>) -> String {
    session.decide(&session.run()).report()
}
