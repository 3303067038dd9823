use std::io;
use std::sync::Arc;
use std::time::Duration;

use countersign::{Instance, LicenseError, Moment};

use crate::activation::ActivationRequest;
use crate::client::Client;
use crate::client_error::ClientError;
use crate::decision::Decision;
use crate::ending::Ending;
use crate::import::{ImportError, Imported};
use crate::license::License;
use crate::license_key::LicenseKey;
use crate::opening::{SessionError, SessionSettings};
use crate::run::Run;
use crate::runtime::{online, wait_for};
use crate::storage::{self, Bridge, FileStorage, MemoryStorage, Storage};

/// One product's license on one machine.
///
/// Decisions read no network and no disk, and any number of threads may ask for them. What is decided
/// from is kept in a storage, and comes from an authority, or by hand.
#[derive(Debug, uniffi::Object)]
pub struct Session {
    inner: countersign_client::Session<Ending>,
    storage: Ending,
    /// The storage, where it is the host's own.
    bridge: Option<Bridge>,
}

#[uniffi::export]
impl Session {
    /// Takes up where the last run left off, in a storage of the host's own. Waits for no network.
    #[uniffi::constructor]
    pub fn open(
        settings: &SessionSettings,
        storage: Arc<dyn Storage>,
    ) -> Result<Self, SessionError> {
        storage::not_inside()?;
        let bridge = Bridge::new(storage);
        let mut session = Self::open_in(settings, Arc::new(bridge.clone()))?;
        if let Err(error) = bridge.check_unlocked() {
            // It failed already, and may be locked still.
            session.storage.end();
            return Err(error.into());
        }
        session.bridge = Some(bridge);
        Ok(session)
    }

    /// Takes up where the last run left off, in files.
    #[uniffi::constructor]
    pub fn open_files(
        settings: &SessionSettings,
        storage: &FileStorage,
    ) -> Result<Self, SessionError> {
        Self::open_in(settings, storage.0.clone())
    }

    /// Takes up where the last session of this process left off.
    #[uniffi::constructor]
    pub fn open_memory(
        settings: &SessionSettings,
        storage: &MemoryStorage,
    ) -> Result<Self, SessionError> {
        Self::open_in(settings, storage.0.clone())
    }

    /// Decides whether a run is allowed, from the documents at hand. Without a license it is
    /// `not_activated`.
    pub fn decide(&self, run: Run) -> Result<Decision, LicenseError> {
        Ok(Decision(self.inner.decide(&run.into())))
    }

    /// Keeps a run, so that asking about it again costs little.
    pub fn prepare(self: Arc<Self>, run: Run) -> Result<SessionCheck, LicenseError> {
        Ok(SessionCheck {
            run: run.into(),
            session: self,
        })
    }

    /// A run of this product on this instance, of which nothing else is known.
    pub fn run(&self) -> Run {
        self.inner.run().into()
    }

    /// What takes a seat: stated when the session was opened, or drawn at random.
    pub fn instance(&self) -> Instance {
        self.inner.instance()
    }

    /// The license held; absent if there is none that verifies.
    pub fn license(&self) -> Option<Arc<License>> {
        self.inner
            .license()
            .map(|license| Arc::new(License(license)))
    }

    /// Refuses as the document that is kept and does not count, where there is one: a newer release
    /// of the product may trust other keys.
    pub fn check_documents(&self) -> Result<(), LicenseError> {
        self.inner
            .refused()
            .map_or(Ok(()), |error| Err(error.into()))
    }

    /// Why the status list that was kept is not at hand, in one line for people; absent where it is, or
    /// none was. The license is held still, what the list said against it stands, and the next refresh
    /// fetches another.
    pub fn lost_list(&self) -> Option<String> {
        self.inner.lost_list().map(|lost| lost.to_string())
    }

    /// When the authority was last heard of by something it signed, which it answered or which was
    /// imported. A refusal is signed by nobody.
    pub fn last_contact_at(&self) -> Option<Moment> {
        self.inner.last_contact_at()
    }

    /// Whether the state was copied here from another machine: its seat stayed there, and it is the
    /// host's to say whether to activate here.
    pub fn is_moved(&self) -> bool {
        self.inner.is_moved()
    }

    /// Whether what is held outlives this process. Where more than a status list does not, the clock is not
    /// guarded.
    pub fn is_kept(&self) -> bool {
        self.inner.is_kept()
    }

    /// Counts the time that passed, takes over what other processes were given, and saves the state if
    /// it was not for ten minutes. To be called now and then: `next_wait` says when. Where the state
    /// cannot be saved, the session goes on with what it holds.
    pub fn tick(&self) -> Result<(), SessionError> {
        storage::not_inside()?;
        self.told(self.inner.tick())
    }

    /// Saves the state now, as the session does when it ends.
    pub fn save(&self) -> Result<(), SessionError> {
        storage::not_inside()?;
        self.told(self.inner.save())
    }

    /// Saves the state, and calls its storage no more, whoever holds on to the session still: what it is
    /// given from then on, also by a call that is under way, is not saved.
    pub fn end(&self) -> Result<(), SessionError> {
        storage::not_inside()?;
        let saved = self.told(self.inner.save());
        self.storage.end();
        // Saves nothing, and waits for its turn: whoever writes just now lets go of the storage first.
        let _ = self.inner.save();
        saved
    }

    /// How long nothing needs to be done: until the state is to be saved, or the authority asked. At
    /// least a second.
    pub fn next_wait(&self) -> Result<Duration, SessionError> {
        storage::not_inside()?;
        Ok(self.inner.wait())
    }

    /// Claims a seat with what the customer typed, or confirms the one held, and keeps license, lease
    /// and license key.
    pub async fn activate(
        &self,
        client: Arc<Client>,
        license_key: Arc<LicenseKey>,
    ) -> Result<Refresh, ClientError> {
        let client = client.of_this_process()?;
        let asked = self.inner.activate(&client, license_key.0.clone());
        Ok(online(asked).await?.into())
    }

    /// Asks for what is due, if anything is: a renewal, a status list, a seat that is to be taken
    /// again. Whatever comes of it, the session goes on with what it holds.
    pub async fn refresh(&self, client: Arc<Client>) -> Result<Refresh, ClientError> {
        let client = client.of_this_process()?;
        Ok(online(self.inner.refresh(&client)).await?.into())
    }

    /// As `refresh`, whether it is due or not: for a button that says so.
    pub async fn refresh_now(&self, client: Arc<Client>) -> Result<Refresh, ClientError> {
        let client = client.of_this_process()?;
        Ok(online(self.inner.refresh_now(&client)).await?.into())
    }

    /// Gives the seat up, and forgets the license key and the lease. Where no seat is held nobody is
    /// asked.
    pub async fn deactivate(&self, client: Arc<Client>) -> Result<(), ClientError> {
        let client = client.of_this_process()?;
        online(self.inner.deactivate(&client)).await
    }

    /// As `activate`, and waits for it.
    pub fn activate_blocking(
        &self,
        client: Arc<Client>,
        license_key: Arc<LicenseKey>,
    ) -> Result<Refresh, ClientError> {
        wait_for(self.activate(client, license_key))
    }

    /// As `refresh`, and waits for it.
    pub fn refresh_blocking(&self, client: Arc<Client>) -> Result<Refresh, ClientError> {
        wait_for(self.refresh(client))
    }

    /// As `refresh_now`, and waits for it.
    pub fn refresh_now_blocking(&self, client: Arc<Client>) -> Result<Refresh, ClientError> {
        wait_for(self.refresh_now(client))
    }

    /// As `deactivate`, and waits for it.
    pub fn deactivate_blocking(&self, client: Arc<Client>) -> Result<(), ClientError> {
        wait_for(self.deactivate(client))
    }

    /// Asks for a seat by hand: a text that a person carries to the authority. Its answer is to be
    /// imported. Asked again before it was answered, it is the same request.
    pub fn activation_request(
        &self,
        license_key: &LicenseKey,
    ) -> Result<ActivationRequest, ClientError> {
        storage::not_inside()?;
        let request = self.inner.activation_request(license_key.0.clone())?;
        Ok(ActivationRequest(request))
    }

    /// Takes a document that a person brought: a license, a lease, a status list, a trust update, or
    /// the answer to an activation request. A lease counts only in answer to a request of this
    /// installation, once. Where it is refused nothing has changed.
    pub fn import_text(&self, text: &str) -> Result<Imported, ImportError> {
        storage::not_inside()?;
        Ok(self.inner.import(text)?.into())
    }
}

impl Session {
    fn open_in(
        settings: &SessionSettings,
        storage: Arc<dyn countersign_client::Storage>,
    ) -> Result<Self, SessionError> {
        let storage = Ending::new(storage);
        Ok(Self {
            inner: settings.0.clone().open(storage.clone())?,
            storage,
            bridge: None,
        })
    }

    /// What came of a call that may write, and then of the lock: an error that came first is the one
    /// that is told.
    fn told(&self, written: io::Result<()>) -> Result<(), SessionError> {
        let unlocked = match &self.bridge {
            Some(bridge) => bridge.check_unlocked(),
            None => Ok(()),
        };
        Ok(written.and(unlocked)?)
    }
}

/// A run that a session is asked about again and again. It decides exactly what the session decides
/// about that run.
#[derive(Debug, uniffi::Object)]
pub struct SessionCheck {
    session: Arc<Session>,
    run: countersign::Run,
}

#[uniffi::export]
impl SessionCheck {
    /// Decides anew, from the documents at hand.
    pub fn decide(&self) -> Decision {
        Decision(self.session.inner.decide(&self.run))
    }
}

/// What a session was given.
#[derive(Clone, Copy, Debug, uniffi::Record)]
pub struct Refresh {
    /// Whether a seat was taken, or taken again.
    pub activated: bool,
    /// Whether the lease was renewed.
    pub renewed: bool,
    /// Whether a status list was fetched.
    pub statuses: bool,
    /// Whether something was left to another process or thread that asks the authority just now.
    pub left_to_another: bool,
}

impl From<countersign_client::Refresh> for Refresh {
    fn from(refresh: countersign_client::Refresh) -> Self {
        Self {
            activated: refresh.activated,
            renewed: refresh.renewed,
            statuses: refresh.statuses,
            left_to_another: refresh.left_to_another,
        }
    }
}
