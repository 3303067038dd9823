use countersign::protocol::LicenseStatus;
use countersign::{LicenseId, Moment, protocol};

use crate::client_error::{Reason, reason};

/// How a license stands for an instance.
#[derive(Clone, Debug, uniffi::Record)]
pub struct LicenseStanding {
    /// Whether the license allows the run, whoever holds its seats.
    pub is_valid: bool,
    /// The license.
    pub license: LicenseUse,
    /// Whether the instance holds a seat.
    pub is_activated: bool,
    /// Its seat.
    pub activation: Option<ActivationUse>,
    /// Why the license does not allow it.
    pub denials: Vec<Reason>,
    /// What there is to know besides.
    pub notices: Vec<Reason>,
}

impl From<protocol::LicenseStanding> for LicenseStanding {
    fn from(standing: protocol::LicenseStanding) -> Self {
        Self {
            is_valid: standing.is_valid,
            license: standing.license.into(),
            is_activated: standing.is_activated,
            activation: standing.activation.map(ActivationUse::from),
            denials: standing.denials.iter().map(reason).collect(),
            notices: standing.notices.iter().map(reason).collect(),
        }
    }
}

/// A license, and how many of its seats are in use.
#[derive(Clone, Debug, uniffi::Record)]
pub struct LicenseUse {
    /// The id of the license.
    pub id: LicenseId,
    /// How it stands now.
    pub status: LicenseStatus,
    /// How many seats there are; absent where there is no limit.
    pub seat_limit: Option<i64>,
    /// Seats in use.
    pub seats_used: i64,
    /// Seats left; absent where there is no limit.
    pub seats_remaining: Option<i64>,
    /// When it ends; absent where it never does.
    pub expires_at: Option<Moment>,
}

impl From<protocol::LicenseUse> for LicenseUse {
    fn from(stated: protocol::LicenseUse) -> Self {
        Self {
            id: stated.id,
            status: stated.status,
            seat_limit: stated.seat_limit.map(i64::from),
            seats_used: stated.seats_used.into(),
            seats_remaining: stated.seats_remaining.map(i64::from),
            expires_at: stated.expires_at,
        }
    }
}

/// A seat, as a check shows it.
#[derive(Clone, Debug, uniffi::Record)]
pub struct ActivationUse {
    /// The id of the seat.
    pub id: String,
    /// When it was taken.
    pub activated_at: Moment,
    /// When the instance asked last.
    pub last_checked_at: Option<Moment>,
}

impl From<protocol::ActivationUse> for ActivationUse {
    fn from(stated: protocol::ActivationUse) -> Self {
        Self {
            id: stated.id,
            activated_at: stated.activated_at,
            last_checked_at: stated.last_checked_at,
        }
    }
}
