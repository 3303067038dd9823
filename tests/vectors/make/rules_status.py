"""The status list: which one counts, what its entry says, and how old it may be."""

from decision import DAY, URI, denial, notice, row, status, status_list

LISTED = {"status": status()}
"""Entry 3 of the list at `URI`, without freshness."""
FRESH = {"status": status(), "freshness": 7 * DAY}
"""A list of 2025-06-01 is stale from 2025-06-08."""
VALID = [0, 1, 2, 0]
REVOKED = [0, 0, 0, 1]
SUSPENDED = [0, 0, 0, 2]
UNKNOWN = denial("status_unknown", uri=URI)
IS_REVOKED = denial("revoked", listed_at="2025-06-01")
IS_SUSPENDED = denial("suspended", listed_at="2025-06-01")
STALE = denial("status_stale", since="2025-06-08", uri=URI)
DUE = notice("status_refresh_due", since="2025-06-02")
UPDATE = {"purpose": "update", "released_at": "2025-01-01"}
SUPPORT = {"purpose": "support"}


def rows() -> list:
    return entries() + which() + beyond() + age() + refresh() + remembered()


def entries() -> list:
    return [
        row("a_valid_entry", "2025-06-03", terms=LISTED, statuses=status_list(VALID)),
        row("revoked_for_run", "2025-06-03", terms=LISTED, statuses=status_list(REVOKED), denials=[IS_REVOKED]),
        row("revoked_for_update", "2025-06-03", terms=LISTED, statuses=status_list(REVOKED), run=UPDATE, denials=[IS_REVOKED]),
        row("revoked_for_support", "2025-06-03", terms=LISTED, statuses=status_list(REVOKED), run=SUPPORT, denials=[IS_REVOKED]),
        row("suspended_for_run", "2025-06-03", terms=LISTED, statuses=status_list(SUSPENDED), denials=[IS_SUSPENDED]),
        row("suspended_for_update", "2025-06-03", terms=LISTED, statuses=status_list(SUSPENDED), run=UPDATE, denials=[IS_SUSPENDED]),
        row("suspended_for_support", "2025-06-03", terms=LISTED, statuses=status_list(SUSPENDED), run=SUPPORT, denials=[IS_SUSPENDED]),
        row("a_value_that_is_not_known", "2025-06-03", terms=LISTED, statuses=status_list([0, 0, 0, 3]), denials=[UNKNOWN],
            why="Always, also without freshness."),
        row("a_value_that_is_not_known_for_support", "2025-06-03", terms=LISTED, statuses=status_list([0, 0, 0, 3]), run=SUPPORT,
            denials=[UNKNOWN]),
        row("the_first_entry_of_two_bits", "2025-06-03", terms={"status": status(0)}, statuses=status_list([0, 1, 1, 1])),
        row("the_second_byte_of_two_bits", "2025-06-03", terms={"status": status(5)}, statuses=status_list([1, 1, 1, 1, 1, 2, 1, 1]),
            denials=[IS_SUSPENDED]),
        row("one_bit_valid", "2025-06-03", terms={"status": status(9)}, statuses=status_list([1] * 9 + [0] + [1] * 6, 1)),
        row("one_bit_revoked", "2025-06-03", terms={"status": status(9)}, statuses=status_list([0] * 9 + [1] + [0] * 6, 1),
            denials=[IS_REVOKED]),
        row("four_bits_valid", "2025-06-03", terms=LISTED, statuses=status_list([1, 1, 1, 0], 4)),
        row("four_bits_revoked", "2025-06-03", terms=LISTED, statuses=status_list([0, 0, 0, 1], 4), denials=[IS_REVOKED]),
        row("four_bits_suspended", "2025-06-03", terms={"status": status(2)}, statuses=status_list([1, 1, 2, 1], 4),
            denials=[IS_SUSPENDED]),
        row("four_bits_of_a_value_not_known", "2025-06-03", terms=LISTED, statuses=status_list([0, 0, 0, 9], 4), denials=[UNKNOWN]),
        row("eight_bits_valid", "2025-06-03", terms=LISTED, statuses=status_list([1, 1, 1, 0], 8)),
        row("eight_bits_revoked", "2025-06-03", terms=LISTED, statuses=status_list([0, 0, 0, 1], 8), denials=[IS_REVOKED]),
        row("eight_bits_suspended", "2025-06-03", terms=LISTED, statuses=status_list([0, 0, 0, 2], 8), denials=[IS_SUSPENDED]),
        row("eight_bits_of_a_value_not_known", "2025-06-03", terms=LISTED, statuses=status_list([0, 0, 0, 255], 8), denials=[UNKNOWN]),
        row("eight_bits_whose_low_bits_are_zero", "2025-06-03", terms=LISTED, statuses=status_list([0, 0, 0, 4], 8), denials=[UNKNOWN]),
    ]


def which() -> list:
    other_uri = status_list(REVOKED, sub="https://licenses.acme.example/status/2")
    other_brand = status_list(REVOKED, iss="globex")
    globex = {"iss": "globex", "jti": "lic-g", "status": status()}
    return [
        row("a_license_without_status_reads_no_list", "2025-06-03", statuses=status_list(REVOKED, ttl=60)),
        row("a_list_of_another_uri_is_none", "2025-06-03", terms=LISTED, statuses=other_uri),
        row("a_list_of_another_uri_with_freshness", "2025-06-03", terms=FRESH, statuses=other_uri, denials=[UNKNOWN]),
        row("uris_are_compared_exactly", "2025-06-03", terms=LISTED, statuses=status_list(REVOKED, sub=URI + "/")),
        row("a_list_of_another_brand_is_none", "2025-06-03", terms=LISTED, statuses=other_brand),
        row("a_list_of_another_brand_with_freshness", "2025-06-03", terms=FRESH, statuses=other_brand, denials=[UNKNOWN]),
        row("another_brands_list_for_its_license", "2025-06-03", terms=globex, statuses=other_brand, run={"product": "globex/editor"},
            denials=[IS_REVOKED]),
        row("another_brands_license_with_our_list", "2025-06-03", terms=globex, statuses=status_list(REVOKED),
            run={"product": "globex/editor"}),
        row("no_list", "2025-06-03", terms=LISTED, why="Without freshness withholding the list defeats revocation."),
        row("no_list_with_freshness", "2025-06-03", terms=FRESH, denials=[UNKNOWN]),
        row("no_list_with_freshness_for_update", "2025-06-03", terms=FRESH, run=UPDATE, denials=[UNKNOWN]),
        row("no_list_with_freshness_for_support", "2025-06-03", terms=FRESH, run=SUPPORT, denials=[UNKNOWN]),
        row("no_list_with_a_freshness_of_nothing", "2025-06-03", terms=LISTED | {"freshness": 0}, denials=[UNKNOWN]),
    ]


def beyond() -> list:
    past = {"status": status(4)}
    fresh = past | {"freshness": 7 * DAY}
    before = status_list(REVOKED, iat="2024-12-31")
    equal = status_list(REVOKED, iat="2025-01-01")
    after = status_list(REVOKED, iat="2025-01-01T00:00:01")
    return [
        row("beyond_a_list_older_than_the_license", "2025-01-02", terms=past, statuses=before),
        row("beyond_a_list_as_old_as_the_license", "2025-01-02", terms=past, statuses=equal),
        row("beyond_a_list_newer_than_the_license", "2025-01-02", terms=past, statuses=after, denials=[UNKNOWN]),
        row("beyond_a_list_older_with_freshness", "2025-01-02", terms=fresh, statuses=before, denials=[UNKNOWN],
            why="A missing list does not become stale."),
        row("beyond_a_list_as_old_with_freshness", "2025-01-02", terms=fresh, statuses=equal, denials=[UNKNOWN]),
        row("beyond_a_list_newer_with_freshness", "2025-01-02", terms=fresh, statuses=after, denials=[UNKNOWN],
            until="2025-01-08T00:00:01", why="The list becomes stale too."),
        row("far_beyond_a_newer_list", "2025-06-03", terms={"status": status(1000000)}, statuses=status_list(REVOKED), denials=[UNKNOWN]),
        row("the_last_entry_is_not_beyond", "2025-06-03", terms=LISTED, statuses=status_list(VALID)),
        row("beyond_an_older_list_nothing_is_due", "2025-06-03", terms=past, statuses=status_list(REVOKED, iat="2024-12-31", ttl=DAY),
            why="It is a missing list."),
        row("beyond_a_newer_list_a_refresh_is_due", "2025-06-03", terms=past, statuses=status_list(REVOKED, ttl=DAY),
            denials=[UNKNOWN], notices=[DUE]),
    ]


def age() -> list:
    early_exp = status_list(VALID, exp="2025-06-05")
    late_exp = status_list(VALID, exp="2025-06-20")
    return [
        row("one_second_before_it_is_stale", "2025-06-07T23:59:59", terms=FRESH, statuses=status_list(VALID), until="2025-06-08"),
        row("at_freshness", "2025-06-08", terms=FRESH, statuses=status_list(VALID), denials=[STALE]),
        row("one_second_after_freshness", "2025-06-08T00:00:01", terms=FRESH, statuses=status_list(VALID), denials=[STALE]),
        row("stale_for_update", "2025-06-08", terms=FRESH, statuses=status_list(VALID), run=UPDATE, denials=[STALE]),
        row("stale_for_support", "2025-06-08", terms=FRESH, statuses=status_list(VALID), run=SUPPORT, denials=[STALE]),
        row("one_second_before_exp", "2025-06-04T23:59:59", terms=FRESH, statuses=early_exp, until="2025-06-05"),
        row("at_exp", "2025-06-05", terms=FRESH, statuses=early_exp, denials=[denial("status_stale", since="2025-06-05", uri=URI)]),
        row("since_is_exp_also_after_freshness", "2025-06-30", terms=FRESH, statuses=early_exp,
            denials=[denial("status_stale", since="2025-06-05", uri=URI)]),
        row("freshness_before_exp", "2025-06-03", terms=FRESH, statuses=late_exp, until="2025-06-08"),
        row("since_is_freshness_before_exp", "2025-06-10", terms=FRESH, statuses=late_exp, denials=[STALE],
            why="exp comes later and changes nothing."),
        row("exp_without_freshness_denies_nothing", "2025-07-01", terms=LISTED, statuses=early_exp),
        row("exp_ahead_without_freshness_is_no_change", "2025-06-03", terms=LISTED, statuses=early_exp),
        row("a_freshness_of_nothing_is_stale_at_once", "2025-06-01", terms=LISTED | {"freshness": 0}, statuses=status_list(VALID),
            denials=[denial("status_stale", since="2025-06-01", uri=URI)]),
        row("revoked_past_its_exp", "2026-01-01", terms=LISTED, statuses=status_list(REVOKED, exp="2025-06-05"), denials=[IS_REVOKED]),
        row("revoked_past_exp_and_freshness_stands_alone", "2026-01-01", terms=FRESH, statuses=status_list(REVOKED, exp="2025-06-05"),
            denials=[IS_REVOKED]),
        row("revoked_before_its_exp_never_changes", "2025-06-03", terms=FRESH, statuses=status_list(REVOKED, exp="2025-06-05"),
            denials=[IS_REVOKED], why="Becoming stale does not change a revoked entry."),
        row("suspended_and_stale_stands_alone", "2025-06-10", terms=FRESH, statuses=status_list(SUSPENDED), denials=[IS_SUSPENDED]),
        row("suspended_before_its_exp_never_changes", "2025-06-03", terms=FRESH, statuses=status_list(SUSPENDED, exp="2025-06-05"),
            denials=[IS_SUSPENDED]),
        row("not_known_before_it_is_stale", "2025-06-03", terms=FRESH, statuses=status_list([0, 0, 0, 3]), denials=[UNKNOWN],
            until="2025-06-08", why="status_stale joins."),
        row("not_known_and_stale", "2025-06-10", terms=FRESH, statuses=status_list([0, 0, 0, 3]), denials=[UNKNOWN, STALE]),
        row("a_list_from_the_future_is_fresh", "2025-05-01", terms=FRESH, statuses=status_list(VALID), until="2025-06-08"),
    ]


def refresh() -> list:
    daily = status_list(VALID, ttl=DAY)
    return [
        row("one_second_before_ttl", "2025-06-01T23:59:59", terms=LISTED, statuses=daily, until="2025-06-02"),
        row("at_ttl", "2025-06-02", terms=LISTED, statuses=daily, notices=[DUE]),
        row("one_second_after_ttl", "2025-06-02T00:00:01", terms=LISTED, statuses=daily, notices=[DUE]),
        row("a_refresh_stays_due", "2031-01-01", terms=LISTED, statuses=status_list(VALID, ttl=DAY, exp="2025-06-05"), notices=[DUE]),
        row("a_refresh_is_due_for_update", "2025-06-03", terms=LISTED, statuses=daily, run=UPDATE, notices=[DUE]),
        row("a_refresh_is_due_for_support", "2025-06-03", terms=LISTED, statuses=daily, run=SUPPORT, notices=[DUE]),
        row("a_refresh_is_due_of_a_revoked_entry", "2025-06-03", terms=LISTED, statuses=status_list(REVOKED, ttl=DAY),
            denials=[IS_REVOKED], notices=[DUE]),
        row("a_revoked_entry_holds_until_ttl", "2025-06-01", terms=FRESH, statuses=status_list(REVOKED, ttl=DAY),
            denials=[IS_REVOKED], until="2025-06-02", why="The notice begins, whatever the entry says."),
        row("a_refresh_is_due_of_a_value_not_known", "2025-06-03", terms=LISTED, statuses=status_list([0, 0, 0, 3], ttl=DAY),
            denials=[UNKNOWN], notices=[DUE]),
        row("a_refresh_is_due_before_the_list_is_stale", "2025-06-03", terms=FRESH, statuses=daily, notices=[DUE], until="2025-06-08"),
        row("a_refresh_is_due_of_a_stale_list", "2025-06-10", terms=FRESH, statuses=daily, denials=[STALE], notices=[DUE]),
        row("ttl_beyond_freshness", "2025-06-10", terms=FRESH, statuses=status_list(VALID, ttl=10 * DAY), denials=[STALE],
            until="2025-06-11", why="status_refresh_due begins after the list is stale."),
        row("no_refresh_is_due_of_another_uri", "2025-06-03", terms=LISTED,
            statuses=status_list(VALID, ttl=DAY, sub="https://licenses.acme.example/status/2")),
        row("no_refresh_is_due_of_another_brand", "2025-06-03", terms=LISTED, statuses=status_list(VALID, ttl=DAY, iss="globex")),
    ]


def remembered() -> list:
    revoked = (1, "2025-06-01")
    return [
        row("remembered_as_revoked", "2025-06-03", terms=LISTED, last_status=revoked, denials=[IS_REVOKED],
            why="The list is lost, and its word is not."),
        row("remembered_as_suspended", "2025-06-03", terms=LISTED, last_status=(2, "2025-06-01"), denials=[IS_SUSPENDED]),
        row("remembered_as_what_is_not_known", "2025-06-03", terms=LISTED, last_status=(3, "2025-06-01"), denials=[UNKNOWN]),
        row("remembered_as_valid_gives_nothing", "2025-06-03", terms=FRESH, last_status=(0, "2025-06-01"), denials=[UNKNOWN],
            why="A license that asks for a fresh list has none."),
        row("remembered_as_revoked_stands_alone", "2025-07-01", terms=FRESH, last_status=revoked, denials=[IS_REVOKED]),
        row("remembered_as_revoked_for_update", "2025-06-03", terms=LISTED, run=UPDATE, last_status=revoked, denials=[IS_REVOKED]),
        row("remembered_as_revoked_for_support", "2025-06-03", terms=LISTED, run=SUPPORT, last_status=revoked, denials=[IS_REVOKED]),
        row("a_list_as_new_counts_in_place_of_memory", "2025-06-03", terms=LISTED, statuses=status_list(VALID), last_status=revoked),
        row("an_older_list_gives_way_to_memory", "2025-06-03", terms=LISTED, statuses=status_list(VALID), last_status=(1, "2025-06-02"),
            denials=[denial("revoked", listed_at="2025-06-02")]),
        row("an_older_list_counts_beside_a_memory_of_valid", "2025-06-03", terms=LISTED, statuses=status_list(REVOKED),
            last_status=(0, "2025-06-02"), denials=[IS_REVOKED], why="Memory gives nothing."),
        row("a_list_of_another_address_is_no_list_beside_memory", "2025-06-03", terms=LISTED, last_status=revoked, denials=[IS_REVOKED],
            statuses=status_list(VALID, iat="2025-06-02", sub="https://licenses.acme.example/status/2")),
        row("memory_of_a_license_without_a_list", "2025-06-03", last_status=revoked, why="The license names no list."),
    ]
