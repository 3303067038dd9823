use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use countersign::AddressPattern;

use crate::http::network;

/// How many connections each address has open; of IPv6, each /64.
#[derive(Default)]
pub(super) struct Peers {
    open: Mutex<HashMap<Vec<u8>, usize>>,
}

/// One connection of an address, while it is open.
pub(super) struct Counted {
    peers: Arc<Peers>,
    network: Vec<u8>,
}

impl Peers {
    /// Counts a connection, unless its address has `most` already. Proxies that are trusted speak for
    /// many, and have any number.
    pub(super) fn admit(
        self: &Arc<Self>,
        address: IpAddr,
        most: usize,
        proxies: &[AddressPattern],
    ) -> Option<Counted> {
        let address = address.to_canonical();
        let is_proxy = proxies.iter().any(|proxy| proxy.matches(address));
        let network = network(address);
        let mut open = self.lock();
        let count = open.entry(network.clone()).or_default();
        if *count >= most && !is_proxy {
            return None;
        }
        *count += 1;
        Some(Counted {
            peers: self.clone(),
            network,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Vec<u8>, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut open = self.peers.lock();
        if let Some(count) = open.get_mut(&self.network) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                open.remove(&self.network);
            }
        }
    }
}
