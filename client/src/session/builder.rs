use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::ArcSwap;
use countersign::{ClockGuard, Instance, Product, Tick, TrustStore};

use crate::clock::Clock;
use crate::documents::Documents;
use crate::entropy;
use crate::keeper::{Keeper, guard_of};
use crate::machine::Signals;
use crate::session::turn::{Turn, Turns};
use crate::session::writing::{SAVED_EVERY, STATE};
use crate::session::{Session, Shared};
use crate::shares::Shares;
use crate::state::{ListKept, State, Unreadable};
use crate::storage::{Storage, find_list};

/// What a session is opened with.
#[derive(Clone, Debug)]
pub struct SessionBuilder {
    trust: TrustStore,
    product: Product,
    clock: Clock,
    instance: Option<Instance>,
    signals: Option<Signals>,
    notice_before: Option<Vec<Duration>>,
    begins_anew: bool,
}

impl SessionBuilder {
    /// A session of `product` that trusts the keys that the product was released with.
    pub fn new(trust: TrustStore, product: Product) -> Self {
        Self {
            trust,
            product,
            clock: Clock::Machine,
            instance: None,
            signals: None,
            notice_before: None,
            begins_anew: false,
        }
    }

    /// Takes the time from `clock`.
    #[must_use]
    pub fn clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// The instance that takes a seat, such as the domain of a web site, or an id that a container was
    /// given: [`machine`](crate::machine). Several may share one storage: each has a seat of its own, and
    /// one that is new there takes it with the license key that is held. Of more than 256, one that was not
    /// running takes its seat anew when it starts again. One that gave its seat up takes
    /// none until a license key is typed for it, whatever license the others turn to.
    #[must_use]
    pub fn instance(self, instance: Instance) -> Self {
        Self {
            instance: Some(instance),
            ..self
        }
    }

    /// What this machine is known by, so that a copy of the state on another machine is seen.
    #[must_use]
    pub fn signals(self, signals: Signals) -> Self {
        Self {
            signals: Some(signals),
            ..self
        }
    }

    /// How long before an end notices begin, in place of
    /// [`Context::NOTICE_BEFORE`](countersign::Context::NOTICE_BEFORE).
    #[must_use]
    pub fn notice_before(self, thresholds: Vec<Duration>) -> Self {
        Self {
            notice_before: Some(thresholds),
            ..self
        }
    }

    /// Begins anew where what is kept is damaged, or of another product or version: license, lease and
    /// the protection of the clock are given up. What a host does after it told its user.
    #[must_use]
    pub fn begin_anew(self) -> Self {
        Self {
            begins_anew: true,
            ..self
        }
    }

    /// Opens the session.
    ///
    /// # Errors
    ///
    /// As [`Session::open`].
    pub fn open<S: Storage>(self, storage: S) -> Result<Session<S>, OpenError> {
        let lock = storage.lock().map(Turn::of_the_first);
        let tick = self.clock.tick();
        let begin = || {
            let installation = entropy::draw().map_err(OpenError::Randomness)?;
            Ok(State::new(self.product.clone(), installation))
        };
        let anew = || Ok((begin()?, ClockGuard::new(tick)));
        let mut loaded = self.load(&storage, tick);
        if let Ok(None) = loaded
            && lock.is_ok()
            && storage.save_first(STATE, &begin()?.to_text()).is_ok()
        {
            // This one's or, where another process starts at the same time, that one's.
            loaded = self.load(&storage, tick);
        }
        let kept = loaded.as_ref().ok().and_then(Option::as_ref);
        let mut kept = kept.map(|(state, _)| state.clone());
        let (mut state, mut guard) = match loaded {
            Ok(Some(kept)) => kept,
            Ok(None) => anew()?,
            Err(OpenError::Storage(error)) => return Err(OpenError::Storage(error)),
            Err(_) if self.begins_anew => anew()?,
            Err(error) => return Err(error),
        };
        if let Some(signals) = &self.signals {
            if signals.is_of(&state.signals) {
                signals.keep_in(&mut state.signals);
            } else {
                // What the other machine's clock showed says nothing of this one's.
                state.installation = begin()?.installation;
                state.forget_machine();
                state.moved = true;
                state.generation += 1;
                state.signals.clear();
                signals.keep_in(&mut state.signals);
                guard = ClockGuard::new(tick);
            }
        }
        let is_stated = self.instance.is_some();
        let instance = match self.instance {
            Some(instance) => instance,
            None => state.instance().ok_or(damaged(STATE))?,
        };
        if let Some(kept) = &mut kept {
            kept.turn_to(&instance);
        }
        state.turn_to(&instance);
        let find = |kept: &ListKept, _: &TrustStore| find_list(&storage, &kept.name());
        let documents = Documents::of(&state, &self.trust, find);
        let mut keeper = Keeper {
            kept,
            state,
            documents,
            shares: Shares::default(),
            guard,
            instance,
            is_stated,
            unsaved_lists: Vec::new(),
            unsaved: true,
            is_saved: true,
            has_saved_lists: true,
            outlives_process: storage.outlives_process(),
            save_at: tick.monotonic.saturating_add(SAVED_EVERY),
        };
        keeper.settle(tick);
        let shared = Shared {
            storage,
            product: self.product,
            embedded: self.trust,
            clock: self.clock,
            notice_before: self.notice_before,
            snapshot: ArcSwap::from_pointee(keeper.snapshot()),
            keeper: Mutex::new(keeper),
            turns: Turns::default(),
            abandoned: Mutex::default(),
        };
        let session = Session {
            shared: Arc::new(shared),
            is_own: true,
        };
        let mut keeper = session.keeper();
        // `is_kept` tells.
        let _ = session.keep(&mut keeper, tick, lock);
        drop(keeper);
        Ok(session)
    }

    fn load(&self, storage: &impl Storage, tick: Tick) -> Result<Option<Kept>, OpenError> {
        let Some(text) = read(storage, STATE)? else {
            return Ok(None);
        };
        let state = State::from_text(&text).map_err(|unreadable| match unreadable {
            Unreadable::Damaged => damaged(STATE),
            Unreadable::Version(found) => OpenError::Version { found },
        })?;
        if state.product != self.product {
            return Err(OpenError::AnotherProduct {
                held: state.product,
            });
        }
        let guard = guard_of(&state, tick).map_err(|_| damaged(STATE))?;
        Ok(Some((state, guard)))
    }
}

type Kept = (State, ClockGuard);

fn read(storage: &impl Storage, name: &'static str) -> Result<Option<String>, OpenError> {
    storage.load(name).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => OpenError::Damaged {
            name,
            cause: Some(error),
        },
        _ => OpenError::Storage(error),
    })
}

fn damaged(name: &'static str) -> OpenError {
    OpenError::Damaged { name, cause: None }
}

/// A session cannot take up where the last run left off.
///
/// Each is for the host to face, and none means that there is no license:
/// [`SessionBuilder::begin_anew`] gives up what is kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// What is kept was changed or cut short.
    #[error("what is kept under `{name}` is damaged: restore it, or begin anew and activate again")]
    Damaged {
        /// The name in the storage.
        name: &'static str,
        /// Why it is no text, where it is none.
        #[source]
        cause: Option<io::Error>,
    },
    /// What is kept was written by a newer release.
    #[error(
        "what is kept under `session` is of version {found}, which this release cannot read: use the newer release, \
         or begin anew and activate again"
    )]
    Version {
        /// The version.
        found: u32,
    },
    /// What is kept is another product's.
    #[error(
        "what is kept under `session` is of `{held}`: keep each product's state in a place of its own"
    )]
    AnotherProduct {
        /// That product.
        held: Product,
    },
    /// What is kept cannot be read; the source says what that is and why.
    #[error("what is kept cannot be read")]
    Storage(#[source] io::Error),
    /// The system gave no random numbers.
    #[error("no random number can be drawn")]
    Randomness(#[source] io::Error),
}
