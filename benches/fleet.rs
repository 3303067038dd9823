//! A million installations and one authority: what arrives there in two weeks, second by second.
//!
//! Every moment at which an installation asks is drawn by the client's own `Pace`; what is simulated
//! is the rest of it: time, and the authority that answers or does not. Installations do not wait for
//! each other, so each is followed by itself. The same seed gives the same figures each time.
//!
//! A release that starts all of them anew is met by whole sessions, as many: each has the last answer
//! before it, and the failures since, its state is saved and opened anew, and from what that holds it goes
//! on. What they draw is drawn from the operating system, so their figures differ a little each time.
//!
//! The bench fails where an aim is missed, and where a fleet that is to miss it does not: that one
//! shows that the table would. `make bench` runs it; docs/scale.md draws conclusions.

#![expect(
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a bench that cannot go on has failed, and its modules are of this program alone"
)]

use std::error::Error;

#[path = "fleet/seen.rs"]
mod seen;
#[path = "fleet/sessions.rs"]
mod sessions;
#[path = "fleet/world.rs"]
mod world;

use seen::{HOUR, MINUTE, Seen};
use sessions::Fleet;
use world::{Draws, Lists, World};

fn main() -> Result<(), Box<dyn Error>> {
    println!(
        "{SESSIONS} sessions, activated within an hour ({:.0} a second), leases of 7 days, two weeks\n",
        f64::from(SESSIONS) / f64::from(HOUR)
    );
    let mut table = Table::new();
    let mut until = 0;
    for (asks, lists) in [
        ("a seat, and a status list each day", Lists::Daily),
        ("a seat alone", Lists::None),
    ] {
        println!("{asks}");
        let quiet = World {
            sessions: SESSIONS,
            lists,
            outage: 0..0,
            draws: Draws::ByPace,
        };
        let seen = quiet.run()?;
        table.print("  nothing happens", &seen, Aim::Met);
        // The worst time to be gone: until most of them ask.
        (until, _) = seen.busiest(MINUTE);
        let gone = World {
            outage: until - 6 * HOUR..until,
            ..quiet
        };
        let what = "  no answer for six hours, until the busiest minute";
        table.print(what, &gone.run()?, Aim::Met);
        let drawless = World {
            draws: Draws::Nothing,
            ..gone
        };
        let what = "  the same, were nothing drawn (control)";
        table.print(what, &drawless.run()?, Aim::Missed);
    }
    println!("all of them as whole sessions, saved and opened anew within an hour; a seat alone");
    let fleet = Fleet {
        sessions: SESSIONS,
        outage: until - 6 * HOUR..until,
        restart: until - 30 * MINUTE,
        is_whole: false,
    };
    let started = fleet.run()?;
    let (due, everything) = (started.asking_what_is_due, started.asking_everything);
    let what = "  no answer, and all are started anew around its end";
    table.print(what, &due, Aim::Met);
    let what = "  the same, did each ask at its start (control)";
    table.print(what, &everything, Aim::Missed);
    println!(
        "\nasked at a start: {} questions, and {} by the control.",
        due.at_start, everything.at_start
    );
    println!("In a second alone, chance brings more together.");
    println!(
        "in vain: questions in the busiest minute of the outage, a second; a client sends each up"
    );
    println!("to three times.");
    match table.strayed + u32::from(due.at_start > 0) {
        0 => Ok(()),
        rows => Err(format!("{rows} rows are not as they are to be").into()),
    }
}

/// Whether a fleet is to stay below three times its mean.
#[derive(PartialEq)]
enum Aim {
    Met,
    Missed,
}

/// What is printed, and what of it is not as it is to be.
struct Table {
    strayed: u32,
}

impl Table {
    fn new() -> Self {
        println!(
            "{:<52} {:>7} {:>8} {:>8} {:>6}  {:<12} {:>7} {:>8}",
            "questions a second at the authority",
            "mean",
            "busiest",
            "busiest",
            "peak/",
            "aim",
            "denied",
            "in vain"
        );
        println!(
            "{:<52} {:>7} {:>8} {:>8} {:>6}  {:<12} {:>7} {:>8}",
            "", "", "minute", "second", "mean", "below 3", "", "a second"
        );
        Self { strayed: 0 }
    }

    fn print(&mut self, what: &str, seen: &Seen, aim: Aim) {
        let span = f64::from(MINUTE);
        let busiest = f64::from(seen.busiest(MINUTE).1) / span;
        let second = seen.answered.iter().max().copied().unwrap_or(0);
        let (mean, peak) = (seen.mean(), seen.peak(MINUTE));
        let found = if peak < 3.0 { Aim::Met } else { Aim::Missed };
        let word = match found {
            Aim::Met => "met",
            Aim::Missed => "MISSED",
        };
        let in_vain = f64::from(seen.busiest_in_vain(MINUTE)) / span;
        println!(
            "{what:<52} {mean:>7.2} {busiest:>8.2} {second:>8} {peak:>6.2}  {word:<12} {:>7} {in_vain:>8.2}",
            seen.denied
        );
        let is_denied = aim == Aim::Met && seen.denied > 0;
        self.strayed += u32::from(found != aim || is_denied);
    }
}

const SESSIONS: u32 = 1_000_000;
