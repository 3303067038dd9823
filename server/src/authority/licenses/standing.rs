use countersign::{Moment, Status, Transition};

use crate::store::activations::Activation;
use crate::store::license_keys::StoredLicenseKey;
use crate::store::licenses::StoredLicense;
use crate::store::{Change, Tx, status_entries};

use super::super::refusal::to_value;
use super::super::view::{LicenseView, shown};
use super::super::{Actor, Authority, Inner, Refusal, event};
use super::UNKNOWN_LICENSE;

/// What is decided about a license.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Suspend,
    Resume,
    Cancel,
    Block,
    Unblock,
}

impl Verdict {
    /// The kind of the event that says so.
    fn event(self) -> &'static str {
        match self {
            Self::Suspend => "license.suspended",
            Self::Resume => "license.resumed",
            Self::Cancel => "license.cancelled",
            Self::Block => "license.blocked",
            Self::Unblock => "license.unblocked",
        }
    }

    /// Carries it out. Whether it changed anything.
    fn apply(self, row: &mut StoredLicense) -> Result<bool, Refusal> {
        let before = (row.standing, row.blocked);
        match self {
            Self::Suspend => row.standing = row.standing.after(Transition::Suspend)?,
            Self::Resume => row.standing = row.standing.after(Transition::Resume)?,
            Self::Cancel => row.standing = row.standing.after(Transition::Cancel)?,
            Self::Block => row.blocked = true,
            Self::Unblock => row.blocked = false,
        }
        Ok(before != (row.standing, row.blocked))
    }
}

impl Authority {
    /// Changes how a license stands. What it is already it stays, without a word.
    ///
    /// # Errors
    ///
    /// [`Refusal::Denied`] with both standings where the one it has does not allow it.
    pub(crate) async fn decide_on_license(
        &self,
        actor: &Actor,
        id: &str,
        verdict: Verdict,
        reason: Option<&str>,
    ) -> Result<LicenseView, Refusal> {
        let brand_id = actor.brand()?.to_owned();
        let reason = reason.map(|reason| shown(reason, "reason")).transpose()?;
        let (inner, actor, id, now) =
            (self.inner.clone(), actor.clone(), id.to_owned(), self.now());
        let scope = actor.scope();
        let use_case = move |tx: &mut dyn Tx| {
            let mut row = StoredLicense::lock(tx, &brand_id, &id)?.ok_or(UNKNOWN_LICENSE)?;
            let has_changed = verdict.apply(&mut row)?;
            if has_changed {
                row.update(tx)?;
                inner.state(tx, &row, row.standing.status(row.blocked))?;
            }
            let view = inner.view(tx, &row, now)?;
            if has_changed {
                let mut data = to_value(&view.without_key());
                if let (Some(members), Some(reason)) = (data.as_object_mut(), &reason) {
                    members.insert("reason".to_owned(), reason.as_str().into());
                }
                let (brand, kind) = (Some(brand_id.as_str()), verdict.event());
                event::record(tx, &actor, brand, kind, &row.id, &data, now)?;
            }
            Ok(view)
        };
        self.inner.store.write(scope, use_case).await
    }

    /// Removes a license and its activations. On its status list it stays revoked for ever.
    pub(crate) async fn delete_license(&self, actor: &Actor, id: &str) -> Result<(), Refusal> {
        let brand_id = actor.brand()?.to_owned();
        let (inner, actor, id, now) =
            (self.inner.clone(), actor.clone(), id.to_owned(), self.now());
        let scope = actor.scope();
        let use_case = move |tx: &mut dyn Tx| {
            let row = StoredLicense::lock(tx, &brand_id, &id)?.ok_or(UNKNOWN_LICENSE)?;
            inner.delete(tx, &actor, &row, now)
        };
        self.inner.store.write(scope, use_case).await
    }
}

impl Inner {
    fn delete(
        &self,
        tx: &mut dyn Tx,
        actor: &Actor,
        row: &StoredLicense,
        now: Moment,
    ) -> Result<(), Refusal> {
        let data = to_value(&self.view(tx, row, now)?.without_key());
        let key = StoredLicenseKey::lock(tx, &row.brand_id, &row.license_key_id)?;
        self.state(tx, row, Status::Revoked)?;
        Activation::delete_all(tx, &row.id)?;
        row.delete(tx)?;
        // A key that opens nothing any more may be given out again, if it is the brand's own code.
        if let Some(key) = key
            && StoredLicense::of_key(tx, &key.id)?.is_empty()
        {
            key.delete(tx)?;
        }
        let brand = Some(row.brand_id.as_str());
        event::record(tx, actor, brand, "license.deleted", &row.id, &data, now)
    }

    /// States on the status list how a license stands.
    pub(super) fn state(
        &self,
        tx: &mut dyn Tx,
        row: &StoredLicense,
        status: Status,
    ) -> Result<(), Refusal> {
        let (list, entry) = (row.status_list, row.status_index);
        status_entries::set(tx, &row.brand_id, list, entry, status)?;
        tx.note(Change::StatusList(row.brand_id.clone()));
        tx.note(Change::LicenseKey(row.license_key_id.clone()));
        Ok(())
    }
}
