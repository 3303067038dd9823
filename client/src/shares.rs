use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use countersign::{License, Signed, TrustStore, Verified};

use crate::documents::Documents;

/// The license that is held, once for each of a few threads.
///
/// A decision takes a share of its license along. Were it one license for all threads, each decision
/// would count its shares in one place, and two threads would decide no faster than one.
#[derive(Clone, Default)]
pub(crate) struct Shares(Arc<[Verified<License>]>);

impl Shares {
    /// The license, as the present thread is to share it: alone, unless more threads decide than there
    /// are copies.
    pub(crate) fn mine(&self) -> Option<&Verified<License>> {
        // A thread that ends has given its number back, and shares the first one.
        let number = NUMBER.try_with(|number| number.number).unwrap_or_default();
        self.0.get(number.checked_rem(self.0.len())?)
    }

    /// Follows what is held now.
    pub(crate) fn follow(&mut self, documents: &Documents) {
        let held = documents.license.as_ref();
        let text = |license: &Verified<License>| license.as_str().to_owned();
        if held.map(text) == self.0.first().map(text) {
            return;
        }
        let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get());
        *self = held.map_or_else(Self::default, |license| {
            let copies = copies_for(threads, license.as_str().len());
            Self::of(license, &documents.trust, copies)
        });
    }

    fn of(license: &Verified<License>, trust: &TrustStore, copies: usize) -> Self {
        let copy = |_| {
            let signed: Signed<License> = license.as_str().parse().ok()?;
            signed.verify(trust).ok()
        };
        let others = (1..copies).filter_map(copy);
        Self(std::iter::once(license.clone()).chain(others).collect())
    }
}

/// How often a license of that many bytes is kept on a machine that runs that many threads at a time:
/// more often than that, since a product has more threads than run at a time, and which of them do is
/// chance.
fn copies_for(threads: usize, bytes: usize) -> usize {
    if threads <= 1 {
        return 1;
    }
    let fitting = (MOST_BYTES / bytes.max(1)).max(threads.min(MOST_OF_LARGE));
    threads.saturating_mul(4).min(MOST).min(fitting)
}

/// The number of a thread: the lowest that no other thread has, so that those that decide have
/// neighboring ones however many came and went.
struct Number {
    number: usize,
    /// Whether no other thread has it.
    is_own: bool,
}

impl Number {
    fn take() -> Self {
        let lowest = |taken: usize| (taken != usize::MAX).then(|| taken | (taken + 1));
        match TAKEN.fetch_update(Ordering::Relaxed, Ordering::Relaxed, lowest) {
            Ok(taken) => Self {
                number: usize::try_from(taken.trailing_ones()).unwrap_or_default(),
                is_own: true,
            },
            Err(_) => Self {
                number: NEXT.fetch_add(1, Ordering::Relaxed),
                is_own: false,
            },
        }
    }
}

impl Drop for Number {
    fn drop(&mut self) {
        if self.is_own {
            TAKEN.fetch_and(!(1 << self.number), Ordering::Relaxed);
        }
    }
}

/// A bit for each number that a thread has for itself.
static TAKEN: AtomicUsize = AtomicUsize::new(0);
/// The numbers of threads beyond those, in the order in which they decided first.
static NEXT: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static NUMBER: Number = Number::take();
}

/// How often a license is kept at most.
const MOST: usize = 64;
/// How many bytes the texts of all copies have together at most: a license may be as large as a megabyte.
const MOST_BYTES: usize = 512 * 1024;
/// How often a license that is larger than that allows is kept at most, once for each thread that runs.
const MOST_OF_LARGE: usize = 8;

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use countersign::{Moment, SigningKey};

    use super::*;

    #[test]
    fn a_license_is_kept_more_often_than_threads_run_and_a_large_one_less_often() {
        let cases = [
            (1, 1000, 1),
            (2, 1000, 8),
            (8, 1000, 32),
            (16, 1000, 64),
            (256, 1000, 64),
            (16, 16 * 1024, 32),
            (2, 1024 * 1024, 2),
            (256, 1024 * 1024, 8),
            (4, 0, 16),
        ];
        for (threads, bytes, copies) in cases {
            assert_eq!(copies_for(threads, bytes), copies, "{threads}, {bytes}");
        }
    }

    #[test]
    fn two_threads_share_no_copy_however_many_came_and_went_between_them() {
        let key = SigningKey::from_seed(&[1; 32]).unwrap();
        let trust = TrustStore::new([key.verifying_key().into()]);
        let product = "acme/editor".parse().unwrap();
        let license = License::new("l".parse().unwrap(), product, Moment::nearest(0));
        let license = key.sign(&license).unwrap().verify(&trust).unwrap();
        let shares = &Shares::of(&license, &trust, MOST);
        let mine = || std::ptr::from_ref::<License>(shares.mine().unwrap()).addr();
        for between in [0, 1, 7, 31, 63, 64, 127] {
            thread::scope(|scope| {
                let (goes_on, waits) = mpsc::channel::<()>();
                let (tells, told) = mpsc::channel();
                scope.spawn(move || {
                    tells.send(mine()).unwrap();
                    waits.recv().unwrap_err();
                });
                let one = told.recv().unwrap();
                for _ in 0..between {
                    scope.spawn(mine).join().unwrap();
                }
                let other = scope.spawn(mine).join().unwrap();
                assert_ne!(one, other, "{between} between them");
                drop(goes_on);
            });
        }
    }
}
