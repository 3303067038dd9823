"""Validity, updates and support: every edge to the second."""

from decision import DAY, denial, notice, row

END = "2025-12-31"
"""Its thresholds: 2025-12-01 (30 days), 2025-12-24 (7 days), 2025-12-30 (1 day)."""
EXPIRED = denial("expired", ended_at=END)
GRACE = notice("in_grace_period", ended_at=END, until="2026-01-07")
UPDATE = {"purpose": "update"}
SUPPORT = {"purpose": "support"}


def expires(within: int, ends_at: str = END) -> dict:
    return notice("expires_soon", ends_at=ends_at, within=within)


def updates(within: int, ends_at: str = END) -> dict:
    return notice("updates_end_soon", ends_at=ends_at, within=within)


def support(within: int, ends_at: str = END) -> dict:
    return notice("support_ends_soon", ends_at=ends_at, within=within)


def rows() -> list:
    return validity() + thresholds() + update() + supported()


def validity() -> list:
    until = {"valid_until": END}
    grace = {"valid_until": END, "grace": 7 * DAY}
    begins = {"valid_from": "2025-02-01"}
    early = denial("not_yet_valid", starts_at="2025-02-01")
    return [
        row("perpetual_never_changes", "2025-07-01"),
        row("perpetual_at_the_first_moment", "1970-01-01", why="No window: the license's iat is none either."),
        row("perpetual_at_the_last_moment", "9999-12-31T23:59:59"),
        row("one_second_before_the_start", "2025-01-31T23:59:59", terms=begins, denials=[early], until="2025-02-01"),
        row("at_the_start", "2025-02-01", terms=begins),
        row("one_second_after_the_start", "2025-02-01T00:00:01", terms=begins),
        row("far_from_the_end", "2025-07-01", terms=until, until="2025-12-01", why="The 30 days threshold."),
        row("one_second_before_30_days", "2025-11-30T23:59:59", terms=until, until="2025-12-01"),
        row("at_30_days", "2025-12-01", terms=until, notices=[expires(30 * DAY)], until="2025-12-24"),
        row("one_second_into_30_days", "2025-12-01T00:00:01", terms=until, notices=[expires(30 * DAY)], until="2025-12-24"),
        row("one_second_before_7_days", "2025-12-23T23:59:59", terms=until, notices=[expires(30 * DAY)], until="2025-12-24"),
        row("at_7_days", "2025-12-24", terms=until, notices=[expires(7 * DAY)], until="2025-12-30"),
        row("one_second_into_7_days", "2025-12-24T00:00:01", terms=until, notices=[expires(7 * DAY)], until="2025-12-30"),
        row("one_second_before_1_day", "2025-12-29T23:59:59", terms=until, notices=[expires(7 * DAY)], until="2025-12-30"),
        row("at_1_day", "2025-12-30", terms=until, notices=[expires(DAY)], until=END),
        row("one_second_into_1_day", "2025-12-30T00:00:01", terms=until, notices=[expires(DAY)], until=END),
        row("one_second_before_the_end", "2025-12-30T23:59:59", terms=until, notices=[expires(DAY)], until=END),
        row("at_the_end", END, terms=until, denials=[EXPIRED], why="Half-open; nothing of validity remains."),
        row("one_second_after_the_end", "2025-12-31T00:00:01", terms=until, denials=[EXPIRED]),
        row("long_after_the_end", "2031-01-01", terms=until, denials=[EXPIRED]),
        row("one_second_before_grace", "2025-12-30T23:59:59", terms=grace, notices=[expires(DAY)], until=END),
        row("at_the_start_of_grace", END, terms=grace, notices=[GRACE], until="2026-01-07",
            why="expires_soon stops at the end of validity."),
        row("one_second_before_the_end_of_grace", "2026-01-06T23:59:59", terms=grace, notices=[GRACE], until="2026-01-07"),
        row("at_the_end_of_grace", "2026-01-07", terms=grace, denials=[EXPIRED], why="ended_at is valid_until, not grace's end."),
        row("one_second_after_the_end_of_grace", "2026-01-07T00:00:01", terms=grace, denials=[EXPIRED]),
        row("a_grace_of_nothing", END, terms={"valid_until": END, "grace": 0}, denials=[EXPIRED]),
        row("a_grace_of_one_second", END, terms={"valid_until": END, "grace": 1}, until="2025-12-31T00:00:01",
            notices=[notice("in_grace_period", ended_at=END, until="2025-12-31T00:00:01")]),
        row("a_grace_of_one_second_over", "2025-12-31T00:00:01", terms={"valid_until": END, "grace": 1}, denials=[EXPIRED]),
        row("grace_saturates_at_the_end_of_9999", "9999-12-31T12:00:00",
            terms={"valid_until": "9999-12-31", "grace": 30 * DAY}, until="9999-12-31T23:59:59",
            notices=[notice("in_grace_period", ended_at="9999-12-31", until="9999-12-31T23:59:59")]),
        row("a_window_before_it_opens_holds_until_it_does", "2025-01-10", terms=begins | until, denials=[early], until="2025-02-01"),
        row("expires_soon_begins_before_the_window_does", "2025-01-20",
            terms={"valid_from": "2025-02-01", "valid_until": "2025-02-20"}, denials=[early], until="2025-01-21",
            why="30 days before the end, which is earlier than the start."),
        row("expires_soon_stands_before_the_window", "2025-01-21",
            terms={"valid_from": "2025-02-01", "valid_until": "2025-02-20"}, denials=[early],
            notices=[expires(30 * DAY, "2025-02-20")], until="2025-02-01"),
        row("a_window_of_one_second", "2025-02-01", terms={"valid_from": "2025-02-01", "valid_until": "2025-02-01T00:00:01"},
            notices=[expires(DAY, "2025-02-01T00:00:01")], until="2025-02-01T00:00:01"),
        row("validity_does_not_apply_to_support", "2025-07-01", terms=begins | {"valid_until": "2025-03-01", "support_until": "2027-01-01"},
            run=SUPPORT, until="2026-12-02", why="30 days before the end of support."),
        row("validity_does_not_apply_to_update", "2026-07-01", terms=until, run=UPDATE | {"released_at": "2025-06-01"}),
        row("a_start_ahead_does_not_concern_support", "2025-01-01", terms=begins, run=SUPPORT,
            why="The start is no change for this purpose."),
        row("a_start_ahead_does_not_concern_update", "2025-01-01", terms=begins, run=UPDATE | {"released_at": "2024-12-01"}),
        row("grace_does_not_concern_support", "2025-12-31", terms=grace | {"support_until": "2026-12-31"}, run=SUPPORT,
            until="2026-12-01", why="No in_grace_period, and grace's end is no change."),
    ]


def thresholds() -> list:
    until = {"valid_until": END}
    return [
        row("no_thresholds_no_notice", "2025-12-30T12:00:00", terms=until, notice_before=[], until=END),
        row("no_thresholds_far_from_the_end", "2025-07-01", terms=until, notice_before=[], until=END),
        row("one_threshold_of_an_hour_ahead", "2025-12-30T22:59:59", terms=until, notice_before=[3600], until="2025-12-30T23:00:00"),
        row("one_threshold_of_an_hour_reached", "2025-12-30T23:00:00", terms=until, notice_before=[3600],
            notices=[expires(3600)], until=END),
        row("thresholds_in_any_order", "2025-12-21", terms=until, notice_before=[DAY, 10 * DAY],
            notices=[expires(10 * DAY)], until="2025-12-30"),
        row("a_threshold_beyond_the_license", "2025-07-01", terms=until, notice_before=[40000000],
            notices=[expires(40000000)], until=END),
        row("a_threshold_of_nothing_is_never_reached", "2025-12-30T23:59:59", terms=until, notice_before=[0], until=END),
        row("the_callers_thresholds_replace_the_default", "2025-12-25", terms=until, notice_before=[2 * DAY], until="2025-12-29"),
        row("grace_stands_without_thresholds", "2026-01-01", terms=until | {"grace": 7 * DAY}, notice_before=[],
            notices=[GRACE], until="2026-01-07"),
        row("no_thresholds_for_updates", "2025-12-30", terms={"updates_until": END}, notice_before=[],
            run=UPDATE | {"released_at": "2025-06-01"}, why="Without a notice the end of updates changes nothing."),
        row("thresholds_of_the_caller_for_updates", "2025-12-30", terms={"updates_until": END}, notice_before=[2 * DAY],
            run=UPDATE | {"released_at": "2025-06-01"}, notices=[updates(2 * DAY)], until=END),
        row("no_thresholds_for_support", "2025-12-30", terms={"support_until": END}, notice_before=[], run=SUPPORT, until=END),
        row("thresholds_of_the_caller_for_support", "2025-12-28", terms={"support_until": END}, notice_before=[DAY, 3 * DAY],
            run=SUPPORT, notices=[support(3 * DAY)], until="2025-12-30"),
    ]


def update() -> list:
    covers = {"updates_until": END}
    old = {"released_at": "2025-06-01"}

    def uncovered(released_at: str) -> list:
        return [denial("update_not_covered", updates_until=END, released_at=released_at)]

    unstated = [denial("not_stated", fact="released_at")]
    return [
        row("a_release_one_second_before_the_end_of_updates", "2025-07-01", terms=covers,
            run=UPDATE | {"released_at": "2025-12-30T23:59:59"}, until="2025-12-01", why="updates_end_soon begins."),
        row("a_release_at_the_end_of_updates", "2025-07-01", terms=covers, run=UPDATE | {"released_at": END},
            denials=uncovered(END), why="The present moment plays no part: nothing changes it."),
        row("a_release_one_second_after_the_end_of_updates", "2025-07-01", terms=covers,
            run=UPDATE | {"released_at": "2025-12-31T00:00:01"}, denials=uncovered("2025-12-31T00:00:01")),
        row("an_old_release_after_the_end_of_updates", "2027-07-01", terms=covers, run=UPDATE | old),
        row("a_release_not_covered_after_the_end", "2027-07-01", terms=covers, run=UPDATE | {"released_at": "2027-01-01"},
            denials=uncovered("2027-01-01")),
        row("update_without_the_release", "2025-07-01", terms=covers, run=UPDATE, denials=unstated,
            why="updates_end_soon needs a covered release."),
        row("update_without_the_release_near_the_end", "2025-12-30", terms=covers, run=UPDATE, denials=unstated),
        row("update_without_the_release_by_validity", "2025-07-01", terms={"valid_until": END}, run=UPDATE, denials=unstated),
        row("update_without_the_release_of_a_perpetual_license", "2025-07-01", run=UPDATE,
            why="Unrestricted: the rule needs no fact."),
        row("update_of_a_perpetual_license", "2025-07-01", run=UPDATE | {"released_at": "2031-01-01"}),
        row("run_without_the_release_is_not_stopped", "2027-07-01", terms=covers),
        row("run_without_the_release_near_the_end_of_updates", "2025-12-30", terms=covers,
            why="The rule does not apply, so its thresholds are no change."),
        row("run_of_a_covered_release", "2027-07-01", terms=covers, run=old, why="The perpetual fallback."),
        row("run_of_a_release_not_covered", "2027-07-01", terms=covers, run={"released_at": "2026-01-01"},
            denials=uncovered("2026-01-01")),
        row("run_of_a_release_at_the_end_of_updates", "2025-07-01", terms=covers, run={"released_at": END}, denials=uncovered(END)),
        row("run_of_a_covered_release_near_the_end", "2025-12-25", terms=covers, run=old, notices=[updates(7 * DAY)], until="2025-12-30"),
        row("updates_one_second_before_30_days", "2025-11-30T23:59:59", terms=covers, run=UPDATE | old, until="2025-12-01"),
        row("updates_at_30_days", "2025-12-01", terms=covers, run=UPDATE | old, notices=[updates(30 * DAY)], until="2025-12-24"),
        row("updates_at_7_days", "2025-12-24", terms=covers, run=UPDATE | old, notices=[updates(7 * DAY)], until="2025-12-30"),
        row("updates_at_1_day", "2025-12-30", terms=covers, run=UPDATE | old, notices=[updates(DAY)], until=END),
        row("updates_one_second_before_the_end", "2025-12-30T23:59:59", terms=covers, run=UPDATE | old,
            notices=[updates(DAY)], until=END, why="The notice stops."),
        row("updates_at_the_end", END, terms=covers, run=UPDATE | old),
        row("a_release_not_covered_has_no_notice", "2025-12-30", terms=covers, run=UPDATE | {"released_at": END}, denials=uncovered(END)),
        row("updates_follow_validity", "2025-07-01", terms={"valid_until": END}, run=UPDATE | {"released_at": END}, denials=uncovered(END)),
        row("updates_follow_validity_with_its_notice", "2025-12-24", terms={"valid_until": END}, run=UPDATE | old,
            notices=[updates(7 * DAY)], until="2025-12-30"),
        row("updates_follow_validity_without_grace", "2025-12-31T12:00:00", terms={"valid_until": END, "grace": 7 * DAY},
            run=UPDATE | {"released_at": END}, denials=uncovered(END)),
        row("run_of_a_release_under_validity_alone", "2025-12-24", terms={"valid_until": END}, run=old,
            notices=[expires(7 * DAY), updates(7 * DAY)], until="2025-12-30"),
        row("run_of_a_late_release_in_grace", "2026-01-03", terms={"valid_until": END, "grace": 7 * DAY}, run={"released_at": "2026-01-02"},
            denials=uncovered("2026-01-02"), notices=[GRACE], until="2026-01-07"),
        row("updates_may_outlast_validity", "2026-07-01", terms={"valid_until": END, "updates_until": "2026-12-31"},
            run=UPDATE | {"released_at": "2026-06-01"}, until="2026-12-01"),
        row("updates_do_not_apply_to_support", "2025-12-30", terms=covers, run=SUPPORT | {"released_at": "2026-06-01"}),
        row("a_release_before_the_license", "2025-07-01", terms=covers, run=UPDATE | {"released_at": "2001-01-01"}, until="2025-12-01"),
    ]


def supported() -> list:
    helps = {"support_until": END}
    ended = denial("support_ended", ended_at=END)
    return [
        row("support_far_from_the_end", "2025-07-01", terms=helps, run=SUPPORT, until="2025-12-01"),
        row("support_one_second_before_30_days", "2025-11-30T23:59:59", terms=helps, run=SUPPORT, until="2025-12-01"),
        row("support_at_30_days", "2025-12-01", terms=helps, run=SUPPORT, notices=[support(30 * DAY)], until="2025-12-24"),
        row("support_at_7_days", "2025-12-24", terms=helps, run=SUPPORT, notices=[support(7 * DAY)], until="2025-12-30"),
        row("support_at_1_day", "2025-12-30", terms=helps, run=SUPPORT, notices=[support(DAY)], until=END),
        row("support_one_second_before_the_end", "2025-12-30T23:59:59", terms=helps, run=SUPPORT, notices=[support(DAY)], until=END),
        row("support_at_the_end", END, terms=helps, run=SUPPORT, denials=[ended]),
        row("support_one_second_after_the_end", "2025-12-31T00:00:01", terms=helps, run=SUPPORT, denials=[ended]),
        row("support_of_a_perpetual_license", "2099-01-01", run=SUPPORT),
        row("support_follows_validity", "2025-12-24", terms={"valid_until": END}, run=SUPPORT, notices=[support(7 * DAY)], until="2025-12-30"),
        row("support_follows_validity_to_its_end", END, terms={"valid_until": END}, run=SUPPORT, denials=[ended]),
        row("support_follows_validity_without_grace", END, terms={"valid_until": END, "grace": 7 * DAY}, run=SUPPORT, denials=[ended],
            why="Grace's end is no change for support."),
        row("support_does_not_apply_to_run", "2025-12-30", terms=helps, why="Its thresholds are no change for run."),
        row("support_does_not_apply_to_update", "2026-07-01", terms=helps, run=UPDATE | {"released_at": "2026-06-01"}),
        row("support_ends_before_validity", "2025-07-01", terms={"valid_until": END, "support_until": "2025-06-01"}, run=SUPPORT,
            denials=[denial("support_ended", ended_at="2025-06-01")], why="validity does not apply, its end is no change."),
    ]
