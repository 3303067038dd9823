"""A host that keeps the documents itself asks its authority when a session would."""

from datetime import timedelta

import countersign
import jws
import pytest
from test_check import license_of
from test_values import SIGNED_AT
from test_vectors import NONCE, TRUST

DAY = timedelta(days=1)
SIGNED = int(SIGNED_AT.timestamp())
PACES = [countersign.Pace(jws.b64url(bytes([number]) * 16)) for number in range(64)]


def lease():
    return countersign.Lease.verify(jws.ACME.sign("lease", {
        "ver": 1, "jti": "lease-1", "activation": "seat-1", "iss": "acme", "aud": "editor", "license": "lic-1", "rev": 1,
        "instance": {"kind": "machine", "value": "m-1"}, "iat": SIGNED, "exp": SIGNED + 8 * 86400,
        "renew_at": SIGNED + 4 * 86400, "fence": 1, "nonce": NONCE,
    }), TRUST["acme"])


def statuses():
    claims = {"bits": 2, "lst": "eNrbuRgAAhcBXQ"}
    return countersign.StatusList.verify(jws.ACME.sign("statuslist", {
        "ver": 1, "iss": "acme", "sub": "https://licenses.acme.example/statuses", "iat": SIGNED, "status_list": claims,
        "ttl": 4 * 86400,
    }), TRUST["acme"])


def spread(moments, begin, end):
    """All lie within, and neither all early nor all late, nor at one moment."""
    assert all(begin <= moment < end for moment in moments)
    middle = begin + (end - begin) / 2
    assert min(moments) < middle < max(moments) and len(set(moments)) > len(moments) // 2


def test_installations_renew_in_the_last_three_quarters():
    spread([pace.renewal_at(lease()) for pace in PACES], SIGNED_AT + DAY, SIGNED_AT + 4 * DAY)


def test_installations_fetch_the_list_in_the_second_half():
    spread([pace.refresh_at(statuses(), license_of()) for pace in PACES], SIGNED_AT + 2 * DAY, SIGNED_AT + 4 * DAY)


def test_installations_ask_for_an_extension_in_the_last_day():
    ends_at = SIGNED_AT + 30 * DAY
    license = license_of(valid_until=int(ends_at.timestamp()))
    spread([pace.extension_at(license) for pace in PACES], ends_at - DAY, ends_at + timedelta(seconds=1))
    assert PACES[0].extension_at(license_of()) is None


def test_an_installation_asks_at_the_same_moment_however_often_it_looks():
    again = countersign.Pace(jws.b64url(bytes(16)))
    assert again.renewal_at(lease()) == PACES[0].renewal_at(lease())


def test_a_wait_is_part_of_what_is_left_and_after_what_was_asked_for():
    wait, most = PACES[0].retry_after, (1 << 32) - 1
    assert wait(2, 8 * DAY, chance=0) == timedelta(0)
    assert wait(2, timedelta(hours=8), chance=most) == timedelta(hours=2)
    assert wait(2, timedelta(0), chance=most) == timedelta(hours=1)
    assert wait(2, timedelta(0), timedelta(minutes=5), chance=0) == timedelta(minutes=5)
    # What lies beyond counts as the nearest.
    assert wait(2, timedelta(hours=8), chance=-1) == timedelta(0)
    assert wait(2, timedelta(hours=8), chance=1 << 40) == timedelta(hours=2)


def test_the_chance_of_a_wait_is_drawn_anew_unless_stated():
    waits = {PACES[0].retry_after(2, 8 * DAY) for _ in range(20)}
    assert len(waits) > 10 and all(wait <= DAY for wait in waits)


def test_what_is_no_number_of_an_installation_is_refused():
    with pytest.raises(countersign.ClockError) as caught:
        countersign.Pace("AAAA")
    assert caught.value.code == "invalid_nonce"
