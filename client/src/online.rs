//! Sessions whose questions a client of this crate sends.

#[cfg(feature = "async")]
use std::sync::{Arc, Weak};
#[cfg(feature = "async")]
use std::time::Duration;

use countersign::LicenseKey;

#[cfg(feature = "blocking")]
use crate::blocking;
#[cfg(feature = "async")]
use crate::client::Client;
use crate::error::Error;
#[cfg(feature = "async")]
use crate::error::Kind;
#[cfg(feature = "async")]
use crate::retry::Deadline;
#[cfg(feature = "async")]
use crate::round::Round;
use crate::round::{Refresh, Wanted};
use crate::session::Session;
use crate::storage::Storage;

/// What is written is written on a thread that may wait for the disk, and never on one of the runtime.
/// A future may be dropped at any moment: what was answered by then is kept, and no more is asked.
///
/// A call may ask several questions, one after the other, and ends within
/// [`RetryPolicy::give_up_after`](crate::RetryPolicy::give_up_after), half a minute unless stated, with
/// all of them. The first that has no answer is the last. One for which the others leave too little
/// time, as a rule less than a second, is not asked: it fails as one without an answer does. What was
/// answered before it is kept, and what was not asked is due still.
///
/// A quarter of that time at most, and no more than two and a half seconds, is waited for others who
/// write, such as another process. Then the authority is asked all the same, and what it answers counts,
/// and is saved by a later [`tick`](Self::tick). A storage that answers late or not at all ends the call
/// within a second after its time: what was answered counts once the storage goes on. One that always takes
/// that long lets no question be asked, so give calls more time than it takes.
#[cfg(feature = "async")]
impl<S: Storage> Session<S> {
    /// Claims a seat with what the customer typed, or confirms the one held, and keeps license, lease
    /// and license key.
    ///
    /// # Errors
    ///
    /// [`Error::refusal`] says why the authority declined; after any other, what is held stays good.
    pub async fn activate(
        &self,
        client: &Client,
        license_key: LicenseKey,
    ) -> Result<Refresh, Error> {
        self.ask(Wanted::Seat(license_key), client).await
    }

    /// Asks for what is due, if anything is: a renewal, a status list, a seat that is to be taken
    /// again. To be called now and then, or left to [`background`](Self::background).
    ///
    /// # Errors
    ///
    /// What was not answered, or was refused. The session goes on with what it holds.
    pub async fn refresh(&self, client: &Client) -> Result<Refresh, Error> {
        self.ask(Wanted::Due, client).await
    }

    /// As [`refresh`](Self::refresh), whether it is due or not: for a button that says so.
    ///
    /// # Errors
    ///
    /// As [`refresh`](Self::refresh).
    pub async fn refresh_now(&self, client: &Client) -> Result<Refresh, Error> {
        self.ask(Wanted::All, client).await
    }

    /// Gives the seat up, and forgets the license key and the lease. Where no seat is held nobody is
    /// asked.
    ///
    /// # Errors
    ///
    /// Where the seat was not given up: it is held still. So it is where the state cannot be saved: the
    /// next run would take the seat again, and nobody is asked. [`Error::is_unsaved`] alone says that
    /// the seat is given up, and that this cannot be saved yet.
    pub async fn deactivate(&self, client: &Client) -> Result<(), Error> {
        self.ask(Wanted::NoSeat, client).await.map(drop)
    }

    async fn ask(&self, wanted: Wanted, client: &Client) -> Result<Refresh, Error> {
        let (session, lasts) = (self.handle(), client.patience());
        let mut deadline = client.deadline();
        let begin = move || Round::held_within(session, wanted, lasts);
        let mut round = off_thread_until(deadline, begin).await?;
        while round.asks() {
            let answer = client.ask_until(deadline, || round.question()).await;
            deadline = deadline.of_next();
            let take = move || {
                round.answered(answer);
                round
            };
            round = off_thread_until(deadline, take).await?;
        }
        round.finish()
    }

    /// Counts the time, saves and refreshes, for as long as anyone else holds the session: to be
    /// spawned on tokio once. It ends within ten minutes of the session's end, or when it is aborted.
    ///
    /// What fails is asked for again later. It is told where it matters: by
    /// [`last_contact_at`](Self::last_contact_at), and by the notices and denials of decisions.
    pub fn background(
        self: &Arc<Self>,
        client: Client,
    ) -> impl Future<Output = ()> + Send + use<S> {
        let session = Arc::downgrade(self);
        async move {
            while let Some(wait) = refreshed(&session, &client).await {
                tokio::time::sleep(wait).await;
            }
        }
    }
}

/// How long nothing needs to be done, after what was due; `None` once the session is gone.
#[cfg(feature = "async")]
async fn refreshed<S: Storage>(session: &Weak<Session<S>>, client: &Client) -> Option<Duration> {
    let session = session.upgrade()?;
    let ticking = session.handle();
    // `is_kept` tells.
    let _ = off_thread(move || ticking.tick()).await;
    let _ = session.refresh(client).await;
    // Should the host have let it go meanwhile, it is saved there as well.
    off_thread(move || session.wait()).await.ok()
}

/// As [`off_thread`], and waits no longer than the call lasts for a disk that hangs.
#[cfg(feature = "async")]
async fn off_thread_until<T: Send + 'static>(
    deadline: Deadline,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::time::timeout(deadline.left_for_storage(), off_thread(work)).await;
    done.unwrap_or_else(|_| Err(Error::new(Kind::Stuck)))
}

/// Does what may wait for a disk on a thread of its own; it is done whether or not it is waited for.
#[cfg(feature = "async")]
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Ok(done),
        Err(ended) => match ended.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is being shut down.
            Err(ended) => Err(Error::because(Kind::Unfit, ended)),
        },
    }
}

/// A call may ask several questions, one after the other, and ends within
/// [`RetryPolicy::give_up_after`](crate::RetryPolicy::give_up_after), half a minute unless stated, with
/// all of them. The first that has no answer is the last. One for which the others leave too little
/// time, as a rule less than a second, is not asked: it fails as one without an answer does. What was
/// answered before it is kept, and what was not asked is due still.
///
/// A quarter of that time at most, and no more than two and a half seconds, is waited for others who
/// write, such as another process. Then the authority is asked all the same, and what it answers counts,
/// and is saved by a later [`tick`](Self::tick). What a storage takes to read and write comes beside that
/// time: a disk that hangs holds up the call.
#[cfg(feature = "blocking")]
impl<S: Storage> Session<S> {
    /// Claims a seat with what the customer typed, or confirms the one held, and keeps license, lease
    /// and license key.
    ///
    /// # Errors
    ///
    /// [`Error::refusal`] says why the authority declined; after any other, what is held stays good.
    pub fn activate_blocking(
        &self,
        client: &blocking::Client,
        license_key: LicenseKey,
    ) -> Result<Refresh, Error> {
        self.ask_blocking(Wanted::Seat(license_key), client)
    }

    /// Asks for what is due, if anything is: a renewal, a status list, a seat that is to be taken
    /// again. To be called now and then, from a thread that may wait: [`tick`](Self::tick) before it,
    /// and [`wait`](Self::wait) until the next.
    ///
    /// # Errors
    ///
    /// What was not answered, or was refused. The session goes on with what it holds.
    pub fn refresh_blocking(&self, client: &blocking::Client) -> Result<Refresh, Error> {
        self.ask_blocking(Wanted::Due, client)
    }

    /// As [`refresh_blocking`](Self::refresh_blocking), whether it is due or not: for a button that
    /// says so.
    ///
    /// # Errors
    ///
    /// As [`refresh_blocking`](Self::refresh_blocking).
    pub fn refresh_now_blocking(&self, client: &blocking::Client) -> Result<Refresh, Error> {
        self.ask_blocking(Wanted::All, client)
    }

    /// Gives the seat up, and forgets the license key and the lease. Where no seat is held nobody is
    /// asked.
    ///
    /// # Errors
    ///
    /// Where the seat was not given up: it is held still. So it is where the state cannot be saved: the
    /// next run would take the seat again, and nobody is asked. [`Error::is_unsaved`] alone says that
    /// the seat is given up, and that this cannot be saved yet.
    pub fn deactivate_blocking(&self, client: &blocking::Client) -> Result<(), Error> {
        self.ask_blocking(Wanted::NoSeat, client).map(drop)
    }

    fn ask_blocking(&self, wanted: Wanted, client: &blocking::Client) -> Result<Refresh, Error> {
        let mut deadline = client.deadline();
        let mut round = self.round_within(wanted, client.patience());
        deadline = deadline.beside_a_storage();
        while round.asks() {
            let answer = client.ask_until(deadline, || round.question());
            deadline = deadline.of_next();
            round.answered(answer);
        }
        round.finish()
    }
}
