use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use countersign_client::{Storage, StorageLock};

/// The storage of one session, until that session ends: from then on it is not called, whoever holds on
/// to the session still.
#[derive(Clone)]
pub(crate) struct Ending {
    storage: Arc<dyn Storage>,
    has_ended: Arc<AtomicBool>,
}

impl Ending {
    pub(crate) fn new(storage: Arc<dyn Storage>) -> Self {
        let has_ended = Arc::default();
        Self { storage, has_ended }
    }

    /// What is locked just now is let go of still.
    pub(crate) fn end(&self) {
        self.has_ended.store(true, Ordering::SeqCst);
    }

    fn until_the_end(&self) -> io::Result<&dyn Storage> {
        match self.has_ended.load(Ordering::SeqCst) {
            true => Err(io::Error::other("the session has ended")),
            false => Ok(&*self.storage),
        }
    }
}

impl Storage for Ending {
    fn load(&self, name: &str) -> io::Result<Option<String>> {
        self.until_the_end()?.load(name)
    }

    fn save(&self, name: &str, text: &str) -> io::Result<()> {
        self.until_the_end()?.save(name, text)
    }

    fn save_first(&self, name: &str, text: &str) -> io::Result<bool> {
        self.until_the_end()?.save_first(name, text)
    }

    fn lock(&self) -> io::Result<StorageLock> {
        self.until_the_end()?.lock()
    }

    fn lock_within(&self, time: Duration) -> io::Result<StorageLock> {
        self.until_the_end()?.lock_within(time)
    }

    fn outlives_process(&self) -> bool {
        self.storage.outlives_process()
    }
}

impl fmt::Debug for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ending").finish_non_exhaustive()
    }
}
