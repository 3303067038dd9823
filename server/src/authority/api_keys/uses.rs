use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use countersign::Moment;
use quick_cache::sync::Cache;

use crate::authority::{Authority, Inner, Refusal};
use crate::store::api_keys::ApiKey;
use crate::store::{Scope, Tx};

use super::draw::API_KEY;

/// When each API key was used last in this process.
pub(in crate::authority) struct KeyUses {
    /// As many as there are keys.
    of_key: Mutex<HashMap<String, KeyUse>>,
    /// The hashes of keys that were in force lately.
    familiar: Cache<[u8; 32], ()>,
}

impl Default for KeyUses {
    fn default() -> Self {
        Self {
            of_key: Mutex::default(),
            familiar: Cache::new(MOST_FAMILIAR),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct KeyUse {
    used_at: Moment,
    written_at: Moment,
}

impl KeyUses {
    /// Notes that a key was in force.
    pub(super) fn welcome(&self, hash: [u8; 32]) {
        self.familiar.insert(hash, ());
    }

    /// Notes a use, and says whether it is to be written down.
    fn note(&self, id: &str, now: Moment) -> bool {
        let mut uses = self.lock();
        let Some(known) = uses.get_mut(id) else {
            let first = KeyUse {
                used_at: now,
                written_at: now,
            };
            uses.insert(id.to_owned(), first);
            return true;
        };
        known.used_at = known.used_at.max(now);
        let is_due = now.since(known.written_at) >= BETWEEN_NOTES;
        if is_due {
            known.written_at = now;
        }
        is_due
    }

    fn last(&self, id: &str) -> Option<Moment> {
        self.lock().get(id).map(|known| known.used_at)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, KeyUse>> {
        self.of_key.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Authority {
    /// Whether a key was in force lately, so that it is hardly one that somebody tries.
    pub(crate) fn is_familiar(&self, key: &str) -> bool {
        let hash = self.inner.secret.hash(API_KEY, &[key]);
        self.inner.key_uses.familiar.get(&hash).is_some()
    }

    /// Remembers that a key was used, and writes it down if that was not done for a while.
    pub(super) fn note_use(&self, id: &str, now: Moment) {
        if !self.inner.key_uses.note(id, now) {
            return;
        }
        let (store, id) = (self.inner.store.clone(), id.to_owned());
        // Nobody waits for it: that a key was used is no part of what it is used for.
        tokio::spawn(async move {
            let use_case = move |tx: &mut dyn Tx| Ok(ApiKey::note_use(tx, &id, now)?);
            if let Err(Refusal::Store(error)) = store.write(Scope::All, use_case).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the use of an API key was not noted"
                );
            }
        });
    }
}

impl Inner {
    /// The row with the last use that is known, written down or not.
    pub(super) fn with_use(&self, mut key: ApiKey) -> ApiKey {
        key.last_used_at = key.last_used_at.max(self.key_uses.last(&key.id));
        key
    }
}

/// How often the last use of one key is written down.
const BETWEEN_NOTES: Duration = Duration::from_secs(60);
/// The most keys that are familiar.
const MOST_FAMILIAR: usize = 4096;
