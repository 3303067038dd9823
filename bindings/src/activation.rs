use std::sync::Arc;

use countersign::{Instance, LicenseError, Product};

use crate::lease::Lease;
use crate::license::License;
use crate::license_key::LicenseKey;

/// Which license a product asks about.
#[derive(Debug, uniffi::Object)]
pub struct Claimant(pub(crate) countersign_client::Claimant);

#[uniffi::export]
impl Claimant {
    /// The product that asks, what the customer typed, and this installation.
    #[uniffi::constructor]
    pub fn new(
        product: Product,
        license_key: &LicenseKey,
        instance: Instance,
    ) -> Result<Self, LicenseError> {
        Ok(Self(countersign_client::Claimant {
            product,
            license_key: license_key.0.clone(),
            instance,
        }))
    }
}

/// What an activation yields: documents that stand on their own, already verified.
#[derive(Debug, uniffi::Record)]
pub struct Activation {
    /// The license.
    pub license: Arc<License>,
    /// The lease on the seat; absent where the instance needs no seat.
    pub lease: Option<Arc<Lease>>,
    /// Seats in use, this one included.
    pub seats_used: i64,
    /// Seats left; absent where there is no limit.
    pub seats_remaining: Option<i64>,
}

impl From<countersign_client::Activation> for Activation {
    fn from(activation: countersign_client::Activation) -> Self {
        Self {
            license: Arc::new(License(activation.license)),
            lease: activation.lease.map(|lease| Arc::new(Lease(lease))),
            seats_used: activation.seats_used.into(),
            seats_remaining: activation.seats_remaining.map(i64::from),
        }
    }
}

/// What a renewal yields.
#[derive(Debug, uniffi::Record)]
pub struct Renewal {
    /// The license as it stands now.
    pub license: Arc<License>,
    /// The lease.
    pub lease: Arc<Lease>,
}

impl From<countersign_client::Renewal> for Renewal {
    fn from(renewal: countersign_client::Renewal) -> Self {
        Self {
            license: Arc::new(License(renewal.license)),
            lease: Arc::new(Lease(renewal.lease)),
        }
    }
}

/// Asks for a seat by hand: a text that a person carries to the authority.
#[derive(Debug, uniffi::Object)]
pub struct ActivationRequest(pub(crate) countersign::ActivationRequest);

#[uniffi::export]
impl ActivationRequest {
    /// Reads a request, armoured or bare.
    #[uniffi::constructor]
    pub fn parse(text: &str) -> Result<Self, LicenseError> {
        Ok(Self(text.parse()?))
    }

    /// The request in armour. It holds the license key.
    pub fn text(&self) -> String {
        self.0.to_string()
    }
}
