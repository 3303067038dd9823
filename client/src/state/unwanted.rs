//! Seats that were given and nobody holds.

use countersign::{Lease, Signed, TrustStore, Verified};

use crate::state::State;

impl State {
    /// Notes the lease of a seat that is to be given back when the authority is next asked.
    pub(crate) fn note_unwanted(&mut self, lease: &Verified<Lease>) {
        if let Ok(lease) = lease.as_str().parse::<Signed<Lease>>()
            && !self.is_unwanted(&lease)
        {
            self.unwanted.push(lease);
            let too_many = self.unwanted.len().saturating_sub(MOST_UNWANTED);
            self.unwanted.drain(..too_many);
        }
    }

    /// The lease of a seat that is to be given back next; none that the keys of now do not verify.
    pub(crate) fn unwanted(&self, trust: &TrustStore) -> Option<Verified<Lease>> {
        let mut leases = self.unwanted.iter();
        leases.find_map(|lease| lease.verify(trust).ok())
    }

    /// Notes that a seat was given back, or is held again.
    pub(crate) fn forget_unwanted(&mut self, seat: &Lease, trust: &TrustStore) {
        self.unwanted.retain(|lease| {
            let lease = lease.verify(trust).ok();
            lease.is_none_or(|lease| !is_same_seat(&lease, seat))
        });
    }

    /// Does again what became of such seats since `base`.
    pub(crate) fn merge_unwanted(&mut self, base: &Self, ours: &Self) {
        let is_given_back =
            |lease: &Signed<Lease>| base.is_unwanted(lease) && !ours.is_unwanted(lease);
        self.unwanted.retain(|lease| !is_given_back(lease));
        for lease in &ours.unwanted {
            if !base.is_unwanted(lease) && !self.is_unwanted(lease) {
                self.unwanted.push(lease.clone());
            }
        }
    }

    fn is_unwanted(&self, lease: &Signed<Lease>) -> bool {
        let mut leases = self.unwanted.iter();
        leases.any(|other| other.as_str() == lease.as_str())
    }
}

pub(crate) fn is_same_seat(one: &Lease, other: &Lease) -> bool {
    let seat = |lease: &Lease| (lease.license_id.clone(), lease.activation_id.clone());
    one.instance == other.instance && seat(one) == seat(other)
}

/// How many are remembered.
const MOST_UNWANTED: usize = 16;
