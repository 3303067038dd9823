use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use countersign::{DamagedClock, InvalidNonce, LicenseError, Moment, NotFresh};

use crate::lease::Lease;

/// What a host's two clocks show at one moment.
#[derive(Clone, Copy, Debug, uniffi::Record)]
pub struct Tick {
    /// The wall clock, in seconds since the start of 1970, UTC. The customer may set it to
    /// anything; what lies before 1970 or after the year 9999 counts as the nearest moment.
    pub wall: i64,
    /// A clock that only ever goes on, from any start; one that counts sleep where there is one.
    pub monotonic: Duration,
}

impl From<Tick> for countersign::Tick {
    fn from(tick: Tick) -> Self {
        Self {
            wall: Moment::nearest(tick.wall),
            monotonic: tick.monotonic,
        }
    }
}

/// Notices when the host's clock is set back or far ahead, and heals: docs/rules.md, section 4.
///
/// Its state is a small text that the host keeps between runs: saved after the first reading, every
/// ten minutes, and at exit. It is for honest users, and no security.
#[derive(Debug, uniffi::Object)]
pub struct ClockGuard(Mutex<countersign::ClockGuard>);

#[uniffi::export]
impl ClockGuard {
    /// A guard without state: of a first run, or of a host that has nowhere to keep it. Its readings
    /// say so, with the notice `clock_unguarded`.
    #[uniffi::constructor]
    pub fn new(start: Tick) -> Self {
        Self(countersign::ClockGuard::new(start.into()).into())
    }

    /// A guard that takes up the state that was saved, at the start of a run. The key is the one it
    /// was saved with: any value that belongs to this machine.
    #[uniffi::constructor]
    pub fn restore(state: &str, key: Vec<u8>, start: Tick) -> Result<Self, ClockError> {
        let guard = countersign::ClockGuard::restore(state, &key, start.into())?;
        Ok(Self(guard.into()))
    }

    /// Takes up what another run saved while this one goes on, where several share one state. That is
    /// no start, and confirms no reading: the later of what both know counts, and suspect time that
    /// both ran through counts once. Where trusted time came to the other run since, that stands. What
    /// cannot be taken up changes nothing.
    pub fn take_over(&self, state: &str, key: Vec<u8>, tick: Tick) -> Result<(), ClockError> {
        Ok(self.lock().take_over(state, &key, tick.into())?)
    }

    /// States the latest moment at which any document held now was signed. It may be earlier than
    /// the last one stated, where a newer revision took the place of a license. It counts from the
    /// tick on: the running time before a document came does not advance it.
    pub fn hold(&self, newest: Option<Moment>, tick: Tick) -> Result<(), LicenseError> {
        self.lock().hold(newest, tick.into());
        Ok(())
    }

    /// Whether a document signed at that moment is to be kept: not where it was signed more than 24
    /// hours ahead of trusted time.
    pub fn accepts(&self, issued_at: Moment, tick: Tick) -> Result<bool, LicenseError> {
        Ok(self.lock().accepts(issued_at, tick.into()))
    }

    /// From now on the readings say that the state can be read and not be saved, with the notice
    /// `clock_unguarded`.
    pub fn unguarded(&self) {
        let mut guard = self.lock();
        *guard = guard.clone().unguarded();
    }

    /// What a reading gives at that tick, without counting it.
    pub fn peek(&self, tick: Tick) -> ClockReading {
        ClockReading(self.lock().peek(tick.into()))
    }

    /// The moment to apply rules at, and how far the wall clock can be believed.
    pub fn read(&self, tick: Tick) -> ClockReading {
        ClockReading(self.lock().read(tick.into()))
    }

    /// Takes the time from an answer of the authority, if it is the answer to the challenge and came
    /// within 60 seconds. From then on this run goes by it, and not by the wall clock. The challenge
    /// is spent, whatever comes of it.
    pub fn heal(
        &self,
        challenge: &Challenge,
        answer: &Lease,
        tick: Tick,
    ) -> Result<(), ClockError> {
        // What is spent is answered by nothing.
        let challenge = challenge.take().ok_or(NotFresh::AnotherNonce)?;
        Ok(self.lock().heal(challenge, &answer.0, tick.into())?)
    }

    /// The state as text, with a code under the key that shows damage, and copies to a machine of
    /// another key.
    pub fn save(&self, key: Vec<u8>) -> String {
        self.lock().save(&key)
    }
}

impl ClockGuard {
    fn lock(&self) -> MutexGuard<'_, countersign::ClockGuard> {
        // A guard is whole between any two of its steps, and none of them panics.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A moment to evaluate at, and how far the host's clock lay behind it.
#[derive(Debug, uniffi::Object)]
pub struct ClockReading(pub(crate) countersign::ClockReading);

#[uniffi::export]
impl ClockReading {
    /// Takes the host's clock at its word. For servers, whose clock the customer does not set.
    #[uniffi::constructor]
    pub fn trusted(now: Moment) -> Result<Self, LicenseError> {
        Ok(Self(countersign::ClockReading::trusted(now)))
    }

    /// The moment that rules are applied at.
    pub fn now(&self) -> Moment {
        self.0.now()
    }

    /// How far the host's clock was set back; zero if it was not.
    pub fn behind(&self) -> Duration {
        self.0.behind()
    }
}

/// A nonce that this process drew and sent, to know the answer by. It can be spent once.
#[derive(Debug, uniffi::Object)]
pub struct Challenge(Mutex<Option<countersign::Challenge>>);

#[uniffi::export]
impl Challenge {
    /// A challenge sent when the monotonic clock shows that. The nonce is base64url of 16 bytes that
    /// the caller draws at random, for this one request.
    #[uniffi::constructor]
    pub fn new(nonce: &str, sent: Duration) -> Result<Self, ClockError> {
        let challenge = countersign::Challenge::new(nonce.parse()?, sent);
        Ok(Self(Some(challenge).into()))
    }
}

impl Challenge {
    fn take(&self) -> Option<countersign::Challenge> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What a clock guard cannot take up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum ClockError {
    /// The state was changed, cut short, or comes from another machine. The host must face it; to go
    /// on without state is to give the protection up.
    #[error("{text}")]
    Damaged {
        /// `damaged_clock`.
        code: String,
        /// What is wrong, in one line for people.
        text: String,
    },
    /// The answer does not tell the present time.
    #[error("{text}")]
    NotFresh {
        /// `answer_not_fresh`.
        code: String,
        /// What is wrong, in one line for people.
        text: String,
    },
    /// The text is no nonce.
    #[error("{text}")]
    Nonce {
        /// `invalid_nonce`.
        code: String,
        /// What is wrong, in one line for people.
        text: String,
    },
}

impl From<DamagedClock> for ClockError {
    fn from(error: DamagedClock) -> Self {
        let (code, text) = ("damaged_clock".into(), error.to_string());
        Self::Damaged { code, text }
    }
}

impl From<NotFresh> for ClockError {
    fn from(error: NotFresh) -> Self {
        let (code, text) = ("answer_not_fresh".into(), error.to_string());
        Self::NotFresh { code, text }
    }
}

impl From<InvalidNonce> for ClockError {
    fn from(error: InvalidNonce) -> Self {
        let (code, text) = ("invalid_nonce".into(), error.to_string());
        Self::Nonce { code, text }
    }
}
