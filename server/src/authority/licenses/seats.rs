use countersign::Moment;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::store::Change;
use crate::store::Tx;
use crate::store::activations::Activation;
use crate::store::licenses::StoredLicense;

use super::super::activations::release;
use super::super::view::{ActivationView, remaining};
use super::super::{Actor, Authority, Inner, Refusal, event};
use super::UNKNOWN_LICENSE;
use super::list::{NO_CURSOR, page_length};

/// Which activations are asked for.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ActivationQuery {
    /// How many to show, at most 500 [default: 50].
    #[serde(default)]
    #[param(minimum = 1, maximum = 500)]
    pub(crate) limit: Option<u32>,
    /// Where the page before ended: its `next`.
    #[serde(default)]
    pub(crate) cursor: Option<String>,
}

/// Activations, newest first.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct ActivationList {
    pub(crate) activations: Vec<ActivationView>,
    /// The cursor of the next page; nothing on the last.
    pub(crate) next: Option<String>,
}

impl Authority {
    /// The activations of a license, those included whose seats were given up.
    pub(crate) async fn activations(
        &self,
        actor: &Actor,
        license_id: &str,
        query: ActivationQuery,
    ) -> Result<ActivationList, Refusal> {
        let brand_id = actor.brand()?.to_owned();
        let license_id = license_id.to_owned();
        let limit = page_length(query.limit)?;
        if let Some(cursor) = &query.cursor
            && uuid::Uuid::try_parse(cursor).is_err()
        {
            return Err(Refusal::field("cursor", "invalid_cursor", NO_CURSOR));
        }
        let use_case = move |tx: &mut dyn Tx| {
            let row = StoredLicense::by_id(tx, &brand_id, &license_id)?.ok_or(UNKNOWN_LICENSE)?;
            let before = query.cursor.as_deref();
            let mut activations = Activation::of_license(tx, &row.id, before, limit + 1)?;
            let next = match usize::try_from(limit) {
                Ok(limit) if activations.len() > limit => {
                    activations.truncate(limit);
                    activations.last().map(|activation| activation.id.clone())
                }
                _ => None,
            };
            let activations = activations.into_iter().map(ActivationView::from).collect();
            Ok(ActivationList { activations, next })
        };
        self.inner.store.read(actor.scope(), use_case).await
    }

    /// Takes the seat of an activation away. A seat that is given up already stays so.
    pub(crate) async fn release_activation(
        &self,
        actor: &Actor,
        license_id: &str,
        activation_id: &str,
    ) -> Result<(), Refusal> {
        let brand_id = actor.brand()?.to_owned();
        let (license_id, activation_id) = (license_id.to_owned(), activation_id.to_owned());
        let (inner, actor, now) = (self.inner.clone(), actor.clone(), self.now());
        let scope = actor.scope();
        let use_case = move |tx: &mut dyn Tx| {
            let mut row =
                StoredLicense::lock(tx, &brand_id, &license_id)?.ok_or(UNKNOWN_LICENSE)?;
            let found = Activation::by_id(tx, &row.id, &activation_id)?;
            let mut seat = found.ok_or(Refusal::NotFound { what: "activation" })?;
            match seat.released_at {
                Some(_) => Ok(()),
                None => inner.take_seat(tx, &actor, &mut row, &mut seat, now),
            }
        };
        self.inner.store.write(scope, use_case).await
    }
}

impl Inner {
    /// Ends the hold of a seat, and says so.
    pub(super) fn take_seat(
        &self,
        tx: &mut dyn Tx,
        actor: &Actor,
        row: &mut StoredLicense,
        seat: &mut Activation,
        now: Moment,
    ) -> Result<(), Refusal> {
        release(tx, row, seat, now)?;
        tx.note(Change::LicenseKey(row.license_key_id.clone()));
        let data = json!({
            "id": row.id,
            "product_id": row.product_id,
            "activation": ActivationView::from(seat.clone()),
            "seats_used": row.seats_held,
            "seats_remaining": remaining(row),
        });
        let brand = Some(row.brand_id.as_str());
        event::record(tx, actor, brand, "seat.released", &row.id, &data, now)
    }
}
