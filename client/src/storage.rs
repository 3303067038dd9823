use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

mod file;
mod lost_list;

pub use file::FileStorage;
pub use lost_list::LostList;
pub(crate) use lost_list::find_list;

/// Where a session keeps its state between runs: a few texts, by name.
///
/// Documents are signed, so nobody gains by changing them; a lease is a bearer secret and a license
/// key one as well, so what is kept is for its owner alone to read.
pub trait Storage: Send + Sync + 'static {
    /// What was last saved under `name`; `None` if nothing was.
    ///
    /// # Errors
    ///
    /// Where it cannot be told. [`io::ErrorKind::InvalidData`] says that what is there is no text:
    /// a session takes it for damaged.
    fn load(&self, name: &str) -> io::Result<Option<String>>;

    /// Replaces what is kept under `name`, all of it or nothing: whoever loads it meanwhile, and after
    /// a crash, gets the one text or the other. It lasts from then on.
    ///
    /// # Errors
    ///
    /// Where it cannot be kept: the one before is kept still.
    fn save(&self, name: &str, text: &str) -> io::Result<()>;

    /// Keeps `text` under `name` where nothing is kept yet; whether it did. Of two that do so at once,
    /// one keeps its text.
    ///
    /// This one looks and then saves, which is enough where [`lock`](Self::lock) keeps others out:
    /// implement it where that cannot.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load) and [`save`](Self::save).
    fn save_first(&self, name: &str, text: &str) -> io::Result<bool> {
        if self.load(name)?.is_some() {
            return Ok(false);
        }
        self.save(name, text)?;
        Ok(true)
    }

    /// Waits until this is the only writer among processes, and is so until the value is dropped.
    /// Storage of one process has nothing to wait for.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::WouldBlock`] where another one writes for too long, and where nothing can be
    /// written at all.
    fn lock(&self) -> io::Result<StorageLock> {
        Ok(StorageLock::none())
    }

    /// As [`lock`](Self::lock), for `time` at most: a session that asks its authority has a part of the
    /// call's time for it, and tries once where nothing of that is left.
    ///
    /// This one waits as long as [`lock`](Self::lock) does: implement it where that may be long.
    ///
    /// # Errors
    ///
    /// As [`lock`](Self::lock).
    fn lock_within(&self, time: Duration) -> io::Result<StorageLock> {
        let _ = time;
        self.lock()
    }

    /// Whether what is saved is there after this process has ended, as it is unless stated. Where it is
    /// not, a session says that nothing is kept, and that its clock is not guarded.
    fn outlives_process(&self) -> bool {
        true
    }
}

impl<S: Storage + ?Sized> Storage for std::sync::Arc<S> {
    fn load(&self, name: &str) -> io::Result<Option<String>> {
        (**self).load(name)
    }

    fn save(&self, name: &str, text: &str) -> io::Result<()> {
        (**self).save(name, text)
    }

    fn save_first(&self, name: &str, text: &str) -> io::Result<bool> {
        (**self).save_first(name, text)
    }

    fn lock(&self) -> io::Result<StorageLock> {
        (**self).lock()
    }

    fn lock_within(&self, time: Duration) -> io::Result<StorageLock> {
        (**self).lock_within(time)
    }

    fn outlives_process(&self) -> bool {
        (**self).outlives_process()
    }
}

/// The longest that this crate's own storage waits for another process that writes.
pub(crate) const LOCKED_WITHIN: Duration = Duration::from_millis(2500);

/// That nobody else writes, until it is dropped.
pub struct StorageLock {
    _held: Option<Box<dyn Any + Send>>,
}

impl StorageLock {
    /// Of storage that has one writer anyway.
    pub fn none() -> Self {
        Self { _held: None }
    }

    /// Ends when `held` is dropped.
    pub fn held(held: impl Any + Send) -> Self {
        Self {
            _held: Some(Box::new(held)),
        }
    }
}

impl fmt::Debug for StorageLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StorageLock")
    }
}

/// Keeps texts for as long as it lives: for tests, and for hosts that are started anew each time.
///
/// Nothing of it outlives the process: [`Session::is_kept`](crate::Session::is_kept) is false, and the
/// notice `clock_unguarded` stands in every decision.
#[derive(Default)]
pub struct MemoryStorage(Mutex<BTreeMap<String, String>>);

impl MemoryStorage {
    /// Storage in which nothing is kept yet.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Storage for MemoryStorage {
    fn load(&self, name: &str) -> io::Result<Option<String>> {
        let texts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(texts.get(name).cloned())
    }

    fn save(&self, name: &str, text: &str) -> io::Result<()> {
        let mut texts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        texts.insert(name.to_owned(), text.to_owned());
        Ok(())
    }

    fn save_first(&self, name: &str, text: &str) -> io::Result<bool> {
        let mut texts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = !texts.contains_key(name);
        if is_first {
            texts.insert(name.to_owned(), text.to_owned());
        }
        Ok(is_first)
    }

    fn outlives_process(&self) -> bool {
        false
    }
}

/// What it keeps is secret.
impl fmt::Debug for MemoryStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryStorage")
    }
}
