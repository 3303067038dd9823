"""Rows about trust updates: genuine ones, keys they may not hold, and signers they reach beyond."""

import hashlib
import json

from jws import ACME, b64url
from keys import CONFINED_TRUST, OTHER, STANDBY, STRANGER, TRUST

from documents.row import LAST_MOMENT, SIGNED_AT, genuine, refused, without

ABOUT = "trust updates: genuine ones, keys that they may not hold, and signers that they reach beyond"

NEXT = TRUST.jwk(documents=["trust"])
"""The key that signs the next update."""

UPDATE = {"ver": 1, "iss": "acme", "iat": SIGNED_AT, "seq": 8, "keys": [ACME.jwk(), NEXT]}
"""An update of the set `with_trust_key`, whose `seq` is 7."""


def bare_jwk(x: str, **members) -> dict:
    """A JWK of any `x`, with the thumbprint that it would have."""
    thumbprint = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": x}, separators=(",", ":"))
    kid = b64url(hashlib.sha256(thumbprint.encode()).digest())
    return {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, **members}


def hex_jwk(public: str) -> dict:
    return bare_jwk(b64url(bytes.fromhex(public)))


# Claims put in place of those of `UPDATE`, which then is genuine.
ACCEPTED = [
    ("with_the_same_keys", {}),
    ("seq_far_above", {"seq": 1000000}),
    ("iat_older_than_other_documents", {"iat": 0}),
    (
        "with_every_member",
        {
            "keys": [
                ACME.jwk(
                    documents=["license", "lease", "statuslist"],
                    brands=["acme"],
                    products=["editor", "viewer"],
                    nbf=1767225600,
                    exp=1798761600,
                    state="retired",
                ),
                STANDBY.jwk(state="standby"),
                OTHER.jwk(state="revoked"),
                TRUST.jwk(documents=["trust", "delegation"], state="active"),
            ]
        },
    ),
    ("with_a_new_key", {"keys": [ACME.jwk(), STANDBY.jwk(), NEXT]}),
    ("without_a_key_of_before", {"keys": [STANDBY.jwk(), NEXT]}),
    ("that_revokes_a_key", {"keys": [ACME.jwk(state="revoked"), STANDBY.jwk(), NEXT]}),
    ("with_the_signer_replaced", {"keys": [ACME.jwk(), CONFINED_TRUST.jwk(documents=["trust"])]}),
    ("with_a_trust_key_alone", {"keys": [NEXT]}),
]

# JWKs put beside `NEXT`, each refused by section 3.
KEYS = [
    ("key_of_small_order_1", hex_jwk("0100000000000000000000000000000000000000000000000000000000000000")),
    ("key_of_small_order_2", hex_jwk("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")),
    ("key_of_small_order_4", hex_jwk("0000000000000000000000000000000000000000000000000000000000000000")),
    ("key_of_small_order_4_negative", hex_jwk("0000000000000000000000000000000000000000000000000000000000000080")),
    ("key_of_small_order_8", hex_jwk("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")),
    ("key_of_small_order_8_negative", hex_jwk("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85")),
    ("key_of_small_order_8_other", hex_jwk("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")),
    (
        "key_of_small_order_8_other_negative",
        hex_jwk("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"),
    ),
    ("key_of_small_order_not_canonical", hex_jwk("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")),
    ("key_not_canonical", hex_jwk("f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")),
    ("key_not_canonical_negative", hex_jwk("f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")),
    ("key_private", ACME.jwk(d=b64url(ACME.seed))),
    ("key_with_d_null", ACME.jwk(d=None)),
    ("key_with_the_kid_of_another", ACME.jwk(kid=STANDBY.kid)),
    ("key_with_a_kid_of_choice", ACME.jwk(kid="acme-2026")),
    ("key_with_kid_number", ACME.jwk(kid=1)),
    ("key_of_rsa", {"kty": "RSA", "n": b64url(b"\xc5" * 256), "e": "AQAB"}),
    ("key_of_p256", {"kty": "EC", "crv": "P-256", "x": b64url(b"\x11" * 32), "y": b64url(b"\x22" * 32)}),
    ("key_symmetric", {"kty": "oct", "k": b64url(b"\x11" * 32)}),
    ("key_of_x25519", without({**ACME.jwk(), "crv": "X25519"}, "kid")),
    ("key_of_ed448", {"kty": "OKP", "crv": "Ed448", "x": b64url(b"\x11" * 57)}),
    ("key_without_kty", without(ACME.jwk(), "kty")),
    ("key_without_crv", without(ACME.jwk(), "crv")),
    ("key_without_x", without(ACME.jwk(), "x")),
    ("key_with_x_number", ACME.jwk(x=1)),
    ("key_of_31_bytes", bare_jwk(b64url(ACME.public[:31]))),
    ("key_of_33_bytes", bare_jwk(b64url(ACME.public + b"\x00"))),
    ("key_with_x_padded", bare_jwk(ACME.x + "=")),
    ("key_with_documents_empty", ACME.jwk(documents=[])),
    ("key_with_documents_text", ACME.jwk(documents="license")),
    ("key_with_documents_null", ACME.jwk(documents=None)),
    ("key_with_brands_empty", ACME.jwk(brands=[])),
    ("key_with_brands_text", ACME.jwk(brands="acme")),
    ("key_with_brands_null", ACME.jwk(brands=None)),
    ("key_with_products_empty", ACME.jwk(products=[])),
    ("key_with_products_of_numbers", ACME.jwk(products=[1])),
    ("key_with_products_null", ACME.jwk(products=None)),
    ("key_with_nbf_text", ACME.jwk(nbf="2026-01-01")),
    ("key_with_exp_null", ACME.jwk(exp=None)),
    ("key_with_exp_after_year_9999", ACME.jwk(exp=LAST_MOMENT + 1)),
    ("key_with_state_bool", ACME.jwk(state=True)),
    ("key_with_state_unknown", ACME.jwk(state="lost")),
    ("key_that_is_the_trust_key_again", NEXT),
    ("key_that_is_the_trust_key_with_other_members", TRUST.jwk(state="standby")),
]

# Claims put in place of those of `UPDATE` or added to it, and the refusal.
REFUSED = [
    ("ver_text", {"ver": "1"}, 20),
    ("iss_null", {"iss": None}, 20),
    ("iat_text", {"iat": "1775001600"}, 20),
    ("seq_text", {"seq": "8"}, 20),
    ("keys_object", {"keys": {"0": NEXT}}, 20),
    ("keys_null", {"keys": None}, 20),
    ("iat_after_year_9999", {"iat": LAST_MOMENT + 1}, 31),
    ("seq_negative", {"seq": -1}, 32),
    ("seq_above_53_bits", {"seq": 9007199254740992}, 19),
    ("keys_empty", {"keys": []}, 33),
    ("iss_upper_case", {"iss": "ACME"}, 34),
    ("must_with_a_name_that_is_absent", {"must": ["quorum"]}, 41),
    ("ver_two", {"ver": 2}, 42),
    ("must_with_an_unknown_claim", {"quorum": 2, "must": ["quorum"]}, 43),
    ("without_a_trust_key", {"keys": [ACME.jwk(), STANDBY.jwk()]}, 52),
    ("with_the_trust_key_no_longer_for_trust", {"keys": [ACME.jwk(), TRUST.jwk()]}, 52),
    ("with_the_trust_key_revoked", {"keys": [ACME.jwk(), TRUST.jwk(documents=["trust"], state="revoked")]}, 52),
    ("with_the_trust_key_at_its_end", {"iat": 1775001600, "keys": [ACME.jwk(), TRUST.jwk(documents=["trust"], exp=1775001600)]}, 52),
    ("seq_equal_to_that_held", {"seq": 7}, 56),
    ("seq_below_that_held", {"seq": 6}, 56),
    ("seq_zero", {"seq": 0}, 56),
]

CONFINED = CONFINED_TRUST.jwk(documents=["trust"], brands=["acme"])
"""The signer of `trust_key_of_brand`."""

CONFINED_TO_PRODUCT = CONFINED_TRUST.jwk(documents=["trust"], brands=["acme"], products=["editor"])
"""The signer of `trust_key_of_product`."""

# Claims put in place of those of `UPDATE`, a trust set that confines the signer, and the refusal or none.
REACH = [
    (
        "with_keys_within_the_brand_of_the_signer",
        {"keys": [ACME.jwk(brands=["acme"]), STANDBY.jwk(brands=["acme"], products=["editor"]), CONFINED]},
        "trust_key_of_brand",
        None,
    ),
    (
        "with_keys_within_the_product_of_the_signer",
        {"keys": [STANDBY.jwk(brands=["acme"], products=["editor"]), CONFINED_TO_PRODUCT]},
        "trust_key_of_product",
        None,
    ),
    (
        "with_a_key_for_any_brand",
        {"keys": [ACME.jwk(brands=["acme"]), STANDBY.jwk(), CONFINED]},
        "trust_key_of_brand",
        57,
    ),
    (
        "with_a_key_for_one_brand_more",
        {"keys": [ACME.jwk(brands=["acme", "other"]), CONFINED]},
        "trust_key_of_brand",
        57,
    ),
    (
        "with_a_key_of_another_brand",
        {"keys": [ACME.jwk(brands=["acme"]), OTHER.jwk(brands=["other"]), CONFINED]},
        "trust_key_of_brand",
        57,
    ),
    (
        "with_the_signer_no_longer_confined",
        {"keys": [ACME.jwk(brands=["acme"]), CONFINED_TRUST.jwk(documents=["trust"])]},
        "trust_key_of_brand",
        57,
    ),
    (
        "with_a_key_for_any_product",
        {"keys": [STANDBY.jwk(brands=["acme"]), CONFINED_TO_PRODUCT]},
        "trust_key_of_product",
        57,
    ),
    (
        "with_a_key_of_another_product",
        {"keys": [STANDBY.jwk(brands=["acme"], products=["viewer"]), CONFINED_TO_PRODUCT]},
        "trust_key_of_product",
        57,
    ),
    (
        "without_a_key_of_another_brand",
        {"keys": [ACME.jwk(brands=["acme"]), CONFINED]},
        "trust_key_of_brand_beside_other",
        57,
    ),
    (
        "that_revokes_a_key_of_another_brand",
        {"keys": [ACME.jwk(brands=["acme"]), OTHER.jwk(brands=["other"], state="revoked"), CONFINED]},
        "trust_key_of_brand_beside_other",
        57,
    ),
    (
        "of_another_brand_than_the_signer",
        {"iss": "other", "keys": [ACME.jwk(brands=["acme"]), CONFINED]},
        "trust_key_of_brand",
        53,
    ),
]


def rows() -> list:
    made = [_genuine(name, claims) for name, claims in ACCEPTED]
    made += [
        _genuine("unknown_claims_are_ignored", {"exp": "never", "quorum": 2}, UPDATE),
        _genuine(
            "other_members_of_a_key_are_ignored",
            {"keys": [ACME.jwk(use="sig", key_ops=["verify"], vendor={"shelf": None}), NEXT]},
            UPDATE,
        ),
        _genuine("seq_one_above_the_default", {"seq": 1}, {**UPDATE, "seq": 1}, trust="trust_key_without_seq"),
        refused("seq_equal_to_the_default", "trust", _signed({"seq": 0}), 56, "trust_key_without_seq"),
        _genuine("signed_by_a_key_of_every_kind", {}, UPDATE, trust="trust_key_for_all"),
    ]
    for claim in UPDATE:
        made.append(
            refused(f"{claim}_missing", "trust", TRUST.sign("trust", without(UPDATE, claim)), 30, "with_trust_key")
        )
    made += [refused(name, "trust", _signed(claims), refusal, "with_trust_key") for name, claims, refusal in REFUSED]
    made += [refused(name, "trust", _signed({"keys": [NEXT, key]}), 51, "with_trust_key") for name, key in KEYS]
    for name, claims, trust, refusal in REACH:
        text = _signed(claims, CONFINED_TRUST)
        if refusal is None:
            made.append(genuine(name, "trust", text, {**UPDATE, **claims}, trust))
        else:
            made.append(refused(name, "trust", text, refusal, trust))
    made += [
        refused("signer_that_names_no_documents", "trust", _signed({}, ACME), 28, "with_trust_key"),
        refused("signer_unknown", "trust", _signed({}, STRANGER), 26, "with_trust_key"),
        refused("signer_that_the_update_brings_along", "trust", _signed(_WITH_STANDBY, STANDBY), 26, "with_trust_key"),
        refused("signer_revoked", "trust", _signed({}), 27, "trust_key_revoked"),
        refused("iat_at_exp_of_the_signer", "trust", _signed({"iat": 1798761600}), 54, "trust_key_dated"),
    ]
    return made


_WITH_STANDBY = {"keys": [ACME.jwk(), STANDBY.jwk(documents=["trust"])]}


def _signed(claims: dict, key=TRUST) -> str:
    return key.sign("trust", {**UPDATE, **claims})


def _genuine(name: str, claims: dict, normal: dict = None, trust: str = "with_trust_key") -> dict:
    return genuine(name, "trust", _signed(claims), normal or {**UPDATE, **claims}, trust)
