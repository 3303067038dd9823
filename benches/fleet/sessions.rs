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
use countersign_client::{Clock, FixedClock, Pace, Round, Session, SessionBuilder, Storage};
use serde_json::{Value, json};

use crate::seen::{Chance, END, HOUR, LEASE, Seen, at, seconds};
use crate::world::{Asking, Draws, Lists, Papers, World};

/// What happens to all sessions.
#[derive(Clone)]
pub struct Fleet {
    pub sessions: u32,
    /// When the authority does not answer, in seconds from the first activation on.
    pub outage: Range<u32>,
    /// When the hour begins in which all are started anew.
    pub restart: u32,
    /// Whether each is a whole session all its life, and not only around its start: from the last answer
    /// before it until what it holds says when it asks from then on.
    pub is_whole: bool,
}

/// What arrives of a fleet whose sessions are started anew.
#[derive(Clone)]
pub struct Started {
    /// Where each asks what is due, as `background` does.
    pub asking_what_is_due: Seen,
    /// Where each asks everything at its start, as a person does who presses a button.
    pub asking_everything: Seen,
}

impl Started {
    fn new() -> Self {
        Self {
            asking_what_is_due: Seen::new(),
            asking_everything: Seen::new(),
        }
    }

    fn add(&mut self, other: &Self) {
        self.asking_what_is_due.add(&other.asking_what_is_due);
        self.asking_everything.add(&other.asking_everything);
    }

    fn both(&mut self) -> [&mut Seen; 2] {
        [&mut self.asking_what_is_due, &mut self.asking_everything]
    }
}

impl Fleet {
    /// Follows all sessions, on two threads.
    pub fn run(&self) -> Result<Started, Box<dyn Error>> {
        let half = self.sessions / 2;
        let halves = [0..half, half..self.sessions];
        let seen = thread::scope(|scope| {
            let threads = halves.map(|half| {
                scope.spawn(move || {
                    let mut seen = Started::new();
                    let mut authority = Authority::new().map_err(|error| error.to_string())?;
                    let mut papers = Papers::new().map_err(|error| error.to_string())?;
                    for number in half {
                        let followed = self.follow(number, &mut authority, &mut papers, &mut seen);
                        followed.map_err(|error| format!("session {number}: {error}"))?;
                    }
                    Ok::<Started, String>(seen)
                })
            });
            threads.map(|thread| thread.join())
        });
        let mut whole = Started::new();
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
        papers: &mut Papers,
        seen: &mut Started,
    ) -> Result<(), Box<dyn Error>> {
        let mut chance = Chance::of(number);
        let activated_at = chance.within(HOUR);
        let restarts_at = self.restart + chance.within(HOUR);
        let world = World {
            sessions: self.sessions,
            lists: Lists::None,
            outage: self.outage.clone(),
            draws: Draws::ByPace,
        };
        let shelf = Arc::new(Shelf::default());
        let clock = FixedClock::at(at(activated_at));
        let (trust, product) = (authority.trust.clone(), authority.product.clone());
        let open = || {
            SessionBuilder::new(trust.clone(), product.clone())
                .clock(Clock::Fixed(clock.clone()))
                .open(shelf.clone())
                .map_err(Box::<dyn Error>::from)
        };
        let session = open()?;
        // Of the answers before the last one nothing is left in what it holds.
        let pace = shelf.kept()?.pace;
        let mut answered_at = activated_at;
        if !self.is_whole {
            loop {
                let next_at = world.renewal_at(number, answered_at, papers, &pace);
                if next_at > restarts_at || self.outage.contains(&next_at) {
                    break;
                }
                for seen in seen.both() {
                    seen.count(next_at, true);
                }
                answered_at = next_at;
            }
        }
        clock.pass(seconds(answered_at - activated_at));
        (authority.number, authority.now, authority.is_gone) = (number, answered_at, false);
        // The launch is no part of what is counted.
        let license_key: LicenseKey = "ACME-CUSTOM-1".parse()?;
        authority.answer(session.activating(license_key), |_| {})?;
        let life = Life {
            outage: &self.outage,
            shelf: &shelf,
            clock: &clock,
        };
        let mut denied = life.go_on(&session, restarts_at, authority, &mut seen.both())?;

        clock.pass(seconds(restarts_at - authority.now));
        authority.now = restarts_at;
        authority.is_gone = self.outage.contains(&restarts_at);
        drop(session);
        let session = open()?;
        denied |= !session.decide(&session.run()).is_allowed();
        let mut asking = life.asking(number, chance, authority.lease()?)?;
        authority.answer(session.refreshing(), |is_answered| {
            seen.asking_what_is_due.at_start += 1;
            seen.asking_what_is_due.count(restarts_at, is_answered);
        })?;
        // The other asks now, and goes on from the answer.
        let mut impatient = asking.clone();
        if !authority.is_gone {
            let pace = &asking.pace;
            impatient.renewal_at = world.renewal_at(number, restarts_at, papers, pace);
            impatient.lease_ends_at = restarts_at + LEASE;
            (impatient.failures, impatient.held_back) = (0, 0);
        }
        seen.asking_everything.at_start += 1;
        seen.asking_everything
            .count(restarts_at, !authority.is_gone);
        world.go_on(impatient, papers, &mut seen.asking_everything);

        let due = &mut seen.asking_what_is_due;
        if self.is_whole {
            denied |= life.go_on(&session, END, authority, &mut [due])?;
        }
        asking = life.asking(number, asking.chance, authority.lease()?)?;
        let is_tried = number.is_multiple_of(TRIED);
        if is_tried && asking.next_at() < END {
            drop(life.due(&session, asking.next_at(), authority.now)?);
        }
        if is_tried && !session.refreshing_now().asks() {
            return Err("a person who presses a button asks nothing".into());
        }
        world.go_on(asking, papers, due);
        seen.asking_what_is_due.denied += u32::from(denied);
        Ok(())
    }
}

/// What the time brings to a session.
struct Life<'a> {
    outage: &'a Range<u32>,
    shelf: &'a Shelf,
    clock: &'a FixedClock,
}

impl Life<'_> {
    /// Has a session ask what is due until `end`, and says whether it was denied.
    fn go_on<S: Storage>(
        &self,
        session: &Session<S>,
        end: u32,
        authority: &mut Authority,
        seen: &mut [&mut Seen],
    ) -> Result<bool, Box<dyn Error>> {
        let mut denied = false;
        loop {
            let asks_at = self.shelf.asks_at(authority.lease()?)?;
            // As `wait` says, a second passes at least.
            let due_at = asks_at.max(authority.now + 1);
            if due_at > end || due_at >= END {
                return Ok(denied);
            }
            let round = self.due(session, due_at, authority.now)?;
            authority.now = due_at;
            authority.is_gone = self.outage.contains(&due_at);
            denied |= !session.decide(&session.run()).is_allowed();
            authority.answer(round, |is_answered| {
                for seen in seen.iter_mut() {
                    seen.count(due_at, is_answered);
                }
            })?;
        }
    }

    /// Lets the time pass from `now` on, and sees that a session asks at `due_at`, and not before.
    fn due<'s, S: Storage>(
        &self,
        session: &'s Session<S>,
        due_at: u32,
        now: u32,
    ) -> Result<Round<'s, S>, Box<dyn Error>> {
        if due_at > now + 1 {
            self.clock.pass(seconds(due_at - 1 - now));
            if session.refreshing().asks() {
                return Err(format!("it asks before second {due_at}").into());
            }
        }
        self.clock.pass(seconds(due_at.saturating_sub(now).min(1)));
        let round = session.refreshing();
        match round.asks() {
            true => Ok(round),
            false => Err(format!("it does not ask in second {due_at}").into()),
        }
    }

    /// When a session asks from now on, by what it has saved.
    fn asking(&self, number: u32, chance: Chance, lease: &Lease) -> Result<Asking, Box<dyn Error>> {
        let kept = self.shelf.kept()?;
        Ok(Asking {
            number,
            renewal_at: since_start(kept.pace.renewal_at(lease))?,
            pace: kept.pace,
            chance,
            lease_ends_at: since_start(lease.ends_at)?,
            list_at: END,
            failures: kept.failures,
            held_back: kept.held_back.map_or(Ok(0), since_start)?,
        })
    }
}

fn since_start(moment: Moment) -> Result<u32, Box<dyn Error>> {
    Ok(u32::try_from(moment.unix() - at(0).unix())?)
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
    trust: TrustStore,
    license: Signed<License>,
    product: Product,
    /// Of the session that asks.
    number: u32,
    now: u32,
    is_gone: bool,
    /// The newest.
    lease: Option<Lease>,
}

impl Authority {
    fn new() -> Result<Self, Box<dyn Error>> {
        let signer = SigningKey::from_seed(&[1; 32])?;
        let product: Product = "acme/editor".parse()?;
        let mut license = License::new("license".parse()?, product.clone(), at(0));
        license.activation = Some(ActivationTerms::default());
        Ok(Self {
            license: signer.sign(&license)?,
            trust: TrustStore::new([signer.verifying_key().into()]),
            signer,
            product,
            number: 0,
            now: 0,
            is_gone: false,
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
        let lease = Lease::new(
            // As those of whom no lease is signed have it, so that both draw the same.
            format!("{}-{}", self.number, self.now),
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

/// Each so many sessions are seen to ask when what they have saved says so.
const TRIED: u32 = 50;

/// Where a session's state lies, for the bench to see when it asks next.
#[derive(Default)]
struct Shelf(Mutex<BTreeMap<String, String>>);

/// What of it says when a session asks next.
struct Kept {
    pace: Pace,
    failures: u32,
    held_back: Option<Moment>,
}

impl Shelf {
    fn kept(&self) -> Result<Kept, Box<dyn Error>> {
        let text = self.load("session")?.ok_or("nothing is saved")?;
        let json = text.lines().next().unwrap_or_default();
        let state: Value = serde_json::from_str(json)?;
        let installation: Nonce = serde_json::from_value(state["installation"].clone())?;
        let held_back = &state["held_back"];
        Ok(Kept {
            pace: Pace::of(installation),
            failures: serde_json::from_value::<Option<u32>>(held_back["failures"].clone())?
                .unwrap_or(0),
            held_back: serde_json::from_value(held_back["until"].clone())?,
        })
    }

    /// The second in which a session asks next, by what it has saved.
    fn asks_at(&self, lease: &Lease) -> Result<u32, Box<dyn Error>> {
        let kept = self.kept()?;
        let renewal_at = kept.pace.renewal_at(lease);
        let asks_at = kept
            .held_back
            .map_or(renewal_at, |until| until.max(renewal_at));
        since_start(asks_at)
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
