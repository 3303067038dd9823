use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use countersign::protocol::LicenseStatus;
use countersign::{Hold, LicenseKey, Moment, Signed};
use serde::{Deserialize, Serialize};

use crate::store::activations::Activation;
use crate::store::licenses::{LicenseFilter, ListedLicense, StoredLicense};
use crate::store::{StoreError, Tx};

use super::super::view::{LicenseKeyView, LicenseView, ProductRef};
use super::super::{Actor, Authority, Inner, Refusal};
use super::UNKNOWN_LICENSE;

/// Which licenses are asked for.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LicenseQuery {
    /// The e-mail address of their customer, compared without case.
    #[serde(default)]
    pub(crate) email: Option<String>,
    /// Their product, by id or code.
    #[serde(default)]
    pub(crate) product: Option<String>,
    /// How they stand: `valid`, `expired`, `suspended` or `cancelled`.
    #[serde(default)]
    pub(crate) status: Option<String>,
    /// A part of what their customer or product is called, in any case; or their id.
    #[serde(default)]
    pub(crate) search: Option<String>,
    /// How many to show, at most 500 [default: 50].
    #[serde(default)]
    #[param(minimum = 1, maximum = 500)]
    pub(crate) limit: Option<u32>,
    /// Where the page before ended: its `next`.
    #[serde(default)]
    pub(crate) cursor: Option<String>,
    /// Their license key: no part of a query, since those are logged on their way.
    #[serde(skip)]
    #[param(ignore)]
    pub(crate) license_key: Option<LicenseKey>,
}

/// Licenses, newest first.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct LicenseList {
    pub(crate) licenses: Vec<LicenseView>,
    /// The cursor of the next page; nothing on the last.
    pub(crate) next: Option<String>,
}

/// The signed text of a license.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct LicenseDocument {
    pub(crate) id: String,
    pub(crate) revision: i64,
    /// The text that products verify.
    pub(crate) document: String,
    /// The same for a file: in lines, with some for people.
    #[serde(skip)]
    pub(crate) armor: String,
}

impl Authority {
    /// The licenses of the actor's brand or, for an operator who acts for none, of all.
    pub(crate) async fn licenses(
        &self,
        actor: &Actor,
        query: LicenseQuery,
    ) -> Result<LicenseList, Refusal> {
        let now = self.now();
        let limit = page_length(query.limit)?;
        let key_hash = match &query.license_key {
            None => None,
            Some(key) => Some(self.hash_for(actor, key).await?),
        };
        let status = query.status.as_deref().map(parse_status).transpose()?;
        let filter = LicenseFilter {
            brand_id: actor.brand.clone(),
            id: None,
            email: query.email.map(|email| email.trim().to_owned()),
            product: query.product,
            status: status.map(|status| (status, now)),
            search: query.search,
            key_hash,
            after: query.cursor.as_deref().map(parse_cursor).transpose()?,
        };
        let _searching = match &filter.search {
            Some(_) => Some(self.inner.searching.acquire().await),
            None => None,
        };
        let inner = self.inner.clone();
        let across_brands = actor.brand.is_none();
        let use_case = move |tx: &mut dyn Tx| {
            let mut listed = ListedLicense::list(tx, &filter, limit + 1)?;
            let next = match usize::try_from(limit) {
                Ok(limit) if listed.len() > limit => {
                    listed.truncate(limit);
                    listed.last().map(cursor)
                }
                _ => None,
            };
            let mut licenses = Vec::new();
            for listed in listed {
                let brand = across_brands.then(|| listed.brand_slug.clone());
                let view = inner.view_listed(tx, listed, now)?;
                // The columns are an index; how a license stands, the core says.
                if status.is_none_or(|status| view.status == status) {
                    licenses.push(LicenseView { brand, ..view });
                }
            }
            Ok(LicenseList { licenses, next })
        };
        self.inner.store.read(actor.scope(), use_case).await
    }

    /// One license.
    pub(crate) async fn license(&self, actor: &Actor, id: &str) -> Result<LicenseView, Refusal> {
        let brand_id = actor.brand()?.to_owned();
        let (inner, id, now) = (self.inner.clone(), id.to_owned(), self.now());
        let use_case = move |tx: &mut dyn Tx| inner.view_by_id(tx, &brand_id, &id, now);
        self.inner.store.read(actor.scope(), use_case).await
    }

    /// The signed text of a license.
    pub(crate) async fn license_document(
        &self,
        actor: &Actor,
        id: &str,
    ) -> Result<LicenseDocument, Refusal> {
        let brand_id = actor.brand()?.to_owned();
        let (inner, id) = (self.inner.clone(), id.to_owned());
        let use_case = move |tx: &mut dyn Tx| {
            let row = StoredLicense::by_id(tx, &brand_id, &id)?.ok_or(UNKNOWN_LICENSE)?;
            let license = inner.verified(tx, &row)?;
            let signed: Signed<countersign::License> =
                row.document.parse().map_err(|_| StoreError::Damaged {
                    what: "the document of a license",
                })?;
            let product = license.product.to_string();
            let mut names = vec![("Product", product.as_str())];
            names.extend(license.customer.as_deref().map(|name| ("Customer", name)));
            names.push(("Id", license.id.as_str()));
            Ok(LicenseDocument {
                armor: signed.to_armor(&names),
                id: row.id,
                revision: row.revision,
                document: row.document,
            })
        };
        self.inner.store.read(actor.scope(), use_case).await
    }

    /// What a license key is found by in the actor's brand.
    async fn hash_for(&self, actor: &Actor, key: &LicenseKey) -> Result<Vec<u8>, Refusal> {
        let (inner, brand_id, key) = (self.inner.clone(), actor.brand.clone(), key.clone());
        let use_case = move |tx: &mut dyn Tx| {
            let brand = match &brand_id {
                Some(id) => crate::store::brands::Brand::by_id(tx, id)?,
                None => None,
            };
            Ok(inner
                .key_hash(&key, brand.as_ref().map(|brand| &brand.slug))
                .to_vec())
        };
        self.inner.store.read(actor.scope(), use_case).await
    }
}

impl Inner {
    /// A license as HTTP shows it.
    pub(in crate::authority) fn view(
        &self,
        tx: &mut dyn Tx,
        row: &StoredLicense,
        now: Moment,
    ) -> Result<LicenseView, Refusal> {
        self.view_by_id(tx, &row.brand_id, &row.id, now)
    }

    fn view_by_id(
        &self,
        tx: &mut dyn Tx,
        brand_id: &str,
        id: &str,
        now: Moment,
    ) -> Result<LicenseView, Refusal> {
        let filter = LicenseFilter {
            brand_id: Some(brand_id.to_owned()),
            id: Some(id.to_owned()),
            ..LicenseFilter::default()
        };
        let listed = ListedLicense::list(tx, &filter, 1)?.pop();
        self.view_listed(tx, listed.ok_or(UNKNOWN_LICENSE)?, now)
    }

    fn view_listed(
        &self,
        tx: &mut dyn Tx,
        listed: ListedLicense,
        now: Moment,
    ) -> Result<LicenseView, Refusal> {
        let mut row = listed.license;
        let license = self.verified(tx, &row)?;
        if license.seats.hold == Hold::WhileLeased {
            row.seats_held -= Activation::count_floated(tx, &row.id, now)?;
        }
        let license_key = LicenseKeyView {
            key: Some(self.open_key(&row.license_key_id, &listed.sealed_key)?),
            id: row.license_key_id.clone(),
            customer_email: listed.customer_email,
            created_at: None,
        };
        let product = ProductRef {
            id: row.product_id.clone(),
            name: listed.product_name,
            slug: listed.product_slug,
        };
        Ok(LicenseView::of(&row, &license, license_key, product, now))
    }
}

/// How many rows a page has.
///
/// # Errors
///
/// [`Refusal::Fields`] for none and for too many.
pub(super) fn page_length(limit: Option<u32>) -> Result<i64, Refusal> {
    match limit.unwrap_or(DEFAULT_PAGE) {
        limit @ 1..=LONGEST_PAGE => Ok(limit.into()),
        _ => {
            let detail = format!("it is a number from 1 to {LONGEST_PAGE}");
            Err(Refusal::field("limit", "out_of_range", detail))
        }
    }
}

fn parse_status(text: &str) -> Result<LicenseStatus, Refusal> {
    let all = [
        LicenseStatus::Valid,
        LicenseStatus::Expired,
        LicenseStatus::Suspended,
        LicenseStatus::Cancelled,
    ];
    all.into_iter()
        .find(|status| status.name() == text)
        .ok_or_else(|| {
            let detail = "a status is `valid`, `expired`, `suspended` or `cancelled`";
            Refusal::field("status", "invalid_request", detail)
        })
}

fn cursor(listed: &ListedLicense) -> String {
    let row = &listed.license;
    BASE64_URL_SAFE_NO_PAD.encode(format!("{} {}", row.created_at.unix(), row.id))
}

fn parse_cursor(text: &str) -> Result<(Moment, String), Refusal> {
    let parsed = || {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (created_at, id) = text.split_once(' ')?;
        let created_at = Moment::from_unix(created_at.parse().ok()?).ok()?;
        let is_id = id.bytes().all(|byte| byte.is_ascii_graphic());
        is_id.then(|| (created_at, id.to_owned()))
    };
    parsed().ok_or_else(|| Refusal::field("cursor", "invalid_cursor", NO_CURSOR))
}

/// What is said of a cursor that no answer gave.
pub(super) const NO_CURSOR: &str = "no list has this cursor";
/// Rows of a page where the caller states no number.
const DEFAULT_PAGE: u32 = 50;
/// The most rows of a page.
const LONGEST_PAGE: u32 = 500;
