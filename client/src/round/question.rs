use countersign::{Lease, LicenseKey, Nonce, StatusList, Verified};

use crate::error::{Error, Kind};
use crate::exchange::{self, Activation, Claimant, Exchange, Renewal};
use crate::session::Session;
use crate::storage::Storage;

/// What a session asks its authority.
#[derive(Clone)]
pub(super) enum Question {
    Activate(LicenseKey),
    Renew,
    Statuses,
    Deactivate,
    /// To give up a seat that was given too late to be held.
    GiveUp(Verified<Lease>),
}

/// What an authority answered to a question of a [`Round`](crate::Round).
#[derive(Debug)]
pub struct Answer(pub(super) Answered);

#[derive(Debug)]
pub(super) enum Answered {
    Activation(Activation),
    Renewal(Renewal),
    Statuses(Verified<StatusList>),
    Deactivation,
}

impl Answered {
    /// Whether the authority signed something of it: what it did not sign, anybody may have answered.
    pub(super) fn is_signed(&self) -> bool {
        match self {
            Self::Activation(_) | Self::Renewal(_) | Self::Statuses(_) => true,
            Self::Deactivation => false,
        }
    }
}

impl Question {
    /// What to send, about what the session holds now.
    ///
    /// # Errors
    ///
    /// Where the session holds nothing to ask about.
    pub(super) fn exchange<S: Storage>(
        &self,
        session: &Session<S>,
        nonce: Nonce,
    ) -> Result<Exchange<Answer>, Error> {
        let unfit = || Error::new(Kind::Unfit);
        let documents = session.documents();
        let trust = documents.trust;
        Ok(match self {
            Self::Activate(license_key) => {
                let claimant = Claimant {
                    product: session.shared.product.clone(),
                    license_key: license_key.clone(),
                    instance: session.instance(),
                };
                exchange::activate(claimant, trust, nonce)
                    .map(|answer| Answer(Answered::Activation(answer)))
            }
            Self::Renew => {
                let lease = documents.lease.ok_or_else(unfit)?;
                exchange::renew(&lease, trust, nonce)
                    .map(|answer| Answer(Answered::Renewal(answer)))
            }
            Self::Statuses => {
                let license = documents.license.ok_or_else(unfit)?;
                exchange::statuses(&license, trust)
                    .ok_or_else(unfit)?
                    .map(|list| Answer(Answered::Statuses(list)))
            }
            Self::Deactivate => {
                let lease = documents.lease.ok_or_else(unfit)?;
                exchange::deactivate(&lease).map(|()| Answer(Answered::Deactivation))
            }
            Self::GiveUp(lease) => {
                exchange::deactivate(lease).map(|()| Answer(Answered::Deactivation))
            }
        })
    }
}
