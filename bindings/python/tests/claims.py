"""The claims of documents as a vector states them, out of what the package says of each."""

import base64
from datetime import datetime, timedelta, timezone
from itertools import count, takewhile

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
KINDS = {"status_list": "statuslist", "trust_update": "trust"}


def stated(row):
    """What the row says that its document claims, in the form that is compared."""
    claims = dict(row["claims"])
    if "grace" in claims:
        # No `timedelta` is longer.
        claims["grace"] = min(claims["grace"], length(timedelta.max))
    if "keys" in claims:
        # In the order of their names; active is what a key is where nothing is stated.
        keys = sorted(claims["keys"], key=lambda key: key["kid"])
        claims["keys"] = [{name: value for name, value in key.items() if value != "active"} for key in keys]
    return claims


def read(row, document):
    """The same, by what the document says of itself."""
    return without_absent(READ[row["kind"]](document, row["claims"]))


def of_license(license, stated):
    """What a license leaves out the package fills in: where nothing is stated, the default of docs/format.md."""
    brand, product = license.product.split("/")
    window = license.validity
    # An end that is not stated is that of the validity, without its grace period.
    assert license.updates_end == (license.updates_until or window.ends_at)
    assert license.support_end == (license.support_until or window.ends_at)
    status = license.status
    return {
        "ver": 1,
        "jti": license.id,
        "iss": brand,
        "aud": product,
        "sub": license.customer,
        "iat": seconds(license.issued_at),
        "rev": license.revision,
        "valid_from": seconds(window.starts_at),
        "valid_until": seconds(window.ends_at),
        "grace": unless(length(window.grace), 0, "grace" in stated),
        "updates_until": seconds(license.updates_until),
        "support_until": seconds(license.support_until),
        "type": license.label,
        "edition": license.edition,
        "domains": listed(license.domains),
        "addresses": listed(license.addresses),
        "exempt": unless(listed(license.exempt), [], "exempt" in stated),
        "seats": unless(seats(license.seats, stated.get("seats", {})), {}, "seats" in stated),
        "activation": license.activation and activation(license.activation, stated.get("activation", {})),
        "entitlements": unless(
            {code: entitlement(right) for code, right in license.entitlements.items()}, {}, "entitlements" in stated
        ),
        "limits": unless(license.limits, {}, "limits" in stated),
        "status": status and {"status_list": {"idx": status.index, "uri": status.uri}},
        "freshness": status and length(status.freshness),
        # Read by who verifies, and of no use to who holds the license.
        "must": stated.get("must"),
        "meta": unless(license.meta, {}, "meta" in stated),
    }


def of_lease(lease, _stated):
    brand, product = lease.product.split("/")
    return {
        "ver": 1,
        "jti": lease.id,
        "activation": lease.activation_id,
        "iss": brand,
        "aud": product,
        "license": lease.license_id,
        "rev": lease.revision,
        "instance": {"kind": lease.instance.kind, "value": lease.instance.value},
        "iat": seconds(lease.issued_at),
        "exp": seconds(lease.ends_at),
        "renew_at": seconds(lease.renew_at),
        "fence": lease.fence,
        "nonce": lease.nonce,
    }


def of_list(statuses, stated):
    """Of a list, with as many entries as are stated, and no further one."""
    entries = stated["status_list"]
    # Bits are how the entries are packed, which is of no use to who reads them.
    found = {"bits": entries["bits"]}
    if "values" in entries:
        values = takewhile(lambda value: value is not None, map(statuses.entry, count()))
        found["values"] = base64.b64encode(bytes(values)).decode()
    else:
        last = entries["count"] - 1
        assert statuses.entry(last) is not None and statuses.entry(last + 1) is None
        found["count"] = entries["count"]
    return {
        "iss": statuses.brand,
        "sub": statuses.uri,
        "iat": seconds(statuses.issued_at),
        "status_list": found,
        "exp": seconds(statuses.ends_at),
        "ttl": statuses.refresh_at and length(statuses.refresh_at - statuses.issued_at),
    }


def of_update(update, _stated):
    return {
        "ver": 1,
        "iss": update.brand,
        "iat": seconds(update.issued_at),
        "seq": update.sequence,
        "keys": [key_of(key) for key in update.keys],
    }


READ = {"license": of_license, "lease": of_lease, "statuslist": of_list, "trust": of_update}


def key_of(key):
    der = base64.b64decode("".join(line for line in key.pem.splitlines() if not line.startswith("-")))
    return without_absent({
        "kty": "OKP",
        "crv": "Ed25519",
        "x": base64.urlsafe_b64encode(der[-32:]).decode().rstrip("="),
        "kid": key.id,
        "documents": None if key.documents is None else [KINDS.get(kind, kind) for kind in key.documents],
        "brands": listed(key.brands),
        "products": listed(key.products),
        "nbf": seconds(key.not_before),
        "exp": seconds(key.ends_at),
        "state": None if key.state == "active" else key.state,
    })


def seats(rule, stated):
    defaults = {"limit": None, "on_full": "refuse", "hold": "until_released", "handovers": None}
    return beside(defaults, stated, {name: getattr(rule, name) for name in defaults})


def activation(terms, stated):
    lease, renew = length(terms.lease), length(terms.renew)
    return beside({"lease": 7 * 24 * 60 * 60, "renew": lease // 2}, stated, {"lease": lease, "renew": renew})


def beside(defaults, stated, found):
    """What is there, without what nobody stated and is the default."""
    return {name: value for name, value in found.items() if name in stated or value != defaults[name]}


def entitlement(right):
    return without_absent({"until": seconds(right.until), "value": right.value})


def without_absent(claims):
    return {name: value for name, value in claims.items() if value is not None}


def unless(value, default, is_stated):
    """The value; where it is the default that nobody stated, nothing."""
    return value if is_stated or value != default else None


def listed(texts):
    return None if texts is None else list(texts)


def seconds(moment):
    return None if moment is None else length(moment - EPOCH)


def length(time):
    """In whole seconds, which is all that claims have."""
    if time is None:
        return None
    return time // timedelta(seconds=1)
