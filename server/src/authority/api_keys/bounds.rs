use countersign::{AddressPattern, AddressPatterns, Moment};

use crate::authority::{Actor, Refusal};
use crate::store::api_keys::ApiKey;
use crate::store::{StoreError, Tx};

use super::authenticate::has_ended;
use super::members::stored_addresses;

/// The key that acts, which grants no more than it has; nothing for the command line, which may all.
///
/// # Errors
///
/// [`Refusal::Unauthorized`] for one that has ended since it was let in.
pub(super) fn own_key(
    tx: &mut dyn Tx,
    actor: &Actor,
    now: Moment,
) -> Result<Option<ApiKey>, Refusal> {
    if actor.is_command() {
        return Ok(None);
    }
    let own = ApiKey::by_id(tx, actor.brand.as_deref(), &actor.name)?;
    match own.filter(|own| !has_ended(own, now)) {
        Some(own) => Ok(Some(own)),
        None => Err(Refusal::Unauthorized),
    }
}

/// Refuses a key that may do more than the one that grants it, for longer, or from elsewhere.
pub(super) fn refuse_more(own: &ApiKey, granted: &ApiKey) -> Result<(), Refusal> {
    let refused = |field: &str, detail: &str| Err(Refusal::field(field, "exceeds_own_key", detail));
    if let Some(end) = own.expires_at
        && granted.expires_at.is_none_or(|granted| granted > end)
    {
        let detail = format!("the key that grants it ends at {end}");
        return refused("expires_at", &detail);
    }
    if let Some(addresses) = &own.addresses
        && !are_within(addresses, granted.addresses.as_deref())?
    {
        let detail = "the key that grants it may not be used from all of them itself";
        return refused("addresses", detail);
    }
    match granted.scopes.contains("write") && !own.scopes.contains("write") {
        true => refused("scopes", "the key that grants it may only read"),
        false => Ok(()),
    }
}

/// Whether addresses, as they are stored, are among others; none stand for any.
fn are_within(outer: &str, inner: Option<&str>) -> Result<bool, StoreError> {
    let patterns = |stored: &str| -> Result<_, StoreError> {
        let patterns = stored_addresses(stored)
            .into_iter()
            .map(|text| text.parse::<AddressPattern>())
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| StoreError::Damaged {
                what: "an address of an API key",
            })?;
        Ok(AddressPatterns::new(patterns))
    };
    let Some(inner) = inner else {
        return Ok(false);
    };
    Ok(match (patterns(outer)?, patterns(inner)?) {
        (Some(outer), Some(inner)) => outer.cover(&inner),
        _ => false,
    })
}
