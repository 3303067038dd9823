//! An authority without a network, and what a product does with a session.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use countersign::{
    ActivationAnswer, ActivationRequest, ActivationTerms, Decision, Denial, Instance, KeyState,
    Kind, Lease, License, LicenseKey, Moment, Nonce, Product, Revision, Signed, SigningKey, Status,
    StatusList, StatusTerms, Statuses, TrustStore, TrustUpdate, TrustedKey,
};
use countersign_client::exchange::{Request, Response};
use countersign_client::{
    Clock, Error, FixedClock, Refresh, Round, Session, SessionBuilder, Storage,
};
use serde_json::{Value, json};

pub(crate) const HOUR: Duration = Duration::from_secs(60 * 60);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);
pub(crate) const URI: &str = "https://licenses.acme.example/.well-known/acme/status/1";

pub(crate) fn moment(text: &str) -> Moment {
    Moment::from_start(text).unwrap()
}

pub(crate) fn product() -> Product {
    "acme/editor".parse().unwrap()
}

pub(crate) fn license_key() -> LicenseKey {
    "ACME-CUSTOM-1".parse().unwrap()
}

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32]).unwrap()
}

/// What products are released with: a key for documents, and one for trust updates.
pub(crate) fn trust() -> TrustStore {
    TrustStore::new([key(1).verifying_key().into(), trust_key(2)])
}

pub(crate) fn trust_key(seed: u8) -> TrustedKey {
    let mut trusted = TrustedKey::from(key(seed).verifying_key());
    trusted.documents = Some([Kind::TrustUpdate].into());
    trusted
}

pub(crate) fn trust_update(
    sequence: u64,
    signer: u8,
    keys: impl IntoIterator<Item = TrustedKey>,
) -> String {
    let brand = product().brand;
    let update = TrustUpdate::new(brand, moment("2025-01-02"), sequence, keys);
    key(signer).sign(&update).unwrap().as_str().to_owned()
}

pub(crate) fn retired(seed: u8) -> TrustedKey {
    let mut trusted = TrustedKey::from(key(seed).verifying_key());
    trusted.state = KeyState::Retired;
    trusted
}

pub(crate) struct Authority {
    /// The true time.
    pub(crate) clock: TrueTime,
    pub(crate) license: Mutex<License>,
    status: Mutex<Status>,
    /// What it answers in place of the next answers, each once.
    refusals: Mutex<Vec<(u16, &'static str)>>,
    leases: AtomicU32,
    newest: Mutex<Option<String>>,
    /// The paths it was asked for.
    asked: Mutex<Vec<String>>,
    signer: SigningKey,
}

pub(crate) struct TrueTime(Mutex<Moment>);

impl TrueTime {
    pub(crate) fn now(&self) -> Moment {
        *self.0.lock().unwrap()
    }
}

impl Authority {
    /// Of a license of five years, with leases of seven days and a status list.
    pub(crate) fn at(now: Moment) -> Self {
        let mut license = License::new("lic-1".parse().unwrap(), product(), moment("2025-01-01"));
        license.validity = countersign::Window::new(None, Some(moment("2030-01-01"))).unwrap();
        license.activation = Some(ActivationTerms::default());
        license.status = Some(StatusTerms::new(3, URI.into()));
        license
            .entitlements
            .insert("export".parse().unwrap(), Default::default());
        Self {
            clock: TrueTime(Mutex::new(now)),
            license: Mutex::new(license),
            status: Mutex::new(Status::Valid),
            refusals: Mutex::default(),
            leases: AtomicU32::new(0),
            newest: Mutex::default(),
            asked: Mutex::default(),
            signer: key(1),
        }
    }

    /// The same authority, whose next lease is of that number.
    pub(crate) fn counting_from(self, number: u32) -> Self {
        self.leases.store(number, Ordering::SeqCst);
        self
    }

    pub(crate) fn pass(&self, time: Duration) {
        let mut now = self.clock.0.lock().unwrap();
        *now = now.saturating_add(time);
    }

    pub(crate) fn set_status(&self, status: Status) {
        *self.status.lock().unwrap() = status;
    }

    /// Answers the next request with a problem of that code.
    pub(crate) fn refuse_next(&self, status: u16, code: &'static str) {
        self.refusals.lock().unwrap().insert(0, (status, code));
    }

    pub(crate) fn take_back_refusals(&self) {
        self.refusals.lock().unwrap().clear();
    }

    /// The last parts of the paths asked for since this was called last.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    pub(crate) fn signed_license(&self) -> Signed<License> {
        self.signer.sign(&*self.license.lock().unwrap()).unwrap()
    }

    pub(crate) fn lease(&self, instance: Instance, nonce: Nonce) -> Signed<Lease> {
        let license = self.license.lock().unwrap();
        let number = self.leases.fetch_add(1, Ordering::SeqCst);
        let now = self.clock.now();
        let lasts = license.activation.unwrap_or_default().lease();
        let mut lease = Lease::new(
            format!("lease-{number}"),
            "seat-1".into(),
            (license.product.clone(), license.id.clone()),
            instance,
            (now, now.saturating_add(lasts)),
            nonce,
        );
        lease.revision = license.revision;
        *self.newest.lock().unwrap() = Some(lease.id.clone());
        self.signer.sign(&lease).unwrap()
    }

    pub(crate) fn list(&self) -> Signed<StatusList> {
        let mut entries = Statuses::valid(8);
        entries.set(3, *self.status.lock().unwrap()).unwrap();
        let now = self.clock.now();
        let mut list = StatusList::new(product().brand, URI.into(), now, entries);
        list.refresh_after = Some(DAY);
        self.signer.sign(&list).unwrap()
    }

    /// What it answers to a request that a person brings.
    pub(crate) fn answer_by_hand(&self, request: &str) -> String {
        let request: ActivationRequest = request.parse().unwrap();
        assert_eq!(request.license_key, license_key());
        let mut answer = ActivationAnswer::new(self.signed_license());
        answer.lease = Some(self.lease(request.instance, request.nonce));
        answer.statuses = Some(self.list());
        answer.to_string()
    }

    pub(crate) fn answer(&self, request: &Request) -> Response {
        let (_, last) = request.path.rsplit_once('/').unwrap();
        self.asked.lock().unwrap().push(last.to_owned());
        if let Some((status, code)) = self.refusals.lock().unwrap().pop() {
            return response(status, &json!({ "code": code, "status": status }));
        }
        let body: Value = request
            .body
            .as_ref()
            .map(|body| serde_json::from_str(body).unwrap())
            .unwrap_or_default();
        let nonce = || body["nonce"].as_str().unwrap().parse().unwrap();
        match last {
            "activate" => {
                let value = body["instance_identifier"].as_str().unwrap();
                let instance = Instance::parse("machine", value).unwrap();
                assert_eq!(body["license_key"], license_key().as_str());
                let needs_seat = self.license.lock().unwrap().activation.is_some();
                let lease = needs_seat.then(|| self.lease(instance, nonce()));
                response(
                    201,
                    &json!({
                        "activation_id": "seat-1", "status": "active", "seats_used": 1,
                        "seats_remaining": null, "activated_at": self.clock.now(),
                        "license": self.signed_license(), "lease": lease,
                    }),
                )
            }
            "renew-lease" => {
                let held: Signed<Lease> = body["lease"].as_str().unwrap().parse().unwrap();
                let held = held.verify(&trust()).unwrap();
                if self.newest.lock().unwrap().as_ref() != Some(&held.id) {
                    return response(409, &json!({ "code": "seat_shared", "status": 409 }));
                }
                let lease = self.lease(held.instance.clone(), nonce());
                response(
                    200,
                    &json!({ "lease": lease, "license": self.signed_license() }),
                )
            }
            "deactivate" => response(
                200,
                &json!({ "status": "deactivated", "seats_used": 0, "seats_remaining": null }),
            ),
            _ => Response {
                body: self.list().as_str().as_bytes().to_vec(),
                ..response(200, &Value::Null)
            },
        }
    }

    pub(crate) fn raise_revision(&self) {
        let mut license = self.license.lock().unwrap();
        license.revision = license.revision.next().unwrap_or(Revision::FIRST);
    }
}

fn response(status: u16, body: &Value) -> Response {
    let kind = match status {
        200..=299 => "application/json",
        _ => "application/problem+json",
    };
    Response {
        status,
        content_type: Some(kind.into()),
        retry_after: None,
        date: None,
        request_id: None,
        body: body.to_string().into_bytes(),
    }
}

/// What the clients of this crate do, without sending anything.
pub(crate) fn run<S: Storage>(
    mut round: Round<'_, S>,
    authority: &Authority,
) -> Result<Refresh, Error> {
    while round.asks() {
        let answer = round.question().and_then(|exchange| {
            let response = authority.answer(exchange.request());
            exchange.read(&response)
        });
        round.answered(answer);
    }
    round.finish()
}

/// One host: its clock and what it opens sessions with.
pub(crate) struct Host {
    pub(crate) clock: FixedClock,
}

impl Host {
    pub(crate) fn at(now: Moment) -> Self {
        Self {
            clock: FixedClock::at(now),
        }
    }

    pub(crate) fn builder(&self) -> SessionBuilder {
        SessionBuilder::new(trust(), product()).clock(Clock::Fixed(self.clock.clone()))
    }

    pub(crate) fn open<S: Storage>(&self, storage: S) -> Session<S> {
        self.builder().open(storage).unwrap()
    }

    /// Time for the host and the authority alike.
    pub(crate) fn pass(&self, authority: &Authority, time: Duration) {
        self.clock.pass(time);
        authority.pass(time);
    }
}

pub(crate) fn decide<S: Storage>(session: &Session<S>) -> Decision<'static> {
    session.decide(&session.run())
}

pub(crate) fn denials<S: Storage>(session: &Session<S>) -> Vec<&'static str> {
    decide(session).denials().iter().map(Denial::code).collect()
}

pub(crate) fn notices<S: Storage>(session: &Session<S>) -> Vec<&'static str> {
    let decision = decide(session);
    decision
        .notices()
        .iter()
        .map(|notice| notice.code())
        .collect()
}
