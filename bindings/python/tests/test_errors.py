"""Values that are none, each refused with an error of its own and never with an internal one."""

import datetime

import countersign_ffi as ffi
import jws
import pytest
from test_vectors import GUARD_KEY, NONCE, TRUST, answer, refused

SIGNED_AT = 1775001600
CLAIMS = {"ver": 1, "jti": "lic-1", "iss": "acme", "aud": "editor", "iat": SIGNED_AT, "rev": 1}
LICENSE = ffi.License.verify(jws.ACME.sign("license", CLAIMS), TRUST["acme"])
START = ffi.Tick(wall=SIGNED_AT, monotonic=datetime.timedelta(0))


def run(**stated):
    return ffi.Run(**{"product": "acme/editor", "purpose": ffi.Purpose.RUN, **stated})


@pytest.mark.parametrize(
    "stated, code",
    [
        ({"product": "editor"}, "invalid_code"),
        ({"product": "acme/Editor"}, "invalid_code"),
        ({"domain": "*.example.com"}, "invalid_domain"),
        ({"domain": "a\0b.example"}, "invalid_domain"),
        ({"address": "10.0.0.1/8"}, "invalid_address"),
        ({"instance": ffi.Instance.MACHINE("")}, "invalid_instance"),
        ({"requires": ["Export"]}, "invalid_code"),
        ({"counts": {"services": -1}}, "invalid_amount"),
        ({"released_at": -1}, "invalid_moment"),
        ({"released_at": 253402300800}, "invalid_moment"),
    ],
)
def test_a_run_of_bad_values_is_refused_by_code(stated, code):
    refused(code, None, LICENSE.prepare, run(**stated))


@pytest.mark.parametrize("revision", [0, 1 << 32])
def test_a_context_of_bad_values_is_refused_by_code(revision):
    clock = ffi.ClockReading.trusted(SIGNED_AT)
    refused("invalid_amount", None, LICENSE.evaluate, run(), ffi.Context(clock=clock, highest_revision=revision))


def test_a_moment_outside_1970_to_9999_is_refused_by_code():
    refused("invalid_moment", None, ffi.ClockReading.trusted, -1)
    refused("invalid_moment", None, ffi.ClockGuard(START).hold, 253402300800, START)


def test_a_key_set_that_does_not_read_is_refused_by_code():
    refused("invalid_key", None, ffi.TrustStore, "[]")


def test_a_wall_clock_may_show_anything():
    guard = ffi.ClockGuard(START)
    assert guard.read(ffi.Tick(wall=-1, monotonic=START.monotonic)).now() == 0


def test_what_is_no_text_is_refused():
    with pytest.raises(TypeError):
        ffi.License.verify(None, TRUST["acme"])
    with pytest.raises(UnicodeEncodeError):
        ffi.normalize_domain("\ud800")


def test_a_changed_clock_state_is_refused():
    state = ffi.ClockGuard(START).save(GUARD_KEY)
    for text, key in [(state[:-1], GUARD_KEY), (state, b"another machine")]:
        with pytest.raises(ffi.ClockError.Damaged):
            ffi.ClockGuard.restore(text, key, START)


def test_a_challenge_is_spent_once():
    guard, challenge = ffi.ClockGuard(START), ffi.Challenge(NONCE, START.monotonic)
    lease = answer("2026-04-01T00:00:00Z")
    guard.heal(challenge, lease, START)
    with pytest.raises(ffi.ClockError.NotFresh):
        guard.heal(challenge, lease, START)


def test_what_is_no_nonce_is_refused():
    with pytest.raises(ffi.ClockError.Nonce):
        ffi.Challenge("AAAA", START.monotonic)
