"""Writes tests/vectors/seats: claims from three counts, and the transitions of a standing."""

import pathlib

from rows import write_rows

HELD = {"outcome": "held"}
GRANTED = {"outcome": "granted"}


def granted_for(seats: int) -> dict:
    return {"outcome": "granted_for", "seats": seats}


def refused(limit: int, held: int) -> dict:
    return {"outcome": "refused", "limit": limit, "held": held}


def exhausted(ends_needed: int) -> dict:
    return {"outcome": "handovers_exhausted", "ends_needed": ends_needed}


def row(name: str, rule: dict, held: int, passing: int, claim: dict, mine: bool = False) -> dict:
    return {"name": name, "rule": rule, "mine": mine, "held": held, "passing": passing, "claim": claim}


def refuse(limit: int, **members) -> dict:
    return {"limit": limit, **members}


def release(limit: int, **members) -> dict:
    return {"limit": limit, "on_full": "release_oldest", **members}


def claims() -> list:
    floating = {"hold": "while_leased"}
    return [
        # Held already wins over everything.
        row("held_already", refuse(3), 1, 0, HELD, True),
        row("held_already_when_full", refuse(3), 3, 0, HELD, True),
        row("held_already_above_a_lowered_limit", refuse(1), 5, 0, HELD, True),
        row("held_already_with_handovers_exhausted", refuse(3), 3, 100, HELD, True),
        row("held_already_without_handovers", refuse(1, handovers=0), 1, 9, HELD, True),
        row("held_already_releases_nobody", release(1), 1, 0, HELD, True),
        row("held_already_releases_nobody_above_a_lowered_limit", release(1), 4, 9, HELD, True),
        row("held_already_without_a_limit", {}, 7, 7, HELD, True),
        row("held_already_while_leased", refuse(3, **floating), 3, 0, HELD, True),
        # No limit is never full.
        row("no_limit", {}, 0, 0, GRANTED),
        row("no_limit_with_many_held", {}, 1000000, 0, GRANTED),
        row("no_limit_with_many_passing", {}, 10, 1000000, GRANTED),
        row("no_limit_without_handovers", {"handovers": 0}, 10, 10, GRANTED),
        row("no_limit_releases_nobody", {"on_full": "release_oldest"}, 500, 0, GRANTED),
        row("no_limit_while_leased", floating, 500, 500, GRANTED),
        # Free.
        row("the_first_of_one", refuse(1), 0, 0, GRANTED),
        row("the_first_of_three", refuse(3), 0, 0, GRANTED),
        row("the_last_of_three", refuse(3), 2, 0, GRANTED),
        row("the_last_of_five", refuse(5), 4, 0, GRANTED),
        row("the_last_of_one_by_exchange_is_free", release(1), 0, 0, GRANTED),
        row("the_last_of_three_by_exchange_is_free", release(3), 2, 3, GRANTED),
        row("refuse_stated", refuse(3, on_full="refuse"), 2, 0, GRANTED),
        row("the_greatest_limit", refuse(4294967295), 4294967294, 0, GRANTED),
        # Full and refused.
        row("one_is_full", refuse(1), 1, 0, refused(1, 1)),
        row("three_are_full", refuse(3), 3, 0, refused(3, 3)),
        row("five_are_full", refuse(5), 5, 0, refused(5, 5)),
        row("full_as_stated", refuse(3, on_full="refuse"), 3, 0, refused(3, 3)),
        row("full_above_a_lowered_limit", refuse(3), 5, 0, refused(3, 5)),
        row("full_above_a_limit_lowered_to_one", refuse(1), 3, 0, refused(1, 3)),
        row("full_and_passing", refuse(3), 3, 2, refused(3, 3)),
        row("full_and_handovers_exhausted_is_refused", refuse(3), 3, 9, refused(3, 3)),
        row("full_without_handovers", refuse(3, handovers=0), 3, 1, refused(3, 3)),
        row("the_greatest_limit_is_full", refuse(4294967295), 4294967295, 0, refused(4294967295, 4294967295)),
        # Passing below, at and above the default handovers: the limit, at least 3.
        row("one_seat_passing_below_handovers", refuse(1), 0, 2, GRANTED),
        row("one_seat_passing_at_handovers", refuse(1), 0, 3, GRANTED),
        row("one_seat_passing_above_handovers", refuse(1), 0, 4, exhausted(1)),
        row("one_seat_passing_far_above_handovers", refuse(1), 0, 10, exhausted(7)),
        row("two_seats_have_three_handovers", refuse(2), 1, 3, GRANTED),
        row("two_seats_have_no_fourth_handover", refuse(2), 1, 4, exhausted(1)),
        row("three_seats_passing_at_handovers", refuse(3), 2, 3, GRANTED),
        row("three_seats_passing_above_handovers", refuse(3), 2, 4, exhausted(1)),
        row("three_seats_passing_above_with_a_seat_to_spare", refuse(3), 1, 4, GRANTED),
        row("three_seats_passing_two_above", refuse(3), 1, 5, exhausted(1)),
        row("three_seats_none_held_and_six_passing", refuse(3), 0, 6, exhausted(1)),
        row("three_seats_none_held_and_five_passing", refuse(3), 0, 5, GRANTED),
        row("five_seats_have_five_handovers", refuse(5), 4, 5, GRANTED),
        row("five_seats_have_no_sixth_handover", refuse(5), 4, 6, exhausted(1)),
        row("five_seats_none_held_and_ten_passing", refuse(5), 0, 10, exhausted(1)),
        row("five_seats_two_held_and_twelve_passing", refuse(5), 2, 12, exhausted(5)),
        # Handovers as stated.
        row("no_handovers_and_nobody_passing", refuse(1, handovers=0), 0, 0, GRANTED),
        row("no_handovers_and_one_passing", refuse(1, handovers=0), 0, 1, exhausted(1)),
        row("no_handovers_of_three_and_one_passing", refuse(3, handovers=0), 1, 1, GRANTED),
        row("no_handovers_of_three_and_two_passing", refuse(3, handovers=0), 1, 2, exhausted(1)),
        row("one_handover_stated", refuse(5, handovers=1), 4, 1, GRANTED),
        row("one_handover_stated_is_used", refuse(5, handovers=1), 4, 2, exhausted(1)),
        row("a_hundred_handovers_stated", refuse(1, handovers=100), 0, 100, GRANTED),
        row("a_hundred_handovers_stated_are_used", refuse(1, handovers=100), 0, 101, exhausted(1)),
        # Full and exchanged: what it takes is added to passing and taken from held.
        row("exchange_of_one", release(1), 1, 0, granted_for(1)),
        row("exchange_of_one_at_the_last_handover", release(1), 1, 2, granted_for(1)),
        row("exchange_of_one_beyond_handovers", release(1), 1, 3, exhausted(1)),
        row("exchange_of_one_far_beyond_handovers", release(1), 1, 5, exhausted(3)),
        row("exchange_in_three", release(3), 3, 0, granted_for(1)),
        row("exchange_in_three_at_the_last_handover", release(3), 3, 2, granted_for(1)),
        row("exchange_in_three_beyond_handovers", release(3), 3, 3, exhausted(1)),
        row("exchange_in_five", release(5), 5, 4, granted_for(1)),
        row("exchange_in_five_beyond_handovers", release(5), 5, 5, exhausted(1)),
        row("exchange_without_handovers", release(1, handovers=0), 1, 0, exhausted(1)),
        row("exchange_with_one_handover", release(1, handovers=1), 1, 0, granted_for(1)),
        row("exchange_with_one_handover_used", release(1, handovers=1), 1, 1, exhausted(1)),
        row("exchange_above_a_lowered_limit", release(3), 5, 0, granted_for(3)),
        row("exchange_above_a_lowered_limit_at_the_last_handover", release(3), 4, 1, granted_for(2)),
        row("exchange_above_a_lowered_limit_beyond_handovers", release(3), 5, 1, exhausted(1)),
        row("exchange_above_a_limit_lowered_to_one", release(1), 3, 0, granted_for(3)),
        row("exchange_above_a_limit_lowered_to_one_beyond_handovers", release(1), 5, 0, exhausted(2)),
        row("exchange_does_not_help_where_seats_are_free", release(3), 2, 4, exhausted(1)),
        row("exchange_does_not_help_where_none_is_held", release(1), 0, 4, exhausted(1)),
        # Floating seats: a seat whose lease has ended is let go before the claim, which itself is the same.
        row("while_leased_free", refuse(3, **floating), 2, 0, GRANTED),
        row("while_leased_full", refuse(3, **floating), 3, 0, refused(3, 3)),
        row("while_leased_passing_above_handovers", refuse(3, **floating), 2, 4, exhausted(1)),
        row("while_leased_exchange", release(3, **floating), 3, 0, granted_for(1)),
        row("while_leased_exchange_beyond_handovers", release(3, **floating), 3, 3, exhausted(1)),
        row("until_released_stated", refuse(3, hold="until_released"), 3, 0, refused(3, 3)),
    ]


def standings() -> list:
    outcomes = {
        "active": {"suspend": "suspended", "resume": "active", "cancel": "cancelled", "renew": "active"},
        "suspended": {"suspend": "suspended", "resume": "active", "cancel": "cancelled", "renew": "suspended"},
        "cancelled": {"suspend": None, "resume": None, "cancel": "cancelled", "renew": None},
    }
    return [
        {"name": f"{transition}_{before}", "from": before, "transition": transition}
        | ({"to": after} if after else {"error": "illegal_transition"})
        for before, transitions in outcomes.items()
        for transition, after in transitions.items()
    ]


def write(folder: pathlib.Path) -> None:
    """Writes the files below `folder`, tests/vectors."""
    write_rows(folder / "seats" / "claims.json", "What a claim for a seat gets, from three counts.", claims())
    write_rows(folder / "seats" / "standings.json", "Each standing and each transition.", standings())
