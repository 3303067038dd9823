"""Until when a report holds: the earliest of several moments, and only of those that change it."""

from decision import DAY, URI, denial, lease, notice, row, status, status_list

NOW = "2025-07-01"
MINE = {"instance": {"kind": "machine", "value": "m-1"}}
SUPPORT = {"purpose": "support"}
UPDATE = {"purpose": "update", "released_at": "2025-01-01"}
# From early to late: ttl 07-08, renew_at 07-10, stale 07-15, exp of the lease 07-20, sync 07-25, chat 07-28,
# 30 days before the end of validity 08-01, of updates 09-01, of support 10-01.
EVERYTHING = {
    "valid_until": "2025-08-31", "grace": 10 * DAY, "updates_until": "2025-10-01", "support_until": "2025-10-31",
    "activation": {}, "status": status(), "freshness": 15 * DAY,
    "entitlements": {"sync": {"until": "2025-07-25"}, "chat": {"until": "2025-07-28"}, "export": {}},
}
LIST = status_list([0, 0, 0, 0], iat="2025-06-30", ttl=8 * DAY)
SEAT = lease(renew_at="2025-07-10", exp="2025-07-20")
TTL = notice("status_refresh_due", since="2025-07-08")
RENEWAL = notice("lease_renewal_due", ends_at="2025-07-20")
STALE = denial("status_stale", since="2025-07-15", uri=URI)
ENDED = denial("lease_ended", ended_at="2025-07-20")


def rows() -> list:
    return one_by_one() + not_counted()


def one_by_one() -> list:
    def at(name: str, now: str, until, **more) -> dict:
        return row(name, now, terms=EVERYTHING, lease=SEAT, statuses=LIST, run=MINE | {"released_at": "2025-01-01"}, until=until, **more)

    def soon(code: str, ends_at: str, days: int) -> dict:
        return notice(code, ends_at=ends_at, within=days * DAY)

    both = [STALE, ENDED]
    over = denial("expired", ended_at="2025-08-31")
    grace = notice("in_grace_period", ended_at="2025-08-31", until="2025-09-10")
    return [
        at("first_a_refresh_is_due", NOW, "2025-07-08"),
        at("then_renewal_is_due", "2025-07-08", "2025-07-10", notices=[TTL]),
        at("then_the_list_is_stale", "2025-07-10", "2025-07-15", notices=[TTL, RENEWAL]),
        at("then_the_lease_ends", "2025-07-15", "2025-07-20", denials=[STALE], notices=[TTL, RENEWAL], entitled={"sync": False}),
        at("then_an_entitlement_ends", "2025-07-20", "2025-07-25", denials=both, notices=[TTL]),
        at("then_another_entitlement_ends", "2025-07-25", "2025-07-28", denials=both, notices=[TTL]),
        at("then_the_end_of_validity_is_near", "2025-07-28", "2025-08-01", denials=both, notices=[TTL]),
        at("then_it_is_nearer", "2025-08-01", "2025-08-24", denials=both, notices=[TTL, soon("expires_soon", "2025-08-31", 30)]),
        at("then_it_is_a_day", "2025-08-24", "2025-08-30", denials=both, notices=[TTL, soon("expires_soon", "2025-08-31", 7)]),
        at("then_validity_ends", "2025-08-30", "2025-08-31", denials=both, notices=[TTL, soon("expires_soon", "2025-08-31", 1)]),
        at("then_the_end_of_updates_is_near", "2025-08-31", "2025-09-01", denials=both, notices=[TTL, grace]),
        at("then_grace_ends", "2025-09-01", "2025-09-10", denials=both,
           notices=[TTL, grace, soon("updates_end_soon", "2025-10-01", 30)]),
        at("then_updates_are_nearer_their_end", "2025-09-10", "2025-09-24", denials=[STALE, over, ENDED],
           notices=[TTL, soon("updates_end_soon", "2025-10-01", 30)]),
        at("then_updates_have_a_day", "2025-09-24", "2025-09-30", denials=[STALE, over, ENDED],
           notices=[TTL, soon("updates_end_soon", "2025-10-01", 7)]),
        at("then_updates_end", "2025-09-30", "2025-10-01", denials=[STALE, over, ENDED],
           notices=[TTL, soon("updates_end_soon", "2025-10-01", 1)]),
        at("then_nothing_is_left", "2025-10-01", None, denials=[STALE, over, ENDED], notices=[TTL],
           why="The window of support does not concern run."),
    ]


def not_counted() -> list:
    released = {"released_at": "2025-01-01"}
    return [
        row("support_counts_list_entitlement_and_its_window", NOW, terms=EVERYTHING, lease=SEAT, statuses=LIST, run=SUPPORT, until="2025-07-08"),
        row("support_past_the_list_holds_until_an_entitlement", "2025-07-16", terms=EVERYTHING, lease=SEAT, statuses=LIST, run=SUPPORT,
            denials=[STALE], notices=[TTL], until="2025-07-25", why="The lease's end does not concern support."),
        row("support_past_the_entitlements", "2025-07-30", terms=EVERYTHING, lease=SEAT, statuses=LIST, run=SUPPORT, denials=[STALE],
            notices=[TTL], until="2025-10-01", why="30 days before the end of support; neither validity nor updates."),
        row("update_past_the_entitlements", "2025-07-30", terms=EVERYTHING, lease=SEAT, statuses=LIST, run=UPDATE, denials=[STALE],
            notices=[TTL], until="2025-09-01", why="30 days before the end of updates."),
        row("update_not_covered_leaves_nothing", "2025-07-30", terms=EVERYTHING, lease=SEAT, statuses=LIST,
            run=UPDATE | {"released_at": "2025-10-01"}, notices=[TTL],
            denials=[STALE, denial("update_not_covered", updates_until="2025-10-01", released_at="2025-10-01")]),
        row("an_entitlement_before_the_threshold", NOW, terms={"valid_until": "2025-12-31", "entitlements": {"sync": {"until": "2025-11-30"}}},
            until="2025-11-30"),
        row("an_entitlement_after_the_threshold", NOW, terms={"valid_until": "2025-12-31", "entitlements": {"sync": {"until": "2025-12-02"}}},
            until="2025-12-01"),
        row("an_entitlement_that_outlives_the_license", "2026-01-01",
            terms={"valid_until": "2025-12-31", "entitlements": {"sync": {"until": "2026-12-31"}}},
            denials=[denial("expired", ended_at="2025-12-31")], until="2026-12-31", entitled={"sync": False},
            why="The end of any entitlement counts, whether it is denied or not."),
        row("an_entitlement_of_a_license_for_support", NOW, terms={"entitlements": {"sync": {"until": "2025-12-31"}}}, run=SUPPORT,
            until="2025-12-31"),
        row("two_entitlements_of_which_one_has_ended", NOW,
            terms={"entitlements": {"chat": {"until": "2025-06-30"}, "sync": {"until": "2025-12-31"}}}, until="2025-12-31",
            entitled={"chat": False, "sync": True}),
        row("an_entitlement_that_ends_now_is_past", NOW, terms={"entitlements": {"sync": {"until": NOW}}}, entitled={"sync": False}),
        row("an_entitlement_that_ends_in_a_second", "2025-06-30T23:59:59", terms={"entitlements": {"sync": {"until": NOW}}}, until=NOW,
            entitled={"sync": True}),
        row("a_denial_that_time_does_not_lift", NOW, terms={"domains": ["example.com"]}, run={"domain": "example.net"},
            denials=[denial("domain_not_licensed", domain="example.net")]),
        row("a_denial_that_time_does_not_lift_beside_a_window", NOW, terms={"domains": ["example.com"], "valid_until": "2025-12-31"},
            run={"domain": "example.net"}, denials=[denial("domain_not_licensed", domain="example.net")], until="2025-12-01"),
        row("a_start_before_an_earlier_entitlement", "2025-01-15", terms={"valid_from": "2025-03-01", "entitlements": {"sync": {"until": "2025-02-01"}}},
            denials=[denial("not_yet_valid", starts_at="2025-03-01")], until="2025-02-01"),
        row("a_start_already_past", NOW, terms={"valid_from": "2025-03-01"}),
        row("an_ended_lease_beside_a_window", "2025-08-01", terms={"activation": {}, "valid_until": "2025-12-31"}, lease=SEAT, run=MINE,
            denials=[ENDED], until="2025-12-01"),
        row("a_revoked_entry_beside_a_window", NOW, terms={"status": status(), "freshness": DAY, "valid_until": "2025-12-31"},
            statuses=status_list([0, 0, 0, 1], exp="2025-08-01"), denials=[denial("revoked", listed_at="2025-06-01")], until="2025-12-01",
            why="Neither freshness nor exp of the list changes a revoked entry."),
        row("ttl_after_exp_without_freshness", "2025-06-03", terms={"status": status()},
            statuses=status_list([0, 0, 0, 0], exp="2025-06-05", ttl=10 * DAY), until="2025-06-11"),
        row("updates_and_validity_with_thresholds_of_their_own", "2025-11-15", terms={"valid_until": "2026-01-31", "updates_until": "2025-12-31"},
            run=released, until="2025-12-01"),
        row("the_same_without_a_release", "2025-11-15", terms={"valid_until": "2026-01-31", "updates_until": "2025-12-31"},
            until="2026-01-01"),
        row("no_thresholds_leave_the_end_of_validity", "2025-11-15", terms={"valid_until": "2026-01-31", "updates_until": "2025-12-31"},
            run=released, notice_before=[], until="2026-01-31", why="Without notices the end of updates changes nothing."),
        row("the_last_second_of_9999", "9999-12-31T23:59:58", terms={"valid_until": "9999-12-31T23:59:59"}, until="9999-12-31T23:59:59",
            notices=[notice("expires_soon", ends_at="9999-12-31T23:59:59", within=DAY)]),
    ]
