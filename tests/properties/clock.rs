//! docs/rules.md, section 4, sentence by sentence.

#![expect(
    clippy::unwrap_used,
    reason = "what is made here is valid, or the test is wrong"
)]

use std::time::Duration;

use countersign::*;

use crate::parsers::MACHINE;
use crate::terms::{KEY, TRUST, at, verified};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// What the clock shows where these tests begin.
const T: i64 = 1_800_000_000;
const FAR: i64 = T + 30_000 * DAY;

#[test]
fn documents_held_set_the_floor_advanced_by_the_running_time() {
    let mut guard = started(T);
    guard.hold(Some(at(T + DAY)), tick(T, 0));
    assert_eq!(guard.read(tick(T, HOUR)).now(), at(T + DAY + HOUR));
    assert_eq!(
        guard.read(tick(T, 2 * HOUR)).behind(),
        seconds(DAY + 2 * HOUR)
    );
}

#[test]
fn how_far_a_clock_was_set_back_stays_the_same_while_both_clocks_go_on() {
    let mut guard = confirmed(T, T + 2 * DAY);
    let now = T + 2 * DAY;
    guard.hold(Some(at(now)), tick(now, 0));
    // The second of the wall clock ends a tenth of a second after the first reading.
    let later = |milliseconds: u64| Tick {
        wall: Moment::from(
            std::time::UNIX_EPOCH + seconds(now - DAY) + Duration::from_millis(900 + milliseconds),
        ),
        monotonic: Duration::from_millis(milliseconds),
    };
    for milliseconds in [
        0, 50, 99, 100, 999, 1000, 1099, 1100, 60_000, 60_150, 3_600_950,
    ] {
        let read = guard.read(later(milliseconds));
        assert_eq!(read.behind(), seconds(DAY), "after {milliseconds} ms");
        assert_eq!(guard.peek(later(milliseconds + 30)).behind(), seconds(DAY));
    }
    let set_back_again = Tick {
        wall: at(now - 2 * DAY),
        ..later(3_600_950)
    };
    assert_eq!(guard.read(set_back_again).behind(), seconds(2 * DAY + HOUR));
}

#[test]
fn running_time_before_a_document_came_does_not_advance_it() {
    let mut guard = started(T);
    guard.read(tick(T, 0));
    guard.hold(Some(at(T + 10 * HOUR)), tick(T + 10 * HOUR, 10 * HOUR));
    let reading = guard.read(tick(T + 10 * HOUR, 10 * HOUR));
    assert_eq!(
        (reading.now(), reading.behind()),
        (at(T + 10 * HOUR), seconds(0))
    );
}

#[test]
fn running_time_before_a_restart_still_advances_the_floor() {
    let mut guard = started(T);
    guard.hold(Some(at(T)), tick(T, 0));
    guard.read(tick(T, 10 * HOUR));
    let mut restarted = restarted(&guard, T);
    assert_eq!(restarted.read(tick(T, 0)).now(), at(T + 10 * HOUR));
}

#[test]
fn higher_revision_lowers_the_floor_to_when_it_was_signed() {
    let mut guard = started(T);
    guard.hold(Some(at(T + 9 * DAY)), tick(T, 0));
    guard.read(tick(T, HOUR));
    guard.hold(Some(at(T + DAY)), tick(T, HOUR));
    assert_eq!(guard.read(tick(T, HOUR)).now(), at(T + DAY));
    guard.hold(None, tick(T, HOUR));
    assert_eq!(guard.read(tick(T, HOUR)).now(), at(T));
}

#[test]
fn trusted_time_is_the_answer_to_the_nonce_that_was_drawn() {
    let mut guard = started(T);
    let other = Nonce::from_bytes([2; 16]);
    let challenge = Challenge::new(other, seconds(0));
    let outcome = guard.heal(challenge, &answer(T + DAY), tick(T, 1));
    assert_eq!(outcome, Err(NotFresh::AnotherNonce));
    assert_eq!(guard.read(tick(T, 1)).now(), at(T));
}

#[test]
fn trusted_time_is_accepted_within_60_seconds_of_sending() {
    for (answered, expected) in [(0, Ok(())), (60, Ok(())), (61, Err(NotFresh::Late))] {
        let mut guard = started(T);
        let challenge = Challenge::new(NONCE, seconds(100));
        let outcome = guard.heal(challenge, &answer(T + DAY), tick(T, 100 + answered));
        assert_eq!(outcome, expected, "{answered}");
        let healed = guard.read(tick(T, 100 + answered)).now() == at(T + DAY);
        assert_eq!(healed, expected.is_ok(), "{answered}");
    }
}

#[test]
fn answer_that_is_imported_raises_the_floor_as_a_document() {
    // No process drew its nonce: all that counts is when it was signed.
    let mut guard = started(T);
    guard.hold(Some(answer(T + DAY).issued_at), tick(T, 0));
    let reading = guard.read(tick(T, 0));
    assert_eq!(
        (reading.now(), reading.behind()),
        (at(T + DAY), seconds(DAY))
    );
    assert_eq!(guard.read(tick(FAR, 0)).now(), at(FAR));
}

#[test]
fn floor_is_the_later_of_anchor_and_seen() {
    let mut guard = confirmed(T, T + DAY);
    guard.hold(Some(at(T - DAY)), tick(T, 0));
    assert_eq!(guard.read(tick(T - 9 * DAY, 0)).now(), at(T));
    guard.hold(Some(at(T + HOUR)), tick(T, 0));
    assert_eq!(guard.read(tick(T - 9 * DAY, 0)).now(), at(T + HOUR));
}

#[test]
fn trusted_time_counts_and_not_the_wall_clock_for_the_rest_of_the_process() {
    let mut guard = started(T);
    heal(&mut guard, T + DAY, tick(T, 0));
    for wall in [0, T, T + DAY, FAR] {
        let reading = guard.read(tick(wall, HOUR));
        assert_eq!(
            (reading.now(), reading.behind()),
            (at(T + DAY + HOUR), seconds(0))
        );
    }
}

#[test]
fn wall_clock_may_lie_5_minutes_behind_and_no_longer() {
    for (behind, expected) in [(0, 0), (1, 0), (300, 0), (301, 301), (DAY, DAY)] {
        let mut guard = started(T);
        guard.hold(Some(at(T)), tick(T, 0));
        let reading = guard.read(tick(T - behind, 0));
        assert_eq!(reading.behind(), seconds(expected), "{behind}");
        assert_eq!(reading.now(), at(T), "{behind}");
    }
}

#[test]
fn tolerance_cannot_be_played_again_at_every_start() {
    let mut guard = started(T);
    guard.hold(Some(at(T)), tick(T, 0));
    for start in 1..100 {
        guard.read(tick(T - 300, 300));
        guard = restarted(&guard, T - 300);
        let now = guard.read(tick(T - 300, 0)).now();
        assert_eq!(now, at(T + 300 * start));
        // Whoever plays it has to set the clock forward as well, to where it would be.
        if guard.read(tick(T - 300, 0)).behind() > seconds(0) {
            return;
        }
    }
    panic!("five minutes were played a hundred times");
}

#[test]
fn suspicion_says_by_how_much_as_it_was_at_the_reading() {
    let license = perpetual();
    let mut guard = confirmed(T, T + DAY);
    let run = Run::of(license.product.clone());
    for elapsed in [0, HOUR, 71 * HOUR] {
        let reading = guard.read(tick(T - 9 * DAY + elapsed, elapsed));
        let decision = license.evaluate(&run, &Context::at(reading));
        assert_eq!(reading.now(), at(T + elapsed));
        assert_eq!(decision.denials(), []);
        assert_eq!(
            decision.notices(),
            [Notice::ClockSuspect {
                behind: seconds(9 * DAY)
            }]
        );
        assert_eq!(decision.holds_until(), Some(at(T + 72 * HOUR)));
    }
}

#[test]
fn suspect_time_goes_on_counting_and_is_kept() {
    let mut guard = confirmed(T, T + DAY);
    guard.read(tick(0, 0));
    guard.read(tick(0, 10 * HOUR));
    let mut restarted = restarted(&guard, 0);
    assert_eq!(restarted.read(tick(0, HOUR)).now(), at(T + 11 * HOUR));
}

#[test]
fn suspect_running_is_denied_after_72_hours() {
    let mut guard = confirmed(T, T + DAY);
    let denials = |guard: &mut ClockGuard, elapsed| denials_at(guard.read(tick(0, elapsed)));
    assert_eq!(denials(&mut guard, 0), []);
    assert_eq!(denials(&mut guard, 72 * HOUR - 2), []);
    assert_eq!(denials(&mut guard.clone(), 72 * HOUR - 1), []);
    let set_back = [Denial::ClockSetBack {
        behind: seconds(T + 72 * HOUR),
    }];
    assert_eq!(denials(&mut guard, 72 * HOUR), set_back);
    let mut restarted = restarted(&guard, 0);
    assert_eq!(denials(&mut restarted, 0), set_back);
}

#[test]
fn runs_share_one_budget() {
    let mut guard = confirmed(T, T + DAY);
    for run in 0..3 {
        for elapsed in [0, 12 * HOUR, 24 * HOUR - 1] {
            assert_eq!(
                denials_at(guard.read(tick(0, elapsed))),
                [],
                "run {run} after {elapsed}"
            );
        }
        guard.read(tick(0, 24 * HOUR));
        guard = restarted(&guard, 0);
    }
    let behind = seconds(T + 72 * HOUR);
    assert_eq!(
        denials_at(guard.read(tick(0, 0))),
        [Denial::ClockSetBack { behind }]
    );
}

#[test]
fn run_that_never_reads_a_plausible_clock_counts_as_15_minutes() {
    let mut guard = confirmed(T, T + DAY);
    // 288 runs of 15 minutes are 72 hours.
    for run in 0..287 {
        assert_eq!(denials_at(guard.read(tick(0, 0))), [], "run {run}");
        guard = restarted(&guard, 0);
    }
    let denials = denials_at(guard.read(tick(0, 0)));
    assert_eq!(denials, [Denial::ClockSetBack { behind: seconds(T) }]);
}

#[test]
fn run_that_read_a_plausible_clock_counts_as_long_as_it_was_suspect() {
    let mut guard = confirmed(T, T + DAY);
    for run in 0..400 {
        guard.read(tick(T, 0));
        assert_eq!(denials_at(guard.read(tick(0, 1))), [], "run {run}");
        guard.read(tick(0, 2));
        guard = restarted(&guard, 0);
    }
    assert_eq!(denials_at(guard.read(tick(0, 0))), []);
}

#[test]
fn clock_that_is_right_again_ends_the_denial() {
    let mut guard = confirmed(T, T + DAY);
    guard.read(tick(0, 0));
    guard.read(tick(0, 80 * HOUR));
    let reading = guard.read(tick(T + 80 * HOUR, 80 * HOUR));
    assert_eq!(denials_at(reading), []);
    assert_eq!(
        (reading.now(), reading.behind()),
        (at(T + 80 * HOUR), seconds(0))
    );
}

#[test]
fn one_hour_of_plausible_running_refills_the_budget() {
    for (plausible, expected) in [(HOUR - 1, 1), (HOUR, 0)] {
        let mut guard = confirmed(T, T + DAY);
        guard.read(tick(0, 0));
        guard.read(tick(0, 72 * HOUR));
        guard.read(tick(T + 72 * HOUR, 72 * HOUR));
        guard.read(tick(T + 73 * HOUR, 72 * HOUR + plausible));
        let reading = guard.read(tick(0, 72 * HOUR + plausible));
        assert_eq!(denials_at(reading).len(), expected, "{plausible}");
    }
}

#[test]
fn hour_that_refills_the_budget_is_one_without_a_suspect_reading() {
    let mut guard = confirmed(T, T + DAY);
    guard.read(tick(0, 0));
    guard.read(tick(0, 72 * HOUR));
    let mut elapsed = 72 * HOUR;
    for _ in 0..10 {
        guard.read(tick(T + elapsed, elapsed));
        elapsed += HOUR / 2;
        guard.read(tick(T + elapsed, elapsed));
        let behind = seconds(T + elapsed);
        assert_eq!(
            denials_at(guard.read(tick(0, elapsed))),
            [Denial::ClockSetBack { behind }]
        );
    }
}

#[test]
fn suspect_reading_makes_renewal_due_at_once() {
    let mut license = License::new("l".parse().unwrap(), "acme/editor".parse().unwrap(), at(T));
    license.activation = Some(ActivationTerms::default());
    let license = verified(&license);
    let lease = answer(T);
    let mut run = Run::of(license.product.clone());
    run.instance = Some(lease.instance.clone());
    let mut guard = confirmed(T, T + DAY);
    for (wall, expected) in [
        (T, &["lease_renewal_due"][1..]),
        (0, &["clock_suspect", "lease_renewal_due"]),
    ] {
        let context = Context::at(guard.read(tick(wall, 0))).lease(&lease);
        let decision = license.evaluate(&run, &context);
        let codes: Vec<&str> = decision.notices().iter().map(Notice::code).collect();
        assert_eq!(codes, expected, "{wall}");
    }
}

#[test]
fn reading_of_a_start_is_believed_when_a_start_24_hours_later_reads_later() {
    let cases = [
        // Starts after the first, and what the last one believes at least.
        (vec![], 0),
        (vec![T + DAY - 1], 0),
        (vec![T + DAY], T),
        (vec![T + HOUR, T + 2 * HOUR, T + DAY], T),
        (vec![T + DAY, T + DAY + 1], T),
        (vec![T + DAY, T + 2 * DAY], T + DAY),
        // Dropped by an earlier start.
        (vec![T - 1, T + DAY], T - 1),
        (vec![T - 9 * DAY, T - 8 * DAY - 1], 0),
        (vec![T + DAY, T + HOUR, T + 9 * DAY], T + HOUR),
    ];
    for (starts, believed) in cases {
        let mut guard = started(T);
        for start in &starts {
            guard = restarted(&guard, *start);
        }
        // At the beginning of time, now is the floor.
        assert_eq!(guard.read(tick(0, 0)).now(), at(believed), "{starts:?}");
    }
}

#[test]
fn what_is_seen_advances_by_the_running_time_alone() {
    let mut guard = confirmed(T, T + DAY);
    guard.read(tick(FAR, 0));
    guard.read(tick(FAR + DAY, HOUR));
    assert_eq!(guard.read(tick(0, HOUR)).now(), at(T + HOUR));
}

#[test]
fn one_day_in_2099_poisons_nothing() {
    let mut guard = confirmed(T, T + DAY);
    for hour in 0..24 {
        guard = restarted(&guard, FAR + hour * HOUR);
        assert_eq!(
            guard.read(tick(FAR + hour * HOUR, 0)).now(),
            at(FAR + hour * HOUR)
        );
        guard.read(tick(FAR + (hour + 1) * HOUR - 1, HOUR));
    }
    let mut guard = restarted(&guard, T + 3 * DAY);
    let reading = guard.read(tick(T + 3 * DAY, 0));
    assert_eq!(
        (reading.now(), reading.behind()),
        (at(T + 3 * DAY), seconds(0))
    );
}

#[test]
fn trusted_time_moves_the_floor_down_and_up() {
    for trusted in [T - 9 * DAY, T, T + 9 * DAY] {
        let mut guard = confirmed(T, T + DAY);
        guard.hold(Some(at(T + HOUR)), tick(T, 0));
        heal(&mut guard, trusted, tick(T, 0));
        assert_eq!(guard.read(tick(0, MINUTE)).now(), at(trusted + MINUTE));
        let mut restarted = restarted(&guard, 0);
        assert_eq!(restarted.read(tick(0, 0)).now(), at(trusted + MINUTE));
    }
}

#[test]
fn trusted_time_drops_the_candidate() {
    let mut guard = started(FAR);
    heal(&mut guard, T, tick(FAR, 0));
    let mut guard = restarted(&guard, FAR + 2 * DAY);
    assert_eq!(guard.read(tick(0, 0)).now(), at(T));
}

#[test]
fn trusted_time_refills_the_budget() {
    let mut guard = confirmed(T, T + DAY);
    guard.read(tick(0, 0));
    guard.read(tick(0, 80 * HOUR));
    heal(&mut guard, T + 80 * HOUR, tick(0, 80 * HOUR));
    let mut guard = restarted(&guard, 0);
    assert_eq!(denials_at(guard.read(tick(0, 0))), []);
    assert_eq!(denials_at(guard.read(tick(0, 72 * HOUR - 1))), []);
}

#[test]
fn documents_held_then_no_longer_raise_the_floor_above_trusted_time() {
    let mut guard = started(T);
    guard.hold(Some(at(FAR)), tick(T, 0));
    heal(&mut guard, T, tick(T, 0));
    guard.hold(Some(at(FAR)), tick(T, 0));
    let mut guard = restarted(&guard, T);
    guard.hold(Some(at(FAR)), tick(T, 0));
    let reading = guard.read(tick(T, 0));
    assert_eq!((reading.now(), reading.behind()), (at(T), seconds(0)));
    // A newer one does.
    guard.hold(Some(at(FAR + 1)), tick(T, 0));
    assert_eq!(guard.read(tick(T, 0)).now(), at(FAR + 1));
}

#[test]
fn document_24_hours_ahead_of_trusted_time_is_not_kept() {
    let mut guard = started(T);
    assert!(guard.accepts(at(FAR), tick(T, 0)));
    heal(&mut guard, T, tick(T, 0));
    for (issued_at, expected) in [
        (0, true),
        (T, true),
        (T + DAY, true),
        (T + DAY + 1, false),
        (FAR, false),
    ] {
        assert_eq!(
            guard.accepts(at(issued_at), tick(T, 0)),
            expected,
            "{issued_at}"
        );
    }
    assert!(guard.accepts(at(T + DAY + 1), tick(0, 1)));
    // Another process has no trusted time of its own.
    assert!(restarted(&guard, T).accepts(at(FAR), tick(T, 0)));
}

#[test]
fn what_another_run_saved_is_taken_up_and_is_no_start() {
    let mut one = confirmed(T, FAR);
    let mut other = restarted(&one, FAR + HOUR);
    for hour in 2..72 {
        let now = tick(FAR + hour * HOUR, hour * HOUR);
        take_over(&mut one, &other, now);
        take_over(&mut other, &one, now);
    }
    // What was seen first counts, and not that it was 2099 for three days.
    for guard in [&mut one, &mut other] {
        assert_eq!(guard.read(tick(0, 72 * HOUR)).now(), at(T + 72 * HOUR));
    }
    // A start of any run is one for all: the next one drops the reading or confirms it.
    let third = restarted(&one, T + HOUR);
    take_over(&mut one, &third, tick(FAR, 72 * HOUR));
    let mut fourth = restarted(&one, T + 9 * DAY);
    assert_eq!(fourth.read(tick(0, 0)).now(), at(T + 72 * HOUR));
}

#[test]
fn a_reading_that_another_run_confirmed_is_believed_by_all() {
    let mut one = started(T);
    let other = restarted(&one, T + DAY);
    take_over(&mut one, &other, tick(T + DAY, 0));
    assert_eq!(one.read(tick(0, 0)).now(), at(T));
}

#[test]
fn suspect_time_of_two_runs_together_counts_once() {
    let mut one = confirmed(T, T + DAY);
    one.read(tick(0, 0));
    let mut other = restarted(&one, 0);
    for minute in 0..71 * 60 {
        let now = tick(0, minute * MINUTE);
        for guard in [&mut one, &mut other] {
            assert_eq!(denials_at(guard.read(now)), [], "minute {minute}");
        }
        take_over(&mut one, &other, now);
        take_over(&mut other, &one, now);
    }
    let behind = seconds(T + 72 * HOUR);
    for guard in [&mut one, &mut other] {
        assert_eq!(
            denials_at(guard.read(tick(0, 72 * HOUR))),
            [Denial::ClockSetBack { behind }]
        );
    }
}

#[test]
fn suspect_time_of_other_runs_counts() {
    let mut one = confirmed(T, T + DAY);
    let mut other = restarted(&one, T + DAY);
    other.read(tick(0, 0));
    other.read(tick(0, 72 * HOUR));
    take_over(&mut one, &other, tick(0, 0));
    let behind = seconds(T + 72 * HOUR);
    assert_eq!(
        denials_at(one.read(tick(0, 0))),
        [Denial::ClockSetBack { behind }]
    );
}

#[test]
fn an_older_state_of_another_run_sets_nothing_back() {
    let mut one = confirmed(T, T + DAY);
    let other = restarted(&one, T + DAY);
    one.hold(Some(at(T + HOUR)), tick(T, 0));
    one.read(tick(0, 10 * HOUR));
    take_over(&mut one, &other, tick(0, 10 * HOUR));
    assert_eq!(one.read(tick(0, 10 * HOUR)).now(), at(T + 11 * HOUR));
}

#[test]
fn trusted_time_of_another_run_stands_until_there_is_a_later_one() {
    let mut poisoned = confirmed(FAR, FAR + DAY);
    poisoned.read(tick(0, 0));
    poisoned.read(tick(0, 72 * HOUR));
    let before = poisoned.clone();
    let mut told = restarted(&poisoned, T);
    heal(&mut told, T, tick(T, 0));
    take_over(&mut poisoned, &told, tick(T, 72 * HOUR));
    let reading = poisoned.read(tick(0, 72 * HOUR));
    assert_eq!((reading.now(), denials_at(reading)), (at(T), vec![]));
    // What was known before it does not come back, neither to one that was told itself.
    for guard in [&mut poisoned, &mut told] {
        take_over(guard, &before, tick(T, 72 * HOUR));
        assert!(guard.read(tick(T, 72 * HOUR)).now() <= at(T + 72 * HOUR));
    }
    // Nor does it come from a start since.
    let later = restarted(&restarted(&told, FAR), FAR + DAY);
    take_over(&mut told, &later, tick(T, 72 * HOUR));
    let mut next = restarted(&told, T);
    assert_eq!(next.read(tick(T, 0)).now(), at(T + 72 * HOUR));
}

#[test]
fn a_damaged_state_of_another_run_changes_nothing() {
    let mut guard = confirmed(T, T + DAY);
    let state = confirmed(FAR, FAR + DAY).save(b"another");
    let taken = guard.take_over(&state, MACHINE, tick(T, 0));
    assert_eq!(taken, Err(DamagedClock));
    assert_eq!(guard.read(tick(0, 0)).now(), at(T));
}

#[test]
fn without_state_the_floor_is_the_anchor_and_a_notice_says_so() {
    let license = perpetual();
    let run = Run::of(license.product.clone());
    let mut guard = started(T);
    guard.hold(Some(at(T)), tick(T, 0));
    let unguarded = |reading| {
        license
            .evaluate(&run, &Context::at(reading))
            .notices()
            .to_vec()
    };
    assert_eq!(unguarded(guard.read(tick(T, 0))), [Notice::ClockUnguarded]);
    let behind = seconds(T);
    assert_eq!(
        unguarded(guard.read(tick(0, 0))),
        [Notice::ClockSuspect { behind }, Notice::ClockUnguarded]
    );
    assert_eq!(unguarded(restarted(&guard, T).read(tick(T, 0))), []);
}

#[test]
fn state_of_another_key_is_damaged() {
    let state = started(T).save(MACHINE);
    for key in [&b"another"[..], b"", b"machine "] {
        let restored = ClockGuard::restore(&state, key, tick(T, 0));
        assert_eq!(restored.err(), Some(DamagedClock));
    }
}

#[test]
fn state_with_any_bit_flipped_is_damaged() {
    let mut guard = confirmed(T, T + DAY);
    guard.hold(Some(at(T)), tick(T, 0));
    guard.read(tick(T, HOUR));
    let state = guard.save(MACHINE);
    for index in 0..state.len() * 8 {
        let mut bytes = state.clone().into_bytes();
        bytes[index / 8] ^= 1 << (index % 8);
        if let Ok(text) = String::from_utf8(bytes) {
            let restored = ClockGuard::restore(&text, MACHINE, tick(T, 0));
            assert_eq!(restored.err(), Some(DamagedClock), "{text}");
        }
    }
}

#[test]
fn state_longer_than_any_that_is_written_is_damaged() {
    let state = started(T).save(MACHINE);
    let padded = |length: usize| format!("{state:length$}");
    let restored = |text: &str| ClockGuard::restore(text, MACHINE, tick(T, 0)).map(|_| ());
    assert_eq!(restored(&padded(4096)), Ok(()));
    assert_eq!(restored(&padded(4097)), Err(DamagedClock));
}

#[test]
fn state_that_is_cut_short_is_damaged() {
    let state = started(T).save(MACHINE);
    for length in 0..state.len() {
        let restored = ClockGuard::restore(&state[..length], MACHINE, tick(T, 0));
        assert_eq!(restored.err(), Some(DamagedClock), "{length}");
    }
}

#[test]
fn clocks_at_the_end_of_their_range_do_not_overflow() {
    let end = Tick {
        wall: Moment::MAX,
        monotonic: Duration::MAX,
    };
    let mut guard = confirmed(T, T + DAY);
    guard.read(tick(0, 0));
    assert_eq!(
        guard
            .read(Tick {
                wall: Moment::MIN,
                ..end
            })
            .now(),
        Moment::MAX
    );
    guard.read(end);
    let mut guard = ClockGuard::restore(&guard.save(MACHINE), MACHINE, tick(0, 0)).unwrap();
    assert_eq!(guard.read(tick(0, 0)).now(), Moment::MAX);
    heal(&mut guard, T, end);
    assert_eq!(guard.read(end).now(), at(T));
}

/// The first run, without state.
fn started(wall: i64) -> ClockGuard {
    ClockGuard::new(tick(wall, 0))
}

fn restarted(guard: &ClockGuard, wall: i64) -> ClockGuard {
    ClockGuard::restore(&guard.save(MACHINE), MACHINE, tick(wall, 0)).unwrap()
}

/// A guard that has seen `wall`, from then on, and starts at `later`.
fn confirmed(wall: i64, later: i64) -> ClockGuard {
    restarted(&started(wall), later)
}

fn take_over(guard: &mut ClockGuard, other: &ClockGuard, now: Tick) {
    let taken = guard.take_over(&other.save(MACHINE), MACHINE, now);
    assert_eq!(taken, Ok(()));
}

fn heal(guard: &mut ClockGuard, trusted: i64, tick: Tick) {
    let challenge = Challenge::new(NONCE, tick.monotonic);
    assert_eq!(guard.heal(challenge, &answer(trusted), tick), Ok(()));
}

/// A lease that answers to [`NONCE`].
fn answer(issued_at: i64) -> Verified<Lease> {
    let lease = Lease::new(
        "lease".into(),
        "activation".into(),
        ("acme/editor".parse().unwrap(), "l".parse().unwrap()),
        Instance::parse("machine", "m").unwrap(),
        (at(issued_at), at(issued_at + DAY)),
        NONCE,
    );
    KEY.sign(&lease).unwrap().verify(&TRUST).unwrap()
}

fn perpetual() -> Verified<License> {
    verified(&License::new(
        "l".parse().unwrap(),
        "acme/editor".parse().unwrap(),
        at(0),
    ))
}

fn denials_at(reading: ClockReading) -> Vec<Denial> {
    let license = perpetual();
    let decision = license.evaluate(&Run::of(license.product.clone()), &Context::at(reading));
    decision.denials().to_vec()
}

fn tick(wall: i64, monotonic: i64) -> Tick {
    Tick {
        wall: at(wall),
        monotonic: seconds(monotonic),
    }
}

fn seconds(seconds: i64) -> Duration {
    Duration::from_secs(seconds.unsigned_abs())
}

const NONCE: Nonce = Nonce::from_bytes([1; 16]);
