use std::time::Duration;

use ring::hmac;

use crate::fault::{Fault, Flaw};
use crate::json::{self, MAX_INTEGER, Reader};
use crate::keys;
use crate::lease::{Lease, Nonce};
use crate::moment::Moment;
use crate::signed::Verified;

/// What a host's two clocks show at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tick {
    /// The wall clock, which the customer may set.
    pub wall: Moment,
    /// A clock that only ever goes on, from any start; one that counts sleep where there is one.
    pub monotonic: Duration,
}

/// Notices when the host's clock is set back or far ahead, and heals: docs/rules.md, section 4.
///
/// Takes readings as values; its state is a small text that the host keeps between runs: saved
/// after the first reading, every ten minutes, and at exit. A host of short runs that does not save at
/// exit can be started at the same reading of its clock again and again. The guard is for honest
/// users, and no security: who can delete the state can begin anew.
#[derive(Clone, Debug)]
pub struct ClockGuard {
    kept: Kept,
    guarded: bool,
    started: Duration,
    /// Whole seconds of this run that are counted already.
    counted: u64,
    last: Option<Trustworthiness>,
    /// Whether this run has read a wall clock that is not suspect.
    read_plausible: bool,
    /// Seconds of this run that the clock was suspect.
    suspect: u64,
    /// How far back a suspect wall clock was first seen. The seconds of two clocks begin at different
    /// moments, so that later readings differ from it by one, which is no news.
    behind: Option<Duration>,
    /// Trusted time, and what the monotonic clock showed when it came.
    trusted: Option<(Moment, Duration)>,
}

impl ClockGuard {
    /// A guard without state: of a first run, or of a host that has nowhere to keep it. Its readings
    /// say so, with the notice `clock_unguarded`.
    pub fn new(start: Tick) -> Self {
        Self::begin(Kept::default(), false, start)
    }

    /// A guard that takes up the state that [`save`](Self::save) gave, at the start of a run. `key`
    /// is the one it was saved with: any value that belongs to this machine.
    ///
    /// # Errors
    ///
    /// [`DamagedClock`] for a state that was changed, cut short, made longer than 4 KiB, or saved with
    /// another key. The host
    /// must face it; to go on without state is to give the protection up.
    pub fn restore(state: &str, key: &[u8], start: Tick) -> Result<Self, DamagedClock> {
        Ok(Self::begin(Kept::from_text(state, key)?, true, start))
    }

    /// The same guard where its state can be read and not be saved: its readings say so, with the
    /// notice `clock_unguarded`.
    #[must_use]
    pub fn unguarded(self) -> Self {
        Self {
            guarded: false,
            ..self
        }
    }

    /// Takes up what another run saved while this one goes on, where several share one state. That is
    /// no start, and confirms no reading: the later of what both know counts, and suspect time that
    /// both ran through counts once. Where trusted time came to the other run since, that stands.
    ///
    /// # Errors
    ///
    /// As [`restore`](Self::restore); nothing has changed then.
    pub fn take_over(&mut self, state: &str, key: &[u8], tick: Tick) -> Result<(), DamagedClock> {
        let theirs = Kept::from_text(state, key)?;
        self.count(tick);
        self.guarded = true;
        if theirs.heals > self.kept.heals {
            self.kept = theirs;
            (self.suspect, self.behind) = (0, None);
        } else if theirs.heals == self.kept.heals && self.trusted.is_none() {
            let more = theirs.suspect.saturating_sub(self.budget_used());
            self.kept.suspect = self.kept.suspect.saturating_add(more);
            self.kept.learn(theirs);
        }
        Ok(())
    }

    fn begin(mut kept: Kept, guarded: bool, start: Tick) -> Self {
        match kept.candidate {
            Some(candidate) if start.wall < candidate => kept.candidate = Some(start.wall),
            Some(candidate) if start.wall.since(candidate) >= CONFIRMED_AFTER => {
                kept.seen = kept.seen.max(Some(candidate));
                kept.candidate = Some(start.wall);
            }
            Some(_) => {}
            None => kept.candidate = Some(start.wall),
        }
        Self {
            kept,
            guarded,
            started: start.monotonic,
            counted: 0,
            last: None,
            read_plausible: false,
            suspect: 0,
            behind: None,
            trusted: None,
        }
    }

    /// States the latest moment at which any document held now was signed. It may be earlier than
    /// the last one stated, where a newer revision took the place of a license. It counts from `tick`
    /// on: the running time before a document came does not advance it.
    pub fn hold(&mut self, newest: Option<Moment>, tick: Tick) {
        self.count(tick);
        let kept = &mut self.kept;
        let ignored = newest.is_some() && newest <= kept.ignored;
        let advanced = if ignored {
            newest.min(kept.trusted)
        } else if newest >= kept.documents {
            kept.ignored = None;
            newest.max(kept.documents_advanced)
        } else {
            newest
        };
        (kept.documents, kept.documents_advanced) = (newest, advanced);
    }

    /// Whether a document signed at that moment is to be kept: not where it was signed more than 24
    /// hours ahead of trusted time.
    pub fn accepts(&self, issued_at: Moment, tick: Tick) -> bool {
        self.trusted_now(tick)
            .is_none_or(|now| issued_at.since(now) <= MOST_AHEAD)
    }

    /// The moment to apply rules at, and how far the wall clock can be believed.
    pub fn read(&mut self, tick: Tick) -> ClockReading {
        self.count(tick);
        let guarded = self.guarded;
        if let Some(now) = self.trusted_now(tick) {
            self.note(Trustworthiness::Plausible);
            return ClockReading {
                now,
                suspicion: None,
                guarded,
            };
        }
        let floor = self.kept.floor();
        if tick.wall.saturating_add(TOLERANCE) >= floor {
            self.note(Trustworthiness::Plausible);
            return ClockReading {
                now: tick.wall.max(floor),
                suspicion: None,
                guarded,
            };
        }
        self.note(Trustworthiness::Suspect);
        let left = BUDGET.saturating_sub(self.kept.suspect.saturating_add(self.suspect));
        let budget_left = if self.budget_used() < BUDGET { left } else { 0 };
        let behind = floor.since(tick.wall);
        let behind = match self.behind {
            Some(before) if before.abs_diff(behind) <= Duration::from_secs(1) => before,
            _ => behind,
        };
        self.behind = Some(behind);
        let suspicion = Suspicion {
            behind,
            budget_ends_at: floor.saturating_add(Duration::from_secs(budget_left)),
        };
        ClockReading {
            now: floor,
            suspicion: Some(suspicion),
            guarded,
        }
    }

    /// What [`read`](Self::read) would give, without counting the time until then: for threads that
    /// share a guard which one of them reads now and then.
    pub fn peek(&self, tick: Tick) -> ClockReading {
        self.clone().read(tick)
    }

    /// Takes the time from an answer of the authority, if it is the answer to `challenge` and came
    /// within 60 seconds. From then on this run goes by it, and not by the wall clock.
    ///
    /// # Errors
    ///
    /// [`NotFresh`]; nothing has changed then, and the challenge is spent.
    pub fn heal(
        &mut self,
        challenge: Challenge,
        answer: &Verified<Lease>,
        tick: Tick,
    ) -> Result<(), NotFresh> {
        if answer.nonce != challenge.nonce {
            return Err(NotFresh::AnotherNonce);
        }
        if tick.monotonic.saturating_sub(challenge.sent) > ANSWERED_WITHIN {
            return Err(NotFresh::Late);
        }
        self.count(tick);
        let now = answer.issued_at;
        let kept = &mut self.kept;
        if kept.documents_advanced > Some(now) {
            kept.ignored = kept.ignored.max(kept.documents);
            kept.documents_advanced = Some(now);
        }
        kept.trusted = Some(now);
        kept.seen = Some(now);
        kept.candidate = None;
        kept.heals = kept.heals.saturating_add(1).min(MAX_INTEGER.unsigned_abs());
        self.trusted = Some((now, tick.monotonic));
        self.refill();
        self.note(Trustworthiness::Plausible);
        Ok(())
    }

    /// The state as text, with a MAC under `key` that shows damage, and copies to a machine of
    /// another key.
    pub fn save(&self, key: &[u8]) -> String {
        Kept {
            suspect: self.budget_used().min(BUDGET),
            ..self.kept.clone()
        }
        .to_text(key)
    }

    fn trusted_now(&self, tick: Tick) -> Option<Moment> {
        let (moment, since) = self.trusted?;
        Some(moment.saturating_add(tick.monotonic.saturating_sub(since)))
    }

    /// Counts the time since the last reading, as what the clock was then.
    fn count(&mut self, tick: Tick) {
        let elapsed = tick.monotonic.saturating_sub(self.started).as_secs();
        let since = elapsed.saturating_sub(self.counted);
        self.counted = self.counted.max(elapsed);
        self.kept.advance(Duration::from_secs(since));
        match self.last {
            Some(Trustworthiness::Suspect) => self.suspect = self.suspect.saturating_add(since),
            Some(Trustworthiness::Plausible) => {
                let plausible = self.kept.plausible.saturating_add(since);
                self.kept.plausible = plausible.min(REFILLED_AFTER);
                if self.kept.plausible == REFILLED_AFTER {
                    self.refill();
                }
            }
            None => {}
        }
    }

    fn note(&mut self, reading: Trustworthiness) {
        match reading {
            Trustworthiness::Suspect => self.kept.plausible = 0,
            Trustworthiness::Plausible => (self.read_plausible, self.behind) = (true, None),
        }
        self.last = Some(reading);
    }

    fn refill(&mut self) {
        (self.kept.suspect, self.suspect) = (0, 0);
    }

    /// Suspect seconds of all runs, where a run that read no plausible clock counts as a longer one.
    fn budget_used(&self) -> u64 {
        let doubtful = self.last == Some(Trustworthiness::Suspect) && !self.read_plausible;
        let this_run = if doubtful {
            self.suspect.max(LEAST_RUN)
        } else {
            self.suspect
        };
        self.kept.suspect.saturating_add(this_run)
    }
}

/// A moment to evaluate at, and how far the host's clock lay behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockReading {
    pub(crate) now: Moment,
    pub(crate) suspicion: Option<Suspicion>,
    pub(crate) guarded: bool,
}

impl ClockReading {
    /// Takes the host's clock at its word. For servers, whose clock the customer does not set.
    pub const fn trusted(now: Moment) -> Self {
        Self {
            now,
            suspicion: None,
            guarded: true,
        }
    }

    /// The moment that rules are applied at.
    pub fn now(&self) -> Moment {
        self.now
    }

    /// How far the host's clock was set back; zero if it was not.
    pub fn behind(&self) -> Duration {
        self.suspicion
            .map_or(Duration::ZERO, |suspicion| suspicion.behind)
    }
}

/// That the wall clock was set back, and how long that is put up with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Suspicion {
    pub(crate) behind: Duration,
    pub(crate) budget_ends_at: Moment,
}

/// A nonce that this process drew and sent, to know the answer by. It can be spent once.
#[derive(Debug)]
pub struct Challenge {
    nonce: Nonce,
    sent: Duration,
}

impl Challenge {
    /// A challenge sent when the monotonic clock shows `sent`. The caller draws the nonce at random,
    /// for this one request.
    pub fn new(nonce: Nonce, sent: Duration) -> Self {
        Self { nonce, sent }
    }

    /// What is sent.
    pub fn nonce(&self) -> Nonce {
        self.nonce
    }
}

/// The state of a clock guard was changed, cut short, or comes from another machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the state of the clock guard is damaged, or comes from another machine")]
pub struct DamagedClock;

/// An answer does not tell the present time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotFresh {
    /// It answers another request.
    #[error("the answer is to another request")]
    AnotherNonce,
    /// It came more than 60 seconds after the request.
    #[error("the answer came too late to tell the time")]
    Late,
}

/// How far the wall clock can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trustworthiness {
    Plausible,
    Suspect,
}

/// What a guard keeps between runs. Its moments go on with the running time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Kept {
    /// The latest wall reading believed.
    seen: Option<Moment>,
    /// The wall reading of an earlier start, until a later one confirms it.
    candidate: Option<Moment>,
    /// The latest moment any document held was signed at, as it was stated,
    documents: Option<Moment>,
    /// and with the running time since.
    documents_advanced: Option<Moment>,
    /// Documents held when trusted time was earlier than them: up to here they say nothing.
    ignored: Option<Moment>,
    /// The last trusted time.
    trusted: Option<Moment>,
    /// How often trusted time came: of two states of one machine the one with more is the later.
    heals: u64,
    /// Suspect seconds.
    suspect: u64,
    /// Seconds in a row that were not suspect.
    plausible: u64,
}

impl Kept {
    /// The earliest moment that it can be.
    fn floor(&self) -> Moment {
        let floor = self.seen.max(self.documents_advanced).max(self.trusted);
        floor.unwrap_or(Moment::MIN)
    }

    /// The later of each moment; of two candidates theirs, which knew of this one.
    fn learn(&mut self, theirs: Self) {
        self.seen = self.seen.max(theirs.seen);
        self.candidate = theirs.candidate.or(self.candidate);
        self.trusted = self.trusted.max(theirs.trusted);
        self.ignored = self.ignored.max(theirs.ignored);
        let documents = (self.documents, self.documents_advanced);
        (self.documents, self.documents_advanced) =
            documents.max((theirs.documents, theirs.documents_advanced));
    }

    fn advance(&mut self, by: Duration) {
        for moment in [
            &mut self.seen,
            &mut self.documents_advanced,
            &mut self.trusted,
        ] {
            *moment = moment.map(|moment| moment.saturating_add(by));
        }
    }

    fn to_text(&self, key: &[u8]) -> String {
        let unix = |moment: Option<Moment>| moment.map(Moment::unix);
        let mut members = serde_json::Map::new();
        members.insert("ver".into(), VERSION.into());
        let moments = [
            ("seen", self.seen),
            ("candidate", self.candidate),
            ("documents", self.documents),
            ("documents_advanced", self.documents_advanced),
            ("ignored", self.ignored),
            ("trusted", self.trusted),
        ];
        for (name, moment) in moments {
            if let Some(seconds) = unix(moment) {
                members.insert(name.into(), seconds.into());
            }
        }
        if self.heals > 0 {
            members.insert("heals".into(), self.heals.into());
        }
        members.insert("suspect".into(), self.suspect.into());
        members.insert("plausible".into(), self.plausible.into());
        let state = keys::encode(serde_json::Value::Object(members).to_string().as_bytes());
        let tag = hmac::sign(&mac_key(key), state.as_bytes());
        format!("{state}.{}", keys::encode(tag.as_ref()))
    }

    fn from_text(text: &str, key: &[u8]) -> Result<Self, DamagedClock> {
        if text.len() > MAX_STATE_BYTES {
            return Err(DamagedClock);
        }
        let (state, tag) = text.trim().split_once('.').ok_or(DamagedClock)?;
        let tag = keys::decode(tag).map_err(|_| DamagedClock)?;
        hmac::verify(&mac_key(key), state.as_bytes(), &tag).map_err(|_| DamagedClock)?;
        let state = keys::decode(state).map_err(|_| DamagedClock)?;
        json::read(&state, Self::read).map_err(|_| DamagedClock)
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let mut kept = Self::default();
        let number =
            |reader: &mut Reader<'_>| Ok(reader.integer_in(0..=MAX_INTEGER)?.unsigned_abs());
        reader.object(|reader, name| {
            match name {
                "ver" => drop(reader.integer_in(VERSION..=VERSION)?),
                "seen" => kept.seen = Some(reader.moment()?),
                "candidate" => kept.candidate = Some(reader.moment()?),
                "documents" => kept.documents = Some(reader.moment()?),
                "documents_advanced" => kept.documents_advanced = Some(reader.moment()?),
                "ignored" => kept.ignored = Some(reader.moment()?),
                "trusted" => kept.trusted = Some(reader.moment()?),
                "heals" => kept.heals = number(reader)?,
                "suspect" => kept.suspect = number(reader)?,
                "plausible" => kept.plausible = number(reader)?,
                _ => return Err(Fault::new(Flaw::UnknownMember)),
            }
            Ok(())
        })?;
        Ok(kept)
    }
}

fn mac_key(key: &[u8]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, key)
}

/// The version of the state's text.
const VERSION: i64 = 1;
/// The longest state that is read, in bytes: several times the longest that is written.
const MAX_STATE_BYTES: usize = 4096;
/// How far a wall clock may lie behind without suspicion.
const TOLERANCE: Duration = Duration::from_secs(5 * 60);
/// How long a host may run with a suspect clock, in seconds.
const BUDGET: u64 = 72 * 60 * 60;
/// How long a run counts at least that never read a plausible clock, in seconds.
const LEAST_RUN: u64 = 15 * 60;
/// After how much plausible running the budget is whole again, in seconds.
const REFILLED_AFTER: u64 = 60 * 60;
/// How much later another start must be to confirm the reading of one.
const CONFIRMED_AFTER: Duration = Duration::from_secs(24 * 60 * 60);
/// How far ahead of trusted time a document may be signed.
const MOST_AHEAD: Duration = Duration::from_secs(24 * 60 * 60);
/// How soon an answer must come to tell the time.
const ANSWERED_WITHIN: Duration = Duration::from_secs(60);
