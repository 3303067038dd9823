"""Rows about the JSON of claims: its grammar, names, texts and numbers."""

from jws import compact

from documents.row import LICENSE, genuine, license_with, refused, sign_raw

ABOUT = (
    "the JSON of claims sets: grammar, depth, duplicate members, texts and numbers, in known claims and unknown ones"
)

SMALLEST = compact(LICENSE)


def member(raw: bytes) -> bytes:
    """The smallest license with this member at its end."""
    return SMALLEST[:-1] + b"," + raw + b"}"


def unknown(value: bytes) -> bytes:
    """The smallest license with an unknown claim of this value."""
    return member(b'"x":' + value)


def nested(opening: bytes, closing: bytes, times: int) -> bytes:
    return opening * times + closing * times


# Claims of which all that is known are those of the smallest license.
IGNORED = [
    ("depth_16_of_arrays", unknown(nested(b"[", b"]", 15))),
    ("depth_16_of_objects", unknown(nested(b'{"a":', b"}", 14).replace(b":}", b":{}}", 1))),
    ("depth_16_many_times", unknown(b"[" + b",".join([nested(b"[", b"]", 14)] * 40) + b"]")),
    ("minus_zero_in_an_unknown_claim", unknown(b"-0")),
    ("number_of_53_bits_in_an_unknown_claim", unknown(b"9007199254740991")),
    ("number_of_minus_53_bits_in_an_unknown_claim", unknown(b"-9007199254740991")),
    ("null_true_and_false_in_an_unknown_claim", unknown(b"[null,true,false]")),
    ("empty_values_in_an_unknown_claim", unknown(b'[{},[],"",{"":""}]')),
    ("name_empty", member(b'"":1')),
    ("names_that_differ_by_case", unknown(b'{"a":1,"A":2}')),
    ("names_that_differ_by_normalization", unknown('{"\u00e9":1,"e\u0301":2}'.encode())),
    ("one_name_at_two_depths", unknown(b'{"x":{"x":1}}')),
    ("one_name_in_two_objects", unknown(b'[{"a":1},{"a":1}]')),
    ("name_that_holds_another_and_its_value", member(b'"x":"P","x\\":\\"P":"w"')),
    ("surrogates_in_a_pair", unknown(b'"\\ud83d\\udd11\\uDBFF\\uDFFF"')),
    ("every_escape", unknown(b'"\\"\\\\\\/\\b\\f\\n\\r\\t\\u000A\\u00fC\\uFFFF"')),
    ("delete_and_line_separators_as_they_are", unknown('"\u007f\u0085\u2028\u2029\ufeff\ufffe"'.encode())),
    ("blanks_wherever_they_may_stand", b" \t\r\n" + SMALLEST.replace(b",", b" ,\n").replace(b":", b"\t: ") + b"\r\n "),
]

# Claims, and the refusal.
REFUSED = [
    # Not UTF-8.
    ("byte_ff_in_a_text", unknown(b'"\xff"'), 12),
    ("continuation_byte_alone", unknown(b'"\x80"'), 12),
    ("character_cut_short", unknown(b'"\xe2\x82"'), 12),
    ("overlong_slash", unknown(b'"\xc0\xaf"'), 12),
    ("overlong_nul", unknown(b'"\xc0\x80"'), 12),
    ("surrogate_in_utf8", unknown(b'"\xed\xa0\x80"'), 12),
    ("surrogate_pair_in_utf8", unknown(b'"\xed\xa0\xbd\xed\xb4\x91"'), 12),
    ("beyond_unicode", unknown(b'"\xf4\x90\x80\x80"'), 12),
    ("latin_1_in_a_known_claim", member(b'"sub":"M\xfcller"'), 12),
    ("byte_ff_in_a_name", member(b'"\xff":1'), 12),
    # Not JSON.
    ("cut_short", SMALLEST[:-1], 13),
    ("cut_within_a_text", SMALLEST[:18], 13),
    ("cut_within_an_escape", SMALLEST[:-1] + b',"x":"\\u00', 13),
    ("closed_twice", SMALLEST + b"}", 13),
    ("second_object_after_it", SMALLEST + b"{}", 13),
    ("nul_after_it", SMALLEST + b"\x00", 13),
    ("no_break_space_after_it", SMALLEST + b"\xc2\xa0", 13),
    ("form_feed_between_members", SMALLEST.replace(b",", b",\x0c", 1), 13),
    ("byte_order_mark", b"\xef\xbb\xbf" + SMALLEST, 13),
    ("blanks_alone", b" \n ", 13),
    ("comma_at_the_end_of_an_object", SMALLEST[:-1] + b",}", 13),
    ("comma_at_the_end_of_an_array", unknown(b"[1,]"), 13),
    ("comma_twice", unknown(b"[1,,1]"), 13),
    ("comma_missing", unknown(b"[1 1]"), 13),
    ("colon_missing", member(b'"x" 1'), 13),
    ("value_missing", unknown(b""), 13),
    ("array_closed_as_an_object", unknown(b"[1}"), 13),
    ("name_without_quotes", member(b"x:1"), 13),
    ("name_that_is_a_number", member(b"1:1"), 13),
    ("text_in_single_quotes", unknown(b"'1'"), 13),
    ("comment", SMALLEST[:-1] + b"/* none */}", 13),
    ("true_in_upper_case", unknown(b"True"), 13),
    ("nul_literal_cut_short", unknown(b"nul"), 13),
    ("undefined", unknown(b"undefined"), 13),
    ("nan", unknown(b"NaN"), 13),
    ("infinity", unknown(b"Infinity"), 13),
    ("line_break_in_a_text", unknown(b'"a\nb"'), 13),
    ("tab_in_a_name", member(b'"a\tb":1'), 13),
    ("control_character_1f_in_a_text", unknown(b'"\x1f"'), 13),
    ("escape_x", unknown(b'"\\x41"'), 13),
    ("escape_of_a_single_quote", unknown(b'"\\\'"'), 13),
    ("escape_u_in_upper_case", unknown(b'"\\U0041"'), 13),
    ("escape_of_three_digits", unknown(b'"\\u041"'), 13),
    ("escape_of_no_hexadecimal_digit", unknown(b'"\\u004g"'), 13),
    ("escape_with_a_sign", unknown(b'"\\u+041"'), 13),
    ("escape_in_braces", unknown(b'"\\u{41}"'), 13),
    # Depth.
    ("depth_17_of_arrays", unknown(nested(b"[", b"]", 16)), 14),
    ("depth_17_of_objects", unknown(nested(b'{"a":', b"}", 15).replace(b":}", b":{}}", 1)), 14),
    ("depth_1000_of_arrays", unknown(nested(b"[", b"]", 999)), 14),
    ("depth_17_in_a_known_claim", member(b'"status":{"x":' + nested(b"[", b"]", 15) + b"}"), 14),
    # Members that stand twice.
    ("known_claim_twice", member(b'"rev":2'), 15),
    ("known_claim_twice_with_one_value", member(b'"rev":1'), 15),
    ("known_claim_twice_after_unescaping", member(b'"\\u0072ev":2'), 15),
    ("known_claim_twice_by_a_long_escape", member(b'"\\u0072\\u0065\\u0076":2'), 15),
    ("unknown_claim_twice", member(b'"x":1,"x":1'), 15),
    ("empty_name_twice", member(b'"":1,"":1'), 15),
    ("member_of_seats_twice", member(b'"seats":{"limit":5,"limit":50}'), 15),
    ("entitlement_twice", member(b'"entitlements":{"export":{},"export":{}}'), 15),
    ("limit_twice_after_unescaping", member(b'"limits":{"services":5,"service\\u0073":50}'), 15),
    ("member_of_meta_twice", member(b'"meta":{"a":"1","a":"1"}'), 15),
    ("member_of_an_unknown_claim_twice", unknown(b'{"a":1,"b":2,"a":3}'), 15),
    ("member_of_an_unknown_claim_twice_after_unescaping", unknown(b'{"a/b":1,"a\\/b":2}'), 15),
    ("member_twice_by_a_surrogate_pair", unknown('{"\U0001f511":1,"\\ud83d\\udd11":2}'.encode()), 15),
    ("member_twice_deep_in_an_unknown_claim", unknown(b'[[{"a":[{"b":1,"b":1}]}]]'), 15),
    ("member_twice_with_a_quotation_mark", unknown(b'{"a\\"b":1,"a\\u0022b":2}'), 15),
    # Surrogates.
    ("high_surrogate_alone", unknown(b'"\\ud83d"'), 16),
    ("low_surrogate_alone", unknown(b'"\\udd11"'), 16),
    ("high_surrogate_before_a_letter", unknown(b'"\\ud83da"'), 16),
    ("high_surrogate_before_another_escape", unknown(b'"\\ud83d\\u0041"'), 16),
    ("high_surrogate_before_a_line_break_escape", unknown(b'"\\ud83d\\n"'), 16),
    ("high_surrogate_twice", unknown(b'"\\ud83d\\ud83d"'), 16),
    ("surrogates_in_reverse", unknown(b'"\\udd11\\ud83d"'), 16),
    ("surrogate_alone_in_a_name", member(b'"\\ud83d":1'), 16),
    ("surrogate_alone_in_a_known_claim", member(b'"sub":"\\udfff"'), 16),
    # NUL.
    ("nul_in_a_known_claim", member(b'"sub":"customer\\u0000"'), 17),
    ("nul_in_an_unknown_claim", unknown(b'"\\u0000"'), 17),
    ("nul_in_a_name", member(b'"x\\u0000":1'), 17),
    ("nul_in_a_name_deep_in_an_unknown_claim", unknown(b'[{"\\u0000":1}]'), 17),
    ("nul_in_meta", member(b'"meta":{"a":"\\u0000"}'), 17),
    # Numbers.
    ("fraction_of_zero_in_a_known_claim", SMALLEST.replace(b'"rev":1', b'"rev":1.0'), 18),
    ("exponent_in_a_known_claim", member(b'"valid_until":1e3'), 18),
    ("leading_zero_in_a_known_claim", SMALLEST.replace(b'"rev":1', b'"rev":01'), 18),
    ("moment_with_a_fraction", SMALLEST.replace(b"1775001600", b"1775001600.25"), 18),
    ("fraction_in_an_unknown_claim", unknown(b"1.5"), 18),
    ("fraction_of_zero_in_an_unknown_claim", unknown(b"1.0"), 18),
    ("exponent_in_an_unknown_claim", unknown(b"1e3"), 18),
    ("exponent_in_upper_case_in_an_unknown_claim", unknown(b"1E+3"), 18),
    ("exponent_of_zero_in_an_unknown_claim", unknown(b"1e0"), 18),
    ("exponent_beyond_a_float_in_an_unknown_claim", unknown(b"1e999"), 18),
    ("leading_zero_in_an_unknown_claim", unknown(b"01"), 18),
    ("zero_twice_in_an_unknown_claim", unknown(b"00"), 18),
    ("minus_and_leading_zero_in_an_unknown_claim", unknown(b"-01"), 18),
    ("minus_zero_with_a_fraction_in_an_unknown_claim", unknown(b"-0.0"), 18),
    ("number_of_54_bits_in_a_known_claim", member(b'"valid_until":9007199254740992'), 19),
    ("number_of_54_bits_in_an_unknown_claim", unknown(b"9007199254740992"), 19),
    ("number_of_minus_54_bits_in_an_unknown_claim", unknown(b"-9007199254740992"), 19),
    ("number_of_64_bits_and_one_in_an_unknown_claim", unknown(b"18446744073709551617"), 19),
    ("number_of_100_digits_in_an_unknown_claim", unknown(b"1" + b"0" * 99), 19),
    ("number_of_54_bits_deep_in_an_unknown_claim", unknown(b'{"a":[9007199254740992]}'), 19),
    # No object.
    ("array", b"[" + SMALLEST + b"]", 20),
    ("text", b'"license"', 20),
    ("number", b"1", 20),
    ("null", b"null", 20),
    ("true", b"true", 20),
    # A name that is none, and looks like one with its value.
    ("must_with_a_claim_and_its_value", member(b'"T":0,"must":["aud\\":\\"editor"]'), 41),
]


def rows() -> list:
    made = [genuine(name, "license", sign_raw(raw), LICENSE) for name, raw in IGNORED]
    made += [
        genuine(
            "known_name_with_escapes", "license", sign_raw(SMALLEST.replace(b'"rev"', b'"\\u0072e\\u0076"')), LICENSE
        ),
        genuine(
            "text_with_escapes",
            "license",
            sign_raw(member(b'"sub":"M\\u00fcller \\ud83d\\udd11 \\/ \\"\\\\"')),
            license_with(sub='M\u00fcller \U0001f511 / "\\'),
        ),
        genuine(
            "code_with_escapes",
            "license",
            sign_raw(SMALLEST.replace(b'"editor"', b'"\\u0065ditor"')),
            LICENSE,
            "acme_confined",
        ),
        genuine(
            "limit_of_53_bits",
            "license",
            sign_raw(member(b'"limits":{"services":9007199254740991}')),
            license_with(limits={"services": 9007199254740991}),
        ),
        genuine(
            "meta_with_escapes_of_4096_bytes",
            "license",
            sign_raw(member(b'"meta":{"name":"' + b"\\u00fc" * 2046 + b'"}')),
            license_with(meta={"name": "\u00fc" * 2046}),
        ),
    ]
    return made + [refused(name, "license", sign_raw(raw), refusal) for name, raw, refusal in REFUSED]
