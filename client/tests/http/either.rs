//! The two clients as one, so that each test runs with both.

use std::error::Error as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use countersign::protocol::LicenseStanding;
use countersign::{ActivationAnswer, ActivationRequest, Lease, License, StatusList, Verified};
use countersign_client::{
    Activation, Claimant, Client, ClientBuilder, Error, Refresh, Renewal, RetryPolicy, Session,
    Storage, blocking,
};
use tokio::runtime::Runtime;

/// Runs each test with both clients: `with_either!(name_of_test, ...)`, each a function of a
/// [`Which`].
macro_rules! with_either {
    ($($test:ident),+ $(,)?) => {
        mod asynchronous {
            $(
                #[test]
                fn $test() {
                    super::$test($crate::either::Which::Async);
                }
            )+
        }
        mod blocking {
            $(
                #[test]
                fn $test() {
                    super::$test($crate::either::Which::Blocking);
                }
            )+
        }
    };
}
pub(crate) use with_either;

/// The same for tests that measure time, each a function of a [`Which`] and of how much of it there is.
macro_rules! with_either_in_time {
    ($($test:ident),+ $(,)?) => {
        mod asynchronous {
            $(
                #[test]
                fn $test() {
                    let which = $crate::either::Which::Async;
                    $crate::either::in_some_time(|time| super::$test(which, time));
                }
            )+
        }
        mod blocking {
            $(
                #[test]
                fn $test() {
                    let which = $crate::either::Which::Blocking;
                    $crate::either::in_some_time(|time| super::$test(which, time));
                }
            )+
        }
    };
}
pub(crate) use with_either_in_time;

/// Runs a test that measures time, and where it fails again, with more of it: a busy machine holds up one
/// try and not the next, and a slow one is quick enough for a longer one.
pub fn in_some_time(test: impl Fn(Duration)) {
    for seconds in [4, 8, 16] {
        let time = Duration::from_secs(seconds);
        if catch_unwind(AssertUnwindSafe(|| test(time))).is_ok() {
            return;
        }
    }
    test(Duration::from_secs(32));
}

#[derive(Clone, Copy, Debug)]
pub enum Which {
    Async,
    Blocking,
}

impl Which {
    pub fn build(self, builder: ClientBuilder) -> Either {
        match self {
            Self::Async => Either::Async(builder.build().unwrap(), Runtime::new().unwrap()),
            Self::Blocking => Either::Blocking(builder.build_blocking().unwrap()),
        }
    }
}

pub enum Either {
    Async(Client, Runtime),
    Blocking(blocking::Client),
}

macro_rules! ask {
    ($self:ident, $($call:tt)+) => {
        match $self {
            Self::Async(client, runtime) => runtime.block_on(client.$($call)+),
            Self::Blocking(client) => client.$($call)+,
        }
    };
}

impl Either {
    pub fn activate(&self, claimant: &Claimant) -> Result<Activation, Error> {
        ask!(self, activate(claimant))
    }

    pub fn renew(&self, lease: &Verified<Lease>) -> Result<Renewal, Error> {
        ask!(self, renew(lease))
    }

    pub fn standing(&self, claimant: &Claimant) -> Result<LicenseStanding, Error> {
        ask!(self, standing(claimant))
    }

    pub fn deactivate(&self, lease: &Verified<Lease>) -> Result<(), Error> {
        ask!(self, deactivate(lease))
    }

    pub fn statuses(
        &self,
        license: &Verified<License>,
    ) -> Result<Option<Verified<StatusList>>, Error> {
        ask!(self, statuses(license))
    }

    pub fn answer(&self, request: &ActivationRequest) -> Result<ActivationAnswer, Error> {
        ask!(self, answer(request))
    }

    pub fn activate_session<S: Storage>(
        &self,
        session: &Session<S>,
        license_key: &str,
    ) -> Result<Refresh, Error> {
        let license_key = license_key.parse().unwrap();
        match self {
            Self::Async(client, runtime) => runtime.block_on(session.activate(client, license_key)),
            Self::Blocking(client) => session.activate_blocking(client, license_key),
        }
    }

    pub fn refresh<S: Storage>(&self, session: &Session<S>) -> Result<Refresh, Error> {
        match self {
            Self::Async(client, runtime) => runtime.block_on(session.refresh(client)),
            Self::Blocking(client) => session.refresh_blocking(client),
        }
    }

    pub fn refresh_now<S: Storage>(&self, session: &Session<S>) -> Result<Refresh, Error> {
        match self {
            Self::Async(client, runtime) => runtime.block_on(session.refresh_now(client)),
            Self::Blocking(client) => session.refresh_now_blocking(client),
        }
    }

    pub fn deactivate_session<S: Storage>(&self, session: &Session<S>) -> Result<(), Error> {
        match self {
            Self::Async(client, runtime) => runtime.block_on(session.deactivate(client)),
            Self::Blocking(client) => session.deactivate_blocking(client),
        }
    }
}

/// Three attempts, and more time than they take on any machine.
pub fn patient() -> RetryPolicy {
    three_within(Duration::from_secs(60))
}

/// Three attempts within two seconds, for what goes on until somebody leaves.
pub fn impatient() -> RetryPolicy {
    three_within(Duration::from_secs(2))
}

/// Three attempts within that time.
pub fn three_within(time: Duration) -> RetryPolicy {
    let mut policy = RetryPolicy::default();
    policy.first_wait = Duration::from_millis(20);
    policy.give_up_after = time;
    policy
}

/// What an error says to do, and how it says it.
#[derive(Debug, PartialEq, Eq)]
pub struct Told {
    pub what: What,
    pub text: String,
    pub retry_after: Option<u64>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum What {
    /// Decide with the documents at hand, and ask again later.
    Unreachable,
    /// The same, and what answers cannot be believed.
    Untrusted,
    /// Tell the user, with this code.
    Refused(String),
}

pub fn unreachable(text: &str) -> Told {
    told(What::Unreachable, text)
}

pub fn untrusted() -> Told {
    let text = "the answer does not verify with the keys that are trusted; it grants nothing: check the \
                address, and whether a newer release brings newer keys";
    told(What::Untrusted, text)
}

pub fn refused(code: &str, text: &str) -> Told {
    told(What::Refused(code.to_owned()), text)
}

fn told(what: What, text: &str) -> Told {
    Told {
        what,
        text: text.to_owned(),
        retry_after: None,
    }
}

/// What comes of a call that does not take all the time of a patient policy.
pub fn in_time<T>(call: impl FnOnce() -> T) -> T {
    within(patient().give_up_after, call)
}

/// What comes of a call, which ends within `most`.
pub fn within<T>(most: Duration, call: impl FnOnce() -> T) -> T {
    let (answer, lasted) = lasts(call);
    assert!(lasted < most, "{lasted:?}");
    answer
}

/// What comes of a call, and how long it lasts.
#[expect(clippy::disallowed_methods, reason = "measures how long a call lasts")]
pub fn lasts<T>(call: impl FnOnce() -> T) -> (T, Duration) {
    let began = Instant::now();
    let answer = call();
    (answer, began.elapsed())
}

/// What comes of a call that fails: told before a patient policy gives up, and without any of `secrets`.
pub fn failure<T>(secrets: &[&str], call: impl FnOnce() -> Result<T, Error>) -> Told {
    tells(secrets, in_time(call))
}

/// What a call says that fails, without any of `secrets`.
pub fn tells<T>(secrets: &[&str], outcome: Result<T, Error>) -> Told {
    let error = match outcome {
        Ok(_) => panic!("the call succeeded"),
        Err(error) => error,
    };
    let mut texts = format!("{error} {error:?} {:?}", error.refusal());
    let mut next = error.source();
    while let Some(source) = next {
        texts.push_str(&format!(" {source} {source:?}"));
        next = source.source();
    }
    for secret in secrets {
        assert!(!texts.contains(secret), "{texts}");
    }
    let what = match error.refusal() {
        Some(problem) => What::Refused(problem.code.clone()),
        None if error.is_unreachable() => What::Unreachable,
        None if error.is_untrusted() => What::Untrusted,
        None => panic!("no predicate holds of {error:?}"),
    };
    Told {
        what,
        text: error.to_string(),
        retry_after: error.retry_after().map(|wait| wait.as_secs()),
    }
}
