//! The documents that a session holds, as far as they verify.

use countersign::{
    Document, Error, Lease, License, Moment, Signed, StatusList, TrustStore, Verified,
};

use crate::state::{ListKept, State, signs_lists};
use crate::storage::LostList;

/// The documents held, as far as they verify.
#[derive(Clone, Default)]
pub(crate) struct Documents {
    pub(crate) trust: TrustStore,
    pub(crate) license: Option<Verified<License>>,
    pub(crate) lease: Option<Verified<Lease>>,
    pub(crate) statuses: Option<Verified<StatusList>>,
    /// Why a document that is kept does not count.
    pub(crate) refused: Option<Error>,
    /// Why the list that the license names is not at hand, although one was kept.
    pub(crate) lost_list: Option<LostList>,
}

/// The text of a list that was kept; `None` where it is not looked for now.
pub(crate) type FoundList = Result<Option<Signed<StatusList>>, LostList>;

impl Documents {
    /// Verifies what is kept by the keys that the product came with and the updates since. `find` is
    /// asked for the list that the license names.
    pub(crate) fn of(
        state: &State,
        embedded: &TrustStore,
        find: impl FnOnce(&ListKept, &TrustStore) -> FoundList,
    ) -> Self {
        let mut trust = embedded.clone();
        for update in &state.trust_updates {
            // Of those that a newer release brings along, and those it trusts no more, none counts.
            let updated = update
                .verify(&trust)
                .and_then(|update| trust.updated(&update));
            trust = updated.unwrap_or(trust);
        }
        let mut refused = None;
        let license = verified(state.license.as_ref(), &trust, &mut refused);
        let lease = verified(state.lease.as_ref(), &trust, &mut refused);
        let mut documents = Self {
            trust,
            license,
            lease,
            statuses: None,
            refused,
            lost_list: None,
        };
        documents.look_for_list(state, find);
        documents
    }

    /// Looks for the list that the license names, where one was kept and is not at hand.
    pub(crate) fn look_for_list(
        &mut self,
        state: &State,
        find: impl FnOnce(&ListKept, &TrustStore) -> FoundList,
    ) {
        let Some(license) = self.license.clone() else {
            return;
        };
        if self.list_of_license().is_some() || self.lost_list.is_some() {
            return;
        }
        let terms = license.status.as_ref();
        let Some(kept) = terms.and_then(|terms| state.list_kept(&terms.uri, &self.trust)) else {
            return;
        };
        match find(&kept, &self.trust) {
            Ok(None) => {}
            Ok(Some(found)) => match found.verify(&self.trust) {
                Ok(list) if counts(&list, &license) && list.issued_at >= kept.issued_at => {
                    self.statuses = Some(list);
                }
                Ok(list) if counts(&list, &license) => {
                    self.lost_list = Some(LostList::outdated(kept.name()));
                }
                _ => self.lost_list = Some(LostList::damaged(kept.name())),
            },
            Err(lost) => self.lost_list = Some(lost),
        }
    }

    /// The latest moment that any document about this license was signed at.
    pub(crate) fn newest(&self) -> Option<Moment> {
        let license = self.license.as_ref();
        let lease = self.lease.as_ref().filter(|lease| {
            license.is_some_and(|license| {
                lease.license_id == license.id && lease.product == license.product
            })
        });
        let statuses = self
            .statuses
            .as_ref()
            .filter(|list| license.is_some_and(|license| counts(list, license)));
        let of_license = license.map(|license| license.issued_at);
        let of_lease = lease.map(|lease| lease.issued_at);
        of_license
            .max(of_lease)
            .max(statuses.map(|list| list.issued_at))
    }

    /// The list that the license names.
    pub(crate) fn list_of_license(&self) -> Option<&Verified<StatusList>> {
        let license = self.license.as_ref()?;
        self.statuses.as_ref().filter(|list| counts(list, license))
    }
}

/// Whether the key that signed a list that is held may sign lists still.
pub(crate) fn is_signed_still(list: &Verified<StatusList>, trust: &TrustStore) -> bool {
    signs_lists(&list.signed_by().to_string(), trust)
}

/// Whether a list is the one that the license names.
pub(crate) fn counts(list: &StatusList, license: &License) -> bool {
    let terms = license.status.as_ref();
    list.brand == license.product.brand && terms.is_some_and(|terms| terms.uri == list.uri)
}

fn verified<D: Document>(
    kept: Option<&Signed<D>>,
    trust: &TrustStore,
    refused: &mut Option<Error>,
) -> Option<Verified<D>> {
    match kept?.verify(trust) {
        Ok(document) => Some(document),
        Err(error) => {
            refused.get_or_insert(error);
            None
        }
    }
}
