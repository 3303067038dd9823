use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use countersign::{Code, LicenseKey};
use quick_cache::sync::Cache;

use crate::clock::Stopwatch;
use crate::store::brands::Brand;
use crate::store::license_keys::StoredLicenseKey;
use crate::store::{Scope, Tx};

use super::brand_settings::{BrandRates, BrandSettings};
use super::{Authority, PresentedLease, Refusal};

/// As whose a request of a product counts.
#[derive(Clone, Debug)]
pub(crate) struct Counted {
    /// The license key or the license: a text that stands for it alone.
    pub(crate) who: Vec<u8>,
    /// The brand, where it has rates of its own.
    pub(crate) brand: Option<(Arc<str>, BrandRates)>,
}

/// The rates of every brand that has any, kept for a while: other processes may change them.
pub(super) struct Rates {
    known: RwLock<Option<Known>>,
    /// Whose a license key is, by its hash.
    brand_of: Cache<[u8; 32], Arc<str>>,
}

/// The rates by the ids of brands, and when they were read.
type Known = (Stopwatch, Arc<HashMap<Arc<str>, BrandRates>>);

impl Default for Rates {
    fn default() -> Self {
        Self {
            known: RwLock::default(),
            brand_of: Cache::new(MOST_KEYS),
        }
    }
}

impl Rates {
    /// Reads them anew when they are needed next.
    pub(super) fn forget(&self) {
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = None;
        self.brand_of.clear();
    }

    fn fresh(&self) -> Option<Arc<HashMap<Arc<str>, BrandRates>>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let (read, rates) = known.as_ref()?;
        (read.seconds() < KEPT_FOR).then(|| rates.clone())
    }

    fn keep(&self, rates: &Arc<HashMap<Arc<str>, BrandRates>>) {
        let kept = Some((Stopwatch::start(), rates.clone()));
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = kept;
    }
}

impl Authority {
    /// The rates of a brand, as far as they are its own.
    ///
    /// # Errors
    ///
    /// [`Refusal::Store`].
    pub(crate) async fn brand_rates(&self, brand_id: &str) -> Result<BrandRates, Refusal> {
        let rates = self.all_rates().await?;
        Ok(rates.get(brand_id).copied().unwrap_or_default())
    }

    /// Whether any brand has rates of its own.
    ///
    /// # Errors
    ///
    /// [`Refusal::Store`].
    pub(crate) async fn brands_have_rates(&self) -> Result<bool, Refusal> {
        Ok(!self.all_rates().await?.is_empty())
    }

    /// As whose a request with a license key counts; an unknown key counts as nobody's.
    ///
    /// # Errors
    ///
    /// [`Refusal::Store`].
    pub(crate) async fn counted_by_key(
        &self,
        key: &LicenseKey,
        brand: Option<&Code>,
    ) -> Result<Counted, Refusal> {
        let hash = self.inner.key_hash(key, brand);
        let rates = self.all_rates().await?;
        // Where no brand has any, nobody need know whose the key is.
        let brand = match rates.is_empty() {
            true => None,
            false => self.brand_of(hash).await?,
        };
        Ok(Counted {
            who: hash.to_vec(),
            brand: brand.and_then(|id| Some((id.clone(), *rates.get(&id)?))),
        })
    }

    /// As whose a request with a lease counts.
    ///
    /// # Errors
    ///
    /// [`Refusal::Store`].
    pub(crate) async fn counted_by_lease(
        &self,
        lease: &PresentedLease,
    ) -> Result<Counted, Refusal> {
        let rates = self.all_rates().await?;
        let brand = rates.get_key_value(lease.brand_id());
        Ok(Counted {
            who: lease.license_id().as_bytes().to_vec(),
            brand: brand.map(|(id, rates)| (id.clone(), *rates)),
        })
    }

    /// Whose a license key is.
    async fn brand_of(&self, hash: [u8; 32]) -> Result<Option<Arc<str>>, Refusal> {
        let known = &self.inner.rates.brand_of;
        if let Some(brand_id) = known.get(&hash) {
            return Ok(Some(brand_id));
        }
        let use_case = move |tx: &mut dyn Tx| Ok(StoredLicenseKey::by_hash(tx, &hash)?);
        let key = self.inner.store.read(Scope::All, use_case).await?;
        let brand_id = key.map(|key| Arc::<str>::from(key.brand_id));
        if let Some(brand_id) = &brand_id {
            known.insert(hash, brand_id.clone());
        }
        Ok(brand_id)
    }

    async fn all_rates(&self) -> Result<Arc<HashMap<Arc<str>, BrandRates>>, Refusal> {
        if let Some(rates) = self.inner.rates.fresh() {
            return Ok(rates);
        }
        let use_case = |tx: &mut dyn Tx| Ok(Brand::all_settings(tx)?);
        let settings = self.inner.store.read(Scope::All, use_case).await?;
        let rates = settings.into_iter().filter_map(|(brand_id, settings)| {
            let rates = BrandSettings::from_stored(&settings).rate_limits?;
            Some((brand_id.into(), rates))
        });
        let rates = Arc::new(rates.collect());
        self.inner.rates.keep(&rates);
        Ok(rates)
    }
}

/// In seconds.
const KEPT_FOR: f64 = 30.0;
/// The most license keys of which it is kept whose they are.
const MOST_KEYS: usize = 1 << 16;
