"""Rows about leases: genuine ones, and each claim outside its type, range and relations."""

from jws import ACME, b64url

from documents.row import LAST_MOMENT, SIGNED_AT, genuine, refused, without

ABOUT = "leases: genuine ones, and each claim outside its type, range and relations"

NONCE = "AAECAwQFBgcICQoLDA0ODw"
"""The bytes 0 to 15."""

LEASE = {
    "ver": 1,
    "jti": "lease-1",
    "activation": "seat-1",
    "iss": "acme",
    "aud": "editor",
    "license": "lic-1",
    "rev": 1,
    "instance": {"kind": "machine", "value": "4c4c4544-0042"},
    "iat": SIGNED_AT,
    "exp": SIGNED_AT + 604800,
    "renew_at": SIGNED_AT + 302400,
    "fence": 7,
    "nonce": NONCE,
}
"""A lease as an authority signs it; all of its claims are required."""

# Claims put in place of those of `LEASE`, which then is genuine.
ACCEPTED = [
    ("of_a_machine", {}),
    ("of_a_domain", {"instance": {"kind": "domain", "value": "example.com"}}),
    ("of_a_host", {"instance": {"kind": "host", "value": "build-3.lan"}}),
    ("of_a_machine_of_one_byte", {"instance": {"kind": "machine", "value": "7"}}),
    ("of_a_machine_of_255_bytes", {"instance": {"kind": "machine", "value": "m" * 255}}),
    ("of_a_machine_with_blanks_and_upper_case", {"instance": {"kind": "machine", "value": " Mac Pro \u00fc "}}),
    ("fence_zero", {"fence": 0}),
    ("fence_greatest", {"fence": 9007199254740991}),
    ("rev_greatest", {"rev": 4294967295}),
    ("exp_one_second_after_iat", {"exp": SIGNED_AT + 1, "renew_at": SIGNED_AT}),
    ("exp_at_the_end_of_year_9999", {"exp": LAST_MOMENT}),
    ("renew_at_equal_to_iat", {"renew_at": SIGNED_AT}),
    ("renew_at_equal_to_exp", {"renew_at": SIGNED_AT + 604800}),
    ("nonce_of_high_bytes", {"nonce": "_____________________w"}),
]

# Claims put in place of those of `LEASE` or added to it, and the refusal.
REFUSED = [
    ("ver_text", {"ver": "1"}, 20),
    ("jti_number", {"jti": 1}, 20),
    ("activation_object", {"activation": {"id": "seat-1"}}, 20),
    ("iss_number", {"iss": 1}, 20),
    ("aud_array", {"aud": ["editor"]}, 20),
    ("license_number", {"license": 1}, 20),
    ("rev_text", {"rev": "1"}, 20),
    ("instance_text", {"instance": "example.com"}, 20),
    ("instance_kind_number", {"instance": {"kind": 1, "value": "example.com"}}, 20),
    ("instance_value_number", {"instance": {"kind": "machine", "value": 7}}, 20),
    ("iat_text", {"iat": "1775001600"}, 20),
    ("exp_null", {"exp": None}, 20),
    ("renew_at_text", {"renew_at": "1775304000"}, 20),
    ("fence_text", {"fence": "7"}, 20),
    ("nonce_number", {"nonce": 7}, 20),
    ("nonce_null", {"nonce": None}, 20),
    ("instance_without_kind", {"instance": {"value": "example.com"}}, 30),
    ("instance_without_value", {"instance": {"kind": "domain"}}, 30),
    ("iat_before_the_epoch", {"iat": -1}, 31),
    ("exp_after_year_9999", {"exp": LAST_MOMENT + 1}, 31),
    ("renew_at_before_the_epoch", {"renew_at": -1}, 31),
    ("rev_zero", {"rev": 0}, 32),
    ("rev_above_32_bits", {"rev": 4294967296}, 32),
    ("fence_negative", {"fence": -1}, 32),
    ("fence_above_53_bits", {"fence": 9007199254740992}, 19),
    ("jti_empty", {"jti": ""}, 34),
    ("activation_of_256_bytes", {"activation": "a" * 256}, 34),
    ("license_with_a_control_character", {"license": "lic\t1"}, 34),
    ("iss_upper_case", {"iss": "ACME"}, 34),
    ("aud_empty", {"aud": ""}, 34),
    ("domain_empty", {"instance": {"kind": "domain", "value": ""}}, 34),
    ("domain_that_is_an_address", {"instance": {"kind": "domain", "value": "192.0.2.7"}}, 34),
    ("domain_that_is_a_pattern", {"instance": {"kind": "domain", "value": "*.example.com"}}, 34),
    ("host_with_a_blank", {"instance": {"kind": "host", "value": "build 3"}}, 34),
    ("host_of_254_bytes", {"instance": {"kind": "host", "value": "h" * 254}}, 34),
    ("machine_empty", {"instance": {"kind": "machine", "value": ""}}, 34),
    ("machine_of_256_bytes", {"instance": {"kind": "machine", "value": "m" * 256}}, 34),
    ("machine_with_a_line_break", {"instance": {"kind": "machine", "value": "4c4c\n4544"}}, 34),
    ("must_with_a_name_that_is_absent", {"must": ["place"]}, 41),
    ("ver_two", {"ver": 2}, 42),
    ("must_with_an_unknown_claim", {"place": "berlin", "must": ["place"]}, 43),
    ("instance_unknown_member", {"instance": {"kind": "domain", "value": "example.com", "port": 443}}, 44),
    ("instance_kind_unknown", {"instance": {"kind": "phone", "value": "1"}}, 45),
    ("instance_kind_of_the_wire", {"instance": {"kind": "machine_id", "value": "1"}}, 45),
    ("exp_equal_to_iat", {"exp": SIGNED_AT, "renew_at": SIGNED_AT}, 49),
    ("exp_before_iat", {"exp": SIGNED_AT - 1}, 49),
    ("renew_at_before_iat", {"renew_at": SIGNED_AT - 1}, 49),
    ("renew_at_after_exp", {"renew_at": SIGNED_AT + 604801}, 49),
    ("nonce_empty", {"nonce": ""}, 50),
    ("nonce_of_15_bytes", {"nonce": b64url(bytes(range(15)))}, 50),
    ("nonce_of_17_bytes", {"nonce": b64url(bytes(range(17)))}, 50),
    ("nonce_with_padding", {"nonce": NONCE + "=="}, 50),
    ("nonce_with_trailing_bits", {"nonce": "AAECAwQFBgcICQoLDA0ODx"}, 50),
    ("nonce_in_base64", {"nonce": "/////////////////////w"}, 50),
    ("nonce_in_hex", {"nonce": "000102030405060708090a0b0c0d0e0f"}, 50),
    ("nonce_with_a_blank", {"nonce": "AAECAwQFBgc ICQoLDA0ODw"}, 50),
]


def rows() -> list:
    made = [genuine(name, "lease", _signed(claims), {**LEASE, **claims}) for name, claims in ACCEPTED]
    made.append(genuine("unknown_claims_are_ignored", "lease", _signed({"place": "berlin", "nbf": "soon"}), LEASE))
    made.append(genuine("key_for_leases_only", "lease", _signed({}), LEASE, "lease_only"))
    made += [refused(f"{claim}_missing", "lease", ACME.sign("lease", without(LEASE, claim)), 30) for claim in LEASE]
    made += [refused(name, "lease", _signed(claims), refusal) for name, claims, refusal in REFUSED]
    made.append(refused("key_for_licenses_only", "lease", _signed({}), 28, "license_only"))
    made.append(refused("brand_beyond_the_key", "lease", _signed({"iss": "other"}), 53, "acme_confined"))
    made.append(refused("product_beyond_the_key", "lease", _signed({"aud": "viewer"}), 53, "acme_confined"))
    made.append(refused("iat_at_exp_of_the_key", "lease", _signed(_AT_END_OF_KEY), 54, "dated"))
    return made


_AT_END_OF_KEY = {"iat": 1798761600, "exp": 1799366400, "renew_at": 1799064000}


def _signed(claims: dict) -> str:
    return ACME.sign("lease", {**LEASE, **claims})
