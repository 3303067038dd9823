use countersign::{AddressPattern, Moment};

use crate::authority::view::shown;
use crate::authority::{Refusal, Scopes};

/// What a key may do: everything, where nothing is stated.
pub(super) fn parse_scopes(stated: Option<&[String]>) -> Result<Scopes, Refusal> {
    let Some(stated) = stated else {
        return Ok(Scopes::ReadWrite);
    };
    let mut scopes = Scopes::Read;
    for scope in stated {
        match scope.as_str() {
            "read" => {}
            "write" => scopes = Scopes::ReadWrite,
            _ => {
                return Err(Refusal::field(
                    "scopes",
                    "invalid_scope",
                    "a scope is `read` or `write`",
                ));
            }
        }
    }
    match stated.is_empty() {
        true => Err(Refusal::field("scopes", "empty", "a key needs a scope")),
        false => Ok(scopes),
    }
}

/// The addresses of a key as they are stored.
pub(super) fn parse_addresses(stated: Option<&[String]>) -> Result<Option<String>, Refusal> {
    let Some(stated) = stated else {
        return Ok(None);
    };
    if stated.is_empty() || stated.len() > MOST_ADDRESSES {
        let detail = format!("it has 1 to {MOST_ADDRESSES} addresses, or is left out for any");
        return Err(Refusal::field("addresses", "out_of_range", detail));
    }
    let mut patterns = Vec::new();
    for (index, text) in stated.iter().enumerate() {
        let pattern: AddressPattern = text.parse().map_err(|error| {
            Refusal::field(format!("addresses[{index}]"), "invalid_address", error)
        })?;
        patterns.push(pattern.to_string());
    }
    Ok(Some(serde_json::Value::from(patterns).to_string()))
}

pub(super) fn parse_name(stated: Option<&str>) -> Result<Option<String>, Refusal> {
    stated.map(|name| shown(name, "name")).transpose()
}

/// Refuses an end that has come already.
pub(super) fn refuse_past(expires_at: Option<Moment>, now: Moment) -> Result<(), Refusal> {
    match expires_at.is_some_and(|moment| moment <= now) {
        true => Err(Refusal::field(
            "expires_at",
            "date_in_past",
            "the key would have ended already",
        )),
        false => Ok(()),
    }
}

/// The addresses of a key, of their stored form.
pub(super) fn stored_addresses(stored: &str) -> Vec<String> {
    serde_json::from_str(stored).unwrap_or_default()
}

/// The most addresses that a key is confined to.
const MOST_ADDRESSES: usize = 100;
