use countersign::{
    ActivationAnswer, ActivationRequest, Document, Kind, Lease, LicenseKey, Moment, Product,
    Revision, Signed, StatusList, Tick, TrustUpdate, Verified,
};

use crate::documents::counts;
use crate::entropy;
use crate::error::Error;
use crate::keeper::Keeper;
use crate::session::Session;
use crate::storage::Storage;

/// What a text that was imported held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Imported {
    /// A license.
    License,
    /// A lease, in answer to this installation's request.
    Lease,
    /// A status list.
    Statuses,
    /// Keys in place of the ones trusted so far.
    TrustUpdate,
    /// An answer to this installation's request.
    Activation,
}

impl<S: Storage> Session<S> {
    /// Asks for a seat by hand: a text that a person carries to the authority, which holds the license
    /// key. Its answer is for [`import`](Self::import).
    ///
    /// Asked again before it was answered, it is the same request, so that either text can be answered.
    /// Where a license is held, it goes on with its own license key until the answer is imported.
    ///
    /// # Errors
    ///
    /// Where the system gives no random numbers.
    pub fn activation_request(&self, license_key: LicenseKey) -> Result<ActivationRequest, Error> {
        let drawn = entropy::nonce()?;
        Ok(self.change(|keeper, _| {
            let is_same = keeper.state.requested_key.as_ref() == Some(&license_key);
            let nonce = keeper.state.requested.filter(|_| is_same).unwrap_or(drawn);
            keeper.state.requested = Some(nonce);
            keeper.state.requested_key = Some(license_key.clone());
            if keeper.state.license.is_none() || keeper.state.license_key.is_none() {
                keeper.take_license_key(license_key.clone());
            }
            let product = (
                self.shared.product.brand.clone(),
                self.shared.product.code.clone(),
            );
            ActivationRequest::new(product, license_key, keeper.instance.clone(), nonce)
        }))
    }

    /// Takes a document that a person brought: a license, a lease, a status list, a trust update, or
    /// the answer to an activation request. A lease counts only in answer to a request of this
    /// installation, once, and a status list only where the license names it.
    ///
    /// A license of another id takes the place of the one held, and that one's lease goes. Where that
    /// was a mistake, the answer that brought the lease can be imported again, until another lease is
    /// taken or the seat given up.
    ///
    /// # Errors
    ///
    /// [`ImportError`]; nothing has changed then.
    pub fn import(&self, text: &str) -> Result<Imported, ImportError> {
        if let Ok(answer) = text.parse::<ActivationAnswer>()
            && (answer.lease.is_some() || answer.statuses.is_some())
        {
            return self.change(|keeper, tick| self.import_answer(keeper, tick, &answer));
        }
        match Kind::of(text)? {
            Kind::License => {
                let alone = ActivationAnswer::new(text.parse()?);
                self.change(|keeper, tick| self.import_answer(keeper, tick, &alone))?;
                Ok(Imported::License)
            }
            Kind::Lease => {
                let lease: Signed<Lease> = text.parse()?;
                self.change(|keeper, tick| self.import_lease(keeper, tick, &lease))?;
                Ok(Imported::Lease)
            }
            Kind::StatusList => {
                let list: Signed<StatusList> = text.parse()?;
                self.change(|keeper, tick| {
                    let list = verified(&list, keeper)?;
                    if list.brand != self.shared.product.brand {
                        return Err(ImportError::AnotherBrand);
                    }
                    let license = keeper.documents.license.as_ref();
                    if license.is_none_or(|license| !counts(&list, license)) {
                        return Err(ImportError::AnotherLicense);
                    }
                    match keeper.take_list(&list, tick)? {
                        true => {
                            hear(keeper, list.issued_at);
                            Ok(())
                        }
                        false => Err(ImportError::AheadOfTime),
                    }
                })?;
                Ok(Imported::Statuses)
            }
            _ => {
                let update: Signed<TrustUpdate> = text.parse()?;
                self.change(|keeper, _| self.import_trust(keeper, update))?;
                Ok(Imported::TrustUpdate)
            }
        }
    }

    /// All of an answer, or nothing.
    fn import_answer(
        &self,
        keeper: &mut Keeper,
        tick: Tick,
        answer: &ActivationAnswer,
    ) -> Result<Imported, ImportError> {
        let license = verified(&answer.license, keeper)?;
        if license.product != self.shared.product {
            return Err(ImportError::AnotherProduct {
                licensed: license.product.clone(),
            });
        }
        if let Some(newest) = keeper.state.highest_revision(&license.id)
            && newest > i64::from(license.revision.get())
            && let Ok(newest) = Revision::try_from(newest)
        {
            return Err(ImportError::Superseded {
                revision: license.revision,
                newest,
            });
        }
        let lease = match &answer.lease {
            Some(lease) => {
                let lease = self.answering(keeper, lease)?;
                if lease.license_id != license.id || lease.product != license.product {
                    return Err(ImportError::AnotherLicense);
                }
                Some(lease)
            }
            None => None,
        };
        let statuses = match &answer.statuses {
            Some(list) => {
                let list = verified(list, keeper)?;
                if list.brand != license.product.brand {
                    return Err(ImportError::AnotherBrand);
                }
                if !counts(&list, &license) {
                    return Err(ImportError::AnotherLicense);
                }
                Some(list)
            }
            None => None,
        };
        let lease_ahead = lease.as_ref().map(|lease| lease.issued_at);
        let signed_at = lease_ahead.max(Some(license.issued_at));
        if signed_at.is_some_and(|signed_at| !keeper.guard.accepts(signed_at, tick)) {
            return Err(ImportError::AheadOfTime);
        }
        let held = keeper.documents.license.as_ref();
        let is_another = held.is_none_or(|held| held.id != license.id);
        let is_asked = keeper.state.requested.is_some();
        keeper.take_license(&license, tick);
        if is_asked && !keeper.needs_seat() {
            // Else a license alone may have come from anywhere.
            hear(keeper, license.issued_at);
        }
        match &lease {
            Some(lease) => accept(keeper, tick, lease),
            // One that asks for no seat has no lease that names the request.
            None if is_another && !keeper.needs_seat() => keeper.note_answer(),
            None => {}
        }
        if let Some(list) = statuses {
            // One that is older than the list held changes nothing.
            if let Ok(true) = keeper.take_list(&list, tick) {
                hear(keeper, list.issued_at);
            }
        }
        Ok(Imported::Activation)
    }

    fn import_lease(
        &self,
        keeper: &mut Keeper,
        tick: Tick,
        lease: &Signed<Lease>,
    ) -> Result<(), ImportError> {
        let lease = self.answering(keeper, lease)?;
        let license = keeper.documents.license.as_ref();
        if license.is_none_or(|license| license.id != lease.license_id) {
            return Err(ImportError::AnotherLicense);
        }
        if !keeper.guard.accepts(lease.issued_at, tick) {
            return Err(ImportError::AheadOfTime);
        }
        accept(keeper, tick, &lease);
        Ok(())
    }

    /// A lease that answers the request of this installation, or the one that is held already, or was
    /// before another license took the place of its own.
    fn answering(
        &self,
        keeper: &Keeper,
        lease: &Signed<Lease>,
    ) -> Result<Verified<Lease>, ImportError> {
        let lease = verified(lease, keeper)?;
        if lease.product != self.shared.product {
            return Err(ImportError::AnotherProduct {
                licensed: lease.product.clone(),
            });
        }
        if lease.instance != keeper.instance {
            return Err(ImportError::AnotherInstance);
        }
        let held = keeper.documents.lease.as_ref();
        let is_held = held.is_some_and(|held| held.as_str() == lease.as_str());
        let is_back = keeper.state.lease_before.as_ref() == Some(&lease.id);
        if !is_held && !is_back && keeper.state.requested != Some(lease.nonce) {
            return Err(ImportError::AnotherRequest);
        }
        Ok(lease)
    }

    fn import_trust(
        &self,
        keeper: &mut Keeper,
        update: Signed<TrustUpdate>,
    ) -> Result<(), ImportError> {
        keeper.take_trust(update, &self.shared.embedded)?;
        Ok(())
    }
}

/// An imported lease is no trusted time: it may have been carried for days.
fn accept(keeper: &mut Keeper, tick: Tick, lease: &Verified<Lease>) {
    keeper.take_lease(lease, tick);
    if keeper.state.requested == Some(lease.nonce) {
        keeper.note_answer();
    }
    hear(keeper, lease.issued_at);
}

/// Notes that the authority signed something then that was imported.
fn hear(keeper: &mut Keeper, signed_at: Moment) {
    keeper.state.last_contact_at = keeper.state.last_contact_at.max(Some(signed_at));
}

fn verified<D: Document>(
    document: &Signed<D>,
    keeper: &Keeper,
) -> Result<Verified<D>, countersign::Error> {
    document.verify(&keeper.documents.trust)
}

/// A text that was brought is not for this installation.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// It is no document, or does not verify; a status list or trust update may be too old.
    #[error(transparent)]
    Document(#[from] countersign::Error),
    /// It is for another product.
    #[error("it is for `{licensed}`")]
    AnotherProduct {
        /// That product.
        licensed: Product,
    },
    /// It is a status list of another brand.
    #[error("it is the list of another brand")]
    AnotherBrand,
    /// It is a lease of another license than the one held, or a status list that the license held does
    /// not name: a license is imported before its list.
    #[error("it belongs to another license than the one held")]
    AnotherLicense,
    /// It is for another installation.
    #[error("the answer is for another installation")]
    AnotherInstance,
    /// It answers no request that this installation made last.
    #[error("the answer is to another request; draw up a new one")]
    AnotherRequest,
    /// A newer revision of the license was held.
    #[error("the license is revision {revision}, and revision {newest} was held already")]
    Superseded {
        /// The revision of the license.
        revision: Revision,
        /// The highest that was held.
        newest: Revision,
    },
    /// It was signed later than it can be.
    #[error("it was signed more than a day ahead of the present time")]
    AheadOfTime,
}
