use std::mem;
use std::process;
use std::sync::{Arc, Mutex, PoisonError};

use countersign_client::{ClientBuilder, InvalidSettings};

use crate::activation::{Activation, ActivationRequest, Claimant, Renewal};
use crate::client_error::ClientError;
use crate::lease::Lease;
use crate::license::License;
use crate::runtime::{online, wait_for};
use crate::settings::{self, ClientSettings, SettingsError};
use crate::standing::LicenseStanding;
use crate::status::StatusList;
use crate::trust::TrustStore;

/// Talks to a license authority. Keep one per process: it keeps its connections.
///
/// Every call, of a client or of a session that asks it, ends within the time that the settings give
/// it, a storage of the host's own aside; documents already held stay good whatever comes of it.
#[derive(Debug, uniffi::Object)]
pub struct Client {
    builder: ClientBuilder,
    made: Mutex<Made>,
}

/// The client of one process. One that was forked makes its own: the sockets are not its to use.
#[derive(Debug)]
struct Made {
    process: u32,
    client: countersign_client::Client,
}

#[uniffi::export]
impl Client {
    /// A client of the authority at that address, which accepts documents signed by a key in the
    /// trust store.
    #[uniffi::constructor]
    pub fn new(
        url: &str,
        trust: &TrustStore,
        settings: ClientSettings,
    ) -> Result<Self, SettingsError> {
        let builder = settings::builder(url, trust, settings)?;
        let made = Mutex::new(Made::of(&builder)?);
        Ok(Self { builder, made })
    }

    /// Claims a seat, or confirms the one that the instance holds. Safe to repeat: a second call from
    /// the same instance takes no second seat.
    pub async fn activate(&self, claimant: Arc<Claimant>) -> Result<Activation, ClientError> {
        let client = self.of_this_process()?;
        Ok(online(client.activate(&claimant.0)).await?.into())
    }

    /// Exchanges a lease for one that runs longer.
    pub async fn renew(&self, lease: Arc<Lease>) -> Result<Renewal, ClientError> {
        let client = self.of_this_process()?;
        Ok(online(client.renew(&lease.0)).await?.into())
    }

    /// What the authority knows of a license and an instance, without taking a seat. It is signed by
    /// nobody: show it, and decide nothing by it.
    pub async fn standing(&self, claimant: Arc<Claimant>) -> Result<LicenseStanding, ClientError> {
        let client = self.of_this_process()?;
        Ok(online(client.standing(&claimant.0)).await?.into())
    }

    /// Gives the seat up. Giving up a seat that is not held succeeds.
    pub async fn deactivate(&self, lease: Arc<Lease>) -> Result<(), ClientError> {
        let client = self.of_this_process()?;
        online(client.deactivate(&lease.0)).await
    }

    /// The present status list; absent for a license that names none.
    pub async fn statuses(
        &self,
        license: Arc<License>,
    ) -> Result<Option<Arc<StatusList>>, ClientError> {
        let client = self.of_this_process()?;
        let list = online(client.statuses(&license.0)).await?;
        Ok(list.map(|list| Arc::new(StatusList(list))))
    }

    /// Has the request of a machine without a network answered, for a person who carries both. The
    /// answer is verified by that machine, not here.
    pub async fn answer(&self, request: Arc<ActivationRequest>) -> Result<String, ClientError> {
        let client = self.of_this_process()?;
        Ok(online(client.answer(&request.0)).await?.to_string())
    }

    /// As `activate`, and waits for it.
    pub fn activate_blocking(&self, claimant: Arc<Claimant>) -> Result<Activation, ClientError> {
        wait_for(self.activate(claimant))
    }

    /// As `renew`, and waits for it.
    pub fn renew_blocking(&self, lease: Arc<Lease>) -> Result<Renewal, ClientError> {
        wait_for(self.renew(lease))
    }

    /// As `standing`, and waits for it.
    pub fn standing_blocking(
        &self,
        claimant: Arc<Claimant>,
    ) -> Result<LicenseStanding, ClientError> {
        wait_for(self.standing(claimant))
    }

    /// As `deactivate`, and waits for it.
    pub fn deactivate_blocking(&self, lease: Arc<Lease>) -> Result<(), ClientError> {
        wait_for(self.deactivate(lease))
    }

    /// As `statuses`, and waits for it.
    pub fn statuses_blocking(
        &self,
        license: Arc<License>,
    ) -> Result<Option<Arc<StatusList>>, ClientError> {
        wait_for(self.statuses(license))
    }

    /// As `answer`, and waits for it.
    pub fn answer_blocking(&self, request: Arc<ActivationRequest>) -> Result<String, ClientError> {
        wait_for(self.answer(request))
    }
}

impl Client {
    pub(crate) fn of_this_process(&self) -> Result<countersign_client::Client, ClientError> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if made.process != process::id() {
            let own = Made::of(&self.builder).map_err(ClientError::not_made)?;
            // Its connections belong to the process that was forked.
            mem::forget(mem::replace(&mut *made, own));
        }
        Ok(made.client.clone())
    }
}

impl Made {
    fn of(builder: &ClientBuilder) -> Result<Self, InvalidSettings> {
        Ok(Self {
            process: process::id(),
            client: builder.clone().build()?,
        })
    }
}
