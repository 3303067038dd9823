use countersign::Moment;

use super::{StoreError, Tx};

/// A row of `events`: the audit log, and the outbox while it is pending.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) brand_id: Option<String>,
    /// The type of the event, such as `license.provisioned`.
    pub(crate) kind: String,
    pub(crate) actor: String,
    pub(crate) subject: String,
    /// JSON, without secrets.
    pub(crate) data: String,
    pub(crate) request_id: Option<String>,
    pub(crate) created_at: Moment,
}

impl Event {
    pub(crate) fn insert(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        tx.send(
            "INSERT INTO events \
             (id, brand_id, kind, actor, subject, data, request_id, created_at, pending) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)",
            &[
                (&self.id).into(),
                self.brand_id.as_ref().into(),
                (&self.kind).into(),
                (&self.actor).into(),
                (&self.subject).into(),
                (&self.data).into(),
                self.request_id.as_ref().into(),
                self.created_at.into(),
            ],
        )
    }
}
