use std::num::NonZeroU32;

use clap::{Args, ValueEnum};

use crate::cli::claims::Claims;
use crate::cli::error::Error;
use crate::cli::number;

/// The flags of `license sign` about seats and leases.
#[derive(Debug, Args)]
pub(super) struct SeatFlags {
    /// How many instances may run at once: 1 to 4294967295 [default: any number].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Seats")]
    seats: Option<u32>,
    /// What happens when all seats are held and one more instance asks [default: refuse].
    #[arg(long, value_enum, value_name = "WHAT", help_heading = "Seats")]
    on_full: Option<OnFull>,
    /// How long an instance holds a seat; `while-leased` makes them float [default: until-released].
    #[arg(long, value_enum, value_name = "HOW-LONG", help_heading = "Seats")]
    hold: Option<Hold>,
    /// An instance must hold a seat to run, and a lease proves that for so many days: 1 to
    /// 4294967295. Without it no run is asked for a seat.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Seats")]
    lease: Option<u32>,
}

/// What happens to a claim when all seats are held.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum OnFull {
    /// It is refused.
    Refuse,
    /// The seat held longest is released for it.
    ReleaseOldest,
}

/// How long an instance holds its seat.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Hold {
    /// Until it gives the seat up, or somebody releases it.
    UntilReleased,
    /// As long as its lease lasts.
    WhileLeased,
}

impl SeatFlags {
    /// Takes the number of seats that a flag states out of `claims`, where an authority is to state
    /// it without the rest of the rule.
    pub(super) fn take_limit(&self, claims: &mut Claims) -> Option<NonZeroU32> {
        let limit = NonZeroU32::new(self.seats?)?;
        claims.take_within("seats", "limit");
        Some(limit)
    }

    /// States the claims `seats` and `activation` over what `claims` hold of them.
    ///
    /// # Errors
    ///
    /// [`Error::Needs`] for a rule about full seats without a number of seats, and for seats that
    /// float without a lease.
    pub(super) fn state(&self, claims: &mut Claims) -> Result<(), Error> {
        if let Some(limit) = self.seats {
            claims.set_within(&["seats", "limit"], limit);
        }
        if let Some(on_full) = self.on_full {
            if !claims.states(&["seats", "limit"]) {
                return Err(Error::Needs {
                    flag: "--on-full",
                    needs: &["--seats"],
                    claim: "seats.limit",
                });
            }
            let name = match on_full {
                OnFull::Refuse => "refuse",
                OnFull::ReleaseOldest => "release_oldest",
            };
            claims.set_within(&["seats", "on_full"], name);
        }
        if let Some(lease) = self.lease {
            claims.set_within(&["activation", "lease"], number::days_in_seconds(lease));
        }
        match self.hold {
            Some(Hold::WhileLeased) if !claims.states(&["activation"]) => {
                return Err(Error::Needs {
                    flag: "--hold while-leased",
                    needs: &["--lease"],
                    claim: "activation",
                });
            }
            Some(Hold::WhileLeased) => claims.set_within(&["seats", "hold"], "while_leased"),
            Some(Hold::UntilReleased) => claims.set_within(&["seats", "hold"], "until_released"),
            None => {}
        }
        Ok(())
    }
}
