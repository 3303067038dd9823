//! What a product and an authority say to each other over HTTP: docs/protocol.md.
//!
//! One definition for both sides. A request refuses members that it does not know; an answer may
//! hold more than its reader knows.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::code::{Code, LicenseId};
use crate::error::Error;
use crate::instance::{Instance, InvalidInstance};
use crate::lease::{Lease, Nonce};
use crate::license::License;
use crate::license_key::LicenseKey;
use crate::moment::Moment;
use crate::signed::Signed;
use crate::site::Domain;

/// Asks for a seat: `POST /api/v1/product/licenses/activate`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActivateRequest {
    /// What the customer typed.
    pub license_key: LicenseKey,
    /// The instance, in any form of its value.
    pub instance_identifier: String,
    /// What kind of instance it is; a URL or a dotted name is taken for a URL where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_type: Option<InstanceType>,
    /// The brand: custom keys are found only with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<Code>,
    /// The product, by code or id: needed where the key has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// The domain that the product serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<Domain>,
    /// The address that the product runs at, as it sees it itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// 16 random bytes, anew each time. Who sends none gets no lease, and asks online each time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<Nonce>,
    /// What the brand wants to know of the instance.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

/// The seat that was taken, or held already.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ActivateResponse {
    /// The id of the seat.
    pub activation_id: String,
    /// `active`.
    pub status: String,
    /// Seats in use, this one included.
    pub seats_used: u32,
    /// Seats left; nothing where there is no limit.
    pub seats_remaining: Option<u32>,
    /// When this instance took it.
    pub activated_at: Moment,
    /// The license, where a nonce was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<Signed<License>>,
    /// The lease, where a nonce was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<Signed<Lease>>,
}

/// Asks how a license stands for an instance, without taking a seat:
/// `GET` or `POST /api/v1/product/licenses/check`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckRequest {
    /// What the customer typed.
    pub license_key: LicenseKey,
    /// The instance, in any form of its value.
    pub instance_identifier: String,
    /// As in [`ActivateRequest`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_type: Option<InstanceType>,
    /// As in [`ActivateRequest`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<Code>,
    /// As in [`ActivateRequest`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// As in [`ActivateRequest`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<Domain>,
    /// As in [`ActivateRequest`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
}

/// How a license stands for an instance.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LicenseStanding {
    /// Whether the license allows the run, whoever holds its seats.
    pub is_valid: bool,
    /// The license.
    pub license: LicenseUse,
    /// Whether the instance holds a seat.
    pub is_activated: bool,
    /// Its seat.
    pub activation: Option<ActivationUse>,
    /// Why the license does not allow it: the objects of a decision's report.
    pub denials: Vec<Value>,
    /// What there is to know besides, in the same form.
    pub notices: Vec<Value>,
}

/// A license, and how many of its seats are in use.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LicenseUse {
    /// The id of the license.
    pub id: LicenseId,
    /// How it stands now.
    pub status: LicenseStatus,
    /// How many seats there are; nothing where there is no limit.
    pub seat_limit: Option<u32>,
    /// Seats in use.
    pub seats_used: u32,
    /// Seats left; nothing where there is no limit.
    pub seats_remaining: Option<u32>,
    /// When it ends; nothing where it never does.
    pub expires_at: Option<Moment>,
}

/// How a license stands at the moment of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LicenseStatus {
    /// It is honored.
    Valid,
    /// Its end has come. Through its grace period it goes on.
    Expired,
    /// It is suspended or blocked.
    Suspended,
    /// It was cancelled for good.
    Cancelled,
    /// A word that this reader does not know.
    #[serde(other)]
    Other,
}

impl LicenseStatus {
    /// The word on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Expired => "expired",
            Self::Suspended => "suspended",
            Self::Cancelled => "cancelled",
            Self::Other => "other",
        }
    }
}

/// A seat, as a check shows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ActivationUse {
    /// The id of the seat.
    pub id: String,
    /// When it was taken.
    pub activated_at: Moment,
    /// When the instance asked last.
    pub last_checked_at: Option<Moment>,
}

/// Renews a lease: `POST /api/v1/product/licenses/renew-lease`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenewRequest {
    /// The newest lease that the host holds.
    pub lease: Signed<Lease>,
    /// 16 random bytes, anew each time.
    pub nonce: Nonce,
}

/// The renewed lease, and the license as it stands now.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RenewResponse {
    /// The lease.
    pub lease: Signed<Lease>,
    /// The license.
    pub license: Signed<License>,
}

/// Gives a seat up: `POST /api/v1/product/licenses/deactivate`. States a lease, or a license key
/// and an instance.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeactivateRequest {
    /// A lease on the seat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<Signed<Lease>>,
    /// What the customer typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license_key: Option<LicenseKey>,
    /// The instance, in any form of its value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_identifier: Option<String>,
    /// As in [`ActivateRequest`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_type: Option<InstanceType>,
    /// As in [`ActivateRequest`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<Code>,
    /// As in [`ActivateRequest`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
}

/// The seat is free; it does not matter whether it was held.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeactivateResponse {
    /// `deactivated`.
    pub status: String,
    /// Seats in use.
    pub seats_used: u32,
    /// Seats left; nothing where there is no limit.
    pub seats_remaining: Option<u32>,
}

/// The kind of an instance, in the words of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstanceType {
    /// A web site: [`Instance::Domain`].
    Url,
    /// A computer: [`Instance::Host`].
    Hostname,
    /// A machine: [`Instance::Machine`].
    MachineId,
}

impl InstanceType {
    /// The kind of an instance.
    pub fn of(instance: &Instance) -> Self {
        match instance {
            Instance::Domain(_) => Self::Url,
            Instance::Host(_) => Self::Hostname,
            Instance::Machine(_) => Self::MachineId,
        }
    }

    /// The instance that a request names. Where its type is left out, a URL or a dotted name is
    /// taken for a URL.
    ///
    /// # Errors
    ///
    /// [`InvalidInstance::Kind`] where the type is needed, else the error of the value.
    pub fn instance(stated: Option<Self>, identifier: &str) -> Result<Instance, Error> {
        let is_url = || identifier.contains("://") || identifier.contains('.');
        Ok(match stated {
            Some(Self::Url) => Instance::Domain(identifier.parse()?),
            Some(Self::Hostname) => Instance::Host(identifier.parse()?),
            Some(Self::MachineId) => Instance::Machine(identifier.parse()?),
            None if is_url() => Instance::Domain(identifier.parse()?),
            None => return Err(InvalidInstance::Kind.into()),
        })
    }
}

/// Why a request was refused: problem details (RFC 9457).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// A URI that names the kind of problem.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// The kind in a few words.
    #[serde(default)]
    pub title: String,
    /// The status of the answer.
    #[serde(default)]
    pub status: u16,
    /// What went wrong this time.
    #[serde(default)]
    pub detail: String,
    /// The stable name of the problem; for a refused decision, that of its first denial.
    pub code: String,
    /// Every denial, where the license denies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub denials: Vec<Value>,
    /// What is wrong with which member, where members are.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub errors: BTreeMap<String, Vec<String>>,
}
