//! Licenses as HTTP shows them.

use countersign::protocol::{InstanceType, LicenseStatus};
use countersign::{Code, License, Moment, Phase, Standing, Status};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::store::StoreError;
use crate::store::activations::Activation;
use crate::store::licenses::StoredLicense;
use crate::store::products::StoredProduct;

use super::Refusal;
use super::terms::Terms;

/// A license, with the use of its seats.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct LicenseView {
    pub(crate) id: String,
    pub(crate) license_key: LicenseKeyView,
    pub(crate) product: ProductRef,
    #[schema(value_type = String)]
    pub(crate) status: LicenseStatus,
    /// What was decided about it; `status` says what follows from that and the time.
    #[schema(value_type = String)]
    pub(crate) standing: Standing,
    pub(crate) blocked: bool,
    pub(crate) revision: i64,
    pub(crate) seat_limit: Option<i64>,
    pub(crate) seats_used: i64,
    pub(crate) seats_remaining: Option<i64>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) expires_at: Option<Moment>,
    /// The terms, by their names in docs/format.md.
    #[schema(value_type = Object)]
    pub(crate) terms: Value,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) created_at: Moment,
    /// The code of its brand, where licenses of several are shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(crate) brand: Option<Code>,
}

/// One time that an instance took a seat.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct ActivationView {
    pub(crate) id: String,
    #[schema(value_type = String)]
    pub(crate) instance_type: InstanceType,
    pub(crate) instance_identifier: String,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) activated_at: Moment,
    /// Nothing while it holds its seat.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) released_at: Option<Moment>,
    /// Where seats float: when this one is let go.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) held_until: Option<Moment>,
    /// When the last lease ends that was given out on it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) lease_ends_at: Option<Moment>,
    /// The address that the product stated of itself.
    pub(crate) address: Option<String>,
    /// What the product stated of itself besides.
    #[schema(value_type = Object)]
    pub(crate) metadata: Value,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) last_checked_at: Option<Moment>,
}

impl From<Activation> for ActivationView {
    fn from(activation: Activation) -> Self {
        let metadata = activation.metadata.as_deref();
        Self {
            instance_type: InstanceType::of(&activation.instance),
            instance_identifier: activation.instance.value().to_owned(),
            id: activation.id,
            activated_at: activation.activated_at,
            released_at: activation.released_at,
            held_until: activation.held_until,
            lease_ends_at: activation.lease_ends_at,
            address: activation.address,
            metadata: metadata
                .and_then(|text| serde_json::from_str(text).ok())
                .unwrap_or_else(|| Value::Object(Default::default())),
            last_checked_at: activation.last_checked_at,
        }
    }
}

/// A license key, as HTTP shows it.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct LicenseKeyView {
    pub(crate) id: String,
    /// The key, to the brand it is of; left out of events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    pub(crate) customer_email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) created_at: Option<Moment>,
}

/// Shows no key.
impl std::fmt::Debug for LicenseKeyView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LicenseKeyView({})", self.id)
    }
}

/// Which product a license is for.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct ProductRef {
    pub(crate) id: String,
    pub(crate) name: String,
    #[schema(value_type = String)]
    pub(crate) slug: Code,
}

impl From<StoredProduct> for ProductRef {
    fn from(product: StoredProduct) -> Self {
        Self {
            id: product.id,
            name: product.name,
            slug: product.slug,
        }
    }
}

impl LicenseView {
    /// Shows a license as it stands at `now`.
    pub(super) fn of(
        row: &StoredLicense,
        license: &License,
        license_key: LicenseKeyView,
        product: ProductRef,
        now: Moment,
    ) -> Self {
        Self {
            id: row.id.clone(),
            license_key,
            product,
            status: status_of(row, license, now),
            standing: row.standing,
            blocked: row.blocked,
            revision: row.revision,
            seat_limit: row.seat_limit,
            seats_used: row.seats_held,
            seats_remaining: remaining(row),
            expires_at: license.validity.ends_at(),
            terms: Terms::of(license).to_wire(),
            created_at: row.created_at,
            brand: None,
        }
    }

    /// The same without its license key, for events.
    pub(super) fn without_key(&self) -> Self {
        let mut view = self.clone();
        view.license_key.key = None;
        view
    }
}

/// How a license stands at `now`: what was decided about it first, then what time did.
pub(super) fn status_of(row: &StoredLicense, license: &License, now: Moment) -> LicenseStatus {
    match row.standing.status(row.blocked) {
        Status::Revoked => LicenseStatus::Cancelled,
        Status::Suspended => LicenseStatus::Suspended,
        _ => match license.validity.phase(now) {
            Phase::Before { .. } | Phase::Within { .. } => LicenseStatus::Valid,
            Phase::Grace { .. } | Phase::After { .. } => LicenseStatus::Expired,
        },
    }
}

/// Seats that are left; nothing where there is no limit.
pub(super) fn remaining(row: &StoredLicense) -> Option<i64> {
    row.seat_limit
        .map(|limit| limit.saturating_sub(row.seats_held).max(0))
}

/// A number of seats, in the type of the protocol.
pub(super) fn seats(count: i64) -> Result<u32, StoreError> {
    u32::try_from(count).map_err(|_| StoreError::Damaged {
        what: "a number of seats",
    })
}

/// A text for people: not empty, not too long, and without characters that nobody sees.
///
/// # Errors
///
/// [`Refusal::Fields`].
pub(super) fn shown(text: &str, field: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Refusal::field(field, "empty", "it is empty"));
    }
    if text.len() > LONGEST_TEXT {
        let detail = format!("it is longer than {LONGEST_TEXT} bytes");
        return Err(Refusal::field(field, "too_long", detail));
    }
    if text.chars().any(char::is_control) {
        return Err(Refusal::field(
            field,
            "invalid_text",
            "it holds a control character",
        ));
    }
    Ok(text.to_owned())
}

/// The longest text for people, in bytes.
const LONGEST_TEXT: usize = 255;
