"""Makes keys.json: the test keys, and the trust sets that rows name."""

import pathlib

from jws import ACME, Key
from vector_file import write_json

STANDBY = Key("acme standby")
"""The key that takes over from `ACME`."""

TRUST = Key("acme trust")
"""Signs trust updates, of any brand."""

CONFINED_TRUST = Key("acme confined trust")
"""Signs trust updates; the sets that hold it confine it."""

OTHER = Key("other")
"""Signs for the brand `other`."""

STRANGER = Key("stranger")
"""A key that no trust set holds."""

KEYS = [ACME, STANDBY, TRUST, CONFINED_TRUST, OTHER, STRANGER]

DATED_FROM = 1767225600
"""`nbf` of the dated keys, 2026-01-01T00:00:00Z."""

DATED_UNTIL = 1798761600
"""`exp` of the dated and retired keys, 2027-01-01T00:00:00Z."""

TRUST_SETS = {
    "acme": {"keys": [ACME.jwk()]},
    "acme_and_standby": {"keys": [ACME.jwk(state="active"), STANDBY.jwk(state="standby")]},
    "acme_and_other": {"keys": [ACME.jwk(brands=["acme"]), OTHER.jwk(brands=["other"])]},
    "acme_brand": {"keys": [ACME.jwk(brands=["acme"])]},
    "acme_confined": {"keys": [ACME.jwk(brands=["acme"], products=["editor"])]},
    "acme_confined_dated": {"keys": [ACME.jwk(brands=["acme"], products=["editor"], nbf=DATED_FROM, exp=DATED_UNTIL)]},
    "acme_product": {"keys": [ACME.jwk(products=["editor"])]},
    "lease_only": {"keys": [ACME.jwk(documents=["lease"])]},
    "license_only": {"keys": [ACME.jwk(documents=["license"])]},
    "revoked": {"keys": [ACME.jwk(state="revoked"), STANDBY.jwk()]},
    "retired": {"keys": [ACME.jwk(state="retired", exp=DATED_UNTIL), STANDBY.jwk()]},
    "dated": {"keys": [ACME.jwk(nbf=DATED_FROM, exp=DATED_UNTIL)]},
    "without_acme": {"keys": [STANDBY.jwk()]},
    "without_kid": {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": ACME.x}]},
    "with_other_members": {
        "note": "members that are not ours are ignored",
        "keys": [ACME.jwk(use="sig", alg="EdDSA", key_ops=["verify"], x5t="AAAA", vendor={"shelf": [1, None]})],
    },
    "with_trust_key": {"seq": 7, "keys": [ACME.jwk(), TRUST.jwk(documents=["trust"])]},
    "trust_key_without_seq": {"keys": [ACME.jwk(), TRUST.jwk(documents=["trust"])]},
    "trust_key_for_all": {"seq": 7, "keys": [TRUST.jwk(documents=["license", "lease", "statuslist", "trust"])]},
    "trust_key_revoked": {
        "seq": 7,
        "keys": [ACME.jwk(), TRUST.jwk(documents=["trust"], state="revoked"), CONFINED_TRUST.jwk(documents=["trust"])],
    },
    "trust_key_dated": {
        "seq": 7,
        "keys": [ACME.jwk(), TRUST.jwk(documents=["trust"], nbf=DATED_FROM, exp=DATED_UNTIL)],
    },
    "trust_key_of_brand": {
        "seq": 7,
        "keys": [ACME.jwk(brands=["acme"]), CONFINED_TRUST.jwk(documents=["trust"], brands=["acme"])],
    },
    "trust_key_of_brand_beside_other": {
        "seq": 7,
        "keys": [
            ACME.jwk(brands=["acme"]),
            CONFINED_TRUST.jwk(documents=["trust"], brands=["acme"]),
            OTHER.jwk(brands=["other"]),
        ],
    },
    "trust_key_of_product": {
        "seq": 7,
        "keys": [
            ACME.jwk(brands=["acme"], products=["editor"]),
            CONFINED_TRUST.jwk(documents=["trust"], brands=["acme"], products=["editor"]),
        ],
    },
}


def write(folder: pathlib.Path):
    """Writes keys.json into the folder of the vectors."""
    keys = {key.name: {"seed": key.seed.hex(), "kid": key.kid, "x": key.x} for key in KEYS}
    write_json(folder / "keys.json", {"keys": keys, "trust": TRUST_SETS})
