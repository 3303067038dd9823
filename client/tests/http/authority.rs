//! Every endpoint of a real authority, under TLS with a certificate authority of its own.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use countersign::{ActivationRequest, Denial, Nonce, Status, TrustStore};
use countersign_client::{
    Claimant, ClientBuilder, FixedClock, MemoryStorage, Refresh, Session, SessionBuilder,
};
use countersign_server::{Authority, Clock, Database, Opening, Server};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::certificates::Ca;
use crate::documents::{machine, now, product};
use crate::either::{Either, What, Which, failure, patient, with_either};
use crate::listener::{Listener, relay};

with_either!(
    a_seat_is_claimed_renewed_shown_and_given_up,
    what_the_brand_takes_back_is_told_by_every_endpoint,
    a_lost_answer_costs_no_seat,
    who_finds_no_seat_is_told_so,
    a_license_that_asks_for_no_seat_comes_without_a_lease,
    a_machine_without_network_is_activated_by_hand,
    a_session_goes_on_without_its_authority_and_is_healed_by_it,
    a_seat_of_a_session_that_is_given_up_is_another_ones,
);

/// An authority, and the TLS that stands before it.
struct Site {
    server: Option<Server>,
    runtime: Runtime,
    clock: Clock,
    tls: Listener,
    ca: Ca,
    trust: TrustStore,
    url: String,
    api_key: String,
    license: String,
    license_key: String,
    /// How many answers are still to be lost.
    losing: Arc<AtomicU32>,
    _folder: TempDir,
}

impl Site {
    fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let runtime = Runtime::new().unwrap();
        let clock = Clock::fixed(now());
        let authority = Authority::open(&Opening {
            database: Database::Sqlite(folder.path().join("countersign.db")),
            secret: folder.path().join("secret"),
            public_url: "https://licenses.acme.example".to_owned(),
            clock: clock.clone(),
        })
        .unwrap();
        let (server, operator) = runtime.block_on(async {
            let operator = authority.create_operator_key().await.unwrap();
            let server = Server::start(authority, "127.0.0.1:0".parse().unwrap());
            (server.await.unwrap(), operator)
        });
        let port = server.address().port();
        let url = format!("http://127.0.0.1:{port}");

        let brand = json!({"name": "ACME", "slug": "acme"});
        post(&url, "/api/v1/admin/brands", &operator, &brand);
        let scopes = json!({"brand": "acme", "scopes": ["read", "write"]});
        let made = post(&url, "/api/v1/admin/api-keys", &operator, &scopes);
        let api_key = made["key"].as_str().unwrap().to_owned();
        let editor = json!({"name": "ACME Editor", "slug": "editor"});
        post(&url, "/api/v1/brand/products", &api_key, &editor);
        let order = json!({
            "products": ["editor"],
            "customer_email": "ada@example.com",
            "max_seats": 2,
        });
        let sold = post(&url, "/api/v1/brand/licenses/provision", &api_key, &order);
        let mut keys = ureq::get(format!("{url}/.well-known/acme/jwks.json"))
            .call()
            .unwrap();
        let keys = keys.body_mut().read_to_string().unwrap();

        let ca = Ca::new();
        let losing = Arc::new(AtomicU32::new(0));
        let left = losing.clone();
        let tls = Listener::tls(ca.certify("localhost").server, move |asked, stream| {
            let lose = |left: u32| left.checked_sub(1);
            match left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, lose) {
                Ok(_) => relay(port, asked, &mut io::Cursor::new(Vec::new())),
                Err(_) => relay(port, asked, stream),
            }
        });
        Self {
            server: Some(server),
            runtime,
            clock,
            tls,
            ca,
            trust: TrustStore::from_jwks(&keys).unwrap(),
            url,
            api_key,
            license: sold["licenses"][0]["id"].as_str().unwrap().to_owned(),
            license_key: sold["license_key"]["key"].as_str().unwrap().to_owned(),
            losing,
            _folder: folder,
        }
    }

    fn client(&self, which: Which) -> Either {
        let builder = ClientBuilder::new(self.tls.url(), self.trust.clone());
        let builder = builder.only_roots(&self.ca.pem()).unwrap();
        which.build(builder.retry(patient()))
    }

    fn claimant(&self, name: &str) -> Claimant {
        Claimant {
            product: product(),
            license_key: self.license_key.parse().unwrap(),
            instance: machine(name),
        }
    }

    /// Does something to the license, as the brand.
    fn brand(&self, what: &str) {
        let path = format!("/api/v1/brand/licenses/{}/{what}", self.license);
        post(&self.url, &path, &self.api_key, &json!({}));
    }

    fn pass(&self, length: Duration) {
        self.clock.set(now().saturating_add(length));
    }

    /// A session of a machine whose clock is `clock`.
    fn session(&self, clock: &FixedClock) -> Session<MemoryStorage> {
        let builder = SessionBuilder::new(self.trust.clone(), product());
        let clock = countersign_client::Clock::Fixed(clock.clone());
        builder.clock(clock).open(MemoryStorage::new()).unwrap()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            let _ = self.runtime.block_on(server.stop());
        }
    }
}

fn post(url: &str, path: &str, api_key: &str, body: &Value) -> Value {
    let request = ureq::post(format!("{url}{path}")).header("x-api-key", api_key);
    let mut answer = request.send_json(body).unwrap();
    answer.body_mut().read_json().unwrap()
}

const DAY: Duration = Duration::from_secs(86_400);

fn a_seat_is_claimed_renewed_shown_and_given_up(which: Which) {
    let site = Site::start();
    let client = site.client(which);
    let claimant = site.claimant("workstation-1");

    let standing = client.standing(&claimant).unwrap();
    assert_eq!((standing.is_valid, standing.is_activated), (true, false));

    let activation = client.activate(&claimant).unwrap();
    assert_eq!(
        (activation.seats_used, activation.seats_remaining),
        (1, Some(1))
    );
    assert_eq!(activation.license.id.as_str(), site.license);
    assert_eq!(activation.license.product, product());
    let lease = activation.lease.unwrap();
    assert_eq!(
        (&lease.instance, lease.issued_at),
        (&claimant.instance, now())
    );
    let again = client.activate(&claimant).unwrap();
    assert_eq!((again.seats_used, again.seats_remaining), (1, Some(1)));

    let standing = client.standing(&claimant).unwrap();
    assert_eq!((standing.is_valid, standing.is_activated), (true, true));
    assert_eq!(standing.license.seats_remaining, Some(1));

    site.pass(DAY);
    let lease = again.lease.unwrap();
    let renewal = client.renew(&lease).unwrap();
    assert_eq!(renewal.lease.issued_at, now().saturating_add(DAY));
    assert_eq!(renewal.lease.activation_id, lease.activation_id);
    assert_ne!(renewal.lease.nonce, lease.nonce);
    assert_eq!(renewal.license.id, activation.license.id);

    client.deactivate(&renewal.lease).unwrap();
    client.deactivate(&renewal.lease).unwrap();
    let standing = client.standing(&claimant).unwrap();
    assert_eq!((standing.is_valid, standing.is_activated), (true, false));
    let told = failure(&[&site.license_key], || client.renew(&renewal.lease));
    assert_eq!(told.what, What::Refused("seat_lost".to_owned()));
}

fn what_the_brand_takes_back_is_told_by_every_endpoint(which: Which) {
    let site = Site::start();
    let client = site.client(which);
    let claimant = site.claimant("workstation-1");
    let activation = client.activate(&claimant).unwrap();
    let (license, lease) = (activation.license, activation.lease.unwrap());
    let terms = license.status.clone().unwrap();
    let status = || {
        let list = client.statuses(&license).unwrap().unwrap();
        assert_eq!(list.uri, terms.uri);
        list.entries.get(terms.index)
    };
    assert_eq!(status(), Some(Status::Valid));

    site.brand("suspend");
    assert_eq!(status(), Some(Status::Suspended));
    let standing = client.standing(&claimant).unwrap();
    assert_eq!((standing.is_valid, standing.is_activated), (false, true));
    let secrets = [site.license_key.as_str(), lease.as_str()];
    for told in [
        failure(&secrets, || client.activate(&claimant)),
        failure(&secrets, || client.renew(&lease)),
    ] {
        assert_eq!(told.what, What::Refused("suspended".to_owned()), "{told:?}");
    }

    site.brand("resume");
    assert_eq!(status(), Some(Status::Valid));
    assert_eq!(client.activate(&claimant).unwrap().seats_used, 1);
}

fn a_lost_answer_costs_no_seat(which: Which) {
    let site = Site::start();
    let client = site.client(which);
    let claimant = site.claimant("workstation-1");
    site.losing.store(1, Ordering::SeqCst);
    let activation = client.activate(&claimant).unwrap();
    assert_eq!(
        (activation.seats_used, activation.seats_remaining),
        (1, Some(1))
    );
    site.losing.store(2, Ordering::SeqCst);
    let renewal = client.renew(&activation.lease.unwrap()).unwrap();
    assert_eq!(
        client.renew(&renewal.lease).unwrap().license.id,
        renewal.license.id
    );
    assert_eq!(site.tls.asked().len(), 2 + 3 + 1);
}

fn who_finds_no_seat_is_told_so(which: Which) {
    let site = Site::start();
    let client = site.client(which);
    for name in ["workstation-1", "workstation-2"] {
        assert!(
            client
                .activate(&site.claimant(name))
                .unwrap()
                .lease
                .is_some()
        );
    }
    let third = site.claimant("workstation-3");
    let told = failure(&[&site.license_key], || client.activate(&third));
    assert_eq!(told.what, What::Refused("seat_limit_exceeded".to_owned()));
    let mistaken = Claimant {
        license_key: "NOT_SOLD.0001".parse().unwrap(),
        ..third
    };
    let told = failure(&["NOT_SOLD.0001"], || client.activate(&mistaken));
    assert_eq!(told.what, What::Refused("license_key_not_found".to_owned()));
}

fn a_license_that_asks_for_no_seat_comes_without_a_lease(which: Which) {
    let site = Site::start();
    let order = json!({"products": ["editor"], "customer_email": "grace@example.com"});
    let provision = "/api/v1/brand/licenses/provision";
    let sold = post(&site.url, provision, &site.api_key, &order);
    let license_key = sold["license_key"]["key"].as_str().unwrap();
    let claimant = Claimant {
        license_key: license_key.parse().unwrap(),
        ..site.claimant("workstation-1")
    };
    let activation = site.client(which).activate(&claimant).unwrap();
    assert_eq!(activation.license.activation, None);
    assert!(activation.lease.is_none());
}

fn a_machine_without_network_is_activated_by_hand(which: Which) {
    let site = Site::start();
    let client = site.client(which);
    let Claimant {
        product,
        license_key,
        instance,
    } = site.claimant("workstation-1");
    let nonce = Nonce::from_bytes([9; 16]);
    let brand = (product.brand, product.code);
    let request = ActivationRequest::new(brand, license_key, instance.clone(), nonce);
    let answer = client.answer(&request).unwrap();
    let lease = answer.lease.unwrap().verify(&site.trust).unwrap();
    assert_eq!((lease.nonce, &lease.instance), (nonce, &instance));
    let license = answer.license.verify(&site.trust).unwrap();
    assert_eq!(license.id.as_str(), site.license);
    let list = answer.statuses.unwrap().verify(&site.trust).unwrap();
    assert_eq!(list.uri, license.status.clone().unwrap().uri);
    site.brand("suspend");
    let told = failure(&[&site.license_key], || client.answer(&request));
    assert_eq!(told.what, What::Refused("suspended".to_owned()));
}

fn codes(session: &Session<MemoryStorage>) -> Vec<&'static str> {
    let decision = session.decide(&session.run());
    decision.denials().iter().map(Denial::code).collect()
}

fn a_session_goes_on_without_its_authority_and_is_healed_by_it(which: Which) {
    let site = Site::start();
    let client = site.client(which);
    let clock = FixedClock::at(now());
    let session = site.session(&clock);
    assert_eq!(codes(&session), ["not_activated"]);
    let given = client.activate_session(&session, &site.license_key);
    let given = given.unwrap();
    assert_eq!(
        (given.activated, given.renewed, given.statuses),
        (true, false, true)
    );
    assert_eq!(codes(&session), [""; 0]);
    assert_eq!(client.refresh(&session).unwrap(), Refresh::default());

    site.losing.store(u32::MAX, Ordering::SeqCst);
    let told = failure(&[&site.license_key], || client.refresh_now(&session));
    assert_eq!(told.what, What::Unreachable);
    assert_eq!(codes(&session), [""; 0]);
    let year = DAY * 365;
    clock.pass(year);
    assert_eq!(codes(&session), ["lease_ended"]);

    site.pass(year);
    site.losing.store(0, Ordering::SeqCst);
    let healed = client.refresh(&session).unwrap();
    assert_eq!((healed.activated, healed.renewed), (false, true));
    assert_eq!(codes(&session), [""; 0]);
    assert_eq!(session.last_contact_at(), Some(now().saturating_add(year)));
}

fn a_seat_of_a_session_that_is_given_up_is_another_ones(which: Which) {
    let site = Site::start();
    let client = site.client(which);
    let clock = FixedClock::at(now());
    let sessions = [(); 3].map(|()| site.session(&clock));
    let [one, other, third] = &sessions;
    for session in [one, other] {
        let given = client.activate_session(session, &site.license_key);
        assert!(given.unwrap().activated);
    }
    let told = failure(&[&site.license_key], || {
        client.activate_session(third, &site.license_key)
    });
    assert_eq!(told.what, What::Refused("seat_limit_exceeded".to_owned()));
    client.deactivate_session(one).unwrap();
    client.deactivate_session(one).unwrap();
    assert_eq!(codes(one), ["not_activated"]);
    assert!(
        client
            .activate_session(third, &site.license_key)
            .unwrap()
            .activated
    );
    assert_eq!(codes(third), [""; 0]);
}

#[test]
fn a_session_is_renewed_in_the_background_until_it_is_gone() {
    let site = Site::start();
    let client = site.client(Which::Async);
    let clock = FixedClock::at(now());
    let session = Arc::new(site.session(&clock));
    client
        .activate_session(&session, &site.license_key)
        .unwrap();
    let later = DAY * 365;
    clock.pass(later);
    site.pass(later);
    let Either::Async(client, runtime) = client else {
        return;
    };
    runtime.block_on(async {
        let background = tokio::spawn(session.background(client.clone()));
        let renewed_at = now().saturating_add(later);
        let renewed = async {
            while session.last_contact_at() != Some(renewed_at) || !codes(&session).is_empty() {
                tokio::task::yield_now().await;
            }
        };
        let limit = Duration::from_secs(120);
        tokio::time::timeout(limit, renewed).await.unwrap();
        background.abort();
        assert!(background.await.unwrap_err().is_cancelled());
        let of_nobody = session.background(client);
        drop(session);
        of_nobody.await;
    });
}
