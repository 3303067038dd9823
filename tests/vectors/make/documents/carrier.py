"""Rows about what a token travels in: armour, mail, bytes and sizes."""

from jws import ACME, compact

from documents.lease import LEASE
from documents.row import LICENSE, fold, genuine, header, license_with, refused, repeat

ABOUT = "carriers: armour, what mail and text editors do to a token, bytes that are not UTF-8, and sizes"

TOKEN = ACME.sign("license", LICENSE)

SECOND = ACME.sign("license", license_with(jti="lic-2"))

LEASE_TOKEN = ACME.sign("lease", LEASE)

MIB = 1048576

KIB_64 = 65536


def wrapped(token: str, width: int = 64) -> str:
    return "\n".join(token[at : at + width] for at in range(0, len(token), width))


def armour(body: str, label: str = "LICENSE", ended_by: str = None) -> str:
    return f"-----BEGIN {label}-----\n{body}\n-----END {ended_by or label}-----\n"


def quoted(text: str, mark: str) -> str:
    return "".join(f"{mark}{line}\n" for line in text.splitlines())


def every(token: str, step: int, between: str) -> str:
    """The token with something between each `step` characters."""
    return between.join(token[at : at + step] for at in range(0, len(token), step))


PEOPLE = "Product: ACME Editor\nCustomer: ACME Corp\n\n"
"""The "Name: value" lines of docs/format.md."""

ARMOURED = armour(PEOPLE + wrapped(TOKEN))

# Texts of the genuine license.
ACCEPTED = [
    ("bare", TOKEN),
    ("bare_with_a_line_break_at_its_end", TOKEN + "\n"),
    ("bare_between_blank_lines", f"\n\n  {TOKEN}  \n\n"),
    ("bare_wrapped_at_64_columns", wrapped(TOKEN)),
    ("bare_with_each_part_on_a_line", TOKEN.replace(".", "\n.\n")),
    ("bare_with_a_blank_after_each_character", every(TOKEN, 1, " ")),
    ("armoured", armour(wrapped(TOKEN))),
    ("armoured_with_lines_for_people", ARMOURED),
    ("armoured_on_one_long_line", armour(TOKEN)),
    ("armoured_without_a_blank_line", armour("Product: ACME Editor\n" + wrapped(TOKEN))),
    ("armoured_with_a_blank_line_alone", armour("\n" + wrapped(TOKEN))),
    (
        "armoured_with_lines_for_people_beyond_ascii",
        armour("Kunde: M\u00fcller \u2013 \u6771\u4eac\n\n" + wrapped(TOKEN)),
    ),
    ("armoured_with_a_line_for_people_with_colons", armour("Website: https://example.com:8443/a\n\n" + wrapped(TOKEN))),
    ("armoured_with_a_line_for_people_without_a_value", armour("Customer:\n\n" + wrapped(TOKEN))),
    ("armoured_without_a_line_break_at_its_end", ARMOURED.rstrip("\n")),
    ("armoured_with_blank_lines_within", armour(PEOPLE + wrapped(TOKEN).replace("\n", "\n\n"))),
    ("label_lease", armour(wrapped(TOKEN), "LEASE")),
    ("label_status_list", armour(wrapped(TOKEN), "STATUS LIST")),
    ("label_trust_update", armour(wrapped(TOKEN), "TRUST UPDATE")),
    ("label_activation_request", armour(wrapped(TOKEN), "ACTIVATION REQUEST")),
    ("label_activation_answer", armour(wrapped(TOKEN), "ACTIVATION ANSWER")),
    ("byte_order_mark_before_a_bare_token", "\ufeff" + TOKEN),
    ("byte_order_mark_before_an_armour", "\ufeff" + ARMOURED),
    ("byte_order_mark_within_the_token", TOKEN[:70] + "\ufeff" + TOKEN[70:]),
    ("crlf", ARMOURED.replace("\n", "\r\n")),
    ("crlf_in_a_bare_token", wrapped(TOKEN).replace("\n", "\r\n")),
    ("cr_in_a_bare_token", wrapped(TOKEN).replace("\n", "\r")),
    ("blanks_at_the_end_of_lines", ARMOURED.replace("\n", "  \n")),
    ("indented", quoted(ARMOURED, "    ")),
    ("indented_by_tabs", quoted(ARMOURED, "\t")),
    ("quoted_in_mail", quoted(ARMOURED, "> ")),
    ("quoted_in_mail_three_times", quoted(ARMOURED, ">>> ")),
    ("quoted_in_mail_with_blanks_between", quoted(ARMOURED, "> > ")),
    ("quoted_in_mail_bare", quoted(wrapped(TOKEN), "> ")),
    ("within_quotes", f'"{TOKEN}"'),
    ("within_single_quotes", f"'{TOKEN}'"),
    ("within_backticks", f"```\n{TOKEN}\n```"),
    ("within_typographic_quotes", f"\u201c{TOKEN}\u201d"),
    ("within_typographic_single_quotes", f"\u2018{TOKEN}\u2019"),
    ("within_german_quotes", f"\u201e{TOKEN}\u201c"),
    ("quotes_around_each_line", "\n".join(f'"{line}"' for line in wrapped(TOKEN).splitlines())),
    ("zero_width_spaces", every(TOKEN, 40, "\u200b")),
    ("zero_width_joiners", every(TOKEN, 40, "\u200c\u200d")),
    ("word_joiners", every(TOKEN, 40, "\u2060")),
    ("no_break_spaces", every(TOKEN, 40, "\u00a0")),
    ("ideographic_spaces", every(TOKEN, 40, "\u3000")),
    ("thin_spaces", every(TOKEN, 40, "\u2009\u202f")),
    ("line_separators", every(TOKEN, 40, "\u2028")),
    ("next_lines", every(TOKEN, 40, "\u0085")),
    ("form_feeds_and_vertical_tabs", every(TOKEN, 40, "\x0c\x0b")),
    ("text_before_the_armour", "Dear customer,\n\nhere is your license: enjoy!\n\n" + ARMOURED),
    ("text_after_the_armour", ARMOURED + "\n--\nACME Corp, Sales: +49 30 1234567\n"),
    ("text_around_the_armour", "Hello.\n" + ARMOURED + "Bye.\n"),
    ("rules_around_the_armour", "-----\n----- cut here -----\n" + ARMOURED + "----- cut here -----\n"),
    ("two_armours_of_which_the_first_counts", ARMOURED + armour(wrapped(SECOND))),
    ("second_armour_damaged", ARMOURED + armour("!", "CERTIFICATE", "NOTHING")),
    ("second_armour_not_ended", ARMOURED + "-----BEGIN LICENSE-----\n"),
    ("bare_token_after_the_armour", ARMOURED + SECOND + "\n"),
    ("bare_token_before_the_armour", SECOND + "\n" + ARMOURED),
]

# Texts or bytes read as a license, and the refusal.
REFUSED = [
    ("empty", "", 2),
    ("blanks_alone", " \t\r\n\u00a0\n", 2),
    ("byte_order_mark_alone", "\ufeff", 2),
    ("quotes_alone", '""', 2),
    ("quote_marks_of_mail_alone", "> \n> \n", 2),
    ("armour_of_nothing", "-----BEGIN LICENSE-----\n-----END LICENSE-----\n", 2),
    ("armour_of_blanks", armour(" \n\n\t"), 2),
    ("armour_of_lines_for_people_alone", armour("Product: ACME Editor\nCustomer: ACME Corp"), 2),
    ("utf_16_little_endian", b"\xff\xfe" + TOKEN.encode("utf-16-le"), 3),
    ("utf_16_big_endian", b"\xfe\xff" + TOKEN.encode("utf-16-be"), 3),
    ("utf_16_of_an_armour", b"\xff\xfe" + ARMOURED.encode("utf-16-le"), 3),
    ("utf_16_mark_before_utf_8", b"\xff\xfe" + TOKEN.encode(), 3),
    ("byte_ff_within_the_token", TOKEN[:70].encode() + b"\xff" + TOKEN[70:].encode(), 3),
    ("latin_1_in_a_line_for_people", armour("Kunde: M\u00fcller\n\n" + wrapped(TOKEN)).encode("latin-1"), 3),
    ("latin_1_before_the_armour", "Gr\u00fc\u00dfe\n".encode("latin-1") + ARMOURED.encode(), 3),
    ("latin_1_after_the_armour", ARMOURED.encode() + "Gr\u00fc\u00dfe\n".encode("latin-1"), 3),
    ("no_break_space_in_latin_1", TOKEN.encode() + b"\xa0", 3),
    ("surrogate_in_utf8", TOKEN.encode() + b"\xed\xa0\x80", 3),
    ("overlong_line_break", TOKEN.encode() + b"\xc0\x8a", 3),
    ("character_cut_short_at_the_end", TOKEN.encode() + b"\xe2\x80", 3),
    ("label_certificate", armour(wrapped(TOKEN), "CERTIFICATE"), 4),
    ("label_public_key", armour(wrapped(TOKEN), "PUBLIC KEY"), 4),
    ("label_in_lower_case", armour(wrapped(TOKEN), "license"), 4),
    ("label_in_british_spelling", armour(wrapped(TOKEN), "LICENCE"), 4),
    ("label_of_more_words", armour(wrapped(TOKEN), "ACME LICENSE"), 4),
    ("label_unknown_before_a_second_armour", armour(wrapped(SECOND), "CERTIFICATE") + ARMOURED, 4),
    ("end_line_missing", f"-----BEGIN LICENSE-----\n{wrapped(TOKEN)}\n", 5),
    ("end_line_cut_short", f"-----BEGIN LICENSE-----\n{wrapped(TOKEN)}\n-----END LIC", 5),
    ("end_line_of_another_label", armour(wrapped(TOKEN), "LICENSE", "LEASE"), 5),
    ("end_line_of_an_unknown_label", armour(wrapped(TOKEN), "LICENSE", "CERTIFICATE"), 5),
    ("begin_line_alone", "-----BEGIN LICENSE-----", 5),
    ("armour_cut_within_the_token", f"-----BEGIN LICENSE-----\n{wrapped(TOKEN)[:150]}", 5),
    ("exclamation_mark_within_the_token", TOKEN[:70] + "!" + TOKEN[70:], 6),
    ("tilde_within_the_token", TOKEN[:70] + "~" + TOKEN[70:], 6),
    ("comma_after_the_token", TOKEN + ",", 6),
    ("text_before_a_bare_token", "Dear customer, here it is!\n" + TOKEN, 6),
    ("text_after_a_bare_token", TOKEN + "\n\nBest regards, ACME (Sales)\n", 6),
    ("line_with_a_colon_after_the_token", armour(wrapped(TOKEN) + "\nCustomer: ACME Corp"), 6),
    ("ellipsis_within_the_token", TOKEN[:70] + "\u2026" + TOKEN[90:], 6),
    ("cyrillic_letter_within_the_token", TOKEN[:70] + "\u0430" + TOKEN[71:], 6),
    ("full_width_letter_within_the_token", TOKEN[:70] + "\uff41" + TOKEN[71:], 6),
    ("soft_hyphen_within_the_token", TOKEN[:70] + "\u00ad" + TOKEN[70:], 6),
    ("replacement_character_within_the_token", TOKEN[:70] + "\ufffd" + TOKEN[71:], 6),
    ("nul_within_the_token", TOKEN[:70] + "\u0000" + TOKEN[70:], 6),
    ("escape_character_before_the_token", "\u001b" + TOKEN, 6),
    ("markup_around_the_token", f"<b>{TOKEN}</b>", 6),
    ("json_around_the_token", f'["{TOKEN}"]', 6),
    ("cut_within_the_header", TOKEN[:40], 7),
    ("cut_within_the_claims", TOKEN[:180], 7),
    ("cut_before_the_signature", TOKEN[:-87], 7),
    ("license_key_in_place_of_a_token", "ACME-7Q2MX-K4T9B-R8W3Z-P5N6C", 7),
    (
        "three_documents_of_an_activation_answer",
        armour("\n".join([TOKEN, LEASE_TOKEN, SECOND]), "ACTIVATION ANSWER"),
        7,
    ),
    ("soft_line_breaks_of_quoted_printable", every(TOKEN, 75, "=\n"), 8),
    ("one_character_lost_at_the_end", TOKEN[:-1], 9),
    ("cut_after_33_bytes_of_the_signature", TOKEN[:-42], 11),
    ("signature_lost", TOKEN[:-86], 11),
]


def rows() -> list:
    made = [genuine(name, "license", text, LICENSE) for name, text in ACCEPTED]
    made.append(genuine("bytes_of_utf_8", "license", ("\ufeff" + ARMOURED).encode(), LICENSE))
    made.append(genuine("lease_in_armour", "lease", armour(wrapped(LEASE_TOKEN), "LEASE"), LEASE))
    made.append(refused("label_of_a_lease_around_a_license", "lease", armour(wrapped(TOKEN), "LEASE"), 25))
    made += [refused(name, "license", text, refusal) for name, text, refusal in REFUSED]
    return made + _sizes()


def _sizes() -> list:
    """Texts at the limit of their kind and just above it."""
    bare = {"license": (TOKEN, MIB, LICENSE), "lease": (LEASE_TOKEN, KIB_64, LEASE)}
    made = []
    for kind, (token, limit, claims) in bare.items():
        free = limit - len(token)
        made.append(genuine(f"{kind}_filled_with_blanks_to_its_limit", kind, repeat(token, " ", free, ""), claims))
        made.append(refused(f"{kind}_with_a_blank_above_its_limit", kind, repeat(token, " ", free + 1, ""), 1))
    made += [
        genuine("license_whose_token_is_1_mib", "license", _license_of(MIB), LICENSE),
        refused("license_whose_token_is_above_1_mib", "license", _license_of(MIB + 2), 1),
        refused("license_far_above_its_limit", "license", repeat("", "A", 4 * MIB, ""), 1),
        refused("blanks_alone_above_the_limit", "license", repeat("", "\n", MIB + 1, ""), 1),
        refused(
            "lease_above_its_limit_in_bytes_but_not_in_characters",
            "lease",
            repeat(LEASE_TOKEN, "\u00a0", (KIB_64 - len(LEASE_TOKEN)) // 2 + 1, ""),
            1,
        ),
        refused(
            "license_above_its_limit_by_text_around_its_armour",
            "license",
            repeat(ARMOURED, "thanks ", MIB // 7, ""),
            1,
        ),
    ]
    return made


def _license_of(length: int) -> dict:
    """A license of exactly this many characters, by an unknown claim of many `a`."""
    head = compact(header())
    claims = length - 2 - 86 - len(head) * 4 // 3 - (len(head) % 3 > 0)
    if claims % 4 == 1:
        raise ValueError("base64url has no such length")
    size = claims * 3 // 4
    before = compact(LICENSE)[:-1] + b',"x":"'
    token = ACME.sign_bytes(head, before + b"a" * (size - len(before) - 2) + b'"}')
    if len(token) != length:
        raise ValueError(f"{len(token)} characters in place of {length}")
    return fold(token, "YWFh")
