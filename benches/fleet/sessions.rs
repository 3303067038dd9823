//! Installations as products have them: whole sessions, whose state is saved and opened anew.
//!
//! Each asks by itself what the client says is due, at the moments that the client draws. An authority
//! that is made of the core answers, or does not.

use std::collections::BTreeMap;
use std::error::Error;
use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use countersign::{
    ActivationTerms, Instance, Lease, License, LicenseKey, Moment, Nonce, Product, Signed,
    SigningKey, TrustStore,
};
use countersign_client::exchange::{Request, Response};
use countersign_client::{Clock, FixedClock, Pace, Round, SessionBuilder, Storage};
use serde_json::{Value, json};

use crate::seen::{Chance, END, HOUR, LEASE, Seen, at, seconds};

/// What happens to all sessions.
#[derive(Clone)]
pub struct Fleet {
    pub sessions: u32,
    /// When the authority does not answer, in seconds from the first activation on.
    pub outage: Range<u32>,
    /// When the hour begins in which all are started anew.
    pub restart: u32,
    pub start: Start,
}

/// What a product asks when it is started.
#[derive(Clone, Copy)]
pub enum Start {
    /// What is due, as `background` does.
    WhatIsDue,
    /// Everything, as a person does who presses a button.
    Everything,
}

impl Fleet {
    /// Follows all sessions, on two threads.
    pub fn run(&self) -> Result<Seen, Box<dyn Error>> {
        let half = self.sessions / 2;
        let halves = [0..half, half..self.sessions];
        let seen = thread::scope(|scope| {
            let threads = halves.map(|half| {
                scope.spawn(move || {
                    let mut seen = Seen::new();
                    let mut authority = Authority::new().map_err(|error| error.to_string())?;
                    for number in half {
                        let followed = self.follow(number, &mut authority, &mut seen);
                        followed.map_err(|error| format!("session {number}: {error}"))?;
                    }
                    Ok::<Seen, String>(seen)
                })
            });
            threads.map(|thread| thread.join())
        });
        let mut whole = Seen::new();
        for half in seen {
            whole.add(&half.map_err(|_| "a thread panicked")??);
        }
        Ok(whole)
    }

    /// One session from its activation to the end of the two weeks.
    fn follow(
        &self,
        number: u32,
        authority: &mut Authority,
        seen: &mut Seen,
    ) -> Result<(), Box<dyn Error>> {
        let mut chance = Chance::of(number);
        authority.now = chance.within(HOUR);
        authority.is_gone = false;
        let mut restart = Some(self.restart + chance.within(HOUR));
        let shelf = Arc::new(Shelf::default());
        let clock = FixedClock::at(at(authority.now));
        let open = || {
            SessionBuilder::new(authority_trust()?, product()?)
                .clock(Clock::Fixed(clock.clone()))
                .open(shelf.clone())
                .map_err(Box::<dyn Error>::from)
        };
        let mut session = open()?;
        // The launch is no part of what is counted.
        let license_key: LicenseKey = "ACME-CUSTOM-1".parse()?;
        authority.answer(session.activating(license_key), |_| {})?;
        let mut denied = false;
        loop {
            let asks_at = shelf.asks_at(authority.lease()?)?;
            // As `wait` says, a second passes at least.
            let due_at = asks_at.max(authority.now + 1);
            if let Some(restarts_at) = restart.filter(|restarts_at| *restarts_at < due_at) {
                restart = None;
                clock.pass(seconds(restarts_at - authority.now));
                authority.now = restarts_at;
                authority.is_gone = self.outage.contains(&restarts_at);
                drop(session);
                session = open()?;
                let round = match self.start {
                    Start::WhatIsDue => session.refreshing(),
                    Start::Everything => session.refreshing_now(),
                };
                authority.answer(round, |is_answered| {
                    seen.at_start += 1;
                    seen.count(restarts_at, is_answered);
                })?;
                continue;
            }
            if due_at >= END {
                break;
            }
            clock.pass(seconds(due_at - 1 - authority.now));
            if asks_at == due_at && session.refreshing().asks() {
                return Err(format!("it asks before second {due_at}").into());
            }
            clock.pass(seconds(1));
            authority.now = due_at;
            authority.is_gone = self.outage.contains(&due_at);
            denied |= !session.decide(&session.run()).is_allowed();
            let round = session.refreshing();
            if !round.asks() {
                return Err(format!("it does not ask in second {due_at}").into());
            }
            authority.answer(round, |is_answered| seen.count(due_at, is_answered))?;
        }
        seen.denied += u32::from(denied);
        Ok(())
    }
}

impl Seen {
    fn count(&mut self, second: u32, is_answered: bool) {
        let seconds = match is_answered {
            true => &mut self.answered,
            false => &mut self.in_vain,
        };
        seconds[second as usize] += 1;
    }
}

/// What signs leases on one license, one for each who asks.
struct Authority {
    signer: SigningKey,
    license: Signed<License>,
    product: Product,
    now: u32,
    is_gone: bool,
    leases: u64,
    /// The newest.
    lease: Option<Lease>,
}

impl Authority {
    fn new() -> Result<Self, Box<dyn Error>> {
        let (signer, product) = (signer()?, product()?);
        let mut license = License::new("license".parse()?, product.clone(), at(0));
        license.activation = Some(ActivationTerms::default());
        Ok(Self {
            license: signer.sign(&license)?,
            signer,
            product,
            now: 0,
            is_gone: false,
            leases: 0,
            lease: None,
        })
    }

    fn lease(&self) -> Result<&Lease, Box<dyn Error>> {
        Ok(self.lease.as_ref().ok_or("no lease was given")?)
    }

    /// Answers all questions of a round, and tells of each whether it was answered.
    fn answer<S: Storage>(
        &mut self,
        mut round: Round<'_, S>,
        mut tell: impl FnMut(bool),
    ) -> Result<(), Box<dyn Error>> {
        while round.asks() {
            let question = round.question()?;
            let response = match self.is_gone {
                true => response(503, &Value::Null),
                false => self.respond(question.request())?,
            };
            tell(!self.is_gone);
            round.answered(question.read(&response));
        }
        match (round.finish(), self.is_gone) {
            (Err(error), false) => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn respond(&mut self, request: &Request) -> Result<Response, Box<dyn Error>> {
        let body: Value = serde_json::from_str(request.body.as_deref().unwrap_or_default())?;
        let nonce: Nonce = body["nonce"].as_str().ok_or("no nonce")?.parse()?;
        let instance = match body["instance_identifier"].as_str() {
            Some(value) => Instance::parse("machine", value)?,
            None => self.lease()?.instance.clone(),
        };
        self.leases += 1;
        let lease = Lease::new(
            format!("lease-{}", self.leases),
            "seat".into(),
            (self.product.clone(), "license".parse()?),
            instance,
            (at(self.now), at(self.now + LEASE)),
            nonce,
        );
        let signed = self.signer.sign(&lease)?;
        self.lease = Some(lease);
        Ok(match request.path.ends_with("/activate") {
            true => response(
                201,
                &json!({
                    "activation_id": "seat", "status": "active", "seats_used": 1,
                    "seats_remaining": null, "activated_at": at(self.now),
                    "license": self.license, "lease": signed,
                }),
            ),
            false => response(200, &json!({ "license": self.license, "lease": signed })),
        })
    }
}

fn response(status: u16, body: &Value) -> Response {
    Response {
        status,
        content_type: Some("application/json".into()),
        retry_after: None,
        date: None,
        request_id: None,
        body: body.to_string().into_bytes(),
    }
}

fn product() -> Result<Product, Box<dyn Error>> {
    Ok("acme/editor".parse()?)
}

fn signer() -> Result<SigningKey, Box<dyn Error>> {
    Ok(SigningKey::from_seed(&[1; 32])?)
}

fn authority_trust() -> Result<TrustStore, Box<dyn Error>> {
    Ok(TrustStore::new([signer()?.verifying_key().into()]))
}

/// Where a session's state lies, for the bench to see when it asks next.
#[derive(Default)]
struct Shelf(Mutex<BTreeMap<String, String>>);

impl Shelf {
    /// The second in which a session asks next, by what it has saved.
    fn asks_at(&self, lease: &Lease) -> Result<u32, Box<dyn Error>> {
        let text = self.load("session")?.ok_or("nothing is saved")?;
        let json = text.lines().next().unwrap_or_default();
        let state: Value = serde_json::from_str(json)?;
        let installation: Nonce = serde_json::from_value(state["installation"].clone())?;
        let renewal_at = Pace::of(installation).renewal_at(lease);
        let held_back: Option<Moment> = match &state["held_back"]["until"] {
            Value::Null => None,
            until => Some(serde_json::from_value(until.clone())?),
        };
        let asks_at = Some(renewal_at).max(held_back).unwrap_or(renewal_at);
        Ok(u32::try_from(asks_at.unix() - at(0).unix())?)
    }
}

impl Storage for Shelf {
    fn load(&self, name: &str) -> io::Result<Option<String>> {
        let texts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(texts.get(name).cloned())
    }

    fn save(&self, name: &str, text: &str) -> io::Result<()> {
        let mut texts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        texts.insert(name.to_owned(), text.to_owned());
        Ok(())
    }
}
