use std::sync::Arc;
use std::time::Duration;

use countersign::{Code, Moment, Signed, StatusList, Statuses};

use crate::entropy;
use crate::secret::digest;
use crate::store::brands::Brand;
use crate::store::{Scope, StoreError, Tx, former_lists, status_entries};

use super::{Authority, Inner, Refusal};

/// A status list as it is handed out.
pub(crate) struct SignedList {
    pub(super) brand_id: String,
    pub(crate) document: Signed<StatusList>,
    issued_at: Moment,
    /// Tells this text from others of the list.
    pub(crate) tag: String,
}

impl SignedList {
    /// How long others may keep it, so that with the age that it has a suspension by any process
    /// shows within a minute.
    pub(crate) const KEPT_BY_OTHERS: Duration = Duration::from_secs(30);
}

impl Authority {
    /// A status list of a brand, signed not long ago and after every change by this process.
    pub(crate) async fn status_list(
        &self,
        brand: &Code,
        list: i64,
    ) -> Result<Arc<SignedList>, Refusal> {
        let (inner, now) = (self.inner.clone(), self.now());
        let begun = inner.begin();
        let name = (brand.as_str().to_owned(), list);
        if let Some(kept) = inner.memory.list(&name, &begun)
            && now.since(kept.issued_at) < SIGNED_AGAIN
            && kept.issued_at.since(now).is_zero()
        {
            return Ok(kept);
        }
        let slug = brand.clone();
        let use_case = move |tx: &mut dyn Tx| inner.sign_list(tx, &slug, list, now);
        let signed = self.inner.store.read(Scope::All, use_case).await?;
        let signed = Arc::new(signed);
        self.inner.memory.keep_list(name, signed.clone(), begun);
        Ok(signed)
    }

    /// The keys of a brand as a JWK Set, for people and tools.
    pub(crate) async fn key_set(&self, brand: &Code) -> Result<String, Refusal> {
        let (inner, slug) = (self.inner.clone(), brand.clone());
        inner.begin();
        let use_case = move |tx: &mut dyn Tx| {
            let brand = Brand::by_slug(tx, slug.as_str())?.ok_or(UNKNOWN_BRAND)?;
            let signer = inner.signers.of(tx, &inner.secret, &brand.id)?;
            Ok(signer.trust.to_jwks())
        };
        self.inner.store.read(Scope::All, use_case).await
    }
}

impl Inner {
    fn sign_list(
        &self,
        tx: &mut dyn Tx,
        slug: &Code,
        list: i64,
        now: Moment,
    ) -> Result<SignedList, Refusal> {
        let brand = Brand::by_slug(tx, slug.as_str())?.ok_or(UNKNOWN_BRAND)?;
        let newest = status_entries::newest_list(tx, &brand.id)?;
        if !newest.is_some_and(|newest| (0..=newest).contains(&list)) {
            return Err(Refusal::NotFound {
                what: "status_list",
            });
        }
        let length = usize::try_from(LIST_LENGTH).map_err(Refusal::internal)?;
        let mut entries = Statuses::valid(length);
        for (entry, status) in status_entries::stated(tx, &brand.id, list)? {
            let entry = usize::try_from(entry).map_err(|_| StoreError::Damaged {
                what: "an entry of a status list",
            })?;
            entries
                .set(entry, status)
                .map_err(|_| StoreError::Damaged {
                    what: "an entry of a status list",
                })?;
        }
        let uri = status_uri(tx, &brand.id, slug, list)?;
        let mut statuses = StatusList::new(slug.clone(), uri, now, entries);
        statuses.refresh_after = Some(REFRESHED_AFTER);
        statuses.ends_at = Some(now.saturating_add(LASTS));
        let signer = self.signers.of(tx, &self.secret, &brand.id)?;
        let document = signer
            .active()?
            .sign(&statuses)
            .map_err(Refusal::internal)?;
        Ok(SignedList {
            brand_id: brand.id,
            issued_at: now,
            tag: digest(document.as_str()),
            document,
        })
    }
}

/// Where a status list is fetched from.
pub(super) fn status_uri(
    tx: &mut dyn Tx,
    brand_id: &str,
    brand: &Code,
    list: i64,
) -> Result<String, StoreError> {
    let public_url = former_lists::public_url(tx, brand_id, list)?;
    let public_url = public_url.ok_or(StoreError::Damaged {
        what: "the public URL",
    })?;
    Ok(list_at(&public_url, brand, list))
}

/// Where a status list is fetched from that began under a public URL.
pub(super) fn list_at(public_url: &str, brand: &Code, list: i64) -> String {
    format!("{public_url}/.well-known/{brand}/status/{list}")
}

/// Takes an entry for a license: of the newest list, at random, so that its number says nothing of
/// how many licenses there are. A list in which chance finds no free entry is full enough, and the
/// next begins, as it does after the public URL was changed.
pub(super) fn allot(tx: &mut dyn Tx, brand_id: &str) -> Result<Place, Refusal> {
    let newest = status_entries::newest_list(tx, brand_id)?.unwrap_or(0);
    let after = former_lists::last(tx, brand_id)?.map_or(0, |former| former + 1);
    let mut list = newest.max(after);
    loop {
        for _ in 0..TRIES {
            let random = u32::from_be_bytes(entropy::draw()?);
            let entry = i64::from(random) % LIST_LENGTH;
            if status_entries::take(tx, brand_id, list, entry)? {
                return Ok(Place { list, entry });
            }
        }
        list += 1;
    }
}

/// An entry of a status list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) list: i64,
    pub(super) entry: i64,
}

/// Entries of a list: 32 KiB of two bits each, which deflate to little.
pub(super) const LIST_LENGTH: i64 = 1 << 17;
/// How often chance is asked: a list that is nine tenths full is left in one of five cases.
const TRIES: usize = 16;
/// How long a signed list is handed out before it is signed again, for what another process changed.
const SIGNED_AGAIN: Duration = Duration::from_secs(20);
/// How long after it was signed a host should fetch a newer one.
/// Whoever is told of a suspension meanwhile fetches it at once.
const REFRESHED_AFTER: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a list counts at most where no newer one can be had: it may have been carried to a
/// machine without a network. A license's `freshness` is the bound that a vendor chooses.
const LASTS: Duration = Duration::from_secs(90 * 24 * 60 * 60);
const UNKNOWN_BRAND: Refusal = Refusal::NotFound { what: "brand" };
