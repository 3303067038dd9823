"""Rows about the header, the kind, the key that it names and the signature."""

import hashlib
import hmac

from jws import ACME, b64url, compact
from keys import STANDBY, STRANGER, TRUST

from documents.lease import LEASE
from documents.row import LICENSE, genuine, header, license_with, refused, without

ABOUT = "the header: members, algorithms, key ids and kinds; the signature; and which refusal comes first"

ORDER = 2**252 + 27742317777372353535851937790883648493
"""The order of the base point, RFC 8032 section 5.1."""

CLAIMS = compact(LICENSE)

KID = ACME.kid

PLAIN = ACME.sign("license", LICENSE)
"""What most rows change."""

# Headers of the genuine license.
ACCEPTED = [
    ("alg_eddsa", compact(header())),
    ("alg_ed25519", compact(header(alg="Ed25519"))),
    ("members_in_another_order", compact({"typ": "license+jwt", "kid": KID, "alg": "EdDSA"})),
    ("blanks_between_members", b' {\t"alg" : "EdDSA",\r\n"kid":"' + KID.encode() + b'" , "typ":"license+jwt" }\n'),
]

# Members added to the plain header or put in place of its own, and the refusal.
REFUSED = [
    ("jwk", {"jwk": STRANGER.jwk()}, 21),
    ("jwk_of_the_key_itself", {"jwk": ACME.jwk()}, 21),
    ("jku", {"jku": "https://evil.example/jwks.json"}, 21),
    ("x5c", {"x5c": ["MIIB"]}, 21),
    ("x5u", {"x5u": "https://evil.example/cert.pem"}, 21),
    ("x5t", {"x5t": "AAAAAAAAAAAAAAAAAAAAAAAAAAA"}, 21),
    ("x5t_s256", {"x5t#S256": KID}, 21),
    ("crit", {"crit": ["exp"]}, 21),
    ("crit_empty", {"crit": []}, 21),
    ("b64_true", {"b64": True}, 21),
    ("b64_false_named_in_crit", {"b64": False, "crit": ["b64"]}, 21),
    ("zip", {"zip": "DEF"}, 21),
    ("cty", {"cty": "JWT"}, 21),
    ("enc", {"enc": "A256GCM"}, 21),
    ("unknown_member", {"x": 1}, 21),
    ("unknown_member_null", {"x": None}, 21),
    ("unknown_member_with_an_empty_name", {"": ""}, 21),
    ("alg_in_upper_case_beside_alg", {"ALG": "EdDSA"}, 21),
    ("alg_none", {"alg": "none"}, 23),
    ("alg_none_in_mixed_case", {"alg": "nOnE"}, 23),
    ("alg_empty", {"alg": ""}, 23),
    ("alg_hs256", {"alg": "HS256"}, 23),
    ("alg_hs512", {"alg": "HS512"}, 23),
    ("alg_rs256", {"alg": "RS256"}, 23),
    ("alg_es256", {"alg": "ES256"}, 23),
    ("alg_es256k", {"alg": "ES256K"}, 23),
    ("alg_ed448", {"alg": "Ed448"}, 23),
    ("alg_eddsa_in_lower_case", {"alg": "eddsa"}, 23),
    ("alg_ed25519_in_lower_case", {"alg": "ed25519"}, 23),
    ("alg_with_a_blank", {"alg": "EdDSA "}, 23),
    ("alg_number", {"alg": -8}, 20),
    ("alg_array", {"alg": ["EdDSA"]}, 20),
    ("alg_null", {"alg": None}, 20),
    ("kid_number", {"kid": 1}, 20),
    ("kid_null", {"kid": None}, 20),
    ("typ_number", {"typ": 1}, 20),
    ("typ_null", {"typ": None}, 20),
    ("kid_empty", {"kid": ""}, 24),
    ("kid_of_42_characters", {"kid": KID[:42]}, 24),
    ("kid_of_44_characters", {"kid": KID + "A"}, 24),
    ("kid_with_padding", {"kid": KID + "="}, 24),
    ("kid_with_trailing_bits", {"kid": KID[:42] + chr(ord(KID[42]) + 1)}, 24),
    ("kid_with_a_plus", {"kid": "+" + KID[1:]}, 24),
    ("kid_with_a_blank", {"kid": " " + KID[1:]}, 24),
    ("kid_beyond_ascii", {"kid": "\u00e9" + KID[1:]}, 24),
    ("kid_of_choice", {"kid": "acme-2026"}, 24),
    ("typ_jwt", {"typ": "JWT"}, 25),
    ("typ_empty", {"typ": ""}, 25),
    ("typ_without_suffix", {"typ": "license"}, 25),
    ("typ_in_upper_case", {"typ": "LICENSE+JWT"}, 25),
    ("typ_with_application", {"typ": "application/license+jwt"}, 25),
    ("typ_with_a_blank", {"typ": "license+jwt "}, 25),
    ("typ_of_a_lease", {"typ": "lease+jwt"}, 25),
    ("typ_of_a_status_list", {"typ": "statuslist+jwt"}, 25),
    ("typ_of_a_trust_update", {"typ": "trust+jwt"}, 25),
    ("typ_of_a_delegation", {"typ": "delegation+jwt"}, 25),
    ("kid_unknown", {"kid": STRANGER.kid}, 26),
    ("kid_in_other_case", {"kid": KID.swapcase()[:42] + KID[42]}, 26),
]

# Headers as they stand, and the refusal.
RAW = [
    ("header_array", b'["alg","kid","typ"]', 20),
    ("header_text", b'"EdDSA"', 20),
    ("header_number", b"1", 20),
    ("header_null", b"null", 20),
    ("alg_twice", b'{"alg":"EdDSA","alg":"EdDSA","kid":"' + KID.encode() + b'","typ":"license+jwt"}', 15),
    ("alg_none_then_eddsa", b'{"alg":"none","alg":"EdDSA","kid":"' + KID.encode() + b'","typ":"license+jwt"}', 15),
    (
        "alg_twice_after_unescaping",
        b'{"alg":"EdDSA","kid":"' + KID.encode() + b'","typ":"license+jwt","\\u0061lg":"EdDSA"}',
        15,
    ),
    (
        "kid_twice",
        b'{"alg":"EdDSA","kid":"' + KID.encode() + b'","typ":"license+jwt","kid":"' + KID.encode() + b'"}',
        15,
    ),
    ("typ_twice", b'{"alg":"EdDSA","kid":"' + KID.encode() + b'","typ":"license+jwt","typ":"license+jwt"}', 15),
    ("header_not_utf8", b'{"alg":"EdDSA","kid":"' + KID.encode() + b'","typ":"license+jwt\xff"}', 12),
    ("header_cut_short", b'{"alg":"EdDSA","kid":"' + KID.encode() + b'","typ":"license+jwt"', 13),
    ("header_with_trailing_text", compact(header()) + b"x", 13),
    ("header_with_byte_order_mark", b"\xef\xbb\xbf" + compact(header()), 13),
    ("header_with_a_trailing_comma", b'{"alg":"EdDSA","kid":"' + KID.encode() + b'","typ":"license+jwt",}', 13),
    ("header_of_blanks", b"   ", 13),
]


def rows() -> list:
    made = [genuine(name, "license", ACME.sign_bytes(raw, CLAIMS), LICENSE) for name, raw in ACCEPTED]
    made.append(
        genuine("kid_of_the_standby_key", "license", STANDBY.sign("license", LICENSE), LICENSE, "acme_and_standby")
    )
    for name, members, refusal in REFUSED:
        made.append(refused(name, "license", ACME.sign_bytes(compact(header(**members)), CLAIMS), refusal))
    made += [refused(name, "license", ACME.sign_bytes(raw, CLAIMS), refusal) for name, raw, refusal in RAW]
    for member in header():
        raw = compact(without(header(), member))
        made.append(refused(f"{member}_missing", "license", ACME.sign_bytes(raw, CLAIMS), 22))
    made.append(refused("alg_hs512_keyed_with_the_public_key", "license", _keyed_with_public(), 23))
    made.append(refused("header_empty", "license", ACME.sign_bytes(b"{}", CLAIMS), 22))
    return made + _kinds() + _signatures() + _order()


def _kinds() -> list:
    lease = ACME.sign("lease", LEASE)
    return [
        refused("license_read_as_a_lease", "lease", PLAIN, 25),
        refused("license_read_as_a_status_list", "statuslist", PLAIN, 25),
        refused("license_read_as_a_trust_update", "trust", PLAIN, 25, "with_trust_key"),
        refused("lease_read_as_a_license", "license", lease, 25),
        refused("license_by_a_trust_key", "license", TRUST.sign("license", LICENSE), 28, "with_trust_key"),
    ]


def _signatures() -> list:
    head, claims, signature = PLAIN.split(".")
    signed = f"{head}.{claims}"
    raw = ACME.private.sign(signed.encode())
    r, s = raw[:32], int.from_bytes(raw[32:], "little")
    claimed = b64url(compact(license_with(aud="viewer")))
    named = b64url(compact(header(alg="Ed25519")))
    spaced = b64url(compact(LICENSE).replace(b",", b", "))
    lease = ACME.sign("lease", LEASE).split(".")
    tab = b"\t" + compact(header())
    tabbed = ACME.sign_bytes(tab, CLAIMS)

    def forged(name, text, trust="acme"):
        return refused(name, "license", text, 29, trust)

    return [
        forged("claims_changed", f"{head}.{claimed}.{signature}"),
        forged("bit_flipped_in_the_header", tabbed.replace(b64url(tab), b64url(tab.replace(b"\t", b"\r")))),
        forged("bit_flipped_in_the_claims", f"{head}.{b64url(CLAIMS.replace(b'lic-1', b'lic-0'))}.{signature}"),
        forged("claims_written_anew_with_blanks", f"{head}.{spaced}.{signature}"),
        forged("alg_changed_to_the_other_name", f"{named}.{claims}.{signature}"),
        forged(
            "kid_changed_to_another_key", f"{b64url(compact(header(STANDBY)))}.{claims}.{signature}", "acme_and_standby"
        ),
        forged("typ_changed_from_a_lease", f"{head}.{lease[1]}.{lease[2]}"),
        forged("signature_of_another_document", f"{signed}.{lease[2]}"),
        forged("signature_by_another_key_of_the_set", _signed_by(STANDBY, signed), "acme_and_standby"),
        forged("signature_by_a_stranger", _signed_by(STRANGER, signed)),
        forged("bit_flipped_in_r", f"{signed}.{b64url(bytes([raw[0] ^ 1]) + raw[1:])}"),
        forged("bit_flipped_in_s", f"{signed}.{b64url(raw[:32] + bytes([raw[32] ^ 1]) + raw[33:])}"),
        forged("last_bit_flipped", f"{signed}.{b64url(raw[:63] + bytes([raw[63] ^ 0x80]))}"),
        forged("s_plus_order", f"{signed}.{b64url(r + (s + ORDER).to_bytes(32, 'little'))}"),
        forged("s_plus_twice_the_order", f"{signed}.{b64url(r + (s + 2 * ORDER).to_bytes(32, 'little'))}"),
        forged("s_equal_to_the_order", f"{signed}.{b64url(r + ORDER.to_bytes(32, 'little'))}"),
        forged("s_negated", f"{signed}.{b64url(r + (ORDER - s).to_bytes(32, 'little'))}"),
        forged("r_and_s_exchanged", f"{signed}.{b64url(raw[32:] + raw[:32])}"),
        forged("signature_of_zeros", f"{signed}.{b64url(bytes(64))}"),
        forged("signature_of_the_neutral_point", f"{signed}.{b64url(bytes([1]) + bytes(63))}"),
        forged("signature_of_ones", f"{signed}.{b64url(bytes([255]) * 64)}"),
        forged("signature_over_the_claims_alone", f"{signed}.{b64url(ACME.private.sign(claims.encode()))}"),
        forged("signature_over_the_decoded_claims", f"{signed}.{b64url(ACME.private.sign(CLAIMS))}"),
        forged(
            "signature_over_the_hash", f"{signed}.{b64url(ACME.private.sign(hashlib.sha512(signed.encode()).digest()))}"
        ),
    ]


def _order() -> list:
    """Rows wrong in two ways, where section 1 says which is reported."""
    head, claims, signature = PLAIN.split(".")
    forged = b64url(bytes(64))
    later = license_with(iss="other", iat=1798761600)
    return [
        refused("alg_none_without_signature", "license", f"{b64url(compact(header(alg='none')))}.{claims}.", 11),
        refused("encoding_before_header", "license", f"{b64url(compact(header(alg='none')))}.{claims}.{signature}=", 8),
        refused(
            "header_before_typ", "license", f"{b64url(compact(header(alg='none', typ='JWT')))}.{claims}.{signature}", 23
        ),
        refused("typ_before_key", "license", STRANGER.sign("lease", LEASE), 25),
        refused("revoked_before_signature", "license", f"{head}.{claims}.{forged}", 27, "revoked"),
        refused("documents_of_the_key_before_signature", "license", f"{head}.{claims}.{forged}", 28, "lease_only"),
        refused("revoked_before_documents_of_the_key", "trust", _update_by_revoked(), 27, "revoked"),
        refused("signature_before_claims", "license", f"{head}.{b64url(b'{')}.{forged}", 29),
        refused("signature_before_brand", "license", f"{head}.{b64url(compact(later))}.{forged}", 29, "acme_confined"),
        refused(
            "claims_before_brand",
            "license",
            ACME.sign("license", license_with(iss="other", rev=0)),
            32,
            "acme_confined",
        ),
        refused("ver_before_a_later_claim", "license", ACME.sign("license", license_with(ver=2, rev=0)), 42),
        refused(
            "claim_before_a_later_ver", "license", ACME.sign("license", {"rev": 0, **license_with(ver=2, rev=0)}), 32
        ),
        refused(
            "claim_before_must",
            "license",
            ACME.sign("license", {"must": ["floating"], "floating": 1, **license_with(rev=0)}),
            32,
        ),
        refused("brand_before_validity_of_the_key", "license", ACME.sign("license", later), 53, "acme_confined_dated"),
    ]


def _update_by_revoked() -> str:
    return ACME.sign("trust", {"ver": 1, "iss": "acme", "iat": 1775001600, "seq": 1, "keys": [ACME.jwk()]})


def _keyed_with_public() -> str:
    signed = f"{b64url(compact(header(alg='HS512')))}.{b64url(CLAIMS)}"
    return f"{signed}.{b64url(hmac.new(ACME.public, signed.encode(), hashlib.sha512).digest())}"


def _signed_by(key, signed: str) -> str:
    return f"{signed}.{b64url(key.private.sign(signed.encode()))}"
