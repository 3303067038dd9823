//! What is kept in memory: bounded, and never older than the last write of this process.
//!
//! Every change has a turn, counted upwards, and marks what it changed with its turn before its
//! writer is answered. What is kept remembers the turn at which reading it began: once anything that
//! it was read from is marked with a later turn, it counts no longer, even if it is put here only
//! then.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use countersign::{License, Moment, Verified};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::clock;
use crate::store::{Change, Store};

use super::Inner;
use super::checks::Seat;
use super::known::Known;
use super::status_lists::SignedList;

/// What license keys lead to, seats, verified licenses and signed lists.
pub(super) struct Memory {
    turns: Turns,
    /// By the hash of the license key.
    keys: Cache<[u8; 32], Kept<Arc<Known>>, BySize>,
    /// By license and instance.
    seats: Cache<String, Kept<Option<Arc<Seat>>>>,
    /// By the id of the license; good for the very text that was verified.
    licenses: Cache<String, Verified<License>, BySize>,
    /// By the code of the brand and the number.
    lists: Cache<(String, i64), Kept<Arc<SignedList>>>,
    /// When instances asked last, by the id of their seat: what is not written yet.
    checked: Mutex<HashMap<String, Moment>>,
}

/// A value, and when reading it began.
#[derive(Clone)]
struct Kept<T> {
    value: T,
    begun: Begun,
}

/// When reading something began.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begun {
    turn: u64,
    at: Duration,
    /// How old what another process may have changed may be; nothing where that is known.
    longest: Option<Duration>,
}

impl Inner {
    /// Begins to answer: learns whether what is kept still counts, before anything is read.
    pub(super) fn begin(&self) -> Begun {
        let longest = self.memory.watch(&self.store, || self.signers.forget_all());
        Begun {
            turn: self.memory.turns.latest(),
            at: clock::monotonic(),
            longest,
        }
    }
}

impl Memory {
    /// Marks what a transaction of this process changed.
    pub(super) fn observe(&self, change: &Change) {
        match change {
            Change::LicenseKey(id) | Change::Brand(id) => self.turns.mark(id),
            Change::StatusList(brand_id) => self.turns.mark(&list_name(brand_id)),
            Change::ApiKeys => {}
        }
    }

    fn watch(&self, store: &Store, forget: impl FnOnce()) -> Option<Duration> {
        let drop_stale = || {
            self.turns.mark_all();
            forget();
        };
        match store.written_elsewhere(drop_stale) {
            Some(()) => None,
            None => Some(LONGEST_KEPT),
        }
    }

    /// What a license key leads to.
    pub(super) fn key(&self, hash: &[u8; 32], begun: &Begun) -> Option<Arc<Known>> {
        let kept = self.keys.get(hash)?;
        let Known {
            license_key_id,
            brand_id,
            ..
        } = &*kept.value;
        self.counts(&kept, &[license_key_id, brand_id], begun)
    }

    pub(super) fn keep_key(&self, hash: [u8; 32], known: Arc<Known>, begun: Begun) {
        let kept = Kept {
            value: known,
            begun,
        };
        self.keys.insert(hash, kept);
    }

    /// The seat that an instance holds, or that it holds none.
    pub(super) fn seat(
        &self,
        name: &str,
        license_key_id: &str,
        begun: &Begun,
    ) -> Option<Option<Arc<Seat>>> {
        self.counts(&self.seats.get(name)?, &[license_key_id], begun)
    }

    pub(super) fn keep_seat(&self, name: String, seat: Option<Arc<Seat>>, begun: Begun) {
        self.seats.insert(name, Kept { value: seat, begun });
    }

    /// The license that `document` was verified as.
    pub(super) fn license(&self, id: &str, document: &str) -> Option<Verified<License>> {
        let license = self.licenses.get(id)?;
        (license.as_str() == document).then_some(license)
    }

    pub(super) fn keep_license(&self, id: &str, license: &Verified<License>) {
        self.licenses.insert(id.to_owned(), license.clone());
    }

    /// A signed status list.
    pub(super) fn list(&self, name: &(String, i64), begun: &Begun) -> Option<Arc<SignedList>> {
        let kept = self.lists.get(name)?;
        self.counts(&kept, &[&list_name(&kept.value.brand_id)], begun)
    }

    pub(super) fn keep_list(&self, name: (String, i64), list: Arc<SignedList>, begun: Begun) {
        self.lists.insert(name, Kept { value: list, begun });
    }

    fn counts<T: Clone>(&self, kept: &Kept<T>, names: &[&str], now: &Begun) -> Option<T> {
        let age = now.at.saturating_sub(kept.begun.at);
        let is_young = now.longest.is_none_or(|longest| age < longest);
        let is_current = || self.turns.are_unmarked_since(kept.begun.turn, names);
        (is_young && is_current()).then(|| kept.value.clone())
    }

    /// Notes that the instance of a seat asked. Beyond a bound nothing more is noted, until what is
    /// there is written.
    pub(super) fn note_checked(&self, activation_id: &str, now: Moment) {
        let mut checked = lock(&self.checked);
        if let Some(at) = checked.get_mut(activation_id) {
            *at = now;
        } else if checked.len() < MOST_CHECKED {
            checked.insert(activation_id.to_owned(), now);
        }
    }

    /// Hands out what was noted, to be written.
    pub(super) fn take_checked(&self) -> HashMap<String, Moment> {
        std::mem::take(&mut *lock(&self.checked))
    }

    /// Takes back what could not be written.
    pub(super) fn put_back_checked(&self, unwritten: impl IntoIterator<Item = (String, Moment)>) {
        let mut checked = lock(&self.checked);
        for (id, at) in unwritten {
            if checked.len() < MOST_CHECKED {
                checked.entry(id).or_insert(at);
            }
        }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            turns: Turns::default(),
            keys: Cache::with_weighter(USUAL_LICENSES, KEYS_SIZE, BySize),
            seats: Cache::new(MOST_SEATS),
            licenses: Cache::with_weighter(USUAL_LICENSES, LICENSES_SIZE, BySize),
            lists: Cache::new(MOST_LISTS),
            checked: Mutex::default(),
        }
    }
}

/// When what was changed last. Names share places, which costs a reading too many now and then and
/// bounds the memory.
struct Turns {
    latest: AtomicU64,
    /// The turn in which everything was marked.
    all: AtomicU64,
    places: Box<[AtomicU64]>,
}

impl Turns {
    fn latest(&self) -> u64 {
        self.latest.load(Ordering::SeqCst)
    }

    fn next(&self) -> u64 {
        self.latest.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn mark(&self, name: &str) {
        let turn = self.next();
        if let Some(place) = self.place(name) {
            place.fetch_max(turn, Ordering::SeqCst);
        }
    }

    fn mark_all(&self) {
        let turn = self.next();
        self.all.fetch_max(turn, Ordering::SeqCst);
    }

    fn are_unmarked_since(&self, turn: u64, names: &[&str]) -> bool {
        let is_unmarked = |place: &AtomicU64| place.load(Ordering::SeqCst) <= turn;
        is_unmarked(&self.all)
            && names
                .iter()
                .all(|name| self.place(name).is_some_and(is_unmarked))
    }

    fn place(&self, name: &str) -> Option<&AtomicU64> {
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        let at = usize::try_from(hasher.finish() % PLACES).ok()?;
        self.places.get(at)
    }
}

impl Default for Turns {
    fn default() -> Self {
        Self {
            latest: AtomicU64::new(0),
            all: AtomicU64::new(0),
            places: (0..PLACES).map(|_| AtomicU64::new(0)).collect(),
        }
    }
}

/// Weighs by what takes the most room: the texts of licenses.
#[derive(Clone)]
struct BySize;

impl Weighter<[u8; 32], Kept<Arc<Known>>> for BySize {
    fn weight(&self, _: &[u8; 32], kept: &Kept<Arc<Known>>) -> u64 {
        let licenses = kept.value.licenses.iter();
        ROW_SIZE
            + licenses
                .map(|claimed| size_of(&claimed.license))
                .sum::<u64>()
    }
}

impl Weighter<String, Verified<License>> for BySize {
    fn weight(&self, _: &String, license: &Verified<License>) -> u64 {
        size_of(license)
    }
}

/// About what a license takes: its text, and what was read from it.
fn size_of(license: &Verified<License>) -> u64 {
    let text = u64::try_from(license.as_str().len()).unwrap_or(u64::MAX);
    text.saturating_mul(2).saturating_add(ROW_SIZE)
}

fn list_name(brand_id: &str) -> String {
    format!("status/{brand_id}")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while it holds one of these.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How long what another process may have changed is kept where the database cannot tell.
const LONGEST_KEPT: Duration = Duration::from_secs(2);
/// Places of turns: half a mebibyte.
const PLACES: u64 = 1 << 16;
/// Bytes of what license keys lead to.
const KEYS_SIZE: u64 = 24 << 20;
/// Bytes of licenses that were verified; most are held by a license key as well.
const LICENSES_SIZE: u64 = 16 << 20;
/// About what a row and its place in memory take, in bytes.
const ROW_SIZE: u64 = 1024;
const USUAL_LICENSES: usize = 8192;
const MOST_SEATS: usize = 32_768;
/// Of some tens of kilobytes each.
const MOST_LISTS: usize = 64;
/// Seats whose last check waits to be written.
const MOST_CHECKED: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_began_to_be_read_before_a_change_counts_no_longer_whenever_it_is_kept() {
        let turns = Turns::default();
        let begun = turns.latest();
        assert!(turns.are_unmarked_since(begun, &["a", "b"]));
        turns.mark("a");
        assert!(!turns.are_unmarked_since(begun, &["a", "b"]));
        assert!(!turns.are_unmarked_since(begun, &["b", "a"]));
        assert!(turns.are_unmarked_since(begun, &["b"]));
        let later = turns.latest();
        assert!(turns.are_unmarked_since(later, &["a", "b"]));
        turns.mark_all();
        assert!(!turns.are_unmarked_since(later, &["b"]));
    }
}
