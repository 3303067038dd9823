use std::num::NonZeroU32;

use countersign::{Hold, License, LicenseId, Moment, Product, Status, Transition};
use serde::{Deserialize, Serialize};

use crate::store::activations::Activation;
use crate::store::brands::Brand;
use crate::store::license_keys::StoredLicenseKey;
use crate::store::licenses::StoredLicense;
use crate::store::products::StoredProduct;
use crate::store::{Change, StoreError, Tx, status_entries};

use super::super::activations::held_until;
use super::super::refusal::to_value;
use super::super::status_lists::{self, Place};
use super::super::terms::{Terms, identity};
use super::super::view::{ActivationView, LicenseView, ProductRef, seats};
use super::super::{Actor, Authority, Idempotency, Inner, Refusal, event};
use super::{UNKNOWN_LICENSE, check_terms, refuse_ended, refuse_inactive, status_claim};

/// What is to be different about a license.
#[derive(Clone, Debug, Default)]
pub(crate) struct LicenseChange {
    /// Another product of the brand, by id or code: what the license has by default of the one it
    /// then has by default of the other.
    pub(crate) product: Option<String>,
    /// How many seats it has, or that it has any number.
    pub(crate) max_seats: Option<Option<NonZeroU32>>,
    /// Terms that are stated anew; `null` takes one away.
    pub(crate) terms: Terms,
    /// Only says what would be.
    pub(crate) dry_run: bool,
    /// Whether an operator means what is refused because hardly anybody does.
    pub(crate) insist: bool,
}

/// A license after a change.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct ChangedLicense {
    #[serde(flatten)]
    pub(crate) license: LicenseView,
    /// The seats that went because there are fewer, those held longest first.
    pub(crate) seats_released: Vec<ActivationView>,
}

/// What a license is signed anew with.
pub(in crate::authority) struct Revision<'a> {
    pub(in crate::authority) brand: &'a Brand,
    pub(in crate::authority) product: &'a StoredProduct,
    /// The customer, as the brand names them.
    pub(in crate::authority) customer: Option<&'a str>,
    pub(in crate::authority) terms: &'a Terms,
    /// Whether the older text is to be worth nothing, whatever the terms.
    pub(in crate::authority) supersedes: bool,
}

impl Authority {
    /// Changes the terms of a license: signs a new revision, and takes seats away that are too many.
    ///
    /// # Errors
    ///
    /// [`Refusal::Denied`] for a cancelled license, [`Refusal::Fields`] for terms that no license
    /// has or that are refused when one is provisioned.
    pub(crate) async fn change_license(
        &self,
        actor: &Actor,
        id: &str,
        change: LicenseChange,
    ) -> Result<ChangedLicense, Refusal> {
        self.edit_license(actor, id, change, "license.changed", None)
            .await
    }

    /// Moves the end of a license.
    ///
    /// # Errors
    ///
    /// As [`change_license`](Self::change_license).
    pub(crate) async fn renew_license(
        &self,
        actor: &Actor,
        id: &str,
        end: Moment,
        idempotency: Option<Idempotency>,
    ) -> Result<LicenseView, Refusal> {
        let mut change = LicenseChange::default();
        change.terms.set("valid_until", end.unix());
        let changed = self
            .edit_license(actor, id, change, "license.renewed", idempotency)
            .await?;
        Ok(changed.license)
    }

    async fn edit_license(
        &self,
        actor: &Actor,
        id: &str,
        change: LicenseChange,
        kind: &'static str,
        idempotency: Option<Idempotency>,
    ) -> Result<ChangedLicense, Refusal> {
        let brand_id = actor.brand()?.to_owned();
        let (inner, actor, now) = (self.inner.clone(), actor.clone(), self.now());
        let (scope, id, dry_run) = (actor.scope(), id.to_owned(), change.dry_run);
        let use_case = move |tx: &mut dyn Tx| {
            let row = match change.dry_run {
                true => StoredLicense::by_id(tx, &brand_id, &id)?,
                false => StoredLicense::lock(tx, &brand_id, &id)?,
            };
            inner.edit(tx, &actor, row.ok_or(UNKNOWN_LICENSE)?, &change, kind, now)
        };
        match dry_run {
            true => self.inner.store.read(scope, use_case).await,
            false => self.write_once(scope, kind, idempotency, use_case).await,
        }
    }
}

impl Inner {
    fn edit(
        &self,
        tx: &mut dyn Tx,
        actor: &Actor,
        mut row: StoredLicense,
        change: &LicenseChange,
        kind: &str,
        now: Moment,
    ) -> Result<ChangedLicense, Refusal> {
        row.standing = row.standing.after(Transition::Renew)?;
        let earlier = self.verified(tx, &row)?;
        let unknown_brand = Refusal::NotFound { what: "brand" };
        let brand = Brand::by_id(tx, &row.brand_id)?.ok_or(unknown_brand)?;
        let before = StoredProduct::by_name(tx, &row.brand_id, &row.product_id)?
            .ok_or(StoreError::Damaged { what: "a product" })?;
        let product = next_product(tx, &row, &before, change)?;
        let mut terms = Terms::of(&earlier);
        if product.id != before.id {
            let defaults = |product: &StoredProduct| {
                let mut defaults = Terms::from_stored(&product.defaults)?;
                defaults.enforce_seats(&Terms::default())?;
                defaults.normal()
            };
            terms = terms.moved(&defaults(&before)?, &defaults(&product)?);
        }
        terms = terms.with(&change.terms);
        if let Some(limit) = change.max_seats {
            terms.limit_seats(limit);
        }
        terms.enforce_seats(&change.terms)?;
        let revision = Revision {
            brand: &brand,
            product: &product,
            customer: earlier.customer.as_deref(),
            terms: &terms,
            supersedes: false,
        };
        let license = self.draft(tx, &row, place_of(&row), &revision, now)?;
        if product.id == before.id && Terms::of(&license) == Terms::of(&earlier) {
            return Ok(ChangedLicense {
                license: self.view(tx, &row, now)?,
                seats_released: Vec::new(),
            });
        }
        check_terms(
            &license,
            change.insist || license.domains == earlier.domains,
        )?;
        if license.validity.ends_at() != earlier.validity.ends_at() {
            refuse_ended(&license, now)?;
        }
        if change.dry_run {
            let seats_released = self.excess(tx, &mut row, &earlier, &license, now)?;
            let license_key = self.view(tx, &row, now)?.license_key;
            row.revision += 1;
            row.seat_limit = license.seats.limit.map(|limit| limit.get().into());
            let product = ProductRef::from(product);
            return Ok(ChangedLicense {
                license: LicenseView::of(&row, &license, license_key, product, now),
                seats_released,
            });
        }
        let license = self.revise(tx, &mut row, &earlier, &revision, now)?;
        let seats_released = self.give_up(tx, actor, &mut row, &earlier, &license, now)?;
        row.update(tx)?;
        tx.note(Change::LicenseKey(row.license_key_id.clone()));
        let view = self.view(tx, &row, now)?;
        let data = to_value(&view.without_key());
        event::record(tx, actor, Some(&row.brand_id), kind, &row.id, &data, now)?;
        Ok(ChangedLicense {
            license: view,
            seats_released,
        })
    }

    /// Signs a new revision of a license, in its row. Where a run is asked for no seat the older
    /// text would go on, so an edit that narrows it is given another entry of the status list, and
    /// the older one is revoked.
    pub(in crate::authority) fn revise(
        &self,
        tx: &mut dyn Tx,
        row: &mut StoredLicense,
        earlier: &License,
        revision: &Revision<'_>,
        now: Moment,
    ) -> Result<License, Refusal> {
        let mut place = place_of(row);
        let mut license = self.draft(tx, row, place, revision, now)?;
        let narrows = revision.supersedes || license.narrows(earlier);
        if earlier.activation.is_none() && narrows {
            let brand_id = &row.brand_id;
            status_entries::set(tx, brand_id, place.list, place.entry, Status::Revoked)?;
            place = status_lists::allot(tx, brand_id)?;
            let status = row.standing.status(row.blocked);
            status_entries::set(tx, brand_id, place.list, place.entry, status)?;
            tx.note(Change::StatusList(brand_id.clone()));
            license = self.draft(tx, row, place, revision, now)?;
        }
        let document = self.sign(tx, &row.brand_id, &license)?;
        row.document = document.as_str().to_owned();
        row.revision = license.revision.get().into();
        row.product_id.clone_from(&revision.product.id);
        row.valid_until = license.validity.ends_at();
        row.seat_limit = license.seats.limit.map(|limit| limit.get().into());
        (row.status_list, row.status_index) = (place.list, place.entry);
        Ok(license)
    }

    /// The next revision of a license, unsigned.
    fn draft(
        &self,
        tx: &mut dyn Tx,
        row: &StoredLicense,
        place: Place,
        revision: &Revision<'_>,
        now: Moment,
    ) -> Result<License, Refusal> {
        let id: LicenseId = row.id.parse().map_err(Refusal::internal)?;
        let product = Product {
            brand: revision.brand.slug.clone(),
            code: revision.product.slug.clone(),
        };
        let mut claims = identity(&id, &product, revision.customer, row.revision + 1, now);
        claims.extend(status_claim(tx, revision.brand, place)?);
        revision.terms.license(claims)
    }

    /// Takes the seats away that are too many for the new terms.
    fn give_up(
        &self,
        tx: &mut dyn Tx,
        actor: &Actor,
        row: &mut StoredLicense,
        earlier: &License,
        license: &License,
        now: Moment,
    ) -> Result<Vec<ActivationView>, Refusal> {
        self.let_go_floating(tx, earlier, row, now)?;
        if license.seats.hold != earlier.seats.hold {
            Activation::hold_all(tx, &row.id, held_until(license, now))?;
        }
        let mut released = Vec::new();
        let excess = license.seats.excess(seats(row.seats_held)?);
        for mut seat in oldest(tx, row, excess)? {
            self.take_seat(tx, actor, row, &mut seat, now)?;
            released.push(seat.into());
        }
        Ok(released)
    }

    /// The seats that [`give_up`](Self::give_up) would take away, in `row` but not in the database.
    fn excess(
        &self,
        tx: &mut dyn Tx,
        row: &mut StoredLicense,
        earlier: &License,
        license: &License,
        now: Moment,
    ) -> Result<Vec<ActivationView>, Refusal> {
        let floated = match earlier.seats.hold {
            Hold::WhileLeased => Activation::floated(tx, &row.id, now)?,
            Hold::UntilReleased => Vec::new(),
        };
        let is_held = |seat: &Activation| floated.iter().all(|floated| floated.id != seat.id);
        row.seats_held -= i64::try_from(floated.len()).unwrap_or(0);
        let Some(excess) = license.seats.excess(seats(row.seats_held)?) else {
            return Ok(Vec::new());
        };
        let most = usize::try_from(excess.get()).unwrap_or(usize::MAX);
        let count = excess.saturating_add(u32::try_from(floated.len()).unwrap_or(u32::MAX));
        let held = oldest(tx, row, Some(count))?.into_iter().filter(is_held);
        let going: Vec<ActivationView> = held.take(most).map(ActivationView::from).collect();
        row.seats_held -= i64::from(excess.get());
        Ok(going)
    }
}

fn oldest(
    tx: &mut dyn Tx,
    row: &StoredLicense,
    count: Option<NonZeroU32>,
) -> Result<Vec<Activation>, Refusal> {
    match count {
        None => Ok(Vec::new()),
        Some(count) => Ok(Activation::oldest_held(tx, &row.id, count.get().into())?),
    }
}

/// The product that a license is for after a change.
fn next_product(
    tx: &mut dyn Tx,
    row: &StoredLicense,
    before: &StoredProduct,
    change: &LicenseChange,
) -> Result<StoredProduct, Refusal> {
    let Some(name) = &change.product else {
        return Ok(before.clone());
    };
    let product = StoredProduct::by_name(tx, &row.brand_id, name)?.ok_or_else(|| {
        Refusal::field("product", "product_not_found", "there is no such product")
    })?;
    if product.id == before.id {
        return Ok(product);
    }
    refuse_inactive(&product, "product")?;
    if !change.dry_run {
        StoredLicenseKey::lock(tx, &row.brand_id, &row.license_key_id)?;
    }
    let licensed = StoredLicense::of_key(tx, &row.license_key_id)?;
    match licensed.iter().any(|other| other.is_for(&product.id)) {
        false => Ok(product),
        true => Err(Refusal::field(
            "product",
            "duplicate_product",
            "the license key has a license for the product",
        )),
    }
}

fn place_of(row: &StoredLicense) -> Place {
    Place {
        list: row.status_list,
        entry: row.status_index,
    }
}
