use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use countersign::{Code, LicenseKey};
use serde::Deserialize;

use crate::clock::Stopwatch;
use crate::http::Rate;
use crate::store::brands::Brand;
use crate::store::license_keys::StoredLicenseKey;
use crate::store::{Scope, Tx};

use super::{Authority, Refusal};

/// The rates that a brand sets for itself: the member `rate_limits` of its settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BrandRates {
    /// Of requests with one of its license keys.
    #[serde(default)]
    pub(crate) license_key: Option<Rate>,
    /// Of requests with one of its API keys.
    #[serde(default)]
    pub(crate) api_key: Option<Rate>,
}

/// The rates of every brand that sets any, kept for a while: other processes may change them.
#[derive(Default)]
pub(super) struct Rates {
    known: RwLock<Option<Known>>,
}

/// The rates by the ids of brands, and when they were read.
type Known = (Stopwatch, Arc<HashMap<String, BrandRates>>);

impl Rates {
    /// Reads them anew when they are needed next.
    pub(super) fn forget(&self) {
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn fresh(&self) -> Option<Arc<HashMap<String, BrandRates>>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let (read, rates) = known.as_ref()?;
        (read.seconds() < KEPT_FOR).then(|| rates.clone())
    }

    fn keep(&self, rates: &Arc<HashMap<String, BrandRates>>) {
        let kept = Some((Stopwatch::start(), rates.clone()));
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = kept;
    }
}

impl Authority {
    /// The rate that a brand sets for its API keys.
    ///
    /// # Errors
    ///
    /// [`Refusal::Store`].
    pub(crate) async fn api_key_rate(&self, brand_id: &str) -> Result<Option<Rate>, Refusal> {
        let rates = self.brand_rates().await?;
        Ok(rates.get(brand_id).and_then(|rates| rates.api_key))
    }

    /// The rate that the brand of a license key sets for its license keys; nothing for an unknown
    /// key.
    ///
    /// # Errors
    ///
    /// [`Refusal::Store`].
    pub(crate) async fn license_key_rate(
        &self,
        key: &LicenseKey,
        brand: Option<&Code>,
    ) -> Result<Option<Rate>, Refusal> {
        let rates = self.brand_rates().await?;
        if rates.values().all(|rates| rates.license_key.is_none()) {
            return Ok(None);
        }
        let hash = self.inner.key_hash(key, brand);
        let use_case = move |tx: &mut dyn Tx| Ok(StoredLicenseKey::by_hash(tx, &hash)?);
        let key = self.inner.store.read(Scope::All, use_case).await?;
        let rates = key.and_then(|key| rates.get(&key.brand_id).copied());
        Ok(rates.and_then(|rates| rates.license_key))
    }

    async fn brand_rates(&self) -> Result<Arc<HashMap<String, BrandRates>>, Refusal> {
        if let Some(rates) = self.inner.rates.fresh() {
            return Ok(rates);
        }
        let use_case = |tx: &mut dyn Tx| Ok(Brand::all_settings(tx)?);
        let settings = self.inner.store.read(Scope::All, use_case).await?;
        let rates = settings
            .into_iter()
            .filter_map(|(brand_id, settings)| Some((brand_id, rates_in(&settings)?)));
        let rates = Arc::new(rates.collect());
        self.inner.rates.keep(&rates);
        Ok(rates)
    }
}

/// The rates in a brand's settings. What does not read was written by a newer version, or by hand.
fn rates_in(settings: &str) -> Option<BrandRates> {
    #[derive(Deserialize)]
    struct Settings {
        rate_limits: Option<BrandRates>,
    }
    let settings: Settings = serde_json::from_str(settings).ok()?;
    settings.rate_limits
}

/// In seconds.
const KEPT_FOR: f64 = 30.0;
