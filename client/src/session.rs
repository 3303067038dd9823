use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use arc_swap::ArcSwap;
use countersign::{
    Decision, Error, Instance, License, Moment, Nonce, Product, Run, Tick, TrustStore, Verified,
};

use crate::clock::Clock;
use crate::documents::Documents;
use crate::keeper::{Keeper, Snapshot};
use crate::round::next_at;
use crate::storage::{LostList, Storage};

mod builder;
mod turn;
mod writing;

pub use builder::{OpenError, SessionBuilder};
pub(crate) use turn::Waiting;
use turn::{Turn, Turns};

/// One product's license on one machine.
///
/// [`decide`](Self::decide) is what a product calls on its hot path: it reads no network and no disk,
/// and any number of threads may call it. What it decides from is kept in a [`Storage`], and comes from
/// an authority, or by hand through [`import`](Self::import).
///
/// Several processes may share one storage: each sees what the others were given when it next saves,
/// which is within ten minutes of [`tick`](Self::tick)s, or at once where it changes something.
///
/// ```
/// use countersign::{Denial, TrustStore};
/// use countersign_client::{MemoryStorage, Session};
///
/// # let keys = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
/// let trust = TrustStore::from_jwks(keys)?;
/// let session = Session::open(MemoryStorage::new(), trust, "acme/editor".parse()?)?;
/// let run = session.run();
/// let decision = session.decide(&run);
/// assert_eq!(decision.denials(), [Denial::NotActivated]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Session<S: Storage> {
    pub(crate) shared: Arc<Shared<S>>,
    /// Whether this is the host's own, and not one that a question holds on to.
    is_own: bool,
}

pub(crate) struct Shared<S> {
    pub(crate) storage: S,
    pub(crate) product: Product,
    pub(crate) embedded: TrustStore,
    pub(crate) clock: Clock,
    notice_before: Option<Vec<Duration>>,
    snapshot: ArcSwap<Snapshot>,
    /// Held while the state is written, and not while others who write are waited for: whoever may not
    /// wait for a disk takes the snapshot.
    keeper: Mutex<Keeper>,
    turns: Turns,
    /// The round that said it would ask and was dropped, until that is taken back.
    abandoned: Mutex<Option<Nonce>>,
}

impl<S: Storage> Session<S> {
    /// Takes up where the last run left off. Waits for no network; where nothing can be written, it
    /// opens as well, and the notice `clock_unguarded` stands in every decision.
    ///
    /// The instance is this installation, by a number drawn at random when it was first opened; see
    /// [`SessionBuilder`] for others.
    ///
    /// # Errors
    ///
    /// [`OpenError`]; that nothing was kept yet is none.
    pub fn open(storage: S, trust: TrustStore, product: Product) -> Result<Self, OpenError> {
        SessionBuilder::new(trust, product).open(storage)
    }

    /// Decides whether this run is allowed, from the documents at hand. Without a license it is
    /// `not_activated`.
    ///
    /// Allocates nothing where the run is allowed; more than three notices do the first time in a thread,
    /// which keeps the memory for the next such decision.
    pub fn decide(&self, run: &Run) -> Decision<'static> {
        let tick = self.shared.clock.tick();
        let snapshot = self.shared.snapshot.load();
        let Some(license) = snapshot.shares.mine() else {
            return Decision::without_license(&snapshot.context(tick));
        };
        let mut context = snapshot.context(tick);
        if let Some(thresholds) = &self.shared.notice_before {
            context = context.notice_before(thresholds);
        }
        license.evaluate(run, &context).into_owned()
    }

    /// A run of this product on this instance, of which nothing else is known. Make it once, state
    /// what is known, and keep it.
    pub fn run(&self) -> Run {
        let mut run = Run::of(self.shared.product.clone());
        run.instance = Some(self.instance());
        run
    }

    /// What takes a seat: stated to the builder, or drawn at random. One that was drawn and could not
    /// be [kept](Self::is_kept) gives way to the one that another process drew and kept.
    pub fn instance(&self) -> Instance {
        self.shared.snapshot.load().instance.clone()
    }

    /// The license held; `None` if there is none that verifies.
    pub fn license(&self) -> Option<Verified<License>> {
        self.shared.snapshot.load().documents.license.clone()
    }

    /// Why a document that is kept does not count, where that is so: a newer release of the product
    /// may trust other keys.
    pub fn refused(&self) -> Option<Error> {
        self.shared.snapshot.load().documents.refused.clone()
    }

    /// Why the status list that was kept is not at hand, until another takes its place: the next refresh
    /// fetches it. One that could not be read is looked for again whenever the state is saved. The license
    /// counts meanwhile as it does without a list, but for a suspension or a revocation that was listed:
    /// that stands.
    pub fn lost_list(&self) -> Option<LostList> {
        self.shared.snapshot.load().documents.lost_list.clone()
    }

    /// When the authority was last heard of by something it signed: when it came as the answer to a
    /// question, or, of an answer or a status list that was imported, when that was signed. A refusal is
    /// signed by nobody, and nor is it when a seat is given up; a license alone counts where a request for
    /// it was drawn up. It is for people to read: whoever stands in for the authority may repeat what that
    /// signed. Each decision and its report tell it as well.
    pub fn last_contact_at(&self) -> Option<Moment> {
        self.shared.snapshot.load().last_contact_at
    }

    /// Whether the state was copied here from another machine: its seat stayed there, and it is the
    /// host's to say whether to activate here.
    pub fn is_moved(&self) -> bool {
        self.shared.snapshot.load().is_moved
    }

    /// Whether what is held outlives this process. Where it does not, the clock is not guarded, until it
    /// can be saved: but where nothing but a status list cannot, it is.
    pub fn is_kept(&self) -> bool {
        self.shared.snapshot.load().is_kept
    }

    /// Whether the storage has what is held.
    pub(crate) fn is_saved(&self) -> bool {
        self.shared.snapshot.load().is_saved
    }

    /// Counts the time that passed; if the state was not saved for ten minutes, takes over what other
    /// processes were given and saves it. To be called now and then: [`wait`](Self::wait) says when.
    ///
    /// # Errors
    ///
    /// Where the state cannot be saved. The session goes on with what it holds, and the first tick after a
    /// minute tries it again; [`save`](Self::save) does so at once.
    pub fn tick(&self) -> io::Result<()> {
        let is_given_up = self.abandoned().is_some();
        {
            let mut keeper = self.keeper();
            let tick = self.shared.clock.tick();
            // What could not be saved is due when it is to be tried again.
            let is_new = keeper.unsaved && keeper.is_saved;
            if !is_new && !is_given_up && tick.monotonic < keeper.save_at {
                keeper.settle(tick);
                self.publish(&keeper);
                return Ok(());
            }
        }
        self.save()
    }

    /// Saves the state now, as the session does when it is dropped.
    ///
    /// # Errors
    ///
    /// Where the state cannot be saved, as [`tick`](Self::tick) says.
    pub fn save(&self) -> io::Result<()> {
        let turn = self.turn(&mut Waiting::as_storage_does());
        let mut keeper = self.keeper();
        let tick = self.shared.clock.tick();
        let turn = self.begin_writing(&mut keeper, tick, turn);
        keeper.settle(tick);
        self.publish(&keeper);
        self.keep(&mut keeper, tick, turn)
    }

    /// How long nothing needs to be done: until the state is to be saved, or the authority asked.
    /// At least a second, which is what it says while another thread writes: this one does not wait for it.
    pub fn wait(&self) -> Duration {
        let keeper = match self.shared.keeper.try_lock() {
            Ok(keeper) => keeper,
            Err(TryLockError::Poisoned(keeper)) => keeper.into_inner(),
            Err(TryLockError::WouldBlock) => return LEAST_WAIT,
        };
        let tick = self.shared.clock.tick();
        let now = keeper.guard.peek(tick).now();
        let mut left = keeper.save_at.saturating_sub(tick.monotonic);
        if let Some(at) = next_at(&keeper, tick) {
            left = left.min(at.since(now).max(keeper.held_back(now)));
        }
        left.max(LEAST_WAIT)
    }

    /// Changes what is decided from: in what is kept as it is now, and as its only writer.
    pub(crate) fn change<T>(&self, edit: impl FnOnce(&mut Keeper, Tick) -> T) -> T {
        self.change_within(&mut Waiting::as_storage_does(), edit)
    }

    /// As [`change`](Self::change), where others who write are waited for no longer than that: what cannot
    /// be written by then is due still.
    pub(crate) fn change_within<T>(
        &self,
        waiting: &mut Waiting,
        edit: impl FnOnce(&mut Keeper, Tick) -> T,
    ) -> T {
        self.change_if(waiting, |keeper, tick| (edit(keeper, tick), true))
    }

    /// As [`change_within`](Self::change_within), where `edit` says beside its outcome whether it changed
    /// anything. Where it did not, nothing is written.
    pub(crate) fn change_if<T>(
        &self,
        waiting: &mut Waiting,
        edit: impl FnOnce(&mut Keeper, Tick) -> (T, bool),
    ) -> T {
        let turn = self.turn(waiting);
        let mut keeper = self.keeper();
        let tick = self.shared.clock.tick();
        let turn = self.begin_writing(&mut keeper, tick, turn);
        let (outcome, is_changed) = edit(&mut keeper, tick);
        self.look_for_list(&mut keeper);
        if is_changed {
            keeper.note_change();
        }
        keeper.settle(tick);
        self.publish(&keeper);
        // What could not be written before is due still.
        if keeper.unsaved {
            // `is_kept` tells.
            let _ = self.keep(&mut keeper, tick, turn);
        }
        outcome
    }

    pub(crate) fn keeper(&self) -> MutexGuard<'_, Keeper> {
        let keeper = self.shared.keeper.lock();
        keeper.unwrap_or_else(PoisonError::into_inner)
    }

    /// What is decided from now. Unlike [`keeper`](Self::keeper) it waits for no disk.
    pub(crate) fn documents(&self) -> Documents {
        self.shared.snapshot.load().documents.clone()
    }

    /// The same session for a question, which may go on after the host has given the session up.
    #[cfg(feature = "async")]
    pub(crate) fn handle(&self) -> Self {
        Self {
            shared: self.shared.clone(),
            is_own: false,
        }
    }

    pub(crate) fn abandoned(&self) -> MutexGuard<'_, Option<Nonce>> {
        let abandoned = self.shared.abandoned.lock();
        abandoned.unwrap_or_else(PoisonError::into_inner)
    }

    fn turn(&self, waiting: &mut Waiting) -> io::Result<Turn<'_>> {
        self.shared.turns.take(&self.shared.storage, waiting)
    }

    fn publish(&self, keeper: &Keeper) {
        self.shared.snapshot.store(Arc::new(keeper.snapshot()));
    }
}

impl<S: Storage> Drop for Session<S> {
    fn drop(&mut self) {
        if self.is_own {
            // Nobody is left to tell.
            let _ = self.save();
        }
    }
}

/// The names of what it holds only: a lease and a license key are secret.
impl<S: Storage> fmt::Debug for Session<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("product", &self.shared.product)
            .field("license", &self.license().map(|license| license.id.clone()))
            .finish_non_exhaustive()
    }
}

/// The least time for which nothing needs to be done.
const LEAST_WAIT: Duration = Duration::from_secs(1);
