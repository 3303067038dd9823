use std::cell::Cell;
use std::fmt;
use std::io;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use countersign::{LicenseError, Product};
use countersign_client::StorageLock;
use uniffi::UnexpectedUniFFICallbackError;

use crate::callbacks;

/// Where a session keeps its state between runs: a few texts, by name.
///
/// A lease and a license key are secrets, so what is kept is for its owner alone to read. While it is
/// called, a session is being changed: it may ask that session for decisions and for what it holds, and
/// for nothing that changes it, nor wait for another thread that does.
///
/// A call that asks an authority calls it on a thread of this library that may wait for a disk, another
/// one each time; all else calls it on the thread of the call.
#[uniffi::export(foreign)]
pub trait Storage: fmt::Debug + Send + Sync {
    /// What was last saved under that name; absent if nothing was.
    fn load(&self, name: String) -> Result<Option<String>, StorageError>;

    /// Replaces what is kept under that name, all of it or nothing.
    fn save(&self, name: String, text: String) -> Result<(), StorageError>;

    /// Waits until this is the only writer among processes. Storage of one process has nothing to
    /// wait for.
    fn lock(&self) -> Result<(), StorageError>;

    /// Lets the next writer go on. Where it fails, what was saved is kept; whatever opens, ticks or
    /// saves a session says so, and what else changes one leaves it to the next that ticks or saves.
    fn unlock(&self) -> Result<(), StorageError>;
}

/// A storage did not do what was asked.
#[derive(Clone, Debug, thiserror::Error, uniffi::Error)]
pub enum StorageError {
    /// It failed: with what the package of the language keeps under that number, to be raised again.
    #[error("{text}")]
    Failed {
        /// The number, if there is one.
        thrown: Option<i64>,
        /// What it said.
        text: String,
    },
    /// What is kept is no text.
    #[error("{text}")]
    Damaged {
        /// What it said.
        text: String,
    },
}

impl From<UnexpectedUniFFICallbackError> for StorageError {
    fn from(error: UnexpectedUniFFICallbackError) -> Self {
        let (thrown, text) = (None, error.reason);
        Self::Failed { thrown, text }
    }
}

impl From<StorageError> for io::Error {
    fn from(error: StorageError) -> Self {
        let kind = match error {
            StorageError::Damaged { .. } => io::ErrorKind::InvalidData,
            StorageError::Failed { .. } => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}

/// A host's own storage, as the client takes it.
#[derive(Clone, Debug)]
pub(crate) struct Bridge(Arc<Bridged>);

#[derive(Debug)]
struct Bridged {
    storage: Arc<dyn Storage>,
    /// What `unlock` failed with, until a call tells it: the client, which drops a lock, has no word
    /// for it.
    failed_unlock: Mutex<Option<StorageError>>,
}

impl Drop for Bridged {
    fn drop(&mut self) {
        // Its language would be told that it is let go of.
        if callbacks::are_ended() {
            mem::forget(self.storage.clone());
        }
    }
}

impl Bridge {
    pub(crate) fn new(storage: Arc<dyn Storage>) -> Self {
        Self(Arc::new(Bridged {
            storage,
            failed_unlock: Mutex::default(),
        }))
    }

    /// Fails as `unlock` did, once, where it failed since this was asked last.
    pub(crate) fn check_unlocked(&self) -> io::Result<()> {
        let mut failed = self.failed_unlock();
        failed.take().map_or(Ok(()), |error| Err(error.into()))
    }

    fn failed_unlock(&self) -> MutexGuard<'_, Option<StorageError>> {
        let failed = self.0.failed_unlock.lock();
        failed.unwrap_or_else(PoisonError::into_inner)
    }
}

impl countersign_client::Storage for Bridge {
    fn load(&self, name: &str) -> io::Result<Option<String>> {
        Ok(inside(|| self.0.storage.load(name.into()))?)
    }

    fn save(&self, name: &str, text: &str) -> io::Result<()> {
        Ok(inside(|| self.0.storage.save(name.into(), text.into()))?)
    }

    fn lock(&self) -> io::Result<StorageLock> {
        inside(|| self.0.storage.lock())?;
        Ok(StorageLock::held(Locked(self.clone())))
    }
}

struct Locked(Bridge);

impl Drop for Locked {
    fn drop(&mut self) {
        if let Err(error) = inside(|| self.0.0.storage.unlock()) {
            self.0.failed_unlock().get_or_insert(error);
        }
    }
}

fn inside<T>(call: impl FnOnce() -> Result<T, StorageError>) -> Result<T, StorageError> {
    let called = callbacks::call(|| {
        let before = INSIDE.replace(true);
        let outcome = call();
        INSIDE.set(before);
        outcome
    });
    called.unwrap_or_else(|| {
        let (thrown, text) = (None, "the process ends".into());
        Err(StorageError::Failed { thrown, text })
    })
}

/// Refuses to change a session while it waits for its storage on this very thread: neither would
/// ever go on.
pub(crate) fn not_inside() -> Result<(), InsideStorage> {
    match INSIDE.get() {
        true => Err(InsideStorage),
        false => Ok(()),
    }
}

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

#[derive(Debug, thiserror::Error)]
#[error("a storage changes no session while it is called by one")]
pub(crate) struct InsideStorage;

/// Keeps texts as files of one folder, which several processes may share. Files are for their owner
/// alone.
#[derive(Debug, uniffi::Object)]
pub struct FileStorage(pub(crate) Arc<countersign_client::FileStorage>);

#[uniffi::export]
impl FileStorage {
    /// Storage in that folder, which is made when something is first saved.
    #[uniffi::constructor]
    pub fn new(folder: String) -> Self {
        Self(Arc::new(countersign_client::FileStorage::at(folder)))
    }
}

/// The folder where this platform keeps the state of a product for this user; absent where the
/// platform says of no such folder, as for a service without a home.
#[uniffi::export]
pub fn user_folder(product: Product) -> Result<Option<String>, LicenseError> {
    let storage = countersign_client::FileStorage::of_user(&product);
    let folder = storage
        .as_ref()
        .and_then(|storage| storage.folder().to_str());
    Ok(folder.map(str::to_owned))
}

/// Keeps texts for as long as it lives: for tests, and for hosts that are started anew each time.
/// Nothing of it outlives the process, and a session says so.
#[derive(Debug, Default, uniffi::Object)]
pub struct MemoryStorage(pub(crate) Arc<countersign_client::MemoryStorage>);

#[uniffi::export]
impl MemoryStorage {
    /// Storage in which nothing is kept yet.
    #[uniffi::constructor]
    pub fn new() -> Self {
        Self::default()
    }
}
