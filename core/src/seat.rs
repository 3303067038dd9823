use std::num::NonZeroU32;

use crate::fault::{Fault, Flaw};
use crate::json::Reader;
use crate::moment::Moment;

/// How many instances may hold a seat at once, and what happens when one more asks.
///
/// The default is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SeatRule {
    /// The most seats held at once; `None` for no limit.
    pub limit: Option<NonZeroU32>,
    /// What to do with a claim when all seats are held.
    pub on_full: OnFull,
    /// How long an instance holds its seat.
    pub hold: Hold,
    /// How many instances may still run on a lease of a seat that they gave up, without being
    /// counted; `None` for as many as there are seats, at least three.
    pub handovers: Option<u32>,
}

impl SeatRule {
    /// At most `limit` seats, each held until it is released.
    pub fn limited(limit: NonZeroU32) -> Self {
        Self {
            limit: Some(limit),
            ..Self::default()
        }
    }

    /// Decides a claim from three counts: whether the instance holds a seat already, how many seats
    /// are held, and how many other instances hold a running lease but no seat.
    ///
    /// Changes nothing: the caller stores the outcome in the transaction it read them in, after it
    /// has let go of every seat that counts no longer. The same price for ten seats and for a
    /// hundred thousand.
    pub fn claim(&self, mine: bool, held: u32, passing: u32) -> SeatClaim {
        let Some(limit) = self.limit else {
            return if mine {
                SeatClaim::Held
            } else {
                SeatClaim::Granted
            };
        };
        if mine {
            return SeatClaim::Held;
        }
        // How many must go before one more fits beside `count`; in 64 bits nothing overflows.
        let too_many = |count: u64| {
            let beyond = (count + 1).saturating_sub(limit.get().into());
            NonZeroU32::new(u32::try_from(beyond).unwrap_or(u32::MAX))
        };
        let exchange = too_many(held.into());
        if exchange.is_some() && self.on_full == OnFull::Refuse {
            return SeatClaim::Refused { limit, held };
        }
        let exchanged = exchange.map_or(0, |seats| u64::from(seats.get()));
        let handovers = self.handovers_of(limit);
        let uncounted = (u64::from(passing) + exchanged).saturating_sub(handovers.into());
        let in_use = u64::from(held).saturating_sub(exchanged) + uncounted;
        match (too_many(in_use), exchange) {
            (Some(ends_needed), _) => SeatClaim::HandoversExhausted { ends_needed },
            (None, Some(seats)) => SeatClaim::GrantedFor(seats),
            (None, None) => SeatClaim::Granted,
        }
    }

    /// How many of `held` seats are beyond the limit, and go where it is lowered; `None` if none.
    pub fn excess(&self, held: u32) -> Option<NonZeroU32> {
        NonZeroU32::new(held.saturating_sub(self.limit?.get()))
    }

    /// How many instances may run uncounted beside `limit` seats.
    pub(crate) fn handovers_of(&self, limit: NonZeroU32) -> u32 {
        self.handovers.unwrap_or(limit.get().max(LEAST_HANDOVERS))
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let mut rule = Self::default();
        let count = |reader: &mut Reader<'_>| reader.number::<u32>();
        reader.object(|reader, name| {
            match name {
                "limit" => {
                    let limit = NonZeroU32::new(count(reader)?);
                    rule.limit = Some(limit.ok_or_else(|| Fault::new(Flaw::Range))?);
                }
                "on_full" => {
                    rule.on_full = match &*reader.string()? {
                        "refuse" => OnFull::Refuse,
                        "release_oldest" => OnFull::ReleaseOldest,
                        _ => return Err(Fault::new(Flaw::UnknownValue)),
                    }
                }
                "hold" => {
                    rule.hold = match &*reader.string()? {
                        "until_released" => Hold::UntilReleased,
                        "while_leased" => Hold::WhileLeased,
                        _ => return Err(Fault::new(Flaw::UnknownValue)),
                    }
                }
                "handovers" => rule.handovers = Some(count(reader)?),
                _ => return Err(Fault::new(Flaw::UnknownMember)),
            }
            Ok(())
        })?;
        Ok(rule)
    }
}

/// What happens to a claim when all seats are held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum OnFull {
    /// It is refused.
    #[default]
    Refuse,
    /// The seat held longest is released for it.
    ReleaseOldest,
}

/// How long an instance holds a seat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum Hold {
    /// Until it gives the seat up, or somebody releases it.
    #[default]
    UntilReleased,
    /// As long as its lease lasts: a floating seat.
    WhileLeased,
}

impl Hold {
    /// Whether a seat that is held until then is free at `now`. One that is held until it is
    /// released has no such moment.
    pub fn is_over(self, held_until: Option<Moment>, now: Moment) -> bool {
        self == Self::WhileLeased && held_until.is_some_and(|end| end <= now)
    }
}

/// The outcome of [`SeatRule::claim`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum SeatClaim {
    /// The instance holds a seat already.
    Held,
    /// A seat is free.
    Granted,
    /// Granted in exchange for the seats held longest, this many. More than one only where the
    /// limit was lowered since they were claimed.
    GrantedFor(NonZeroU32),
    /// All seats are held and none may be taken.
    Refused {
        /// The most seats held at once.
        limit: NonZeroU32,
        /// The seats held; above `limit` where that was lowered.
        held: u32,
    },
    /// Seats are free, or may be exchanged, but too many were passed on while their leases run.
    HandoversExhausted {
        /// So many of the leases must end first.
        ends_needed: NonZeroU32,
    },
}

/// The handovers of a license with fewer seats than these, where it states none.
const LEAST_HANDOVERS: u32 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    fn n(number: u32) -> NonZeroU32 {
        NonZeroU32::new(number).unwrap()
    }

    #[test]
    fn five_seats_passed_on_in_turn_never_run_more_than_ten_copies() {
        let rule = SeatRule::limited(n(5));
        let (mut held, mut passing, mut granted) = (0, 0, 0);
        for _ in 0..500 {
            match rule.claim(false, held, passing) {
                SeatClaim::Granted => {
                    granted += 1;
                    held += 1;
                }
                SeatClaim::Refused { .. } => {
                    // One gives its seat up, and keeps running on its lease.
                    held -= 1;
                    passing += 1;
                }
                SeatClaim::HandoversExhausted { ends_needed } => {
                    assert_eq!(ends_needed, n(1));
                    break;
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!((granted, passing), (10, 6));
    }

    #[test]
    fn counts_at_the_end_of_their_range_do_not_overflow() {
        let rule = SeatRule {
            on_full: OnFull::ReleaseOldest,
            ..SeatRule::limited(n(u32::MAX))
        };
        assert_eq!(rule.claim(false, u32::MAX - 1, 0), SeatClaim::Granted);
        assert_eq!(rule.claim(false, u32::MAX, 0), SeatClaim::GrantedFor(n(1)));
        let one = SeatRule {
            on_full: OnFull::ReleaseOldest,
            ..SeatRule::limited(n(1))
        };
        let SeatClaim::HandoversExhausted { .. } = one.claim(false, u32::MAX, u32::MAX) else {
            panic!("granted beyond every limit");
        };
    }
}
