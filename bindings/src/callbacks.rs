//! Calls of the other language's own code, which it may want to end.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

/// Calls it, unless calls have ended.
pub(crate) fn call<T>(call: impl FnOnce() -> T) -> Option<T> {
    let _counted = Counted::begin();
    // After it was counted: whoever ends them sees this call, or it sees that they have ended.
    (!are_ended()).then(call)
}

/// Whether nothing is called any more on this thread.
pub(crate) fn are_ended() -> bool {
    ENDED.load(Ordering::SeqCst) && !ENDS.get()
}

/// Whether code of the other language is called no more, but on the thread of this call. For a language
/// whose code cannot be called on others from some moment on, as that of Python while its interpreter
/// ends: a storage that would be called there fails, and whoever waits for a call is not woken.
#[uniffi::export]
pub fn end_callbacks(are_ended: bool) {
    ENDS.set(are_ended);
    ENDED.store(are_ended, Ordering::SeqCst);
}

/// How many such calls are under way.
#[uniffi::export]
pub fn callbacks_under_way() -> i64 {
    UNDER_WAY.load(Ordering::SeqCst)
}

static ENDED: AtomicBool = AtomicBool::new(false);
static UNDER_WAY: AtomicI64 = AtomicI64::new(0);

thread_local! {
    /// Whether this is the thread that ended them.
    static ENDS: Cell<bool> = const { Cell::new(false) };
}

struct Counted;

impl Counted {
    fn begin() -> Self {
        UNDER_WAY.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        UNDER_WAY.fetch_sub(1, Ordering::SeqCst);
    }
}
