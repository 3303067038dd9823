"""Values that are none, each refused with an error of this package, and never with an internal one."""

import pickle
from datetime import datetime, timedelta, timezone

import countersign
import jws
import pytest
from test_vectors import GUARD_KEY, NONCE, TRUST, answer

SIGNED_AT = datetime(2026, 4, 1, tzinfo=timezone.utc)
CLAIMS = {
    "ver": 1, "jti": "lic-1", "iss": "acme", "aud": "editor", "iat": int(SIGNED_AT.timestamp()), "rev": 1,
}
LICENSE = countersign.License.verify(jws.ACME.sign("license", CLAIMS), TRUST["acme"])
START = countersign.Tick(wall=SIGNED_AT, monotonic=timedelta(0))
LONG = "a" * 10_000_000


def run(**stated):
    return countersign.Run(**{"product": "acme/editor", **stated})


def refused(kind, code, function, *arguments, **named):
    """The function refuses its arguments with an error of that kind and code, which says why and can be sent on."""
    with pytest.raises(countersign.CountersignError) as caught:
        function(*arguments, **named)
    error = caught.value
    assert (type(error), error.code) == (kind, code)
    assert str(error)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (kind, str(error), vars(error))


@pytest.mark.parametrize(
    "stated, kind, code",
    [
        ({"product": "editor"}, countersign.LicenseError, "invalid_code"),
        ({"product": "acme/Editor"}, countersign.LicenseError, "invalid_code"),
        ({"product": None}, countersign.InvalidType, "invalid_type"),
        ({"product": LONG}, countersign.LicenseError, "invalid_code"),
        ({"product": "acme/edi\ud800tor"}, countersign.InvalidValue, "invalid_text"),
        ({"purpose": "run"}, countersign.InvalidType, "invalid_type"),
        ({"domain": "*.example.com"}, countersign.LicenseError, "invalid_domain"),
        ({"domain": "a\0b.example"}, countersign.LicenseError, "invalid_domain"),
        ({"domain": LONG}, countersign.LicenseError, "invalid_domain"),
        ({"domain": 7}, countersign.InvalidType, "invalid_type"),
        ({"address": "10.0.0.1/8"}, countersign.LicenseError, "invalid_address"),
        ({"address": "10.0.0.1\0"}, countersign.LicenseError, "invalid_address"),
        ({"instance": countersign.Instance.machine("")}, countersign.LicenseError, "invalid_instance"),
        ({"instance": countersign.Instance.machine(LONG)}, countersign.LicenseError, "invalid_instance"),
        ({"instance": countersign.Instance("phone", "1")}, countersign.InvalidType, "invalid_type"),
        ({"instance": "machine 1"}, countersign.InvalidType, "invalid_type"),
        ({"requires": ["Export"]}, countersign.LicenseError, "invalid_code"),
        ({"requires": "export"}, countersign.InvalidType, "invalid_type"),
        ({"requires": None}, countersign.InvalidType, "invalid_type"),
        ({"counts": {"services": -1}}, countersign.LicenseError, "invalid_amount"),
        ({"counts": {"services": 1 << 64}}, countersign.InvalidValue, "invalid_value"),
        ({"counts": {"services": 1.5}}, countersign.InvalidType, "invalid_type"),
        ({"counts": None}, countersign.InvalidType, "invalid_type"),
        ({"released_at": datetime(2026, 1, 1)}, countersign.InvalidValue, "naive_datetime"),
        ({"released_at": datetime(1969, 12, 31, 23, 59, 59, tzinfo=timezone.utc)}, countersign.LicenseError, "invalid_moment"),
        (
            {"released_at": datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(hours=-1)))},
            countersign.LicenseError,
            "invalid_moment",
        ),
        ({"released_at": 1_775_001_600}, countersign.InvalidType, "invalid_type"),
    ],
)
def test_a_run_of_bad_values_is_refused_by_code(stated, kind, code):
    refused(kind, code, lambda: LICENSE.prepare(run(**stated)))
    refused(kind, code, lambda: LICENSE.evaluate(run(**stated)))


@pytest.mark.parametrize("revision, kind, code", [
    (0, countersign.LicenseError, "invalid_amount"),
    (1 << 32, countersign.LicenseError, "invalid_amount"),
    (1 << 64, countersign.InvalidValue, "invalid_value"),
    ("1", countersign.InvalidType, "invalid_type"),
])
def test_a_revision_of_bad_values_is_refused_by_code(revision, kind, code):
    refused(kind, code, LICENSE.evaluate, run(), highest_revision=revision)


def test_a_negative_length_is_refused_by_code():
    before = countersign.Tick(SIGNED_AT, timedelta(seconds=-1))
    for function, *arguments in [
        (countersign.ClockGuard, before),
        (countersign.ClockGuard(START).read, before),
        (countersign.Challenge, NONCE, timedelta(days=-1)),
        (countersign.FixedClock(SIGNED_AT).advance, timedelta(microseconds=-1)),
    ]:
        refused(countersign.InvalidValue, "invalid_length", function, *arguments)
    check, backwards = LICENSE.prepare(run()), [timedelta(days=1), timedelta(seconds=-1)]
    refused(countersign.InvalidValue, "invalid_length", setattr, check, "notice_before", backwards)
    refused(countersign.InvalidValue, "invalid_length", LICENSE.evaluate, run(), notice_before=backwards)


def test_a_moment_that_is_none_is_refused_by_code():
    reading = countersign.ClockReading.trusted
    refused(countersign.LicenseError, "invalid_moment", reading, datetime(1, 1, 1, tzinfo=timezone.utc))
    refused(countersign.InvalidValue, "naive_datetime", reading, datetime(2026, 1, 1))
    refused(countersign.InvalidType, "invalid_type", reading, "2026-01-01")
    refused(countersign.InvalidValue, "naive_datetime", countersign.ClockGuard(START).hold, datetime(2026, 1, 1), START)
    refused(countersign.InvalidValue, "naive_datetime", countersign.FixedClock, datetime(2026, 1, 1))


@pytest.mark.parametrize("content, kind, code", [
    (None, countersign.InvalidType, "invalid_type"),
    (7, countersign.InvalidType, "invalid_type"),
    (LONG, countersign.LicenseError, "not_a_document"),
    (LONG.encode(), countersign.LicenseError, "not_a_document"),
    ("\ud800", countersign.InvalidValue, "invalid_text"),
    ("\0", countersign.LicenseError, "not_a_document"),
    (b"\0\xff", countersign.LicenseError, "not_a_document"),
])
@pytest.mark.parametrize("document", [
    countersign.License, countersign.Lease, countersign.StatusList, countersign.TrustUpdate,
])
def test_a_document_of_bad_values_is_refused(document, content, kind, code):
    with pytest.raises(countersign.CountersignError) as caught:
        document.verify(content, TRUST["acme"])
    assert type(caught.value) is kind
    if kind is not countersign.LicenseError:
        assert caught.value.code == code
    else:
        assert caught.value.refusal is not None
    refused(countersign.InvalidType, "invalid_type", document.verify, "text", None)
    refused(countersign.InvalidType, "invalid_type", document)


@pytest.mark.parametrize("function, code", [
    (countersign.normalize_domain, "invalid_domain"),
    (countersign.normalize_domain_pattern, "invalid_domain"),
    (countersign.normalize_address, "invalid_address"),
    (countersign.normalize_address_pattern, "invalid_address"),
    (countersign.LicenseKey, "invalid_license_key"),
])
def test_a_name_of_bad_values_is_refused(function, code):
    for text in ["", "\0", LONG]:
        refused(countersign.LicenseError, code, function, text)
    refused(countersign.InvalidValue, "invalid_text", function, "a\ud800")
    refused(countersign.InvalidType, "invalid_type", function, None)


def test_patterns_are_a_list():
    refused(countersign.InvalidType, "invalid_type", countersign.match_domain, "example.com", "example.com")
    refused(countersign.InvalidType, "invalid_type", countersign.match_domain, None, "example.com")
    refused(countersign.InvalidType, "invalid_type", countersign.match_address, [None], "10.0.0.1")


def test_keys_that_do_not_read_are_refused():
    for keys in ["", "[]", "\0", LONG]:
        refused(countersign.LicenseError, "invalid_key", countersign.TrustStore, keys)
    refused(countersign.InvalidType, "invalid_type", countersign.TrustStore, None)


def test_a_wall_clock_may_show_anything_that_a_datetime_can():
    guard = countersign.ClockGuard(START)
    before = countersign.Tick(datetime(1, 1, 1, tzinfo=timezone.utc), START.monotonic)
    assert guard.read(before).now == datetime(1970, 1, 1, tzinfo=timezone.utc)


def test_a_changed_clock_state_is_refused():
    state = countersign.ClockGuard(START).save(GUARD_KEY)
    for text, key in [(state[:-1], GUARD_KEY), (state, b"another machine")]:
        refused(countersign.ClockError, "damaged_clock", countersign.ClockGuard.restore, text, key, START)


def test_a_guard_takes_over_what_another_run_saved():
    later = timedelta(hours=5)
    other = countersign.ClockGuard(START)
    other.hold(SIGNED_AT + later, START)
    other.read(START)
    state = other.save(GUARD_KEY)
    guard = countersign.ClockGuard(START)

    def seen():
        reading = guard.peek(START)
        return reading.behind, [notice.code for notice in LICENSE.evaluate(run(), reading).notices]

    assert seen() == (timedelta(0), ["clock_unguarded"])
    for text, key in [("state", GUARD_KEY), (state, b"another machine")]:
        refused(countersign.ClockError, "damaged_clock", guard.take_over, text, key, START)
    assert seen() == (timedelta(0), ["clock_unguarded"])
    guard.take_over(state, GUARD_KEY, START)
    assert seen() == (later, ["clock_suspect"])


def test_a_challenge_is_spent_once():
    guard, challenge = countersign.ClockGuard(START), countersign.Challenge(NONCE, START.monotonic)
    lease = answer("2026-04-01T00:00:00Z")
    guard.heal(challenge, lease, START)
    refused(countersign.ClockError, "answer_not_fresh", guard.heal, challenge, lease, START)


def test_what_is_no_nonce_is_refused():
    refused(countersign.ClockError, "invalid_nonce", countersign.Challenge, "AAAA", START.monotonic)


@pytest.mark.parametrize("url, code", [
    ("", "invalid_url"),
    ("\0", "invalid_url"),
    ("ftp://a.example", "invalid_scheme"),
    ("http://a.example", "plain_http"),
    ("https://user@a.example", "superfluous_address"),
])
def test_an_address_that_is_no_authoritys_is_refused(url, code):
    refused(countersign.SettingsError, code, countersign.Client, url, TRUST["acme"])


@pytest.mark.parametrize("settings, kind, code", [
    ({"attempts": 0}, countersign.SettingsError, "invalid_attempts"),
    ({"attempts": -1}, countersign.SettingsError, "invalid_attempts"),
    ({"attempts": 1 << 40}, countersign.InvalidValue, "invalid_value"),
    ({"give_up_after": 30}, countersign.InvalidType, "invalid_type"),
    ({"give_up_after": timedelta(seconds=-1)}, countersign.InvalidValue, "invalid_length"),
    ({"connect_within": timedelta(microseconds=-1)}, countersign.InvalidValue, "invalid_length"),
    ({"only_roots": "no certificate"}, countersign.SettingsError, "invalid_certificates"),
    ({"pins": [countersign.Pin.public_key(b"short")]}, countersign.SettingsError, "invalid_pin"),
    ({"pins": [b"short"]}, countersign.InvalidType, "invalid_type"),
    ({"proxy": countersign.Proxy("ftp://a.example")}, countersign.SettingsError, "invalid_proxy"),
    ({"proxy": "https://a.example"}, countersign.InvalidType, "invalid_type"),
])
def test_settings_that_do_not_fit_are_refused(settings, kind, code):
    refused(kind, code, countersign.Client, "https://a.example", TRUST["acme"], **settings)


def test_a_session_of_bad_values_is_refused():
    storage = countersign.MemoryStorage()
    refused(countersign.LicenseError, "invalid_code", countersign.Session, "editor", TRUST["acme"], storage)
    refused(countersign.InvalidType, "invalid_type", countersign.Session, "acme/editor", None, storage)
    refused(countersign.InvalidType, "invalid_type", countersign.Session, "acme/editor", TRUST["acme"], "folder")
    with countersign.Session("acme/editor", TRUST["acme"], storage) as session:
        refused(countersign.InvalidType, "invalid_type", session.decide, "acme/editor")
        refused(countersign.InvalidType, "invalid_type", session.import_text, None)
        refused(countersign.InvalidValue, "invalid_text", session.import_text, "\ud800")
        for text in ["", "\0", LONG]:
            with pytest.raises(countersign.ImportRefused) as caught:
                session.import_text(text)
            assert caught.value.refusal is not None
        refused(countersign.LicenseError, "invalid_license_key", session.activation_request, "")
        refused(countersign.InvalidType, "invalid_type", session.refresh_blocking, None)
    refused(countersign.SessionError, "closed", session.decide)
    refused(countersign.SessionError, "closed", session.tick)


def test_a_text_that_is_too_long_for_a_qr_code_is_refused():
    assert countersign.qr_svg("acme").startswith("<?xml")
    assert len(countersign.qr_terminal("acme").splitlines()) == 15
    refused(countersign.QrError, "too_long", countersign.qr_svg, LONG)


def test_an_instance_that_nothing_names_is_refused(tmp_path):
    refused(countersign.InstanceError, "instance_unset", countersign.Instance.of_variable, "COUNTERSIGN_NOT_SET")
    refused(countersign.InstanceError, "instance_unread", countersign.Instance.of_file, str(tmp_path / "none"))
    (tmp_path / "empty").write_text("\n")
    refused(countersign.InstanceError, "invalid_instance", countersign.Instance.of_file, str(tmp_path / "empty"))
    (tmp_path / "id").write_text("pod-7\nmore\n")
    for path in (tmp_path / "id", str(tmp_path / "id")):
        assert countersign.Instance.of_file(path) == countersign.Instance.machine("pod-7")
    for path in (None, 7, str(tmp_path / "id").encode()):
        refused(countersign.InvalidType, "invalid_type", countersign.Instance.of_file, path)


def test_a_library_of_another_version_is_refused():
    from countersign._library import check_version

    check_version(countersign.__version__)
    with pytest.raises(ImportError, match="0.0.9"):
        check_version("0.0.9")


def test_nothing_that_is_printed_holds_a_secret():
    key = countersign.LicenseKey("SECRET-CODE")
    lease = answer("2026-04-01T00:00:00Z")
    claimant = countersign.Claimant("acme/editor", key, countersign.Instance.machine("m-1"))
    with countersign.Session("acme/editor", TRUST["acme"], countersign.MemoryStorage()) as session:
        request = session.activation_request(key)
        proxy = countersign.Proxy("http://acme:SECRET@proxy.example:3128")
        printed = (key, lease, claimant, session, request, LICENSE, TRUST["acme"], proxy)
        shown = [repr(value) for value in printed]
    for text in shown:
        assert "SECRET" not in text and lease.text not in text and request.text not in text, text
