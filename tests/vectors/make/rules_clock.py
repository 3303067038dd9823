"""The clock: readings played on a guard, from the first start on."""

from decision import (
    DAY, SAVE, denial, documents, heal, lease, notice, read, restart, restart_unsaved, row, start, tick,
)

T = "2025-07-01"
"""The `iat` of the documents held, and the wall clock of the first start."""
BACK = "2025-06-30"
"""A wall clock set back by a day at T."""
KEPT = [start(T, 100), documents(T)]
"""A first start; what follows it begins with a restart, so its state is kept."""
UNGUARDED = notice("clock_unguarded")
HOUR = 3600
BUDGET = "2025-07-04"
"""T and 72 hours."""
PLAY = [*KEPT, restart(BACK, 0)]
"""A run that begins a day back, at T."""
SUPPORT = {"purpose": "support"}
UPDATE = {"purpose": "update", "released_at": "2025-01-01"}


def suspect(behind: int) -> dict:
    return notice("clock_suspect", behind=behind)


def set_back(behind: int) -> dict:
    return denial("clock_set_back", behind=behind)


def expired(ended_at: str) -> list:
    return [denial("expired", ended_at=ended_at)]


def rows() -> list:
    return plain() + back() + budget() + runs() + forward() + trusted() + anchors() + seats()


def plain() -> list:
    return [
        row("a_first_start_is_unguarded", [start(T, 100)], notices=[UNGUARDED]),
        row("a_first_start_is_unguarded_for_update", [start(T, 100)], run=UPDATE, notices=[UNGUARDED]),
        row("a_first_start_is_unguarded_for_support", [start(T, 100)], run=SUPPORT, notices=[UNGUARDED]),
        row("the_run_of_a_first_start_is_unguarded", [start(T, 100), documents(T), read("2025-07-01T00:10:00", 700)], notices=[UNGUARDED]),
        row("a_second_start_is_guarded", [*KEPT, restart("2025-07-01T01:00:00", 0)]),
        row("rules_apply_at_the_wall", [*KEPT, restart("2025-07-10", 0)], terms={"valid_until": "2025-07-10"}, denials=expired("2025-07-10")),
        row("rules_apply_at_the_wall_before_the_end", [*KEPT, restart("2025-07-09T23:59:59", 0)], terms={"valid_until": "2025-07-10"},
            notices=[notice("expires_soon", ends_at="2025-07-10", within=DAY)], until="2025-07-10"),
    ]


def back() -> list:
    return [
        row("set_back_by_4_minutes", [*KEPT, restart("2025-06-30T23:56:00", 0)]),
        row("set_back_by_4_minutes_applies_at_the_floor", [*KEPT, restart("2025-06-30T23:56:00", 0)], terms={"valid_until": T},
            denials=expired(T)),
        row("set_back_by_4_minutes_opens_a_window", [*KEPT, restart("2025-06-30T23:56:00", 0)], terms={"valid_from": T}),
        row("set_back_by_5_minutes", [*KEPT, restart("2025-06-30T23:55:00", 0)]),
        row("set_back_by_a_second_more", [*KEPT, restart("2025-06-30T23:54:59", 0)], notices=[suspect(301)], until=BUDGET,
            why="The budget of 72 hours from the floor, T."),
        row("set_back_by_6_minutes", [*KEPT, restart("2025-06-30T23:54:00", 0)], notices=[suspect(360)], until=BUDGET),
        row("set_back_by_a_day", PLAY, notices=[suspect(DAY)], until=BUDGET),
        row("set_back_by_a_day_for_update", PLAY, run=UPDATE, notices=[suspect(DAY)], until=BUDGET),
        row("set_back_by_a_day_for_support", PLAY, run=SUPPORT, notices=[suspect(DAY)], until=BUDGET),
        row("set_back_to_1970", [*KEPT, restart("1970-01-01", 0)], notices=[suspect(1751328000)], until=BUDGET),
        row("set_back_within_a_run", [*KEPT, restart(T, 0), read(BACK, 0)], notices=[suspect(DAY)], until=BUDGET),
        row("the_tolerance_is_not_played_twice", [*KEPT, restart("2025-06-30T23:56:00", 0), restart("2025-06-30T23:52:00", 0)],
            notices=[suspect(480)], until=BUDGET),
        row("rules_apply_at_the_floor", PLAY, terms={"valid_until": T}, denials=expired(T), notices=[suspect(DAY)], until=BUDGET,
            why="Only the clock's budget is left to change it."),
        row("time_goes_on_while_suspect", [*PLAY, read("2025-06-30T01:00:00", HOUR)], terms={"valid_until": "2025-07-01T01:00:00"},
            denials=expired("2025-07-01T01:00:00"), notices=[suspect(DAY)], until=BUDGET),
        row("time_goes_on_to_one_second_before", [*PLAY, read("2025-06-30T00:59:59", HOUR - 1)], terms={"valid_until": "2025-07-01T01:00:00"},
            notices=[suspect(DAY), notice("expires_soon", ends_at="2025-07-01T01:00:00", within=DAY)], until="2025-07-01T01:00:00"),
        row("the_wall_stands_still_while_time_goes_on", [*PLAY, read(BACK, HOUR)], notices=[suspect(DAY + HOUR)], until=BUDGET),
        row("set_back_further_in_the_run", [*PLAY, read("2025-06-29", HOUR)], notices=[suspect(2 * DAY + HOUR)], until=BUDGET),
        row("the_clock_is_right_again", [*PLAY, read("2025-07-01T01:00:00", HOUR)]),
        row("the_clock_is_right_within_the_tolerance", [*PLAY, read("2025-07-01T00:55:00", HOUR)]),
        row("the_clock_is_nearly_right", [*PLAY, read("2025-07-01T00:54:59", HOUR)], notices=[suspect(301)], until=BUDGET),
        row("time_is_kept_over_a_restart", [*PLAY, read("2025-06-30T02:00:00", 2 * HOUR), restart("2025-06-30T02:00:00", 0)],
            terms={"valid_until": "2025-07-01T02:00:00"}, denials=expired("2025-07-01T02:00:00"), notices=[suspect(DAY)], until=BUDGET,
            why="70 hours of the budget remain at T and 2 hours."),
        row("nothing_is_noticed_without_documents", [start(T, 100), restart(BACK, 0)], why="No floor: the first start is a candidate."),
    ]


def budget() -> list:
    end = read("2025-07-03", 72 * HOUR)
    return [
        row("one_second_before_the_budget_ends", [*PLAY, read("2025-07-02T23:59:59", 72 * HOUR - 1)], notices=[suspect(DAY)], until=BUDGET),
        row("at_the_end_of_the_budget", [*PLAY, end], denials=[set_back(DAY)], why="Time alone does not clear it."),
        row("at_the_end_of_the_budget_for_update", [*PLAY, end], run=UPDATE, denials=[set_back(DAY)]),
        row("at_the_end_of_the_budget_for_support", [*PLAY, end], run=SUPPORT, denials=[set_back(DAY)]),
        row("after_the_budget", [*PLAY, end, read("2025-07-03T12:00:00", 84 * HOUR)], denials=[set_back(DAY)]),
        row("after_the_budget_in_another_run", [*PLAY, end, restart("2025-07-03T00:00:00", 0)], denials=[set_back(DAY)]),
        row("after_the_budget_rules_apply_at_the_floor", [*PLAY, end], terms={"valid_until": "2025-07-20"}, denials=[set_back(DAY)],
            notices=[notice("expires_soon", ends_at="2025-07-20", within=30 * DAY)], until="2025-07-13", why="The 7 days threshold."),
        row("after_the_budget_the_clock_is_right", [*PLAY, end, read("2025-07-04", 72 * HOUR)]),
        row("after_the_budget_the_clock_is_ahead", [*PLAY, end, restart("2025-07-09", 0)]),
        row("after_the_budget_set_back_by_4_minutes", [*PLAY, end, restart("2025-07-03T23:56:00", 0)]),
        row("after_the_budget_right_and_back_again", [*PLAY, end, read("2025-07-04", 72 * HOUR), read("2025-07-03", 72 * HOUR)],
            denials=[set_back(DAY)], why="Only an hour of running unsuspicious refills the budget."),
        row("after_the_budget_trusted_time",
            [*PLAY, end, heal("2025-07-04", tick("2025-07-03", 72 * HOUR), tick("2025-07-03", 72 * HOUR)), read("2025-07-03", 72 * HOUR)]),
        row("trusted_time_refills_the_budget",
            [*PLAY, end, heal("2025-07-10", tick("2025-07-03", 72 * HOUR), tick("2025-07-03", 72 * HOUR)), restart("2025-07-01", 0)],
            notices=[suspect(9 * DAY)], until="2025-07-13"),
        row("an_unguarded_clock_may_be_suspect", [start(BACK, 0), documents(T), read(BACK, 0)], notices=[suspect(DAY), UNGUARDED], until=BUDGET),
        row("an_unguarded_clock_may_be_set_back", [start(BACK, 0), documents(T), read(BACK, 0), end],
            denials=[set_back(DAY)], notices=[UNGUARDED]),
    ]


def runs() -> list:
    ten_hours = read("2025-06-30T10:00:00", 10 * HOUR)
    right = restart("2025-07-01T10:00:00", 0)
    return [
        row("a_killed_run_counts_15_minutes", [*PLAY, SAVE, restart_unsaved(BACK, 0)], notices=[suspect(DAY)], until="2025-07-03T23:45:00",
            why="T and 72 hours less 15 minutes."),
        row("three_killed_runs_count_45_minutes", [*PLAY, SAVE, restart_unsaved(BACK, 0), SAVE, restart_unsaved(BACK, 0), SAVE,
                                                   restart_unsaved(BACK, 0)],
            notices=[suspect(DAY)], until="2025-07-03T23:15:00"),
        row("a_long_run_killed_counts_what_was_saved", [*PLAY, SAVE, read("2025-06-30T02:00:00", 2 * HOUR), restart_unsaved("2025-06-30T02:00:00", 0)],
            notices=[suspect(22 * HOUR)], until="2025-07-03T23:45:00", why="The floor saved is T, the budget saved less 15 minutes."),
        row("a_saved_run_counts_whole", [*PLAY, read("2025-06-30T02:00:00", 2 * HOUR), restart("2025-06-30T02:00:00", 0)],
            notices=[suspect(DAY)], until=BUDGET, why="T and 2 hours, and the 70 hours that remain."),
        row("a_short_run_counts_15_minutes", [*PLAY, read("2025-06-30T00:05:00", 300), restart("2025-06-30T00:05:00", 0)],
            notices=[suspect(DAY)], until="2025-07-03T23:50:00", why="T and 5 minutes, and 71 hours 45 minutes."),
        row("the_first_15_minutes_count_once", [*PLAY, read("2025-06-30T00:05:00", 300)], notices=[suspect(DAY)], until=BUDGET,
            why="A run counts at least 15 minutes, not 15 minutes more."),
        row("a_corrected_run_counts_what_it_ran", [*PLAY, read("2025-06-30T00:01:00", 60), read("2025-07-01T00:01:00", 60), restart(BACK, 0)],
            notices=[suspect(DAY + 60)], until=BUDGET, why="It read an unsuspicious wall: 60 seconds, not 15 minutes."),
        row("an_hour_refills_the_budget", [*PLAY, ten_hours, right, read("2025-07-01T11:00:00", HOUR), restart(BACK, 0)],
            notices=[suspect(35 * HOUR)], until="2025-07-04T11:00:00", why="T and 11 hours, and 72 hours."),
        row("less_than_an_hour_refills_nothing", [*PLAY, ten_hours, right, read("2025-07-01T10:59:59", HOUR - 1), restart(BACK, 0)],
            notices=[suspect(35 * HOUR - 1)], until="2025-07-04T00:59:59", why="T and 10:59:59, and the 62 hours that remain."),
        row("the_last_quarter_is_spent_by_starting", [*PLAY, read("2025-07-02T23:45:00", 258300), restart("2025-07-02T23:45:00", 0)],
            denials=[set_back(DAY)], why="71 hours 45 minutes, and the 15 that this run counts at least."),
        row("a_second_more_than_the_last_quarter", [*PLAY, read("2025-07-02T23:44:59", 258299), restart("2025-07-02T23:44:59", 0)],
            notices=[suspect(DAY)], until=BUDGET, why="T and 258299 seconds, and the 901 that remain."),
    ]


def forward() -> list:
    return [
        row("expired_in_2099", [*KEPT, restart("2099-01-01", 0)], terms={"valid_until": "2025-12-31"}, denials=expired("2025-12-31")),
        row("one_start_in_2099_and_back", [*KEPT, restart("2099-01-01", 0), restart("2025-07-01T01:00:00", 0)]),
        row("one_start_in_2099_and_back_in_the_license", [*KEPT, restart("2099-01-01", 0), restart("2025-07-01T01:00:00", 0)],
            terms={"valid_until": "2025-12-31"}, until="2025-12-01"),
        row("one_read_in_2099_and_back", [*KEPT, restart(T, 0), read("2099-01-01", 60), read("2025-07-01T00:02:00", 120)]),
        row("a_long_run_in_2099_and_back", [*KEPT, restart("2099-01-01", 0), read("2099-01-01T10:00:00", 10 * HOUR),
                                            restart("2025-07-01T11:00:00", 0)]),
        row("one_day_in_2099_and_back", [*KEPT, restart("2099-01-01", 0), restart("2099-01-01T23:59:59", 0), restart("2025-07-01T02:00:00", 0)]),
        row("two_starts_24_hours_apart_in_2099", [*KEPT, restart("2099-01-01", 0), restart("2099-01-02", 0), restart("2025-07-01T02:00:00", 0)],
            notices=[suspect(2319573600)], until="2099-01-04", why="2099-01-01 is believed."),
        row("2099_is_healed_by_trusted_time",
            [*KEPT, restart("2099-01-01", 0), restart("2099-01-02", 0), restart("2025-07-01T02:00:00", 0),
             heal("2025-07-01T02:00:00", tick("2025-07-01T02:00:00", 0), tick("2025-07-01T02:00:00", 0)), restart("2025-07-01T03:00:00", 0)]),
        row("a_candidate_is_confirmed_after_24_hours", [start(T, 0), restart("2025-07-02", 0), restart(BACK, 0)],
            notices=[suspect(DAY)], until=BUDGET, why="The floor is the first start, T."),
        row("a_candidate_is_not_confirmed_a_second_before", [start(T, 0), restart("2025-07-01T23:59:59", 0), restart(BACK, 0)]),
        row("a_start_between_keeps_the_candidate", [start(T, 0), restart("2025-07-01T12:00:00", 0), restart("2025-07-02", 0), restart(BACK, 0)],
            notices=[suspect(DAY)], until=BUDGET),
        row("an_earlier_start_drops_the_candidate",
            [start(T, 0), restart("2025-06-30T23:00:00", 0), restart("2025-07-02", 0), restart("2025-06-30T22:58:00", 0)],
            why="23:00 is believed at most, and 22:58 is within the tolerance."),
        row("reads_are_no_candidates", [start(T, 0), read("2025-08-01", 60), restart("2025-07-02T12:00:00", 0), restart(T, 0)],
            why="The second start confirms T, not the wall that was read."),
        row("what_is_seen_advances_by_the_monotonic_clock",
            [start(T, 0), restart("2025-07-02", 0), read("2025-07-02T10:00:00", 10 * HOUR), restart(T, 0)],
            notices=[suspect(10 * HOUR)], until="2025-07-04T10:00:00"),
    ]


def trusted() -> list:
    def answer(iat: str, wall: str, sent: int, answered: int) -> dict:
        return heal(iat, tick(wall, sent), tick(wall, answered))

    seven = {"valid_until": "2025-07-01T07:00:00"}
    six = answer("2025-07-01T06:00:00", T, 10, 10)
    soon = [notice("expires_soon", ends_at="2025-07-01T07:00:00", within=DAY)]
    return [
        row("trusted_time_goes_on_by_the_monotonic_clock", [*KEPT, restart(T, 0), six, read("2025-06-01", HOUR + 10)], terms=seven,
            denials=expired("2025-07-01T07:00:00"), why="The wall is not asked any more."),
        row("trusted_time_to_one_second_before", [*KEPT, restart(T, 0), six, read("2025-06-01", HOUR + 9)], terms=seven,
            notices=soon, until="2025-07-01T07:00:00"),
        row("trusted_time_against_a_wall_ahead", [*KEPT, restart(T, 0), six, read("2099-01-01", HOUR + 9)], terms=seven,
            notices=soon, until="2025-07-01T07:00:00"),
        row("trusted_time_clears_a_suspect_clock", [*PLAY, answer(T, BACK, 0, 0), read(BACK, 0)]),
        row("trusted_time_ends_with_the_process", [*KEPT, restart(T, 0), answer(T, T, 0, 0), restart(BACK, 0)], notices=[suspect(DAY)], until=BUDGET),
        row("trusted_time_raises_the_floor", [*KEPT, restart(T, 0), answer("2025-07-11", T, 0, 0), restart("2025-07-01T01:00:00", 0)],
            notices=[suspect(10 * DAY - HOUR)], until="2025-07-14"),
        row("trusted_time_lowers_the_floor", [*KEPT, restart(T, 0), answer("2025-06-21", T, 0, 0), restart("2025-06-21T01:00:00", 0)]),
        row("trusted_time_drops_the_candidate",
            [start(T, 0), answer("2025-06-01", T, 0, 0), restart("2025-07-02", 0), restart("2025-06-01T00:01:00", 0)],
            why="T would be confirmed by the second start, were it still a candidate."),
        row("an_answer_after_60_seconds", [*PLAY, answer(T, BACK, 0, 60), read(BACK, 60)]),
        row("an_answer_after_61_seconds_is_no_trusted_time", [*PLAY, answer(T, BACK, 0, 61), read("2025-06-30T00:01:01", 61)],
            notices=[suspect(DAY)], until=BUDGET),
    ]


def anchors() -> list:
    far = "2099-01-01"
    return [
        row("a_document_from_the_future_is_kept", [start(T, 0), documents(far), read(T, 0)], notices=[suspect(2319580800), UNGUARDED],
            until="2099-01-04", why="Without trusted time the anchor is what was signed."),
        row("a_replaced_document_lowers_the_anchor", [start(T, 0), documents(far), read(T, 0), documents(BACK), read(T, 0)],
            notices=[UNGUARDED]),
        row("a_document_held_at_healing_raises_nothing",
            [start(T, 0), documents(far), heal(T, tick(T, 0), tick(T, 0)), restart("2025-07-01T01:00:00", 0), documents(far),
             read("2025-07-01T01:00:00", 0)]),
        row("a_newer_document_raises_the_floor", [*KEPT, restart(T, 0), documents("2025-07-03"), read(T, 0)], notices=[suspect(2 * DAY)],
            until="2025-07-06"),
        row("the_anchor_advances_while_running", [*KEPT, restart(T, 0), read("2025-07-01T10:00:00", 10 * HOUR), restart(T, 0)],
            notices=[suspect(10 * HOUR)], until="2025-07-04T10:00:00"),
    ]


def seats() -> list:
    seat = {"activation": {}}
    mine = {"instance": {"kind": "machine", "value": "m-1"}}
    due = notice("lease_renewal_due", ends_at="2025-07-03")
    late = notice("lease_renewal_due", ends_at="2025-07-20")
    return [
        row("a_suspect_clock_makes_renewal_due", PLAY, terms=seat, lease=lease(exp="2025-07-03"), run=mine,
            notices=[suspect(DAY), due], until="2025-07-03", why="renew_at is no change any more; the lease ends before the budget."),
        row("a_suspect_clock_and_a_longer_lease", PLAY, terms=seat, lease=lease(exp="2025-07-20"), run=mine,
            notices=[suspect(DAY), late], until=BUDGET),
        row("a_suspect_clock_and_an_ended_lease", PLAY, terms=seat, lease=lease(renew_at="2025-06-29", exp="2025-06-30T12:00:00"), run=mine,
            denials=[denial("lease_ended", ended_at="2025-06-30T12:00:00")], notices=[suspect(DAY)], until=BUDGET,
            why="At the floor it has ended, although not at the wall."),
        row("a_suspect_clock_and_the_lease_of_another", PLAY, terms=seat, lease=lease(exp="2025-07-03"),
            run={"instance": {"kind": "machine", "value": "m-2"}}, notices=[suspect(DAY)], until="2025-07-03",
            denials=[denial("lease_of_another_instance", instance={"kind": "machine", "value": "m-1"})]),
        row("a_clock_set_back_makes_renewal_due", [*PLAY, read("2025-07-03", 72 * HOUR)], terms=seat,
            lease=lease(renew_at="2025-07-19", exp="2025-07-20"), run=mine, denials=[set_back(DAY)], notices=[late], until="2025-07-20"),
        row("a_clock_that_is_right_leaves_renewal_alone", [*PLAY, read("2025-07-01T01:00:00", HOUR)], terms=seat, lease=lease(), run=mine,
            until="2025-07-01T12:00:00"),
    ]
