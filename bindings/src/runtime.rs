//! The threads that sockets are waited on with, and how a call of another language uses them.
//!
//! A future is polled by whoever waits for it: the event loop of the other language, or the thread of a
//! blocking call. So a host's own storage is called on a thread of its own, and what is dropped is
//! cancelled. Only the sockets are served by a thread of this library, which does not outlive a fork:
//! a process that was forked begins a runtime of its own. One thread is enough for what asks once a day,
//! and a runtime of one thread is a smaller library.

use std::cell::Cell;
use std::future::{self, Future};
use std::io;
use std::mem;
use std::pin::{Pin, pin};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use tokio::runtime::{Builder, Handle};

use crate::callbacks;
use crate::client_error::ClientError;
use crate::storage;

/// What an authority is asked in.
pub(crate) async fn online<T>(
    asked: impl Future<Output = Result<T, countersign_client::Error>> + Send,
) -> Result<T, ClientError> {
    storage::not_inside()?;
    let handle = handle().map_err(ClientError::not_made)?;
    let future = Some(Box::pin(asked));
    Ok(Entered { handle, future }.await?)
}

/// Waits for a future on this thread.
pub(crate) fn wait_for<T>(future: impl Future<Output = T>) -> T {
    let parked = Arc::new(Parked {
        thread: thread::current(),
        is_woken: AtomicBool::new(false),
    });
    let waker = Waker::from(parked.clone());
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        let before = PARKS.replace(true);
        let polled = future.as_mut().poll(&mut context);
        PARKS.set(before);
        if let Poll::Ready(outcome) = polled {
            return outcome;
        }
        // The thread's own token does not do: whatever is polled may park as well and use it up.
        while !parked.is_woken.swap(false, Ordering::Acquire) {
            thread::park();
        }
    }
}

thread_local! {
    /// Whether what is polled on this thread is waited for by it, which is woken without the other
    /// language.
    static PARKS: Cell<bool> = const { Cell::new(false) };
}

struct Parked {
    thread: Thread,
    is_woken: AtomicBool,
}

impl Wake for Parked {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.is_woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

/// A future that finds the runtime wherever it is polled, and dropped.
struct Entered<F> {
    handle: Handle,
    future: Option<Pin<Box<F>>>,
}

impl<F: Future> Future for Entered<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let Self { handle, future } = &mut *self;
        let _entered = handle.enter();
        let Some(future) = future else {
            return Poll::Pending;
        };
        if PARKS.get() {
            return future.as_mut().poll(context);
        }
        let waker = Waker::from(Arc::new(Woken(context.waker().clone())));
        future.as_mut().poll(&mut Context::from_waker(&waker))
    }
}

impl<F> Drop for Entered<F> {
    fn drop(&mut self) {
        let _entered = self.handle.enter();
        self.future = None;
    }
}

/// Whoever waits for a call in the other language, on whatever thread it is woken.
struct Woken(Waker);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        callbacks::call(|| self.0.wake_by_ref());
    }
}

struct Running {
    process: u32,
    handle: Handle,
}

/// The runtime of this process.
fn handle() -> io::Result<Handle> {
    let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    let process = process::id();
    if let Some(running) = &*running
        && running.process == process
    {
        return Ok(running.handle.clone());
    }
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    let thread = thread::Builder::new().name("countersign".into());
    thread.spawn(move || runtime.block_on(future::pending::<()>()))?;
    // The thread of the one before stayed in the process that was forked; what waits there is not
    // to be woken.
    let own = Running {
        process,
        handle: handle.clone(),
    };
    mem::forget(running.replace(own));
    Ok(handle)
}

static RUNNING: Mutex<Option<Running>> = Mutex::new(None);

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_parks_while_it_is_polled_loses_no_wake_up() {
        let (done, waited) = mpsc::channel();
        thread::spawn(move || {
            let mut is_woken = false;
            wait_for(future::poll_fn(|context| {
                if is_woken {
                    return Poll::Ready(());
                }
                is_woken = true;
                context.waker().wake_by_ref();
                // Comes back at once, by the token of that wake-up.
                thread::park();
                Poll::Pending
            }));
            done.send(())
        });
        assert_eq!(waited.recv_timeout(Duration::from_secs(20)), Ok(()));
    }
}
