use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Waker};

use hyper::Request;
use tokio::sync::Notify;
use tokio::task::coop;

/// Counts what is answered before the answer (RFC 9110, section 15.2): who answers so without an end is not
/// waited for. hyper skips such answers in one go for as long as there are any, and no timer of the same
/// thread would end that.
#[derive(Clone, Default)]
pub(super) struct BeforeTheAnswer {
    count: Arc<AtomicU32>,
    too_many: Arc<Notify>,
}

impl BeforeTheAnswer {
    /// The same request, whose answer is counted so.
    pub(super) fn count<B>(&self, request: &mut Request<B>) {
        let counting = self.clone();
        hyper::ext::on_informational(request, move |_| {
            if counting.count.fetch_add(1, Ordering::Relaxed) >= MOST {
                counting.too_many.notify_one();
            }
            yield_soon();
        });
    }

    /// Waits until there were too many.
    pub(super) async fn too_many(&self) {
        self.too_many.notified().await;
    }
}

/// Lets the task that reads give way to others before long, as it does after that many reads.
fn yield_soon() {
    let mut spending = pin!(coop::consume_budget());
    let _ = spending
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()));
}

/// How many there may be: some authority or proxy may say every second that it is still at it.
const MOST: u32 = 60;
