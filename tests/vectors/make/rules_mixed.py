"""Several rules at once, in their order, for each purpose."""

from decision import DAY, URI, denial, documents, lease, notice, read, restart, row, start, status, status_list

NOW = "2025-07-01"
RELEASE = {"released_at": "2025-07-01"}
FULL = {
    "rev": 3, "valid_from": "2025-01-01", "valid_until": "2025-06-01", "grace": DAY, "updates_until": "2025-05-01",
    "support_until": "2025-05-15", "domains": ["example.com"], "addresses": ["192.0.2.0/24"], "activation": {},
    "entitlements": {"sync": {"until": "2025-04-01"}, "export": {}}, "limits": {"services": 10, "users": 5}, "status": status(),
    "freshness": 7 * DAY,
}
LEASE = lease(rev=5, license="lic-1", instance={"kind": "machine", "value": "m-2"}, iat="2025-05-01", renew_at="2025-05-04", exp="2025-05-08")
RUN = {
    "domain": "shop.example.net", "address": "203.0.113.9", "instance": {"kind": "machine", "value": "m-1"},
    "requires": ["sync", "print", "export"], "counts": {"services": 11, "users": 5}, **RELEASE,
}
WRONG = denial("wrong_product", licensed="acme/editor")
SUPERSEDED = denial("license_superseded", revision=3, newest=5)
REVOKED = denial("revoked", listed_at="2025-06-01")
STALE = denial("status_stale", since="2025-06-08", uri=URI)
EXPIRED = denial("expired", ended_at="2025-06-01")
UNCOVERED = denial("update_not_covered", updates_until="2025-05-01", released_at=NOW)
SUPPORT_ENDED = denial("support_ended", ended_at="2025-05-15")
DOMAIN = denial("domain_not_licensed", domain="shop.example.net")
ADDRESS = denial("address_not_licensed", address="203.0.113.9")
OTHER_INSTANCE = denial("lease_of_another_instance", instance={"kind": "machine", "value": "m-2"})
OTHER_LICENSE = denial("lease_of_another_license", license="lic-2", product="acme/editor")
LEASE_ENDED = denial("lease_ended", ended_at="2025-05-08")
MISSING = denial("entitlement_missing", entitlement="print")
ENDED = denial("entitlement_expired", entitlement="sync", ended_at="2025-04-01")
EXCEEDED = denial("limit_exceeded", limit="services", allowed=10, count=11)
NEAR = [notice("limit_near", limit="users", allowed=5, count=5)]
REFRESH = notice("status_refresh_due", since="2025-06-02")
REVOKES = status_list([0, 0, 0, 1], ttl=DAY)
OF_RUN = [EXPIRED, UNCOVERED, DOMAIN, ADDRESS, OTHER_INSTANCE, LEASE_ENDED, MISSING, ENDED, EXCEEDED]


def unstated(fact: str) -> dict:
    return denial("not_stated", fact=fact)


def rows() -> list:
    back = [start(NOW, 0), documents(NOW), restart("2025-06-30", 0)]
    spent = [*back, read("2025-07-03", 72 * 3600)]
    elsewhere = {"product": "acme/viewer"}
    suspect = notice("clock_suspect", behind=DAY)
    set_back = denial("clock_set_back", behind=DAY)
    cautious = {
        "valid_until": "2025-07-20", "updates_until": "2025-07-05", "support_until": "2025-07-02", "activation": {}, "status": status(),
        "limits": {"services": 10, "users": 5},
    }
    good = {"instance": {"kind": "machine", "value": "m-1"}, "counts": {"users": 5, "services": 9}, "released_at": "2025-01-01"}
    expires = notice("expires_soon", ends_at="2025-07-20", within=30 * DAY)
    updates_end = notice("updates_end_soon", ends_at="2025-07-05", within=7 * DAY)
    support_ends = notice("support_ends_soon", ends_at="2025-07-02", within=DAY)
    renewal = notice("lease_renewal_due", ends_at="2025-07-05")
    near = [notice("limit_near", limit="services", allowed=10, count=9), notice("limit_near", limit="users", allowed=5, count=5)]
    fresh = status_list([0, 0, 0, 0], ttl=DAY)
    return [
        row("everything_denies_run", NOW, terms=FULL, lease=LEASE, statuses=REVOKES, run=RUN | elsewhere,
            denials=[WRONG, SUPERSEDED, REVOKED, *OF_RUN], notices=[REFRESH, *NEAR]),
        row("everything_denies_run_with_the_clock", spent, terms=FULL, lease=LEASE, statuses=REVOKES, run=RUN | elsewhere,
            denials=[set_back, WRONG, SUPERSEDED, REVOKED, *OF_RUN], notices=[REFRESH, *NEAR]),
        row("everything_denies_run_suspect", back, terms=FULL, lease=LEASE, statuses=REVOKES, run=RUN | elsewhere,
            denials=[WRONG, SUPERSEDED, REVOKED, *OF_RUN], notices=[suspect, REFRESH, *NEAR], until="2025-07-04"),
        row("everything_denies_update", NOW, terms=FULL, lease=LEASE, statuses=REVOKES, run=RUN | elsewhere | {"purpose": "update"},
            denials=[WRONG, SUPERSEDED, REVOKED, UNCOVERED], notices=[REFRESH]),
        row("everything_denies_support", NOW, terms=FULL, lease=LEASE, statuses=REVOKES, run=RUN | elsewhere | {"purpose": "support"},
            denials=[WRONG, SUPERSEDED, REVOKED, SUPPORT_ENDED], notices=[REFRESH]),
        row("a_stale_list_in_its_place", NOW, terms=FULL, lease=LEASE, statuses=status_list([0, 0, 0, 0]), run=RUN,
            denials=[SUPERSEDED, STALE, *OF_RUN], notices=NEAR),
        row("no_list_in_its_place", NOW, terms=FULL, lease=LEASE, run=RUN,
            denials=[SUPERSEDED, denial("status_unknown", uri=URI), *OF_RUN], notices=NEAR),
        row("the_lease_of_another_license_in_its_place", NOW, terms=FULL, lease=LEASE | {"license": "lic-2"}, statuses=REVOKES, run=RUN,
            highest_revision=5, denials=[SUPERSEDED, REVOKED, EXPIRED, UNCOVERED, DOMAIN, ADDRESS, OTHER_INSTANCE, OTHER_LICENSE, LEASE_ENDED,
                                         MISSING, ENDED, EXCEEDED], notices=[REFRESH, *NEAR]),
        row("nothing_stated_for_run", NOW, terms=FULL, statuses=REVOKES,
            denials=[REVOKED, EXPIRED, unstated("domain"), unstated("address"), unstated("instance")], notices=[REFRESH]),
        row("nothing_stated_for_update", NOW, terms=FULL, statuses=REVOKES, run={"purpose": "update"},
            denials=[REVOKED, unstated("released_at")], notices=[REFRESH]),
        row("nothing_stated_for_support", NOW, terms=FULL, statuses=REVOKES, run={"purpose": "support"},
            denials=[REVOKED, SUPPORT_ENDED], notices=[REFRESH]),
        row("not_yet_valid_and_not_activated", "2024-12-31", terms=FULL | {"status": status(), "freshness": 365 * DAY},
            statuses=status_list([0, 0, 0, 0], iat="2024-12-01"), run=RUN | {"requires": [], "counts": {}, "released_at": "2024-06-01"},
            denials=[denial("not_yet_valid", starts_at="2025-01-01"), DOMAIN, ADDRESS, denial("not_activated")], until="2025-01-01",
            entitled={"export": False}),
        row("all_notices_of_run", NOW, terms=cautious, lease=lease(renew_at="2025-06-30"), statuses=fresh, run=good,
            notices=[REFRESH, expires, updates_end, renewal, *near], until="2025-07-04", why="updates_end_soon comes to 1 day."),
        row("all_notices_of_run_suspect", back, terms=cautious, lease=lease(), statuses=fresh, run=good,
            notices=[suspect, REFRESH, expires, updates_end, renewal, *near], until="2025-07-04"),
        row("all_notices_of_run_unguarded", [start(NOW, 0)], terms=cautious, lease=lease(renew_at="2025-06-30"), statuses=fresh, run=good,
            notices=[notice("clock_unguarded"), REFRESH, expires, updates_end, renewal, *near], until="2025-07-04"),
        row("all_notices_of_run_suspect_and_unguarded", [start("2025-06-30", 0), documents(NOW), read("2025-06-30", 0)], terms=cautious,
            lease=lease(), statuses=fresh, run=good, until="2025-07-04",
            notices=[suspect, notice("clock_unguarded"), REFRESH, expires, updates_end, renewal, *near]),
        row("all_notices_of_update", NOW, terms=cautious, statuses=fresh, run=good | {"purpose": "update"}, notices=[REFRESH, updates_end],
            until="2025-07-04"),
        row("all_notices_of_support", NOW, terms=cautious, statuses=fresh, run=good | {"purpose": "support"}, notices=[REFRESH, support_ends],
            until="2025-07-02"),
        row("grace_beside_updates_that_end_soon", "2025-07-21", terms={"valid_until": "2025-07-20", "grace": 5 * DAY, "updates_until": "2025-07-22"},
            run=good, until="2025-07-22",
            notices=[notice("in_grace_period", ended_at="2025-07-20", until="2025-07-25"),
                     notice("updates_end_soon", ends_at="2025-07-22", within=DAY)]),
        row("everything_in_order", NOW, terms=FULL | {"valid_until": "2026-06-01", "updates_until": "2026-05-01"},
            lease=lease(), statuses=status_list([0, 0, 0, 0], iat="2025-06-30"), highest_revision=3,
            run={"domain": "www.example.com", "address": "192.0.2.77", "instance": {"kind": "machine", "value": "m-1"},
                 "requires": ["export"], "counts": {"services": 1, "users": 1}, "released_at": "2025-06-30"},
            until="2025-07-01T12:00:00", entitled={"export": True, "sync": False, "print": False}),
        row("the_last_contact_is_told_where_it_is_allowed", "2025-07-03", terms={"activation": {}}, lease=lease(), run=good,
            last_contact="2025-06-30T12:00:00", notices=[renewal], until="2025-07-05",
            why="Who reads that the lease is due also reads since when nobody answered."),
        row("the_last_contact_is_told_where_it_is_denied", NOW, terms=FULL, lease=LEASE, statuses=REVOKES, run=RUN | elsewhere,
            last_contact="2025-05-01", denials=[WRONG, SUPERSEDED, REVOKED, *OF_RUN], notices=[REFRESH, *NEAR]),
        row("a_last_contact_that_is_still_to_come_changes_nothing", NOW, last_contact="9999-12-31T23:59:59"),
        row("suspended_at_another_domain", NOW, terms={"status": status(), "domains": ["example.com"]},
            statuses=status_list([0, 0, 0, 2]), run={"domain": "example.net"},
            denials=[denial("suspended", listed_at="2025-06-01"), denial("domain_not_licensed", domain="example.net")]),
        row("another_product_asks_everything_else_too", NOW, terms={"domains": ["example.com"], "addresses": ["192.0.2.1"]}, run=elsewhere,
            denials=[WRONG, unstated("domain"), unstated("address")]),
    ]
