"""What a product keeps on where the license lapses by time alone, and where it does not."""

from decision import DAY, URI, denial, documents, lease, notice, read, restart, row, start, status, status_list

NOW = "2025-07-10"
ON = {"export": True}
OFF = {"export": False}
EXPORT = {"entitlements": {"export": {}}}
MACHINE = {"instance": {"kind": "machine", "value": "m-1"}}
EXPIRED = denial("expired", ended_at="2025-06-01")
LEASE_ENDED = denial("lease_ended", ended_at="2025-07-05")
STALE = denial("status_stale", since="2025-06-08", uri=URI)
SYNC_ENDED = denial("entitlement_expired", entitlement="sync", ended_at="2025-07-01")
REVOKED = denial("revoked", listed_at="2025-06-01")
SUSPENDED = denial("suspended", listed_at="2025-06-01")
GOOD_LIST = status_list([0, 0, 0, 0])
OVER = {"valid_until": "2025-06-01"}
LEASED = {"activation": {}}
LISTED = {"status": status(), "freshness": 7 * DAY}
SYNC = {"entitlements": {"export": {}, "sync": {"until": "2025-07-01"}}}


def rows() -> list:
    return lapses() + others()


def lapses() -> list:
    return [
        row("allowed_keeps_what_is_licensed", NOW, terms=EXPORT, entitled=ON, stays_on={"export": True, "print": False}),
        row("expired_keeps_it", NOW, terms=EXPORT | OVER, denials=[EXPIRED], entitled=OFF, stays_on={"export": True, "print": False},
            why="Only what the license had."),
        row("expired_after_its_grace_keeps_it", NOW, terms=EXPORT | OVER | {"grace": DAY}, denials=[EXPIRED], stays_on=ON),
        row("in_grace_keeps_it", "2025-06-01", terms=EXPORT | OVER | {"grace": DAY}, until="2025-06-02", entitled=ON, stays_on=ON,
            notices=[notice("in_grace_period", ended_at="2025-06-01", until="2025-06-02")]),
        row("an_ended_lease_keeps_it", NOW, terms=EXPORT | LEASED, lease=lease(), run=MACHINE, denials=[LEASE_ENDED], entitled=OFF, stays_on=ON),
        row("a_stale_list_keeps_it", NOW, terms=EXPORT | LISTED, statuses=GOOD_LIST, denials=[STALE], entitled=OFF, stays_on=ON),
        row("an_ended_entitlement_that_is_required_keeps_others", NOW, terms=SYNC, run={"requires": ["sync"]}, denials=[SYNC_ENDED],
            entitled={"export": False, "sync": False}, stays_on={"export": True, "sync": False}),
        row("an_entitlement_ends_at_its_own_end", NOW, terms=SYNC | OVER, denials=[EXPIRED], stays_on={"export": True, "sync": False}),
        row("an_entitlement_that_goes_on_after_the_license", NOW, terms={"entitlements": {"sync": {"until": "2025-09-01"}}} | OVER,
            denials=[EXPIRED], until="2025-09-01", entitled={"sync": False}, stays_on={"sync": True}),
        row("all_lapses_at_once_keep_it", NOW, terms=SYNC | OVER | LEASED | LISTED, lease=lease(), statuses=GOOD_LIST,
            run=MACHINE | {"requires": ["sync"]}, denials=[STALE, EXPIRED, LEASE_ENDED, SYNC_ENDED], stays_on=ON),
        row("expired_keeps_it_without_a_guarded_clock", [start(NOW, 0)], terms=EXPORT | OVER, denials=[EXPIRED],
            notices=[notice("clock_unguarded")], stays_on=ON),
        row("expired_keeps_it_while_the_clock_is_suspect", [start(NOW, 0), documents(NOW), restart("2025-07-09", 0)], terms=EXPORT | OVER,
            denials=[EXPIRED], notices=[notice("clock_suspect", behind=DAY)], until="2025-07-13", stays_on=ON),
    ]


def others() -> list:
    set_back = [start(NOW, 0), documents(NOW), restart("2025-07-09", 0), read("2025-07-12", 72 * 3600)]
    return [
        row("revoked_keeps_nothing", NOW, terms=EXPORT | LISTED, statuses=status_list([0, 0, 0, 1]), denials=[REVOKED], stays_on=OFF),
        row("suspended_keeps_nothing", NOW, terms=EXPORT | LISTED, statuses=status_list([0, 0, 0, 2]), denials=[SUSPENDED], stays_on=OFF),
        row("revoked_and_expired_keeps_nothing", NOW, terms=EXPORT | OVER | LISTED, statuses=status_list([0, 0, 0, 1]),
            denials=[REVOKED, EXPIRED], stays_on=OFF),
        row("superseded_keeps_nothing", NOW, terms=EXPORT, highest_revision=2, denials=[denial("license_superseded", revision=1, newest=2)],
            stays_on=OFF),
        row("superseded_and_expired_keeps_nothing", NOW, terms=EXPORT | OVER, highest_revision=2,
            denials=[denial("license_superseded", revision=1, newest=2), EXPIRED], stays_on=OFF),
        row("another_product_keeps_nothing", NOW, terms=EXPORT, run={"product": "acme/viewer"},
            denials=[denial("wrong_product", licensed="acme/editor")], stays_on=OFF),
        row("another_product_and_expired_keeps_nothing", NOW, terms=EXPORT | OVER, run={"product": "acme/viewer"},
            denials=[denial("wrong_product", licensed="acme/editor"), EXPIRED], stays_on=OFF),
        row("a_list_that_is_missing_keeps_nothing", NOW, terms=EXPORT | LISTED, denials=[denial("status_unknown", uri=URI)], stays_on=OFF,
            why="No list was ever seen, so it may be revoked."),
        row("a_license_that_has_not_begun_keeps_nothing", "2025-01-01", terms=EXPORT | {"valid_from": "2025-02-01"}, until="2025-02-01",
            denials=[denial("not_yet_valid", starts_at="2025-02-01")], stays_on=OFF),
        row("a_seat_never_taken_keeps_nothing", NOW, terms=EXPORT | LEASED, run=MACHINE, denials=[denial("not_activated")], stays_on=OFF),
        row("a_lease_of_another_instance_keeps_nothing", "2025-07-01", terms=EXPORT | LEASED, lease=lease(),
            run={"instance": {"kind": "machine", "value": "m-2"}}, until="2025-07-05", stays_on=OFF,
            denials=[denial("lease_of_another_instance", instance={"kind": "machine", "value": "m-1"})]),
        row("a_missing_entitlement_keeps_nothing", NOW, terms=EXPORT | OVER, run={"requires": ["print"]}, stays_on=OFF,
            denials=[EXPIRED, denial("entitlement_missing", entitlement="print")]),
        row("a_domain_not_licensed_keeps_nothing", NOW, terms=EXPORT | OVER | {"domains": ["example.com"]}, run={"domain": "example.net"},
            denials=[EXPIRED, denial("domain_not_licensed", domain="example.net")], stays_on=OFF),
        row("a_limit_exceeded_keeps_nothing", NOW, terms=EXPORT | {"limits": {"services": 1}}, run={"counts": {"services": 2}},
            denials=[denial("limit_exceeded", limit="services", allowed=1, count=2)], stays_on=OFF),
        row("a_clock_set_back_for_too_long_keeps_nothing", set_back, terms=EXPORT, denials=[denial("clock_set_back", behind=DAY)], stays_on=OFF),
        row("an_update_not_covered_keeps_nothing", NOW, terms=EXPORT | {"updates_until": "2025-06-01"},
            run={"purpose": "update", "released_at": "2025-07-01"}, stays_on=OFF,
            denials=[denial("update_not_covered", updates_until="2025-06-01", released_at="2025-07-01")]),
    ]
