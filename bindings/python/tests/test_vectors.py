"""Every row of tests/vectors: what Rust says, Python says.

Left out: seats/, since seats are counted by the authority, and the rows of names/license_keys.json
that make a key, which only an authority does.
"""

import base64
import json
import pathlib
import re
from datetime import datetime, timedelta, timezone

import claims
import countersign
import jws
import pytest

VECTORS = pathlib.Path(__file__).resolve().parents[3] / "tests" / "vectors"

KEYS = json.loads((VECTORS / "keys.json").read_bytes())
TRUST = {name: countersign.TrustStore(json.dumps(jwks)) for name, jwks in KEYS["trust"].items()}
DOCUMENTS = {
    "license": countersign.License,
    "lease": countersign.Lease,
    "statuslist": countersign.StatusList,
    "trust": countersign.TrustUpdate,
}
# What was granted has ended by time alone: docs/rules.md.
LAPSES = {"expired", "lease_ended", "status_stale", "entitlement_expired"}
GUARD_KEY = b"this machine"
NONCE = jws.b64url(bytes(range(16)))


def rows(pattern, wanted=lambda row: True):
    """The wanted rows of the files that match; it is an error if a file has none."""
    found = []
    for path in sorted(VECTORS.glob(pattern)):
        of_file = [row for row in json.loads(path.read_bytes())["rows"] if wanted(row)]
        assert of_file, f"{path}: no rows"
        found += [pytest.param(row, id=f"{path.stem}-{row['name']}") for row in of_file]
    assert found, f"{VECTORS}/{pattern}: no rows"
    return pytest.mark.parametrize("row", found)


def refused(code, refusal, function, *arguments):
    """The function refuses its arguments with this code and number."""
    with pytest.raises(countersign.LicenseError) as caught:
        function(*arguments)
    assert (caught.value.code, caught.value.refusal) == (code, refusal)
    assert str(caught.value)


# --- Decisions --------------------------------------------------------------------------------


@rows("rules/*.json")
def test_a_license_decides_about_a_run(row):
    stated = context(row)
    at = stated.pop("at")
    decided(row, license_of(row).evaluate(run(row["run"]), at, **stated))
    assert license_of(row).report(run(row["run"]), at, **stated) == row["report"]


@rows("rules/*.json")
def test_a_prepared_check_decides_the_same(row):
    check = license_of(row).prepare(run(row["run"]))
    stated = context(row)
    at = stated.pop("at")
    for name, value in stated.items():
        setattr(check, name, value)
    decided(row, check.evaluate(at))
    assert check.report(at) == row["report"]


def decided(row, decision):
    report = decision.report()
    assert report == row["report"]
    read = json.loads(report)
    assert decision.allowed == bool(decision) == read["allowed"]
    assert [stated_of(denial) for denial in decision.denials] == read["denials"]
    assert [stated_of(notice) for notice in decision.notices] == read["notices"]
    assert {denial.code for denial in decision.denials if denial.is_lapse} <= LAPSES
    assert all(denial.is_lapse for denial in decision.denials if denial.code in LAPSES)
    assert decision.holds_until == moment(read["holds_until"])
    for code, entitled in row.get("entitled", {}).items():
        assert (code, decision.entitled(code)) == (code, entitled)
    for code, stays_on in row.get("stays_on", {}).items():
        assert (code, decision.stays_on(code)) == (code, stays_on)


def stated_of(reason):
    """A denial or notice as the report states it."""
    assert str(reason)
    return {"code": reason.code, **{name: plain(value) for name, value in reason.facts.items()}}


def plain(value):
    """A fact as JSON has it."""
    match value:
        case datetime():
            return value.strftime("%Y-%m-%dT%H:%M:%SZ")
        case timedelta():
            return int(value.total_seconds())
        case countersign.Instance():
            return {"kind": value.kind, "value": value.value}
        case _:
            return value


def license_of(row):
    return countersign.License.verify(row["license"], TRUST[row["trust"]])


def run(stated):
    """The run that the row states."""
    stated = dict(stated)
    if instance := stated.get("instance"):
        stated["instance"] = countersign.Instance(**instance)
    stated["purpose"] = countersign.Purpose(stated["purpose"])
    stated["released_at"] = moment(stated.get("released_at"))
    return countersign.Run(**stated)


def context(row):
    """The context that the row describes."""
    trust = TRUST[row["trust"]]
    context = {"at": reading(row["clock"]), "highest_revision": row.get("highest_revision")}
    if "lease" in row:
        context["lease"] = countersign.Lease.verify(row["lease"], trust)
    if "statuses" in row:
        context["statuses"] = countersign.StatusList.verify(row["statuses"], trust)
    if "last_contact_at" in row:
        context["last_contact_at"] = moment(row["last_contact_at"])
    if listed := row.get("last_status"):
        context["last_status"] = countersign.ListedStatus(listed["status"], moment(listed["listed_at"]))
    if "notice_before" in row:
        context["notice_before"] = [seconds(length) for length in row["notice_before"]]
    return context


def reading(clock):
    """The reading that the row states, or the last one that its steps give."""
    if "trusted" in clock:
        return countersign.ClockReading.trusted(moment(clock["trusted"]))
    guard = saved = reading = shown = None
    for step in clock["steps"]:
        [(kind, value)] = step.items()
        if isinstance(value, dict):
            shown = value.get("answered", value)
        match kind:
            case "start":
                guard = countersign.ClockGuard(tick(value))
                reading = guard.read(tick(value))
            case "documents":
                guard.hold(moment(value), tick(shown))
            case "read":
                reading = guard.read(tick(value))
            case "save":
                saved = guard.save(GUARD_KEY)
            case "restart" | "restart_unsaved":
                state = guard.save(GUARD_KEY) if kind == "restart" else saved
                guard = countersign.ClockGuard.restore(state, GUARD_KEY, tick(value))
                reading = guard.read(tick(value))
            case "heal":
                heal(guard, value)
            case _:
                raise AssertionError(f"no such step: {kind}")
    return reading


def heal(guard, value):
    """Gives the guard the answer; one that comes too late it does not take."""
    challenge = countersign.Challenge(NONCE, tick(value["sent"]).monotonic)
    try:
        guard.heal(challenge, answer(value["iat"]), tick(value["answered"]))
    except countersign.ClockError as error:
        assert error.code == "answer_not_fresh"
        assert value["answered"]["monotonic"] - value["sent"]["monotonic"] > 60


def answer(issued_at):
    """A lease, signed then, that echoes the nonce."""
    signed_at = int(moment(issued_at).timestamp())
    claims = {
        "ver": 1, "jti": "lease-1", "activation": "seat-1", "iss": "acme", "aud": "editor", "license": "lic-1",
        "rev": 1, "instance": {"kind": "machine", "value": "m-1"}, "iat": signed_at, "exp": signed_at + 1,
        "renew_at": signed_at, "fence": 1, "nonce": NONCE,
    }
    return countersign.Lease.verify(jws.ACME.sign("lease", claims), TRUST["acme"])


def tick(value):
    return countersign.Tick(wall=moment(value["wall"]), monotonic=seconds(value["monotonic"]))


def moment(text):
    """The moment that RFC 3339 states; of nothing, nothing."""
    return text and datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)


def seconds(length):
    return timedelta(seconds=length)


# --- Documents --------------------------------------------------------------------------------


@rows("signed/*.json")
def test_a_document_is_read_or_refused(row):
    if "code" in row:
        refused(row["code"], row["refusal"], accept, row)
    else:
        says(row, accept(row))


def says(row, document):
    """What the document says is what the row says that it claims; so are who signed it, and what is to be kept of it."""
    assert claims.read(row, document) == claims.stated(row)
    given = base64.b64decode(row["base64"]).decode() if "base64" in row else text_of(row)
    # Of an update there is no text to be kept: it comes bare.
    bare = given if row["kind"] == "trust" else document.text
    assert document.signed_by == json.loads(base64.urlsafe_b64decode(bare.split(".")[0] + "=="))["kid"]
    if row["kind"] != "trust":
        # A carrier puts blanks, line breaks and the like between.
        assert document.text in re.sub(r"[^\w.-]", "", given, flags=re.ASCII)
        assert document.verify(document.text, TRUST[row["trust"]]).text == document.text


def accept(row):
    """The document, taken as a host does: verified, and newer than what is held."""
    document = DOCUMENTS[row["kind"]]
    trust = TRUST[row["trust"]]
    if "base64" in row:
        read = document.verify(base64.b64decode(row["base64"]), trust)
    else:
        read = document.verify(text_of(row), trust)
    if row["kind"] == "trust":
        updated = trust.updated(read)
        assert (updated.keys, updated.sequence) == (read.keys, read.sequence)
    elif "held" in row:
        read.check_newer(document.verify(row["held"], trust))
    return read


def text_of(row):
    if repeat := row.get("repeat"):
        return repeat["before"] + repeat["unit"] * repeat["times"] + repeat["after"]
    return row["text"]


# --- Names ------------------------------------------------------------------------------------


@rows("names/domains.json")
def test_a_domain_has_one_form(row):
    given_or_refused(row, "domain", countersign.normalize_domain, row["text"])


@rows("names/domain_patterns.json")
def test_a_pattern_of_domains_has_one_form_and_matches(row):
    if "patterns" in row:
        given_or_refused(row, "matches", countersign.match_domain, row["patterns"], row["domain"])
    else:
        given_or_refused(row, "normal", countersign.normalize_domain_pattern, row["pattern"])


@rows("names/addresses.json")
def test_a_pattern_of_addresses_has_one_form_and_matches(row):
    if "patterns" in row:
        given_or_refused(row, "matches", countersign.match_address, row["patterns"], row["address"])
    elif "pattern" in row:
        given_or_refused(row, "normal", countersign.normalize_address_pattern, row["pattern"])
    else:
        given_or_refused(row, None, countersign.normalize_address, row["address"])


@rows("names/license_keys.json", lambda row: "text" in row)
def test_a_license_key_is_read_as_it_was_typed(row):
    given_or_refused(row, "shown", lambda text: countersign.LicenseKey(text).text, row["text"])
    if "kind" in row:
        generated = countersign.LicenseKey(row["text"]).is_generated
        assert row["kind"] == ("generated" if generated else "custom")


def given_or_refused(row, member, function, *arguments):
    """The function gives what the row's member says, or refuses with the row's error."""
    if "error" in row:
        refused(row["error"], None, function, *arguments)
    else:
        assert function(*arguments) == row[member]
