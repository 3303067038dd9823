"""Rows of signed/*.json, and the documents that most of them vary."""

import base64

from jws import ACME, Key, compact

CODES = {
    "malformed": [*range(1, 25), *range(30, 42), *range(46, 53)],
    "wrong_document": [25],
    "unknown_key": [26],
    "key_revoked": [27],
    "key_not_for_document": [28],
    "bad_signature": [29],
    "unsupported": [42, 43, 44, 45],
    "key_not_for_product": [53, 57],
    "key_outside_validity": [54],
    "outdated": [55, 56],
}
"""The numbers of docs/format.md section 6, by code."""

CODE_OF = {number: code for code, numbers in CODES.items() for number in numbers}

SIGNED_AT = 1775001600
"""2026-04-01T00:00:00Z, `iat` of most documents."""

LAST_MOMENT = 253402300799
"""The end of year 9999."""

LICENSE = {"ver": 1, "jti": "lic-1", "iss": "acme", "aud": "editor", "iat": SIGNED_AT, "rev": 1}
"""The smallest license."""


def license_with(**claims) -> dict:
    """The smallest license with these claims added or put in place of its own."""
    return {**LICENSE, **claims}


def without(claims: dict, *names: str) -> dict:
    """The claims but those of these names."""
    return {name: value for name, value in claims.items() if name not in names}


def header(key: Key = ACME, kind: str = "license", **members) -> dict:
    """The plain header, with members added or put in place of its own."""
    return {"alg": "EdDSA", "kid": key.kid, "typ": f"{kind}+jwt", **members}


def sign_raw(claims: bytes, kind: str = "license", key: Key = ACME) -> str:
    """A document of exactly these bytes of claims."""
    return key.sign_bytes(compact(header(key, kind)), claims)


def genuine(name: str, kind: str, text, claims: dict, trust: str = "acme", held: str = None) -> dict:
    """A row that verifies, with its claims in normal form."""
    return {**_read(name, kind, text, trust, held), "claims": claims}


def refused(name: str, kind: str, text, refusal: int, trust: str = "acme", held: str = None) -> dict:
    """A row that is refused, with its number in docs/format.md section 6."""
    return {**_read(name, kind, text, trust, held), "code": CODE_OF[refusal], "refusal": refusal}


def repeat(before: str, unit: str, times: int, after: str) -> dict:
    """A long text, told by what it repeats."""
    return {"before": before, "unit": unit, "times": times, "after": after}


def fold(text: str, unit: str) -> dict:
    """The same text as a `repeat` of the first run of `unit`."""
    start = text.index(unit * 8)
    end = start
    while text.startswith(unit, end):
        end += len(unit)
    return repeat(text[:start], unit, (end - start) // len(unit), text[end:])


def _read(name, kind, text, trust, held) -> dict:
    row = {"name": name, "kind": kind}
    if isinstance(text, bytes):
        row["base64"] = base64.b64encode(text).decode()
    elif isinstance(text, dict):
        row["repeat"] = text
    else:
        row["text"] = text
    row["trust"] = trust
    if held is not None:
        row["held"] = held
    return row
