use countersign::Moment;
use serde_json::Value;

use crate::entropy;
use crate::request_id;
use crate::store::Tx;
use crate::store::events::Event;

use super::{Actor, Refusal};

/// Writes what was done to the audit log, from which it is delivered as well.
///
/// `data` is the resource as HTTP shows it, without secrets.
pub(super) fn record(
    tx: &mut dyn Tx,
    actor: &Actor,
    brand_id: Option<&str>,
    kind: &str,
    subject: &str,
    data: &Value,
    now: Moment,
) -> Result<(), Refusal> {
    let event = Event {
        id: entropy::id(now)?,
        brand_id: brand_id.map(str::to_owned),
        kind: kind.to_owned(),
        actor: actor.name.clone(),
        subject: subject.to_owned(),
        data: data.to_string(),
        request_id: actor.request_id.clone().or_else(request_id::current),
        created_at: now,
    };
    Ok(event.insert(tx)?)
}
