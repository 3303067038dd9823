"""The decision that is kept is exact, and its age bounded."""

from datetime import datetime, timedelta, timezone

import countersign
import countersign._check as kept
import countersign._clock as clocks
import jws
import pytest
from test_values import CLAIMS, SIGNED_AT, run
from test_vectors import TRUST, answer


class Clocks:
    """The clocks that the package looks at, set by hand."""

    def __init__(self, monkeypatch):
        self.wall, self.monotonic = SIGNED_AT.timestamp(), 1000.0
        monkeypatch.setattr(kept, "_monotonic", lambda: self.monotonic)
        monkeypatch.setattr(clocks.time, "time", lambda: self.wall)

    def go_on(self, seconds):
        self.wall += seconds
        self.monotonic += seconds


@pytest.fixture
def shown(monkeypatch):
    return Clocks(monkeypatch)


def license_of(**claims):
    return countersign.License.verify(jws.ACME.sign("license", CLAIMS | claims), TRUST["acme"])


def counting(check):
    """Has the check note how often it asks the library."""
    asked = []
    inner = check._inner

    class Noting:
        def evaluate(self, context):
            asked.append(context)
            return inner.evaluate(context)

    check._inner = Noting()
    return asked


@pytest.mark.parametrize("wall, nearest", [
    (-1.5, datetime(1970, 1, 1, tzinfo=timezone.utc)),
    (-1e12, datetime(1970, 1, 1, tzinfo=timezone.utc)),
    (253402300800.0, datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone.utc)),
    (1e12, datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone.utc)),
])
def test_a_wall_clock_out_of_range_shows_the_nearest_moment(shown, wall, nearest):
    shown.wall = wall
    license = license_of()
    check = license.prepare(run())
    assert check.decision().decided_at == license.evaluate(run()).decided_at == nearest
    assert check.allowed() == license.evaluate(run(), nearest).allowed
    assert countersign.ClockReading.trusted().now == countersign.Tick.now().wall == nearest
    check.guard = countersign.ClockGuard()
    assert check.decision().decided_at == nearest


def test_a_decision_is_kept_for_a_second(shown):
    check = license_of().prepare(run())
    asked = counting(check)
    for _ in range(100):
        assert check.allowed()
    shown.go_on(0.999)
    assert check.allowed() and len(asked) == 1
    shown.go_on(0.001)
    assert check.allowed() and len(asked) == 2


@pytest.mark.parametrize("fraction", [0.0, 0.001, 0.5, 0.999])
def test_a_decision_ends_at_the_very_moment(shown, fraction):
    ends_at = int(SIGNED_AT.timestamp()) + 3
    check = license_of(valid_until=ends_at).prepare(run())
    shown.go_on(fraction)
    for _ in range(5_000):
        assert check.allowed() == (int(shown.wall) < ends_at), shown.wall
        shown.go_on(0.001)
    assert not check.allowed()


def test_a_clock_that_is_set_is_seen_within_a_second(shown):
    check = license_of(valid_until=int(SIGNED_AT.timestamp()) + 3600).prepare(run())
    assert check.allowed()
    shown.wall += 7200
    shown.monotonic += 1.0
    assert not check.allowed()


def test_documents_count_at_once(shown):
    license = license_of(activation={})
    instance = countersign.Instance.machine("m-1")
    check = license.prepare(run(instance=instance))
    assert [denial.code for denial in check.decision().denials] == ["not_activated"]
    shown.wall = SIGNED_AT.timestamp()
    lease = answer("2026-04-01T00:00:00Z")
    check.lease = lease
    assert [denial.code for denial in check.decision().denials] != ["not_activated"]
    assert check.lease is lease and check.license.id == license.id
    check.lease = None
    assert [denial.code for denial in check.decision().denials] == ["not_activated"]
    check.highest_revision = 2
    assert "license_superseded" in [denial.code for denial in check.decision().denials]


def test_a_guard_tells_the_time(shown):
    check = license_of().prepare(run())
    check.guard = countersign.ClockGuard()
    assert [notice.code for notice in check.decision().notices] == ["clock_unguarded"]
    with pytest.raises(countersign.InvalidType):
        check.guard = 7
    with pytest.raises(countersign.InvalidType):
        check.lease = "text"


def test_thresholds_of_ones_own_count(shown):
    check = license_of(valid_until=int(SIGNED_AT.timestamp()) + 3600).prepare(run())
    assert [notice.code for notice in check.decision().notices] == ["expires_soon"]
    check.notice_before = [timedelta(minutes=1)]
    assert check.decision().notices == ()


def test_terms_are_read_as_they_were_signed():
    signed_at = int(SIGNED_AT.timestamp())
    license = license_of(
        sub="ACME Corp", type="trial", edition="cloud", valid_until=signed_at + 60, grace=30,
        domains=["*.example.com"], seats={"limit": 2}, activation={"lease": 100}, limits={"services": 5},
        entitlements={"export": {"until": signed_at + 10, "value": "pdf"}, "api": {}}, meta={"order": "7"},
        exempt=["development"],
    )
    after = lambda seconds: SIGNED_AT + timedelta(seconds=seconds)
    assert license.customer == "ACME Corp"
    assert (license.label, license.edition) == ("trial", "cloud")
    assert license.validity == countersign.Window(None, after(60), timedelta(seconds=30))
    assert (license.updates_until, license.updates_end, license.support_end) == (None, after(60), after(60))
    assert (license.domains, license.addresses) == (("*.example.com",), None)
    assert license.exempt == ("development",)
    assert license.seats == countersign.SeatRule(2, "refuse", "until_released", None)
    assert license.activation == countersign.ActivationTerms(timedelta(seconds=100), timedelta(seconds=50))
    assert license.entitlements == {
        "api": countersign.Entitlement(None, None),
        "export": countersign.Entitlement(after(10), "pdf"),
    }
    assert (license.limits, license.meta, license.status) == ({"services": 5}, {"order": "7"}, None)
    assert license.takes_no_seat(countersign.Instance.domain("localhost"))
    assert not license.takes_no_seat(countersign.Instance.machine("m-1"))
    assert (license.issued_at, license.revision, license.product) == (SIGNED_AT, 1, "acme/editor")
    assert license.signed_by in [key.id for key in TRUST["acme"].keys]
    assert countersign.document_kind(license.text) == "license"
    assert datetime.now(timezone.utc) > license.issued_at


def test_a_length_beyond_any_timedelta_is_the_longest():
    ends_at, longest = int(SIGNED_AT.timestamp()) + 60, (1 << 53) - 1
    license = license_of(valid_until=ends_at, grace=longest, activation={"lease": longest, "renew": longest - 1})
    bound = timedelta(days=999_999_999, hours=23, minutes=59, seconds=59)
    assert license.validity.grace == license.activation.lease == license.activation.renew == bound
    assert license.evaluate(run(), SIGNED_AT + timedelta(days=1)).notices[0].code == "in_grace_period"


def test_a_check_tells_its_run():
    stated = run(domain="shop.example.com", requires=("export",), counts={"users": 3})
    assert license_of().prepare(stated).run == stated


def test_a_host_without_a_license_decides_too():
    decision = countersign.Decision.without_license(countersign.ClockReading.trusted(SIGNED_AT))
    assert not decision and [denial.code for denial in decision.denials] == ["not_activated"]
    assert decision.decided_at == SIGNED_AT
    with pytest.raises(countersign.InvalidType):
        countersign.Decision.without_license(SIGNED_AT)


@pytest.mark.parametrize("codes", [lambda: (code for code in ["absent"]), lambda: map(str, ["absent"]), lambda: ["absent"]])
def test_what_a_run_requires_counts_each_time_it_is_asked_about(codes):
    stated = countersign.Run("acme/editor", requires=codes())
    license = license_of()
    assert [[denial.code for denial in license.evaluate(stated).denials] for _ in range(3)] == [["entitlement_missing"]] * 3
    assert not license.prepare(stated).allowed() and not license.prepare(stated).allowed()
    assert stated.requires == ("absent",)


def test_what_is_changed_after_a_run_was_stated_does_not_count():
    requires, counts = ["absent"], {"users": 3}
    stated = countersign.Run("acme/editor", requires=requires, counts=counts)
    requires.clear()
    counts.clear()
    assert (stated.requires, stated.counts) == (("absent",), {"users": 3})
