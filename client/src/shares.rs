use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use countersign::{License, Signed, Verified};

use crate::keeper::Documents;

/// The license that is held, once for each of a few threads.
///
/// A decision takes a share of its license along. Were it one license for all threads, each decision
/// would count its shares in one place, and two threads would decide no faster than one.
#[derive(Clone, Default)]
pub(crate) struct Shares(Arc<[Verified<License>]>);

impl Shares {
    /// The license, as the present thread is to share it.
    pub(crate) fn mine(&self) -> Option<&Verified<License>> {
        let number = NUMBER.with(|number| {
            if number.get().is_none() {
                number.set(Some(NEXT.fetch_add(1, Ordering::Relaxed)));
            }
            number.get().unwrap_or_default()
        });
        self.0.get(number.checked_rem(self.0.len())?)
    }

    /// Follows what is held now.
    pub(crate) fn follow(&mut self, documents: &Documents) {
        let held = documents.license.as_ref();
        let text = |license: &Verified<License>| license.as_str().to_owned();
        if held.map(text) == self.0.first().map(text) {
            return;
        }
        let copy = |license: &Verified<License>| {
            let signed: Signed<License> = license.as_str().parse().ok()?;
            signed.verify(&documents.trust).ok()
        };
        let copies = held.into_iter().flat_map(|license| {
            let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get());
            let others = (1..threads.min(MOST)).filter_map(move |_| copy(license));
            std::iter::once(license.clone()).chain(others)
        });
        self.0 = copies.collect();
    }
}

/// The numbers of threads, in the order in which they decided first.
static NEXT: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static NUMBER: Cell<Option<usize>> = const { Cell::new(None) };
}

/// How often a license is kept at most: it may be as large as a megabyte.
const MOST: usize = 8;
