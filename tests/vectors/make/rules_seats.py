"""Activation: the lease that shows the seat."""

from decision import denial, lease, notice, row

SEAT = {"activation": {}}
NOW = "2025-07-01"
"""The lease of `decision.LEASE` is due for renewal at 2025-07-01T12:00:00 and ends at 2025-07-05."""
RENEWS = "2025-07-01T12:00:00"
ENDS = "2025-07-05"
DUE = notice("lease_renewal_due", ends_at=ENDS)
ENDED = denial("lease_ended", ended_at=ENDS)
NOT_ACTIVATED = denial("not_activated")
UNSTATED = denial("not_stated", fact="instance")
UPDATE = {"purpose": "update", "released_at": "2025-01-01"}
SUPPORT = {"purpose": "support"}


def instance(value: str, kind: str = "machine") -> dict:
    return {"instance": {"kind": kind, "value": value}}


MINE = instance("m-1")


def rows() -> list:
    return leases() + others() + names() + exempt()


def leases() -> list:
    return [
        row("a_lease", NOW, terms=SEAT, lease=lease(), run=MINE, until=RENEWS),
        row("one_second_before_renewal_is_due", "2025-07-01T11:59:59", terms=SEAT, lease=lease(), run=MINE, until=RENEWS),
        row("renewal_is_due", RENEWS, terms=SEAT, lease=lease(), run=MINE, notices=[DUE], until=ENDS),
        row("one_second_after_renewal_is_due", "2025-07-01T12:00:01", terms=SEAT, lease=lease(), run=MINE, notices=[DUE], until=ENDS),
        row("one_second_before_the_lease_ends", "2025-07-04T23:59:59", terms=SEAT, lease=lease(), run=MINE, notices=[DUE], until=ENDS),
        row("at_the_end_of_the_lease", ENDS, terms=SEAT, lease=lease(), run=MINE, denials=[ENDED]),
        row("one_second_after_the_lease_ended", "2025-07-05T00:00:01", terms=SEAT, lease=lease(), run=MINE, denials=[ENDED]),
        row("a_lease_renewed_only_at_its_end", NOW, terms=SEAT, lease=lease(renew_at=ENDS), run=MINE, until=ENDS),
        row("a_lease_due_from_its_start", "2025-06-28", terms=SEAT, lease=lease(renew_at="2025-06-28"), run=MINE, notices=[DUE], until=ENDS),
        row("a_lease_before_its_iat", "2025-06-01", terms=SEAT, lease=lease(), run=MINE, until=RENEWS, why="Only its end is asked for."),
        row("not_activated", NOW, terms=SEAT, run=MINE, denials=[NOT_ACTIVATED]),
        row("instance_not_stated", NOW, terms=SEAT, lease=lease(), denials=[UNSTATED], why="Alone: the lease's end changes nothing."),
        row("instance_not_stated_with_an_ended_lease", "2025-08-01", terms=SEAT, lease=lease(), denials=[UNSTATED]),
        row("neither_instance_nor_lease", NOW, terms=SEAT, denials=[UNSTATED]),
        row("no_activation_no_seat", NOW, why="Nothing is needed."),
        row("no_activation_and_an_ended_lease", "2025-08-01", lease=lease(), run=MINE),
        row("no_activation_and_a_lease_ahead_of_its_end", NOW, lease=lease(), run=MINE, why="The lease is not looked at."),
        row("no_activation_and_the_lease_of_another", NOW, lease=lease(**instance("m-2")), run=MINE),
        row("seats_without_activation", NOW, terms={"seats": {"limit": 1}}, run=MINE),
        row("seat_does_not_apply_to_update", NOW, terms=SEAT, run=UPDATE),
        row("seat_does_not_apply_to_support", NOW, terms=SEAT, run=SUPPORT | MINE),
        row("an_ended_lease_does_not_concern_support", "2025-08-01", terms=SEAT, lease=lease(), run=SUPPORT | MINE),
        row("a_running_lease_does_not_concern_update", NOW, terms=SEAT, lease=lease(), run=UPDATE | MINE, why="Its end is no change."),
        row("the_claims_of_activation_do_not_move_a_lease", "2025-07-04", terms={"activation": {"lease": 60, "renew": 30}}, lease=lease(),
            run=MINE, notices=[DUE], until=ENDS),
    ]


def others() -> list:
    def foreign(license_id: str = "lic-1", product: str = "acme/editor") -> dict:
        return denial("lease_of_another_license", license=license_id, product=product)

    other = denial("lease_of_another_instance", instance={"kind": "machine", "value": "m-2"})
    theirs = lease(**instance("m-2"))
    return [
        row("a_lease_of_another_instance", NOW, terms=SEAT, lease=theirs, run=MINE, denials=[other], until=ENDS,
            why="lease_ended joins; renewal is never due for it."),
        row("a_lease_of_another_instance_past_renewal", "2025-07-02", terms=SEAT, lease=theirs, run=MINE, denials=[other], until=ENDS),
        row("a_lease_of_another_instance_that_ended", ENDS, terms=SEAT, lease=theirs, run=MINE, denials=[other, ENDED]),
        row("a_lease_of_another_kind_of_instance", NOW, terms=SEAT, lease=lease(**instance("m-1", "host")), run=MINE,
            denials=[denial("lease_of_another_instance", instance={"kind": "host", "value": "m-1"})], until=ENDS),
        row("a_lease_of_a_domain_for_a_host", NOW, terms=SEAT, lease=lease(**instance("example.com", "domain")),
            run=instance("example.com", "host"), until=ENDS,
            denials=[denial("lease_of_another_instance", instance={"kind": "domain", "value": "example.com"})]),
        row("a_lease_of_another_license", NOW, terms=SEAT, lease=lease(license="lic-2"), run=MINE, denials=[foreign("lic-2")], until=ENDS),
        row("a_lease_of_another_product", NOW, terms=SEAT, lease=lease(aud="viewer"), run=MINE,
            denials=[foreign(product="acme/viewer")], until=ENDS),
        row("a_lease_of_another_brand", NOW, terms=SEAT, lease=lease(iss="globex"), run=MINE,
            denials=[foreign(product="globex/editor")], until=ENDS),
        row("a_lease_of_another_license_past_renewal", "2025-07-02", terms=SEAT, lease=lease(license="lic-2"), run=MINE,
            denials=[foreign("lic-2")], until=ENDS),
        row("a_lease_of_another_license_that_ended", "2025-07-06", terms=SEAT, lease=lease(license="lic-2"), run=MINE,
            denials=[foreign("lic-2"), ENDED]),
        row("a_lease_of_all_others", "2025-07-06", terms=SEAT, lease=theirs | {"license": "lic-2", "iss": "globex", "aud": "viewer"},
            run=MINE, denials=[other, foreign("lic-2", "globex/viewer"), ENDED]),
        row("a_lease_of_another_license_with_a_higher_rev", NOW, terms=SEAT, lease=lease(license="lic-2", rev=9), run=MINE,
            denials=[foreign("lic-2")], until=ENDS, why="It supersedes nothing."),
    ]


def names() -> list:
    quoted = 'C:\\host "A"'
    return [
        row("a_domain_out_of_a_url_is_the_leases", NOW, terms=SEAT, lease=lease(**instance("example.com", "domain")),
            run=instance("https://www.Example.com/app", "domain"), until=RENEWS),
        row("a_domain_below_is_another", NOW, terms=SEAT, lease=lease(**instance("example.com", "domain")),
            run=instance("shop.example.com", "domain"), until=ENDS,
            denials=[denial("lease_of_another_instance", instance={"kind": "domain", "value": "example.com"})]),
        row("a_host_in_upper_case_is_the_leases", NOW, terms=SEAT, lease=lease(**instance("build-7.lan", "host")),
            run=instance("BUILD-7.lan.", "host"), until=RENEWS),
        row("a_host_keeps_www", NOW, terms=SEAT, lease=lease(**instance("build-7.lan", "host")),
            run=instance("www.build-7.lan", "host"), until=ENDS,
            denials=[denial("lease_of_another_instance", instance={"kind": "host", "value": "build-7.lan"})]),
        row("a_machine_in_upper_case_is_another", NOW, terms=SEAT, lease=lease(), run=instance("M-1"), until=ENDS,
            denials=[denial("lease_of_another_instance", instance={"kind": "machine", "value": "m-1"})]),
        row("a_machine_with_a_dot_is_another", NOW, terms=SEAT, lease=lease(), run=instance("m-1."), until=ENDS,
            denials=[denial("lease_of_another_instance", instance={"kind": "machine", "value": "m-1"})]),
        row("a_machine_with_quotes_and_backslashes", NOW, terms=SEAT, lease=lease(**instance(quoted)), run=MINE, until=ENDS,
            denials=[denial("lease_of_another_instance", instance={"kind": "machine", "value": quoted})]),
    ]


def exempt() -> list:
    development = SEAT | {"exempt": ["development"]}
    return [
        row("localhost_needs_a_seat_by_itself", NOW, terms=SEAT, run=instance("localhost", "domain"), denials=[NOT_ACTIVATED]),
        row("exempt_localhost_takes_no_seat", NOW, terms=development, run=instance("localhost", "domain")),
        row("exempt_test_takes_no_seat", NOW, terms=development, run=instance("https://shop.test/", "domain")),
        row("exempt_local_itself_takes_no_seat", NOW, terms=development, run=instance("local", "domain")),
        row("an_exempt_instance_with_an_ended_lease", "2025-08-01", terms=development, lease=lease(**instance("localhost", "domain")),
            run=instance("localhost", "domain")),
        row("an_exempt_instance_with_a_running_lease", NOW, terms=development, lease=lease(**instance("localhost", "domain")),
            run=instance("localhost", "domain"), why="It takes no seat, so the lease is not looked at."),
        row("a_real_domain_needs_a_seat", NOW, terms=development, run=instance("shop.dev", "domain"), denials=[NOT_ACTIVATED]),
        row("a_host_named_localhost_needs_a_seat", NOW, terms=development, run=instance("localhost", "host"), denials=[NOT_ACTIVATED]),
        row("a_machine_named_localhost_needs_a_seat", NOW, terms=development, run=instance("localhost"), denials=[NOT_ACTIVATED]),
        row("an_exempt_domain_exempts_no_machine", NOW, terms=development | {"domains": ["example.com"]},
            run=MINE | {"domain": "localhost"}, denials=[NOT_ACTIVATED]),
        row("an_exempt_address_exempts_no_instance", NOW, terms=development | {"addresses": ["203.0.113.5"]},
            run=MINE | {"address": "127.0.0.1"}, denials=[NOT_ACTIVATED]),
        row("an_exempt_instance_exempts_no_domain", NOW, terms=development | {"domains": ["example.com"]},
            run=instance("localhost", "domain") | {"domain": "example.net"}, denials=[denial("domain_not_licensed", domain="example.net")]),
        row("exemption_without_an_instance", NOW, terms=development, denials=[UNSTATED]),
    ]
