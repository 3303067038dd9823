use std::io;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::clock::monotonic;
use crate::storage::{LOCKED_WITHIN, Storage, StorageLock};

/// Which thread of a session writes: one after the other, since a storage need not keep threads apart.
#[derive(Default)]
pub(crate) struct Turns {
    is_taken: Mutex<bool>,
    ended: Condvar,
}

impl Turns {
    /// Waits until no other thread of this session and no other process writes.
    ///
    /// # Errors
    ///
    /// Where that takes longer than `waiting` allows, and where nothing can be written at all.
    pub(super) fn take<S: Storage>(
        &self,
        storage: &S,
        waiting: &mut Waiting,
    ) -> io::Result<Turn<'_>> {
        let taken = waiting.count(|left| self.take_alone(left))?;
        let lock = waiting.count(|left| match left {
            Some(left) => storage.lock_within(left),
            None => storage.lock(),
        })?;
        Ok(Turn {
            _lock: lock,
            _taken: Some(taken),
        })
    }

    fn take_alone(&self, time: Option<Duration>) -> io::Result<Taken<'_>> {
        let is_taken = self.is_taken.lock();
        let is_taken = is_taken.unwrap_or_else(PoisonError::into_inner);
        let mut is_taken = match time {
            Some(time) => {
                let waited = self
                    .ended
                    .wait_timeout_while(is_taken, time, |is_taken| *is_taken);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
            None => {
                let waited = self.ended.wait_while(is_taken, |is_taken| *is_taken);
                waited.unwrap_or_else(PoisonError::into_inner)
            }
        };
        if *is_taken {
            let why = "another thread writes what the session holds";
            return Err(io::Error::new(io::ErrorKind::WouldBlock, why));
        }
        *is_taken = true;
        Ok(Taken(self))
    }
}

/// That no other thread and no other process writes, until it is dropped.
pub(crate) struct Turn<'s> {
    // The next thread waits for no process that this one keeps waiting.
    _lock: StorageLock,
    _taken: Option<Taken<'s>>,
}

impl Turn<'_> {
    /// Of a session that is being opened: no other thread has it yet.
    pub(super) fn of_the_first(lock: StorageLock) -> Self {
        Self {
            _lock: lock,
            _taken: None,
        }
    }
}

struct Taken<'s>(&'s Turns);

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let is_taken = self.0.is_taken.lock();
        *is_taken.unwrap_or_else(PoisonError::into_inner) = false;
        self.0.ended.notify_one();
    }
}

/// How long others who write are still waited for.
pub(crate) struct Waiting {
    /// Nothing where that is left to the storage.
    left: Option<Duration>,
    /// When whoever waits is to be done, by the clock that only goes on.
    ends_at: Option<Duration>,
}

impl Waiting {
    /// As long as the storage does.
    pub(crate) fn as_storage_does() -> Self {
        Self {
            left: None,
            ends_at: None,
        }
    }

    /// No longer than a storage does once, for all that a round writes, whose questions a host sends itself.
    pub(crate) fn of_round() -> Self {
        Self {
            left: Some(LOCKED_WITHIN),
            ends_at: None,
        }
    }

    /// A quarter of what a call lasts at most, and no longer than a storage does once: all else is for the
    /// authority.
    #[cfg(any(feature = "async", feature = "blocking"))]
    pub(crate) fn of_call(lasts: Duration) -> Self {
        Self {
            left: Some(LOCKED_WITHIN.min(lasts / 4)),
            ends_at: Some(monotonic().saturating_add(lasts)),
        }
    }

    /// Has `wait` wait for no longer than is left.
    fn count<T>(&mut self, wait: impl FnOnce(Option<Duration>) -> T) -> T {
        let began = monotonic();
        let ends_in = self.ends_at.map(|at| at.saturating_sub(began));
        let outcome = wait(self.left.map(|left| left.min(ends_in.unwrap_or(left))));
        let waited = monotonic().saturating_sub(began);
        self.left = self.left.map(|left| left.saturating_sub(waited));
        outcome
    }
}
