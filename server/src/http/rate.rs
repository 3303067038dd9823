//! How often who may ask: token buckets, by address, license key and API key.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use ring::digest;

use crate::clock::Clock;
use crate::entropy;
use crate::metrics::{Limited, Metrics};

use super::problem::Problem;

/// How often something may be done.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// For long; 0 for no limit.
    pub per_second: u32,
    /// At once.
    #[schema(minimum = 1)]
    pub burst: u32,
}

/// How often requests may come, by the clock of the authority: with one that is fixed, no time goes by
/// until it is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// From one address to the product side; of IPv6, from one /64.
    pub address: Rate,
    /// With one license key, or with leases of one license.
    pub license_key: Rate,
    /// With one API key.
    pub api_key: Rate,
    /// As how many requests of its address one with an unknown license key or API key counts.
    pub unknown_key_cost: u32,
}

impl Rate {
    /// As often as one likes.
    pub const UNLIMITED: Self = Self {
        per_second: 0,
        burst: 1,
    };

    fn quota(self) -> Option<Quota> {
        let per_second = NonZeroU32::new(self.per_second)?;
        let burst = NonZeroU32::new(self.burst).unwrap_or(NonZeroU32::MIN);
        Some(Quota::per_second(per_second).allow_burst(burst))
    }
}

impl Rates {
    /// As often as one likes.
    pub const UNLIMITED: Self = Self {
        address: Rate::UNLIMITED,
        license_key: Rate::UNLIMITED,
        api_key: Rate::UNLIMITED,
        unknown_key_cost: 1,
    };
}

/// Counts requests and turns away those that come too often.
///
/// Who asks is known by a slot, a keyed hash of a few bits: memory is bounded by the number of slots
/// whoever asks, and two that share one, which nobody can bring about on purpose, share a bucket.
pub(crate) struct Gate {
    rates: Rates,
    /// The key of the hash.
    salt: [u8; 16],
    clock: Clock,
    /// A limiter for each purpose and rate: those of the authority, and those that brands have. One
    /// that nobody is counted by is as good as a new one, and goes.
    limiters: RwLock<HashMap<(Purpose, Rate), Limiter>>,
    metrics: Arc<Metrics>,
}

/// Counts by the slot of who asks.
type Limiter = Arc<RateLimiter<u32, DashMapStateStore<u32>, Clock, NoOpMiddleware<Duration>>>;

impl governor::clock::Clock for Clock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.gone_by()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Purpose {
    Address,
    AddressOfBrand,
    /// An address that comes with an API key which is not familiar.
    Stranger,
    License,
    ApiKey,
}

impl Gate {
    pub(super) fn new(rates: Rates, clock: Clock, metrics: Arc<Metrics>) -> io::Result<Self> {
        Ok(Self {
            rates,
            salt: entropy::draw()?,
            clock,
            limiters: RwLock::default(),
            metrics,
        })
    }

    /// A request from an address.
    pub(super) fn address(&self, address: IpAddr) -> Result<(), Problem> {
        self.admit(Purpose::Address, self.rates.address, &network(address))
    }

    /// A request from an address about licenses of a brand that has a rate for those.
    pub(super) fn address_of_brand(
        &self,
        address: IpAddr,
        brand_id: &str,
        own: Rate,
    ) -> Result<(), Problem> {
        let who = [brand_id.as_bytes(), &network(address)].concat();
        self.admit(Purpose::AddressOfBrand, own, &who)
    }

    /// A request with a license key or a lease, by any text that stands for the license key or the
    /// license alone; `own` is the brand's rate.
    pub(super) fn license(&self, who: &[u8], own: Option<Rate>) -> Result<(), Problem> {
        self.admit(Purpose::License, own.unwrap_or(self.rates.license_key), who)
    }

    /// A request with an API key, by its id; `own` is the brand's rate.
    pub(super) fn api_key(&self, id: &str, own: Option<Rate>) -> Result<(), Problem> {
        self.admit(
            Purpose::ApiKey,
            own.unwrap_or(self.rates.api_key),
            id.as_bytes(),
        )
    }

    /// A request from an address with an API key that is not familiar.
    pub(super) fn stranger(&self, address: IpAddr) -> Result<(), Problem> {
        self.admit(Purpose::Stranger, self.rates.address, &network(address))
    }

    /// A product's request named a key that nobody has: its address, which paid for one, pays for it.
    pub(super) fn unknown_license_key(&self, address: IpAddr) {
        self.charge(Purpose::Address, address);
    }

    /// The same of an API key that a stranger came with.
    pub(super) fn unknown_api_key(&self, address: IpAddr) {
        self.charge(Purpose::Stranger, address);
    }

    fn charge(&self, purpose: Purpose, address: IpAddr) {
        for _ in 1..self.rates.unknown_key_cost {
            // The answer stands; the next ones may be refused.
            if self
                .admit(purpose, self.rates.address, &network(address))
                .is_err()
            {
                return;
            }
        }
    }

    /// Forgets who has not asked for long enough to have a full bucket.
    pub(crate) fn sweep(&self) {
        let mut limiters = self
            .limiters
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        limiters.retain(|_, limiter| {
            limiter.retain_recent();
            limiter.shrink_to_fit();
            !limiter.is_empty()
        });
    }

    fn admit(&self, purpose: Purpose, rate: Rate, who: &[u8]) -> Result<(), Problem> {
        let Some(quota) = rate.quota() else {
            return Ok(());
        };
        let Err(early) = self
            .limiter(purpose, rate, quota)
            .check_key(&self.slot(who))
        else {
            return Ok(());
        };
        let by = match purpose {
            Purpose::Address | Purpose::AddressOfBrand | Purpose::Stranger => "address",
            Purpose::License => "license",
            Purpose::ApiKey => "api_key",
        };
        self.metrics.limited.get_or_create(&Limited { by }).inc();
        let wait = early.wait_time_from(self.clock.gone_by());
        // Whole seconds, and none too few.
        let seconds = wait.as_nanos().div_ceil(1_000_000_000).max(1);
        let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
        let detail = format!("too many requests of one {}", by.replace('_', " "));
        Err(Problem::new(429, "rate_limited", detail).retry_after(seconds))
    }

    fn limiter(&self, purpose: Purpose, rate: Rate, quota: Quota) -> Limiter {
        let known = self.limiters.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(limiter) = known.get(&(purpose, rate)) {
            return limiter.clone();
        }
        drop(known);
        let mut known = self
            .limiters
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(RateLimiter::dashmap_with_clock(quota, self.clock.clone()));
        known.entry((purpose, rate)).or_insert_with(new).clone()
    }

    fn slot(&self, who: &[u8]) -> u32 {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(&self.salt);
        context.update(who);
        let hash = context.finish();
        let [a, b, c, d] = hash.as_ref().first_chunk().copied().unwrap_or_default();
        u32::from_be_bytes([a, b, c, d]) % SLOTS
    }
}

/// Whoever has one address of IPv6 has the others of its /64.
pub(crate) fn network(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().into_iter().take(8).collect(),
    }
}

/// Buckets of one limiter: some 8 MiB where all are in use.
const SLOTS: u32 = 1 << 18;

#[cfg(test)]
mod tests {
    use countersign::Moment;

    use super::*;

    #[test]
    fn rates_of_many_brands_let_nobody_off() {
        let once = Rate {
            per_second: 1,
            burst: 1,
        };
        let rates = Rates {
            address: once,
            ..Rates::UNLIMITED
        };
        let clock = Clock::fixed(Moment::nearest(0));
        let gate = Gate::new(rates, clock, Arc::new(Metrics::default())).unwrap();
        let address = IpAddr::from([192, 0, 2, 1]);
        gate.address(address).unwrap();
        for burst in 1..=200 {
            let own = Rate {
                per_second: 1,
                burst,
            };
            gate.license(b"a", Some(own)).unwrap();
        }
        gate.sweep();
        assert!(gate.address(address).is_err());
        assert!(gate.license(b"a", Some(once)).is_err());
    }
}
