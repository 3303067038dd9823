use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crossbeam_channel::{Sender, TrySendError};
use tokio::sync::oneshot;

use crate::authority::Refusal;
use crate::request_id;

use super::Observer;
use super::error::StoreError;
use super::tx::{Change, Scope, Tx};

/// A use case on its way through a thread of the database.
pub(super) trait Job: Send {
    /// Whose rows it may reach.
    fn scope(&self) -> &Scope;
    /// Whether somebody still waits for its answer: what nobody waits for need not begin.
    fn is_awaited(&self) -> bool;
    /// Runs it in a transaction, and keeps its answer. `Err` where it is to be undone.
    fn run(&mut self, tx: &mut dyn Tx) -> Result<(), Undone>;
    /// Replaces what the use case said by an error.
    fn fail(&mut self, error: StoreError);
    /// Answers who waits: with what the use case said, or with the error that undid it.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

/// Why what a use case did is to be undone.
#[derive(Debug)]
pub(super) enum Undone {
    /// It was refused, and has an answer to give.
    Refused,
    /// The database failed it, with an error that asks for another try.
    Collision,
    /// The connection to the database was lost.
    Lost,
    /// The database failed it.
    Failed,
}

/// A use case and who waits for it.
pub(super) struct Task<F, T> {
    scope: Scope,
    /// The request that it answers, which the audit log names.
    request_id: Option<String>,
    use_case: F,
    said: Option<Result<T, Refusal>>,
    waiting: oneshot::Sender<Result<T, Refusal>>,
}

impl<F, T> Task<F, T>
where
    T: Send + 'static,
    F: Fn(&mut dyn Tx) -> Result<T, Refusal> + Send + 'static,
{
    /// A use case, and where its answer arrives.
    #[expect(clippy::new_ret_no_self, reason = "nobody sees a task but as a job")]
    pub(super) fn new(
        scope: Scope,
        use_case: F,
    ) -> (Box<dyn Job>, oneshot::Receiver<Result<T, Refusal>>) {
        let (waiting, answer) = oneshot::channel();
        let task = Self {
            scope,
            request_id: request_id::current(),
            use_case,
            said: None,
            waiting,
        };
        (Box::new(task), answer)
    }
}

impl<F, T> Job for Task<F, T>
where
    T: Send + 'static,
    F: Fn(&mut dyn Tx) -> Result<T, Refusal> + Send + 'static,
{
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn is_awaited(&self) -> bool {
        !self.waiting.is_closed()
    }

    fn run(&mut self, tx: &mut dyn Tx) -> Result<(), Undone> {
        // A panic is a bug; it must not take the thread, and the work of others, with it.
        let said = catch_unwind(AssertUnwindSafe(|| {
            request_id::of_thread(self.request_id.as_deref(), || (self.use_case)(tx))
        }))
        .unwrap_or_else(|panic| Err(panicked(&*panic)));
        let undone = match &said {
            Ok(_) => Ok(()),
            Err(Refusal::Store(StoreError::Collision)) => Err(Undone::Collision),
            Err(Refusal::Store(StoreError::Unreachable(_))) => Err(Undone::Lost),
            Err(Refusal::Store(_)) => Err(Undone::Failed),
            Err(_) => Err(Undone::Refused),
        };
        self.said = Some(said);
        undone
    }

    fn fail(&mut self, error: StoreError) {
        self.said = Some(Err(error.into()));
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let said = match committed {
            Ok(()) => self.said.unwrap_or(Err(StoreError::Closed.into())),
            Err(error) => Err(error.into()),
        };
        // Who no longer waits has hung up; what was committed stays.
        let _ = self.waiting.send(said);
    }
}

/// Puts something into the queue of a thread, unless too much waits there.
pub(super) fn queue<T>(jobs: &Sender<T>, job: T) -> Result<(), StoreError> {
    jobs.try_send(job).map_err(|error| match error {
        TrySendError::Full(_) => StoreError::Busy,
        TrySendError::Disconnected(_) => StoreError::Closed,
    })
}

/// Tells what was committed, before anybody is answered.
pub(super) fn tell(observer: &Observer, changes: &[Change]) {
    if changes.is_empty() {
        return;
    }
    // As with use cases: a bug there must not end the thread.
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| observer(changes))) {
        panicked(&*panic);
    }
}

fn panicked(panic: &(dyn Any + Send)) -> Refusal {
    let reason = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    // A panic's text is the program's own: a place and an invariant.
    tracing::error!(reason, "a use case panicked");
    StoreError::Panicked.into()
}
