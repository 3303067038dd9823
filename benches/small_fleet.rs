//! The fleet of the bench of that name, small enough to be followed with every test.

#![expect(
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a test that cannot go on fails, and its modules are of this program alone"
)]

#[path = "fleet/seen.rs"]
mod seen;
#[path = "fleet/sessions.rs"]
mod sessions;
#[path = "fleet/world.rs"]
mod world;

use seen::{HOUR, MINUTE};
use sessions::Fleet;
use world::{Draws, Lists, World};

#[test]
fn a_fleet_that_was_left_alone_for_six_hours_stays_below_three_times_its_mean() {
    for lists in [Lists::None, Lists::Daily] {
        let quiet = World {
            sessions: 20_000,
            lists,
            outage: 0..0,
            draws: Draws::ByPace,
        };
        let seen = quiet.run().unwrap();
        assert!(seen.peak(HOUR) < 3.0, "{}", seen.peak(HOUR));
        let (until, _) = seen.busiest(HOUR);
        let gone = World {
            outage: until - 6 * HOUR..until,
            ..quiet
        };
        let seen = gone.run().unwrap();
        assert!(seen.peak(HOUR) < 3.0, "{}", seen.peak(HOUR));
        assert!(seen.busiest_in_vain(HOUR) > 0);
        assert_eq!(seen.denied, 0);
        let drawless = World {
            sessions: 2_000,
            draws: Draws::Nothing,
            ..gone
        };
        assert!(drawless.run().unwrap().peak(HOUR) > 10.0);
    }
}

/// Sessions draw from the operating system, so the bounds are wide.
#[test]
fn sessions_that_are_all_started_anew_do_not_ask_at_once() {
    let until = 66 * HOUR;
    for is_whole in [true, false] {
        let fleet = Fleet {
            sessions: 600,
            outage: until - 6 * HOUR..until,
            restart: until - 30 * MINUTE,
            is_whole,
        };
        let seen = fleet.run().unwrap();
        let (due, everything) = (seen.asking_what_is_due, seen.asking_everything);
        assert!(due.peak(6 * HOUR) < 3.0, "{}", due.peak(6 * HOUR));
        assert!(due.busiest_in_vain(6 * HOUR) > 0);
        // Nothing is due at a start that was not asked, or put off, before it.
        assert_eq!((due.at_start, due.denied), (0, 0));
        assert_eq!(everything.at_start, 600);
        let peak = everything.peak(6 * HOUR);
        assert!(peak > 4.0, "{peak}");
    }
}
