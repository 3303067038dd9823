//! What pretends to be an authority, and the networks in between: none widens a right.

use countersign::{ActivationAnswer, LicenseKey, Nonce};
use countersign_client::{ClientBuilder, Pin};
use serde_json::{Value, json};

use crate::certificates::Ca;
use crate::documents::{
    Keys, LICENSE_KEY, LIST, activation, carried, claimant, genuine, held, instance, lease_of,
    license_of, list_at, machine, product,
};
use crate::either::{
    Either, Told, Which, failure, patient, refused, unreachable, untrusted, with_either,
};
use crate::listener::{Asked, Listener, answer, json as json_answer, relay};

with_either!(
    a_genuine_answer_is_believed,
    yesterdays_answer_grants_nothing,
    another_machines_lease_grants_nothing,
    an_unknown_key_grants_nothing,
    a_key_for_licenses_alone_grants_no_lease,
    another_brands_key_grants_nothing,
    a_license_for_another_product_grants_nothing,
    a_renewal_that_answers_another_question_grants_nothing,
    a_status_list_of_another_address_or_brand_is_not_taken,
    what_is_no_authority_is_told_apart,
    a_redirect_is_not_followed,
    a_refusal_is_told_without_what_was_sent,
    a_license_key_is_struck_out_in_whatever_form_it_is_quoted,
    the_wrong_name_is_not_the_authority,
    an_unknown_signer_is_not_the_authority,
    a_pin_names_the_one_certificate,
    every_attempt_has_a_nonce_of_its_own,
    no_secret_is_shown_by_any_method,
    an_answer_for_a_machine_without_network_is_passed_on,
    the_path_of_the_address_stands_before_every_path,
);

fn client(which: Which, fake: &Listener, keys: &Keys) -> Either {
    let builder = ClientBuilder::new(fake.url(), keys.trust());
    which.build(builder.retry(patient()))
}

/// How an activation fails that is answered by `answer`, which is asked once.
fn activating(
    which: Which,
    answer: impl Fn(&Keys, Nonce) -> Value + Send + Sync + 'static,
) -> Told {
    let keys = Keys::new();
    let signing = Keys::new();
    let fake = Listener::plain(move |asked, stream| {
        let answer = answer(&signing, asked.nonce());
        stream.write_all(json_answer(201, &answer).as_bytes())
    });
    let client = client(which, &fake, &keys);
    let told = failure(&[LICENSE_KEY], || client.activate(&claimant()));
    assert_eq!(fake.asked().len(), 1);
    told
}

fn a_genuine_answer_is_believed(which: Which) {
    let keys = Keys::new();
    let signing = Keys::new();
    let fake = Listener::plain(move |asked, stream| {
        let answer = genuine(&signing, asked.nonce());
        stream.write_all(json_answer(201, &answer).as_bytes())
    });
    let activation = client(which, &fake, &keys).activate(&claimant()).unwrap();
    let asked = fake.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(
        asked[0].line,
        "POST /api/v1/product/licenses/activate HTTP/1.1"
    );
    assert_eq!(
        asked[0].json(),
        json!({
            "license_key": LICENSE_KEY,
            "instance_identifier": "workstation-1",
            "instance_type": "machine_id",
            "brand": "acme",
            "product": "editor",
            "nonce": asked[0].nonce(),
        })
    );
    assert_eq!(*activation.license, license_of(product()));
    assert_eq!(
        **activation.lease.as_ref().unwrap(),
        lease_of(instance(), asked[0].nonce())
    );
    assert_eq!(
        (activation.seats_used, activation.seats_remaining),
        (1, Some(4))
    );
}

fn yesterdays_answer_grants_nothing(which: Which) {
    let told = activating(which, |keys, _| genuine(keys, Nonce::from_bytes([7; 16])));
    assert_eq!(told, untrusted());
}

fn another_machines_lease_grants_nothing(which: Which) {
    let told = activating(which, |keys, nonce| {
        let license = keys.genuine.sign(&license_of(product())).unwrap();
        let lease = lease_of(machine("workstation-2"), nonce);
        activation(&license, &keys.genuine.sign(&lease).unwrap())
    });
    assert_eq!(told, untrusted());
}

fn an_unknown_key_grants_nothing(which: Which) {
    let told = activating(which, |keys, nonce| {
        let license = keys.unknown.sign(&license_of(product())).unwrap();
        let lease = keys.unknown.sign(&lease_of(instance(), nonce)).unwrap();
        activation(&license, &lease)
    });
    assert_eq!(told, untrusted());
}

fn a_key_for_licenses_alone_grants_no_lease(which: Which) {
    let told = activating(which, |keys, nonce| {
        let license = keys.licenses_only.sign(&license_of(product())).unwrap();
        let lease = keys
            .licenses_only
            .sign(&lease_of(instance(), nonce))
            .unwrap();
        activation(&license, &lease)
    });
    assert_eq!(told, untrusted());
}

fn another_brands_key_grants_nothing(which: Which) {
    let told = activating(which, |keys, nonce| {
        let license = keys.other_brand.sign(&license_of(product())).unwrap();
        let lease = keys.other_brand.sign(&lease_of(instance(), nonce)).unwrap();
        activation(&license, &lease)
    });
    assert_eq!(told, untrusted());
}

fn a_license_for_another_product_grants_nothing(which: Which) {
    let told = activating(which, |keys, nonce| {
        let license = license_of("acme/viewer".parse().unwrap());
        let lease = keys.genuine.sign(&lease_of(instance(), nonce)).unwrap();
        activation(&keys.genuine.sign(&license).unwrap(), &lease)
    });
    assert_eq!(told, untrusted());
}

fn a_renewal_that_answers_another_question_grants_nothing(which: Which) {
    let keys = Keys::new();
    let (license, lease) = held(&keys);
    let old = json!({"lease": lease.as_str(), "license": license.as_str()});
    let fake = Listener::says(json_answer(200, &old));
    let client = client(which, &fake, &keys);
    let told = failure(&[lease.as_str()], || client.renew(&lease));
    assert_eq!(told, untrusted());
    assert_eq!(fake.asked().len(), 1);
}

fn a_status_list_of_another_address_or_brand_is_not_taken(which: Which) {
    let keys = Keys::new();
    let (license, _) = held(&keys);
    let other = "https://licenses.acme.example/.well-known/acme/status/2";
    for list in [list_at(other, "acme"), list_at(LIST, "rival")] {
        let list = keys.genuine.sign(&list).unwrap();
        let fake = Listener::says(answer(200, &[], list.as_str()));
        let client = client(which, &fake, &keys);
        assert_eq!(failure(&[], || client.statuses(&license)), untrusted());
    }
    let list = list_at(LIST, "acme");
    let signed = keys.genuine.sign(&list).unwrap();
    let fake = Listener::says(answer(200, &[], signed.as_str()));
    let taken = client(which, &fake, &keys).statuses(&license).unwrap();
    assert_eq!(*taken.unwrap(), list);
    assert_eq!(
        fake.asked()[0].line,
        "GET /.well-known/acme/status/1 HTTP/1.1"
    );
    let mut free = license_of(product());
    free.status = None;
    let free = keys
        .genuine
        .sign(&free)
        .unwrap()
        .verify(&keys.trust())
        .unwrap();
    let none = client(which, &fake, &keys).statuses(&free).unwrap();
    assert!(none.is_none(), "{none:?}");
    assert_eq!(fake.asked().len(), 1);
}

fn what_is_no_authority_is_told_apart(which: Which) {
    let html = "<html><form action=/login></form></html>";
    let problem = json!({"code": "expired", "detail": "no"});
    let cases = [
        (200, answer(200, &["content-type: application/json"], "{}")),
        (200, answer(200, &["content-type: text/html"], html)),
        (200, answer(200, &[], "")),
        (511, answer(511, &["content-type: text/html"], html)),
        (404, answer(404, &["content-type: text/html"], html)),
        // What is no problem of RFC 9457 is nobody's refusal.
        (422, json_answer(422, &problem)),
        (500, answer(500, &["content-type: text/html"], html)),
        (500, json_answer(500, &problem)),
        // Nobody has asked for it.
        (200, answer(200, &["content-encoding: gzip"], "\u{1f}")),
    ];
    for (status, says) in cases {
        let fake = Listener::says(says.clone());
        let keys = Keys::new();
        let client = client(which, &fake, &keys);
        let told = failure(&[LICENSE_KEY], || client.activate(&claimant()));
        assert_eq!(told, no_authority(status), "{says}");
        assert_eq!(fake.asked().len(), 1, "{says}");
    }
}

fn a_redirect_is_not_followed(which: Which) {
    for status in [301, 302, 303, 307, 308] {
        let signing = Keys::new();
        let elsewhere = Listener::plain(move |asked, stream| {
            let answer = genuine(&signing, asked.nonce());
            stream.write_all(json_answer(201, &answer).as_bytes())
        });
        let location = format!(
            "location: {}api/v1/product/licenses/activate",
            elsewhere.url()
        );
        let fake = Listener::says(answer(status, &[&location], ""));
        let keys = Keys::new();
        let client = client(which, &fake, &keys);
        let told = failure(&[LICENSE_KEY], || client.activate(&claimant()));
        assert_eq!(told, no_authority(status));
        assert_eq!((fake.asked().len(), elsewhere.asked().len()), (1, 0));
    }
}

fn a_refusal_is_told_without_what_was_sent(which: Which) {
    let problem = json!({
        "type": "https://countersign.dev/problems/seat_limit_exceeded",
        "title": "Seat limit exceeded",
        "status": 422,
        "detail": format!("`{LICENSE_KEY}` has all its seats\nin use"),
        "code": "seat_limit_exceeded",
        "denials": [{"code": "seat_limit_exceeded", "limit": 2, "held": 2}],
    });
    let kind = "content-type: application/problem+json";
    let fake = Listener::says(answer(422, &[kind], &problem.to_string()));
    let keys = Keys::new();
    let client = client(which, &fake, &keys);
    let text = "the authority declined: `[not shown]` has all its seats\\nin use";
    for told in [
        failure(&[LICENSE_KEY], || client.activate(&claimant())),
        failure(&[LICENSE_KEY], || client.standing(&claimant())),
    ] {
        assert_eq!(told, refused("seat_limit_exceeded", text));
    }
    assert_eq!(fake.asked().len(), 2);
    let error = client.activate(&claimant()).unwrap_err();
    assert_eq!(json!(error.refusal().unwrap().denials), problem["denials"]);
}

fn a_license_key_is_struck_out_in_whatever_form_it_is_quoted(which: Which) {
    let mut claimant = claimant();
    claimant.license_key = LicenseKey::generate(&"ACME".parse().unwrap(), [7; 12]);
    let shown = claimant.license_key.as_str();
    let forms = [
        shown.to_owned(),
        shown.to_lowercase(),
        shown.replace('-', ""),
        shown.replace('-', " "),
        shown.to_lowercase().replace('-', ""),
    ];
    let kind = "content-type: application/problem+json";
    let keys = Keys::new();
    for form in forms {
        let problem = json!({
            "status": 404, "code": "license_key_not_found", "detail": format!("no key {form} here"),
        });
        let fake = Listener::says(answer(404, &[kind], &problem.to_string()));
        let client = client(which, &fake, &keys);
        let told = failure(&[&form], || client.activate(&claimant));
        let text = "the authority declined: no key [not shown] here";
        assert_eq!(told, refused("license_key_not_found", text), "{form}");
    }
}

fn the_wrong_name_is_not_the_authority(which: Which) {
    let ca = Ca::new();
    let fake = Listener::tls(ca.certify("elsewhere.example").server, never_asked);
    let keys = Keys::new();
    let builder = ClientBuilder::new(fake.url(), keys.trust()).retry(patient());
    let client = which.build(builder.only_roots(&ca.pem()).unwrap());
    let told = failure(&[LICENSE_KEY], || client.activate(&claimant()));
    assert_eq!(told, unproven());
}

fn an_unknown_signer_is_not_the_authority(which: Which) {
    let fake = Listener::tls(Ca::new().certify("localhost").server, never_asked);
    let keys = Keys::new();
    let builder = ClientBuilder::new(fake.url(), keys.trust()).retry(patient());
    let others = builder.clone().only_roots(&Ca::new().pem()).unwrap();
    // Neither one of another authority, nor any of the system or of Mozilla.
    for builder in [others, builder] {
        let client = which.build(builder);
        let told = failure(&[LICENSE_KEY], || client.activate(&claimant()));
        assert_eq!(told, unproven());
    }
}

fn a_pin_names_the_one_certificate(which: Which) {
    let (ca, keys) = (Ca::new(), Keys::new());
    let (shown, other) = (ca.certify("elsewhere.example"), ca.certify("localhost"));
    let signing = Keys::new();
    let fake = Listener::tls(shown.server.clone(), move |asked, stream| {
        let answer = genuine(&signing, asked.nonce());
        stream.write_all(json_answer(201, &answer).as_bytes())
    });
    let builder = ClientBuilder::new(fake.url(), keys.trust()).retry(patient());
    let pinned = [
        Pin::PublicKey(shown.public_key),
        Pin::Certificate(shown.certificate),
    ];
    for pin in pinned {
        let next = Pin::PublicKey(other.public_key);
        let client = which.build(builder.clone().pin(next).pin(pin));
        assert_eq!(client.activate(&claimant()).unwrap().seats_used, 1);
    }
    let mistaken = [
        Pin::PublicKey(other.public_key),
        Pin::Certificate(other.certificate),
        Pin::Certificate(shown.public_key),
        Pin::PublicKey(shown.certificate),
    ];
    for pin in mistaken {
        // That its signer is trusted does not help.
        let builder = builder.clone().only_roots(&ca.pem()).unwrap();
        let client = which.build(builder.pin(pin));
        let told = failure(&[LICENSE_KEY], || client.activate(&claimant()));
        assert_eq!(told, unproven(), "{pin:?}");
    }
    assert_eq!(fake.asked().len(), pinned.len());
}

fn every_attempt_has_a_nonce_of_its_own(which: Which) {
    let signing = Keys::new();
    let fake = Listener::plain(move |asked, stream| {
        stream.write_all(json_answer(201, &genuine(&signing, asked.nonce())).as_bytes())
    });
    let busy = std::sync::atomic::AtomicU32::new(0);
    let forward = fake.url().port().unwrap();
    let gate = Listener::plain(move |asked, stream| {
        match busy.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
            0 => stream.write_all(answer(503, &["retry-after: 0"], "").as_bytes()),
            1 => Ok(()),
            _ => relay(forward, asked, stream),
        }
    });
    let keys = Keys::new();
    let activation = client(which, &gate, &keys).activate(&claimant()).unwrap();
    let nonces: Vec<Nonce> = gate.asked().iter().map(Asked::nonce).collect();
    assert_eq!(nonces.len(), 3);
    assert!(nonces[0] != nonces[1] && nonces[1] != nonces[2] && nonces[0] != nonces[2]);
    assert_eq!(activation.lease.unwrap().nonce, nonces[2]);
}

fn no_secret_is_shown_by_any_method(which: Which) {
    let keys = Keys::new();
    let (_, lease) = held(&keys);
    let secrets = [LICENSE_KEY, lease.as_str()];
    // Each says everything back that it was told.
    let echoes: [fn(&str) -> String; 5] = [
        |said| answer(200, &["content-type: application/json"], said),
        |said| answer(200, &["content-type: text/html"], said),
        |said| {
            let problem = json!({"code": said, "title": said, "detail": said, "type": said,
                "denials": [said], "errors": {said: [said]}});
            answer(
                422,
                &["content-type: application/problem+json"],
                &problem.to_string(),
            )
        },
        |said| format!("HTTP/1.1 200 {said}\r\n{said}\r\n\r\n"),
        |said| answer(302, &[&format!("location: http://{said}/")], ""),
    ];
    for echo in echoes {
        let fake = Listener::plain(move |asked, stream| {
            let said = asked.json();
            let said = said["license_key"].as_str().or(said["lease"].as_str());
            let said = said.map_or_else(
                || String::from_utf8_lossy(&asked.body).into(),
                str::to_owned,
            );
            stream.write_all(echo(&said).as_bytes())
        });
        let client = client(which, &fake, &keys);
        failure(&secrets, || client.activate(&claimant()));
        failure(&secrets, || client.standing(&claimant()));
        failure(&secrets, || client.renew(&lease));
        failure(&secrets, || client.deactivate(&lease));
        failure(&secrets, || client.answer(&carried()));
    }
}

fn an_answer_for_a_machine_without_network_is_passed_on(which: Which) {
    let keys = Keys::new();
    let (license, _) = held(&keys);
    let says = ActivationAnswer::new(license.as_str().parse().unwrap()).to_string();
    let fake = Listener::says(answer(200, &["content-type: text/plain"], &says));
    let passed = client(which, &fake, &keys).answer(&carried()).unwrap();
    assert_eq!(passed.to_string(), says);
    let asked = fake.asked();
    assert_eq!(
        asked[0].line,
        "POST /api/v1/product/licenses/answer HTTP/1.1"
    );
    assert_eq!(asked[0].body, carried().to_string().as_bytes());
    let head = asked[0].head.to_lowercase();
    assert!(
        head.contains("content-type: text/plain; charset=utf-8"),
        "{head}"
    );
}

fn the_path_of_the_address_stands_before_every_path(which: Which) {
    let fake = Listener::says(answer(404, &[], ""));
    let keys = Keys::new();
    let url = fake.url().join("/licensing/").unwrap();
    let client = which.build(ClientBuilder::new(url, keys.trust()).retry(patient()));
    let (license, _) = held(&keys);
    assert_eq!(
        failure(&[], || client.activate(&claimant())),
        no_authority(404)
    );
    assert_eq!(
        failure(&[], || client.statuses(&license)),
        no_authority(404)
    );
    let lines: Vec<String> = fake.asked().into_iter().map(|asked| asked.line).collect();
    assert_eq!(
        lines,
        [
            "POST /licensing/api/v1/product/licenses/activate HTTP/1.1",
            "GET /licensing/.well-known/acme/status/1 HTTP/1.1",
        ]
    );
}

fn never_asked(asked: &Asked, _: &mut dyn crate::listener::Stream) -> std::io::Result<()> {
    panic!("asked: {}", asked.line)
}

pub fn no_authority(status: u16) -> Told {
    unreachable(&format!(
        "something answers that is no authority (status {status}); check the network and the address"
    ))
}

pub fn unproven() -> Told {
    unreachable(
        "what answers does not prove to be the authority; check the network, the clock and the \
         certificates that are trusted",
    )
}
