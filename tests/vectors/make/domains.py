"""The rows of names/domains.json."""

A63 = "a" * 63
# 253 bytes: three labels of 63, one of 57 and `.com`.
LONGEST = f"{A63}.{A63}.{A63}.{'b' * 57}.com"


def good(name: str, text: str, domain: str) -> dict:
    return {"name": name, "text": text, "domain": domain}


def bad(name: str, text: str) -> dict:
    return {"name": name, "text": text, "error": "invalid_domain"}


def rows() -> list:
    return plain() + www() + urls() + ports() + idn() + punycode() + bidi() + joiners() + lengths() + numbers() + refused()


def plain() -> list:
    return [
        good("a_name", "example.com", "example.com"),
        good("upper_case", "EXAMPLE.Com", "example.com"),
        good("a_single_label", "localhost", "localhost"),
        good("a_top_level_domain", "com", "com"),
        good("many_labels", "a.b.c.d.e.f.g.example.com", "a.b.c.d.e.f.g.example.com"),
        good("a_trailing_dot", "example.com.", "example.com"),
        good("a_trailing_dot_and_a_port", "example.com.:80", "example.com"),
        good("an_underscore", "_dmarc.my_shop.example.com", "_dmarc.my_shop.example.com"),
        good("a_hyphen_at_the_start", "-shop.example.com", "-shop.example.com"),
        good("a_hyphen_at_the_end", "shop-.example.com", "shop-.example.com"),
        good("hyphens_in_positions_3_and_4", "ab--cd.example.com", "ab--cd.example.com"),
        good("a_label_of_a_hyphen", "-.example.com", "-.example.com"),
        good("a_label_that_begins_with_a_digit", "1a.example.com", "1a.example.com"),
        good("a_number_in_front", "123.example.com", "123.example.com"),
    ]


def www() -> list:
    return [
        good("www", "www.example.com", "example.com"),
        good("www_in_upper_case", "WWW.example.com", "example.com"),
        good("www_twice", "www.www.example.com", "example.com"),
        good("www_before_a_top_level_domain", "www.com", "www.com"),
        good("www_twice_before_a_top_level_domain", "www.www.com", "www.com"),
        good("www_alone", "www", "www"),
        good("www_twice_alone", "www.www", "www.www"),
        good("www_before_a_single_label", "www.localhost", "www.localhost"),
        good("www_inside", "shop.www.example.com", "shop.www.example.com"),
        good("www2_is_a_label_like_any", "www2.example.com", "www2.example.com"),
        good("wwww_is_a_label_like_any", "wwww.example.com", "wwww.example.com"),
        good("www_with_a_trailing_dot", "www.example.com.", "example.com"),
        good("www_before_a_top_level_domain_with_a_trailing_dot", "www.com.", "www.com"),
        good("www_with_an_ideographic_full_stop", "www\u3002example\u3002com", "example.com"),
        good("www_in_fullwidth_letters", "\uff57\uff57\uff57.example.com", "example.com"),
        good("www_in_a_url", "https://www.example.com/", "example.com"),
    ]


def urls() -> list:
    return [
        good("an_https_url", "https://example.com", "example.com"),
        good("an_http_url", "http://example.com/", "example.com"),
        good("a_url_in_upper_case", "HTTPS://EXAMPLE.COM/Path", "example.com"),
        good("a_url_with_path_query_and_fragment", "https://example.com/a/b?c=d#e", "example.com"),
        good("a_url_with_a_query_alone", "https://example.com?x=1", "example.com"),
        good("a_url_with_a_fragment_alone", "https://example.com#x", "example.com"),
        good("a_url_with_a_port", "http://example.com:8080/", "example.com"),
        good("a_url_with_an_empty_port", "https://example.com:/", "example.com"),
        good("a_url_with_the_greatest_port", "https://example.com:65535/", "example.com"),
        good("a_url_with_a_trailing_dot", "https://example.com./", "example.com"),
        good("a_url_with_percent_encoding", "https://ex%61mple.com/", "example.com"),
        good("a_url_with_percent_encoded_idn", "https://b%C3%BCcher.example/", "xn--bcher-kva.example"),
        good("a_url_with_idn", "https://B\u00fccher.example/", "xn--bcher-kva.example"),
        good("a_url_with_an_at_sign_in_its_path", "https://example.com/@someone", "example.com"),
        good("a_url_in_a_query", "https://example.com/?to=http://example.net", "example.com"),
        good("a_url_with_a_backslash", "https://example.com\\path", "example.com"),
        good("a_url_with_three_slashes", "https:///example.com", "example.com"),
        bad("a_url_with_a_user", "https://user@example.com/"),
        bad("a_url_with_user_and_password", "https://user:secret@example.com/"),
        bad("a_url_with_a_password_alone", "https://:secret@example.com/"),
        bad("a_url_with_a_port_too_great", "https://example.com:65536/"),
        bad("a_url_with_a_port_that_is_no_number", "https://example.com:http/"),
        bad("a_url_without_a_host", "https://"),
        bad("a_url_with_a_port_alone", "https://:443/"),
        bad("a_url_with_an_ipv4_address", "http://192.0.2.1/"),
        bad("a_url_with_a_short_ipv4_address", "http://127.1/"),
        bad("a_url_with_an_ipv4_address_as_a_number", "http://2130706433/"),
        bad("a_url_with_an_ipv6_address", "http://[2001:db8::1]/"),
        bad("a_url_with_a_percent_encoded_slash", "https://example%2fcom/"),
        bad("a_url_with_a_percent_encoded_asterisk", "https://%2a.example.com/"),
        bad("a_url_with_a_percent_encoded_nul", "https://example%00.com/"),
        bad("a_url_with_bytes_that_are_not_utf_8", "https://example%ff.com/"),
        bad("a_url_with_an_asterisk", "https://*.example.com/"),
        bad("ftp", "ftp://example.com/"),
        bad("ws", "ws://example.com/"),
        bad("wss", "wss://example.com/"),
        bad("file", "file:///example.com"),
        bad("an_unknown_scheme", "acme://example.com/"),
        bad("a_scheme_alone", "http:example.com"),
        bad("one_slash", "https:/example.com"),
        bad("no_scheme", "://example.com"),
        bad("two_slashes_alone", "//example.com"),
        bad("mailto", "mailto:someone@example.com"),
    ]


def ports() -> list:
    return [
        good("port_80", "example.com:80", "example.com"),
        good("port_0", "example.com:0", "example.com"),
        good("port_65535", "example.com:65535", "example.com"),
        bad("port_65536", "example.com:65536"),
        bad("a_port_beyond_32_bits", "example.com:4294967376"),
        bad("an_empty_port", "example.com:"),
        bad("a_port_with_plus", "example.com:+80"),
        bad("a_port_with_minus", "example.com:-1"),
        bad("a_port_in_hexadecimal", "example.com:0x50"),
        bad("a_port_that_is_no_number", "example.com:http"),
        bad("a_port_in_arabic_digits", "example.com:\u0668\u0660"),
        bad("two_ports", "example.com:80:81"),
        bad("a_port_alone", ":80"),
        bad("a_port_after_a_path", "example.com/a:80"),
    ]


def idn() -> list:
    return [
        good("a_u_with_diaeresis", "b\u00fccher.example", "xn--bcher-kva.example"),
        good("a_capital_u_with_diaeresis", "B\u00dcCHER.example", "xn--bcher-kva.example"),
        good("a_u_with_combining_diaeresis", "bu\u0308cher.example", "xn--bcher-kva.example"),
        good("sharp_s_stays", "fa\u00df.example", "xn--fa-hia.example"),
        good("ss_is_another_name", "fass.example", "fass.example"),
        good("a_final_sigma_stays", "\u03b2\u03cc\u03bb\u03bf\u03c2.example", "xn--nxasmm1c.example"),
        good("capital_sigma_is_no_final_one", "\u0392\u038c\u039b\u039f\u03a3.example", "xn--nxasmq6b.example"),
        good("cyrillic", "\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444", "xn--e1afmkfd.xn--p1ai"),
        good("cyrillic_in_upper_case", "\u041f\u0420\u0418\u041c\u0415\u0420.\u0420\u0424", "xn--e1afmkfd.xn--p1ai"),
        good("han", "\u4e2d\u56fd", "xn--fiqs8s"),
        good("kana_and_han", "\u65e5\u672c\u8a9e.example", "xn--wgv71a119e.example"),
        good("an_emoji", "\U0001f4a9.example", "xn--ls8h.example"),
        good("an_emoji_with_a_variation_selector", "\u2764\ufe0f.example", "xn--qei.example"),
        good("an_ideographic_full_stop", "example\u3002com", "example.com"),
        good("a_fullwidth_full_stop", "example\uff0ecom", "example.com"),
        good("a_halfwidth_ideographic_full_stop", "example\uff61com", "example.com"),
        good("a_trailing_ideographic_full_stop", "example.com\u3002", "example.com"),
        good("fullwidth_letters", "\uff45\uff58\uff41\uff4d\uff50\uff4c\uff45.com", "example.com"),
        good("a_soft_hyphen_is_dropped", "exam\u00adple.com", "example.com"),
        good("a_zero_width_space_is_dropped", "exam\u200bple.com", "example.com"),
        good("a_kelvin_sign", "\u212aelvin.example", "kelvin.example"),
        good("a_script_capital_h", "\u210c.example", "h.example"),
        good("a_circled_digit", "\u2460a.example", "1a.example"),
        good("a_capital_i_with_dot", "\u0130.example", "xn--i-9bb.example"),
        bad("a_soft_hyphen_alone", "\u00ad"),
        bad("a_label_of_a_soft_hyphen", "a.\u00ad.example.com"),
        bad("a_combining_mark_in_front", "\u0301a.example"),
        bad("a_replacement_character", "a\ufffd.example"),
        bad("a_private_use_character", "a\ue000.example"),
        bad("a_right_to_left_override", "a\u202eb.example"),
        bad("a_parenthesized_slash", "a\u2100b.example"),
        bad("a_fullwidth_colon", "a\uff1ab.example"),
        bad("a_fullwidth_slash", "a\uff0fb.example"),
        bad("a_fullwidth_at_sign", "a\uff20b.example"),
        bad("a_fullwidth_percent_sign", "a\uff05b.example"),
        bad("a_fullwidth_asterisk", "\uff0a.example.com"),
        bad("two_ideographic_full_stops", "example\u3002\u3002com"),
    ]


def punycode() -> list:
    return [
        good("xn", "xn--bcher-kva.example", "xn--bcher-kva.example"),
        good("xn_in_upper_case", "XN--BCHER-KVA.example", "xn--bcher-kva.example"),
        good("xn_of_sharp_s", "xn--fa-hia.example", "xn--fa-hia.example"),
        good("xn_of_an_emoji", "xn--ls8h.example", "xn--ls8h.example"),
        good("xn_of_cyrillic", "xn--e1afmkfd.xn--p1ai", "xn--e1afmkfd.xn--p1ai"),
        good("xn_with_fullwidth_letters", "\uff58\uff4e--bcher-kva.example", "xn--bcher-kva.example"),
        bad("xn_of_nothing", "xn--.example"),
        bad("xn_that_does_not_decode", "xn--zzzzzzzzzz99999.example"),
        bad("xn_cut_short", "xn--x.example"),
        bad("xn_with_other_letters", "xn--b\u00fccher.example"),
        bad("xn_of_a_capital_letter", "xn--bcher-2pa.example"),
        bad("xn_of_a_combining_mark_in_front", "xn--a-wbb.example"),
    ]


def bidi() -> list:
    """RFC 5893 section 2, for every label of a name that has a right-to-left character."""
    return [
        good("hebrew", "\u05d0\u05d1\u05d2.example", "xn--4dbcd.example"),
        good("arabic", "\u0645\u062b\u0627\u0644.\u0625\u062e\u062a\u0628\u0627\u0631", "xn--mgbh0fb.xn--kgbechtv"),
        good("hebrew_with_a_digit_at_the_end", "\u05d0\u05d11.example", "xn--1-zhcd.example"),
        good("arabic_with_an_arabic_digit", "\u0627\u0628\u062c\u0661.example", "xn--mgbcm6s.example"),
        good("hebrew_beside_latin", "\u05d0.shop.example", "xn--4db.shop.example"),
        good("hebrew_beside_latin_with_a_digit_at_the_end", "\u05d0.shop1.example", "xn--4db.shop1.example"),
        bad("hebrew_and_latin_in_one_label", "\u05d0\u05d1\u05d2abc.example"),
        bad("latin_and_hebrew_in_one_label", "abc\u05d0.example"),
        bad("hebrew_with_a_digit_in_front", "1\u05d0\u05d1.example"),
        bad("hebrew_with_a_hyphen_at_the_end", "\u05d0\u05d1-.example"),
        bad("arabic_with_digits_of_two_kinds", "\u0627\u0628\u062c\u06612.example"),
        bad("hebrew_beside_a_label_that_begins_with_a_digit", "\u05d0.1a.example"),
    ]


def joiners() -> list:
    """RFC 5892 appendix A.1 and A.2."""
    return [
        good("zero_width_joiner_after_a_virama", "\u0915\u094d\u200d\u0937.example", "xn--11b2ezcw70k.example"),
        good("zero_width_non_joiner_after_a_virama", "\u0915\u094d\u200c\u0937.example", "xn--11b2ezcs70k.example"),
        good("zero_width_non_joiner_between_joining_letters", "\u0646\u0627\u0645\u0647\u200c\u0627\u06cc.example", "xn--mgba3gch31f060k.example"),
        bad("zero_width_joiner_in_latin", "a\u200db.example"),
        bad("zero_width_non_joiner_in_latin", "a\u200cb.example"),
        bad("zero_width_joiner_alone", "\u200d.example"),
        bad("zero_width_joiner_in_an_emoji", "\U0001f468\u200d\U0001f469.example"),
        bad("zero_width_non_joiner_at_the_end", "\u0628\u200c.example"),
    ]


def lengths() -> list:
    umlauts = "\u00fc" * 60
    return [
        good("a_label_of_63", f"{A63}.com", f"{A63}.com"),
        bad("a_label_of_64", f"{A63}a.com"),
        bad("a_single_label_of_64", "a" * 64),
        bad("a_label_of_64_in_a_url", f"https://{A63}a.com/"),
        bad("a_label_too_long_once_encoded", f"{umlauts}.example"),
        good("a_name_of_253", LONGEST, LONGEST),
        good("a_name_of_253_and_a_trailing_dot", f"{LONGEST}.", LONGEST),
        good("a_name_of_253_in_a_url", f"https://{LONGEST}/", LONGEST),
        bad("a_name_of_254", f"{A63}.{A63}.{A63}.{'b' * 58}.com"),
        good("a_name_of_253_once_www_is_gone", f"www.{LONGEST}", LONGEST),
        bad("empty", ""),
        bad("a_dot", "."),
        bad("two_dots", ".."),
        bad("a_leading_dot", ".example.com"),
        bad("an_empty_label", "example..com"),
        bad("two_trailing_dots", "example.com.."),
        bad("two_trailing_dots_in_a_url", "https://example.com../"),
        bad("an_empty_label_after_www", "www..example.com"),
    ]


def numbers() -> list:
    """IP literals, and names that end in a number as the URL Standard has it."""
    return [
        bad("an_ipv4_address", "192.0.2.1"),
        bad("an_ipv4_address_with_a_port", "192.0.2.1:80"),
        bad("an_ipv4_address_with_a_trailing_dot", "192.0.2.1."),
        bad("an_ipv4_address_in_fullwidth_digits", "\uff11\uff19\uff12.0.2.1"),
        bad("an_ipv4_address_in_hexadecimal", "0xc0.0x00.0x02.0x01"),
        bad("a_short_ipv4_address", "127.1"),
        bad("a_number", "2130706433"),
        bad("five_numbers", "1.2.3.4.5"),
        bad("an_ipv6_address", "2001:db8::1"),
        bad("an_ipv6_address_in_brackets", "[2001:db8::1]"),
        bad("an_ipv6_address_in_brackets_with_a_port", "[::1]:80"),
        bad("a_name_that_ends_in_a_number", "example.123"),
        bad("a_name_that_ends_in_a_number_and_a_dot", "example.123."),
        bad("a_name_that_ends_in_a_fullwidth_number", "example.\uff11\uff12"),
        bad("a_name_that_ends_in_leading_zeros", "example.09"),
        bad("a_name_that_ends_in_hexadecimal", "example.0x1f"),
        bad("a_name_that_ends_in_hexadecimal_in_upper_case", "example.0X1F"),
        bad("a_name_that_ends_in_0x", "example.0x"),
        good("a_name_that_ends_in_no_hexadecimal", "example.0xg", "example.0xg"),
        good("a_name_that_ends_in_a_digit_and_a_letter", "example.1a", "example.1a"),
    ]


def refused() -> list:
    return [
        bad("an_asterisk", "*"),
        bad("a_wildcard", "*.example.com"),
        bad("an_asterisk_within_a_label", "dev-*.example.com"),
        bad("a_path_without_a_scheme", "example.com/path"),
        bad("a_slash_without_a_scheme", "example.com/"),
        bad("a_path_after_a_port", "example.com:80/"),
        bad("a_query_without_a_scheme", "example.com?x"),
        bad("a_fragment_without_a_scheme", "example.com#x"),
        bad("a_backslash_without_a_scheme", "example.com\\x"),
        bad("a_user_without_a_scheme", "user@example.com"),
        bad("a_percent_sign_without_a_scheme", "ex%61mple.com"),
        bad("a_leading_blank", " example.com"),
        bad("a_trailing_blank", "example.com "),
        bad("a_trailing_line_break", "example.com\n"),
        bad("an_inner_blank", "exam ple.com"),
        bad("an_inner_tab", "exam\tple.com"),
        bad("a_no_break_space", "exam\u00a0ple.com"),
        bad("an_ideographic_space", "exam\u3000ple.com"),
        bad("a_blank_alone", " "),
        bad("a_url_with_blanks_around", " https://example.com/ "),
        bad("a_url_with_a_blank_in_its_host", "https://exam ple.com/"),
        bad("a_url_with_a_tab_in_its_host", "https://exam\tple.com/"),
        bad("nul", "exam\u0000ple.com"),
        bad("delete", "exam\u007fple.com"),
        bad("a_less_than_sign", "exam<ple.com"),
        bad("a_vertical_bar", "exam|ple.com"),
        bad("a_circumflex", "exam^ple.com"),
        bad("a_bracket", "exam[ple.com"),
    ]
