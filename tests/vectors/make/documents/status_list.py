"""Rows about status lists: every width of entry, and what does not inflate."""

import base64

from jws import ACME, b64url

from documents.row import LAST_MOMENT, SIGNED_AT, genuine, refused, repeat, without
from documents.zlib_stream import HEADER, adler32, stored, stored_blocks, zeros_around

ABOUT = "status lists: every width of entry, what does not inflate or inflates too far, what is older than the one held"

SIXTEEN_MIB = 16777216

URI = "https://licenses.example/status/1"

STATUS_LIST = {"iss": "acme", "sub": URI, "iat": SIGNED_AT, "status_list": {"bits": 2, "lst": b64url(stored(b"\x24"))}}
"""The smallest list: four entries, of which the second is 1 (revoked) and the third 2 (suspended)."""

VALUES = {"bits": 2, "values": "AAECAA=="}
"""Its `status_list` in normal form."""

# Bits of an entry, the bytes before compression (low bits first) and the entries in them.
WIDTHS = [
    ("bits_1", 1, b"\x01\x80", [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
    ("bits_2", 2, b"\xe4\x02", [0, 1, 2, 3, 2, 0, 0, 0]),
    ("bits_4", 4, b"\x10\xf2", [0, 1, 2, 15]),
    ("bits_8", 8, b"\x00\x01\x02\xff", [0, 1, 2, 255]),
]

# The examples of the Token Status List specification, section 4.1 and 4.2.
SPECIFICATION = [
    ("example_of_the_specification_of_1_bit", 1, "eNrbuRgAAhcBXQ", [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]),
    ("example_of_the_specification_of_2_bits", 2, "eNo76fITAAPfAgc", [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]),
]

# Streams that do not inflate. The genuine one is `stored(b"\x24")`.
DAMAGED = [
    ("lst_empty", b""),
    ("lst_header_alone", HEADER),
    ("lst_cut_within_the_data", stored(bytes(100))[:60]),
    ("lst_cut_within_the_checksum", stored(b"\x24")[:-1]),
    ("lst_without_checksum", HEADER + stored_blocks(b"\x24")),
    ("lst_with_a_wrong_checksum", HEADER + stored_blocks(b"\x24") + adler32(b"\x25")),
    ("lst_with_a_wrong_header_check", b"\x78\x02" + stored(b"\x24")[2:]),
    ("lst_of_another_method", b"\x77\x09" + stored(b"\x24")[2:]),
    ("lst_that_wants_a_dictionary", b"\x78\x20\x00\x00\x00\x01" + stored(b"\x24")[2:]),
    ("lst_with_a_reserved_block", HEADER + b"\x07" + adler32(b"")),
    ("lst_with_a_length_that_contradicts_itself", HEADER + b"\x01\x01\x00\xff\xff\x24" + adler32(b"\x24")),
    ("lst_with_a_distance_before_its_start", HEADER + b"\x03\x02\x00" + adler32(bytes(3))),
    ("lst_of_deflate_alone", stored_blocks(b"\x24")),
    (
        "lst_of_gzip",
        b"\x1f\x8b\x08" + bytes(6) + b"\xff" + stored_blocks(b"\x24") + bytes.fromhex("5c0b01ee") + b"\x01\x00\x00\x00",
    ),
    ("lst_not_compressed", b"\x24"),
    ("lst_with_bytes_after_its_end", stored(b"\x24") + b"\x00"),
]

# Claims put in place of those of `STATUS_LIST` or added to it, and the refusal.
REFUSED = [
    ("iss_number", {"iss": 1}, 20),
    ("sub_number", {"sub": 1}, 20),
    ("sub_null", {"sub": None}, 20),
    ("iat_text", {"iat": "1775001600"}, 20),
    ("exp_text", {"exp": "1775606400"}, 20),
    ("exp_null", {"exp": None}, 20),
    ("ttl_text", {"ttl": "1h"}, 20),
    ("ttl_null", {"ttl": None}, 20),
    ("status_list_text", {"status_list": STATUS_LIST["status_list"]["lst"]}, 20),
    ("bits_text", {"status_list": {**STATUS_LIST["status_list"], "bits": "2"}}, 20),
    ("bits_null", {"status_list": {**STATUS_LIST["status_list"], "bits": None}}, 20),
    ("lst_array", {"status_list": {"bits": 2, "lst": [0, 1, 2, 0]}}, 20),
    ("bits_missing", {"status_list": without(STATUS_LIST["status_list"], "bits")}, 30),
    ("lst_missing", {"status_list": without(STATUS_LIST["status_list"], "lst")}, 30),
    ("iat_before_the_epoch", {"iat": -1}, 31),
    ("exp_after_year_9999", {"exp": LAST_MOMENT + 1}, 31),
    ("ttl_zero", {"ttl": 0}, 32),
    ("ttl_negative", {"ttl": -1}, 32),
    ("ttl_above_53_bits", {"ttl": 9007199254740992}, 19),
    ("iss_upper_case", {"iss": "Acme"}, 34),
    ("sub_empty", {"sub": ""}, 34),
    ("must_with_a_name_that_is_absent", {"must": ["shards"]}, 41),
    ("must_with_an_unknown_claim", {"shards": 4, "must": ["shards"]}, 43),
    ("status_list_unknown_member", {"status_list": {**STATUS_LIST["status_list"], "offset": 8}}, 44),
    ("bits_zero", {"status_list": {**STATUS_LIST["status_list"], "bits": 0}}, 46),
    ("bits_3", {"status_list": {**STATUS_LIST["status_list"], "bits": 3}}, 46),
    ("bits_16", {"status_list": {**STATUS_LIST["status_list"], "bits": 16}}, 46),
    ("bits_negative", {"status_list": {**STATUS_LIST["status_list"], "bits": -2}}, 46),
    ("lst_with_padding", {"status_list": {"bits": 2, "lst": STATUS_LIST["status_list"]["lst"] + "="}}, 47),
    ("lst_in_base64", {"status_list": {"bits": 2, "lst": "eAEBAQD+/yQAJQAl"}}, 47),
    ("lst_with_trailing_bits", {"status_list": {"bits": 2, "lst": "eNo76fITAAPfAgd"}}, 47),
]


def rows() -> list:
    made = [
        genuine("smallest", "statuslist", _signed({}), {**STATUS_LIST, "status_list": VALUES}),
        genuine(
            "with_every_claim",
            "statuslist",
            _signed({"exp": 1775606400, "ttl": 43200}),
            {**STATUS_LIST, "exp": 1775606400, "ttl": 43200, "status_list": VALUES},
        ),
        genuine(
            "ttl_of_one_second", "statuslist", _signed({"ttl": 1}), {**STATUS_LIST, "ttl": 1, "status_list": VALUES}
        ),
        genuine(
            "unknown_claims_are_ignored",
            "statuslist",
            _signed({"ver": "one", "shards": 4}),
            {**STATUS_LIST, "status_list": VALUES},
        ),
        genuine(
            "aggregation_uri_is_accepted",
            "statuslist",
            _signed(
                {"status_list": {**STATUS_LIST["status_list"], "aggregation_uri": "https://licenses.example/lists"}}
            ),
            {**STATUS_LIST, "status_list": VALUES},
        ),
        genuine(
            "product_is_no_matter_of_a_list",
            "statuslist",
            _signed({}),
            {**STATUS_LIST, "status_list": VALUES},
            "acme_confined",
        ),
    ]
    for name, bits, data, values in WIDTHS:
        made.append(genuine(name, "statuslist", _list(bits, stored(data)), _normal(bits, values)))
    for name, bits, lst, values in SPECIFICATION:
        text = _signed({"status_list": {"bits": bits, "lst": lst}})
        made.append(genuine(name, "statuslist", text, _normal(bits, values)))
    made += _large()
    for claim in STATUS_LIST:
        made.append(refused(f"{claim}_missing", "statuslist", ACME.sign("statuslist", without(STATUS_LIST, claim)), 30))
    made += [refused(name, "statuslist", _signed(claims), refusal) for name, claims, refusal in REFUSED]
    made += [refused(name, "statuslist", _list(2, stream), 47) for name, stream in DAMAGED]
    made.append(refused("key_for_leases_only", "statuslist", _signed({}), 28, "lease_only"))
    made.append(refused("brand_beyond_the_key", "statuslist", _signed({"iss": "other"}), 53, "acme_brand"))
    made.append(refused("iat_before_nbf_of_the_key", "statuslist", _signed({"iat": 1767225599}), 54, "dated"))
    made += _held()
    return made


def _large() -> list:
    """Lists by their size, inflated and as text."""
    smallest = _signed({})
    four_mib = 4194304 - len(smallest)
    return [
        genuine(
            "of_4096_entries",
            "statuslist",
            _list(2, stored(bytes(512) + b"\x02" + bytes(511))),
            _normal(2, [0] * 2048 + [2] + [0] * 2047),
        ),
        genuine(
            "of_a_million_entries",
            "statuslist",
            _list(2, zeros_around(124999, 125000)),
            _counted(2, 1000000),
        ),
        genuine("of_16_mib", "statuslist", _list(8, zeros_around(SIXTEEN_MIB - 1, 0)), _counted(8, SIXTEEN_MIB)),
        refused("of_16_mib_and_a_byte", "statuslist", _list(8, zeros_around(SIXTEEN_MIB, 0)), 48),
        refused("of_16_mib_and_a_byte_of_1_bit", "statuslist", _list(1, zeros_around(0, SIXTEEN_MIB)), 48),
        genuine(
            "text_of_4_mib",
            "statuslist",
            repeat(smallest, " ", four_mib, ""),
            {**STATUS_LIST, "status_list": VALUES},
        ),
        refused("text_of_4_mib_and_a_byte", "statuslist", repeat(smallest, " ", four_mib + 1, ""), 1),
    ]


def _held() -> list:
    """Lists read where another one is held."""
    older, held, newer = (_signed({"iat": iat}) for iat in (SIGNED_AT - 1, SIGNED_AT, SIGNED_AT + 1))
    cleared = _signed({"status_list": {"bits": 2, "lst": b64url(stored(b"\x00"))}})
    elsewhere = _signed({"iat": SIGNED_AT - 1, "sub": "https://licenses.example/status/2"})
    normal = {**STATUS_LIST, "status_list": VALUES}
    return [
        refused("older_than_the_list_held", "statuslist", older, 55, held=held),
        genuine("the_list_held_again", "statuslist", held, normal, held=held),
        genuine(
            "another_list_of_the_same_iat_as_the_one_held",
            "statuslist",
            cleared,
            {**STATUS_LIST, "status_list": {"bits": 2, "values": "AAAAAA=="}},
            held=held,
        ),
        genuine("newer_than_the_list_held", "statuslist", newer, {**normal, "iat": SIGNED_AT + 1}, held=held),
        genuine(
            "older_than_a_list_held_for_another_uri",
            "statuslist",
            elsewhere,
            {**normal, "iat": SIGNED_AT - 1, "sub": "https://licenses.example/status/2"},
            held=held,
        ),
    ]


def _signed(claims: dict) -> str:
    return ACME.sign("statuslist", {**STATUS_LIST, **claims})


def _list(bits: int, stream: bytes) -> str:
    return _signed({"status_list": {"bits": bits, "lst": b64url(stream)}})


def _normal(bits: int, values: list) -> dict:
    return {**STATUS_LIST, "status_list": {"bits": bits, "values": base64.b64encode(bytes(values)).decode()}}


def _counted(bits: int, count: int) -> dict:
    return {**STATUS_LIST, "status_list": {"bits": bits, "count": count}}
