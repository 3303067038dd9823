"""Builds the rows of tests/vectors/rules: signed inputs, and a report that each row states by hand."""

import datetime
import json
import struct
import zlib

from jws import ACME, b64url

DAY = 86400
URI = "https://licenses.acme.example/status/1"
LICENSE = {"ver": 1, "jti": "lic-1", "iss": "acme", "aud": "editor", "iat": "2025-01-01", "rev": 1}
LEASE = {
    "ver": 1, "jti": "lease-1", "activation": "seat-1", "iss": "acme", "aud": "editor", "license": "lic-1", "rev": 1,
    "instance": {"kind": "machine", "value": "m-1"}, "iat": "2025-06-28", "exp": "2025-07-05",
    "renew_at": "2025-07-01T12:00:00", "fence": 1, "nonce": b64url(bytes(range(16))),
}

# The members of section 6, in its order.
FACTS = {
    "clock_set_back": ["behind"],
    "wrong_product": ["licensed"],
    "license_superseded": ["revision", "newest"],
    "revoked": ["listed_at"],
    "suspended": ["listed_at"],
    "status_unknown": ["uri"],
    "status_stale": ["since", "uri"],
    "not_yet_valid": ["starts_at"],
    "expired": ["ended_at"],
    "update_not_covered": ["updates_until", "released_at"],
    "support_ended": ["ended_at"],
    "domain_not_licensed": ["domain"],
    "address_not_licensed": ["address"],
    "not_activated": [],
    "lease_of_another_instance": ["instance"],
    "lease_of_another_license": ["license", "product"],
    "lease_ended": ["ended_at"],
    "entitlement_missing": ["entitlement"],
    "entitlement_expired": ["entitlement", "ended_at"],
    "limit_exceeded": ["limit", "allowed", "count"],
    "not_stated": ["fact"],
    "clock_suspect": ["behind"],
    "clock_unguarded": [],
    "status_refresh_due": ["since"],
    "in_grace_period": ["ended_at", "until"],
    "expires_soon": ["ends_at", "within"],
    "updates_end_soon": ["ends_at", "within"],
    "support_ends_soon": ["ends_at", "within"],
    "lease_renewal_due": ["ends_at"],
    "limit_near": ["limit", "allowed", "count"],
}
MOMENT_FACTS = {"listed_at", "since", "starts_at", "ended_at", "updates_until", "released_at", "until", "ends_at"}
MOMENT_CLAIMS = {"iat", "exp", "renew_at", "valid_from", "valid_until", "updates_until", "support_until", "until"}


def moment(text: str) -> str:
    """RFC 3339 of a date, or of a date and time, in UTC."""
    return f"{text}T00:00:00Z" if len(text) == 10 else f"{text.removesuffix('Z')}Z"


def unix(text: str) -> int:
    """Unix seconds of such a text."""
    read = datetime.datetime.fromisoformat(moment(text).removesuffix("Z"))
    return int((read - datetime.datetime(1970, 1, 1)).total_seconds())


def numeric(claims):
    """Claims whose moments are written as texts, with Unix seconds in their place."""
    if isinstance(claims, list):
        return [numeric(claim) for claim in claims]
    if not isinstance(claims, dict):
        return claims
    return {
        name: unix(claim) if name in MOMENT_CLAIMS and isinstance(claim, str) else numeric(claim)
        for name, claim in claims.items()
    }


def denial(code: str, **facts) -> dict:
    """A denial or notice; its facts in the order of section 6."""
    assert list(facts) == FACTS[code], f"{code}: {list(facts)}"
    return {"code": code, **{name: moment(fact) if name in MOMENT_FACTS else fact for name, fact in facts.items()}}


notice = denial


def status(idx: int = 3, uri: str = URI) -> dict:
    """The claim `status` of a license."""
    return {"status_list": {"idx": idx, "uri": uri}}


def status_list(values: list, bits: int = 2, **claims) -> dict:
    """Claims of a status list, first entry in the lowest bits; zlib in one stored block, the same everywhere."""
    data = bytearray((len(values) * bits + 7) // 8)
    for index, value in enumerate(values):
        data[index * bits // 8] |= value << (index * bits % 8)
    stored = struct.pack("<BHH", 1, len(data), len(data) ^ 0xFFFF) + bytes(data)
    inflates = b"\x78\x01" + stored + struct.pack(">I", zlib.adler32(bytes(data)))
    lst = {"status_list": {"bits": bits, "lst": b64url(inflates)}}
    return {"iss": "acme", "sub": URI, "iat": "2025-06-01", **claims, **lst}


def lease(**claims) -> dict:
    """Claims of a lease, with those that differ from `LEASE`."""
    return {**LEASE, **claims}


def tick(wall: str, monotonic: int) -> dict:
    return {"wall": moment(wall), "monotonic": monotonic}


def start(wall: str, monotonic: int) -> dict:
    return {"start": tick(wall, monotonic)}


def documents(issued_at: str) -> dict:
    return {"documents": moment(issued_at)}


def read(wall: str, monotonic: int) -> dict:
    return {"read": tick(wall, monotonic)}


def restart(wall: str, monotonic: int) -> dict:
    return {"restart": tick(wall, monotonic)}


def restart_unsaved(wall: str, monotonic: int) -> dict:
    return {"restart_unsaved": tick(wall, monotonic)}


def heal(iat: str, sent: dict, answered: dict) -> dict:
    return {"heal": {"iat": moment(iat), "sent": sent, "answered": answered}}


SAVE = {"save": True}


def row(
    name: str, at, *, terms=None, lease=None, statuses=None, run=None, denials=(), notices=(), until=None,
    why=None, highest_revision=None, notice_before=None, last_contact=None, last_status=None, entitled=None, stays_on=None,
) -> dict:
    """A row: `at` is a trusted moment or the steps of a clock guard, `until` what the report holds until."""
    made = {"name": name, "trust": "acme"}
    if why:
        made["why"] = why
    license_claims = numeric({**LICENSE, **(terms or {})})
    made |= {"license": ACME.sign("license", license_claims), "license_claims": license_claims}
    if lease:
        made |= {"lease": ACME.sign("lease", numeric(lease)), "lease_claims": numeric(lease)}
    if statuses:
        made |= {"statuses": ACME.sign("statuslist", numeric(statuses)), "statuses_claims": numeric(statuses)}
    made["clock"] = {"trusted": moment(at)} if isinstance(at, str) else {"steps": at}
    if highest_revision is not None:
        made["highest_revision"] = highest_revision
    if notice_before is not None:
        made["notice_before"] = notice_before
    if last_status is not None:
        number, listed_at = last_status
        made["last_status"] = {"status": number, "listed_at": moment(listed_at)}
    if last_contact is not None:
        made["last_contact_at"] = moment(last_contact)
    made["run"] = {"product": "acme/editor", "purpose": "run", **(run or {})}
    if "released_at" in made["run"]:
        made["run"]["released_at"] = moment(made["run"]["released_at"])
    report = {
        "allowed": not denials,
        "denials": list(denials),
        "notices": list(notices),
        "holds_until": moment(until) if until else None,
    }
    if last_contact is not None:
        report["last_contact_at"] = moment(last_contact)
    made["report"] = json.dumps(report, separators=(",", ":"), ensure_ascii=False)
    if entitled is not None:
        made["entitled"] = entitled
    if stays_on is not None:
        made["stays_on"] = stays_on
    return made
