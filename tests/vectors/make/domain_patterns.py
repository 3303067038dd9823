"""The rows of names/domain_patterns.json."""

from domains import A63, LONGEST


def normal(name: str, pattern: str, form: str) -> dict:
    return {"name": name, "pattern": pattern, "normal": form}


def bad(name: str, pattern: str) -> dict:
    return {"name": name, "pattern": pattern, "error": "invalid_domain"}


def hit(name: str, domain: str, *patterns: str) -> dict:
    return {"name": name, "patterns": list(patterns), "domain": domain, "matches": True}


def miss(name: str, domain: str, *patterns: str) -> dict:
    return {"name": name, "patterns": list(patterns), "domain": domain, "matches": False}


def rows() -> list:
    return forms() + refused() + matches()


def forms() -> list:
    return [
        normal("a_name", "example.com", "example.com"),
        normal("upper_case", "Example.COM", "example.com"),
        normal("a_trailing_dot", "example.com.", "example.com"),
        normal("www", "www.example.com", "example.com"),
        normal("www_twice", "WWW.www.example.com", "example.com"),
        normal("www_before_a_top_level_domain", "www.com", "www.com"),
        normal("a_single_label", "localhost", "localhost"),
        normal("idn", "b\u00fccher.example", "xn--bcher-kva.example"),
        normal("sharp_s", "fa\u00df.example", "xn--fa-hia.example"),
        normal("an_ideographic_full_stop", "example\u3002com", "example.com"),
        normal("an_underscore", "my_shop.example.com", "my_shop.example.com"),
        normal("a_name_of_253", LONGEST, LONGEST),
        normal("any", "*", "*"),
        normal("below", "*.example.com", "*.example.com"),
        normal("below_in_upper_case", "*.EXAMPLE.Com", "*.example.com"),
        normal("below_with_a_trailing_dot", "*.example.com.", "*.example.com"),
        normal("below_idn", "*.B\u00fccher.example", "*.xn--bcher-kva.example"),
        normal("below_xn", "*.XN--BCHER-KVA.example", "*.xn--bcher-kva.example"),
        normal("below_www_stays", "*.www.example.com", "*.www.example.com"),
        normal("below_a_public_suffix", "*.co.uk", "*.co.uk"),
        normal("below_three_labels", "*.a.example.com", "*.a.example.com"),
        normal("within_a_label", "dev-*.example.com", "dev-*.example.com"),
        normal("within_a_label_in_upper_case", "DEV-*.example.com", "dev-*.example.com"),
        normal("at_the_start_of_a_label", "*-dev.example.com", "*-dev.example.com"),
        normal("in_the_middle_of_a_label", "a*z.example.com", "a*z.example.com"),
        normal("twice_within_a_label", "a*b*c.example.com", "a*b*c.example.com"),
        normal("an_inner_label", "shop.*.example.com", "shop.*.example.com"),
        normal("an_inner_label_beside_idn", "b\u00fccher.*.example.com", "xn--bcher-kva.*.example.com"),
        normal("two_labels", "*.*.example.com", "*.*.example.com"),
        normal("the_first_and_an_inner_label", "*.shop.*.example.com", "*.shop.*.example.com"),
        normal("www_and_more_with_an_asterisk", "www*.example.com", "www*.example.com"),
    ]


def refused() -> list:
    return [
        bad("empty", ""),
        bad("a_dot", "."),
        bad("below_nothing", "*."),
        bad("below_a_top_level_domain", "*.com"),
        bad("below_uk", "*.uk"),
        bad("below_localhost", "*.localhost"),
        bad("within_a_label_of_a_top_level_domain", "dev-*.com"),
        bad("one_fixed_label_at_the_end", "shop.*.com"),
        bad("two_labels_of_a_top_level_domain", "*.*.com"),
        bad("an_asterisk_at_the_end", "example.*"),
        bad("an_asterisk_at_both_ends", "*.example.*"),
        bad("an_asterisk_in_the_last_label", "shop.example.c*m"),
        bad("an_asterisk_in_the_label_before_the_last", "shop.ex*mple.com"),
        bad("two_asterisks", "**"),
        bad("two_asterisks_of_two_labels", "*.*"),
        bad("www_before_an_asterisk", "www.*.example.com"),
        bad("www_in_upper_case_before_an_asterisk", "WWW.*.example.com"),
        bad("www_before_an_asterisk_within_a_label", "www.dev-*.example.com"),
        bad("idn_in_a_label_with_an_asterisk", "b\u00fc*.example.com"),
        bad("an_emoji_in_a_label_with_an_asterisk", "*\U0001f4a9.example.com"),
        bad("an_empty_label", "*..example.com"),
        bad("a_leading_dot", ".example.com"),
        bad("an_empty_label_inside", "example..com"),
        bad("a_url", "https://example.com"),
        bad("a_url_with_an_asterisk", "https://*.example.com/"),
        bad("a_port", "example.com:80"),
        bad("a_port_with_an_asterisk", "*.example.com:80"),
        bad("a_path", "example.com/path"),
        bad("a_path_with_an_asterisk", "*.example.com/*"),
        bad("an_ipv4_address", "192.0.2.1"),
        bad("an_ipv4_prefix", "192.0.2.*"),
        bad("an_ipv6_address", "2001:db8::1"),
        bad("an_ipv6_address_in_brackets", "[::1]"),
        bad("a_number_at_the_end", "example.1"),
        bad("a_number_at_the_end_with_an_asterisk", "*.shop.1"),
        bad("a_leading_blank", " *.example.com"),
        bad("a_trailing_blank", "example.com "),
        bad("an_inner_blank", "*.exam ple.com"),
        bad("a_label_of_64", f"{A63}a.com"),
        bad("a_label_of_64_below", f"*.{A63}a.com"),
        bad("xn_that_does_not_decode", "*.xn--zzzzzzzzzz99999.example"),
        bad("joiners_in_latin", "*.a\u200db.example"),
        bad("a_question_mark", "exampl?.example.com"),
    ]


def matches() -> list:
    return [
        hit("a_name_matches_itself", "example.com", "example.com"),
        hit("a_name_matches_its_www", "www.example.com", "example.com"),
        hit("a_www_pattern_matches_the_name", "example.com", "www.example.com"),
        hit("a_www_pattern_matches_www", "www.example.com", "www.example.com"),
        hit("case_does_not_matter", "EXAMPLE.com", "Example.Com"),
        hit("a_name_matches_its_url", "https://www.example.com:8443/app?x", "example.com"),
        hit("idn_matches_xn", "xn--bcher-kva.example", "B\u00fccher.example"),
        hit("xn_matches_idn", "b\u00fccher.example", "xn--bcher-kva.example"),
        miss("sharp_s_is_not_ss", "fass.example", "fa\u00df.example"),
        miss("a_name_does_not_match_below", "shop.example.com", "example.com"),
        miss("a_name_does_not_match_above", "example.com", "shop.example.com"),
        miss("a_name_does_not_match_a_longer_one", "myexample.com", "example.com"),
        miss("a_name_does_not_match_in_front", "example.com.example.net", "example.com"),
        miss("no_pattern_of_several", "example.org", "example.com", "example.net", "*.shop.example"),
        hit("the_last_pattern_of_several", "a.shop.example", "example.com", "example.net", "*.shop.example"),
        hit("any_matches_a_name", "example.com", "*"),
        hit("any_matches_a_single_label", "localhost", "*"),
        hit("any_matches_many_labels", "a.b.c.d.example.com", "*"),
        hit("below_matches_one_label", "shop.example.com", "*.example.com"),
        hit("below_matches_many_labels", "a.b.c.example.com", "*.example.com"),
        hit("below_matches_the_name_itself", "example.com", "*.example.com"),
        hit("below_matches_www", "www.example.com", "*.example.com"),
        hit("below_matches_www_below", "www.shop.example.com", "*.example.com"),
        miss("below_does_not_match_a_longer_label", "myexample.com", "*.example.com"),
        miss("below_does_not_match_in_front", "shop.example.com.example.net", "*.example.com"),
        miss("below_does_not_match_above", "com", "*.example.com"),
        miss("below_does_not_match_a_sibling", "shop.example.net", "*.example.com"),
        hit("below_idn_matches", "shop.b\u00fccher.example", "*.b\u00fccher.example"),
        hit("below_www_matches_below", "a.www.example.com", "*.www.example.com"),
        hit("below_a_longer_name", "x.a.example.com", "*.a.example.com"),
        miss("below_a_longer_name_not_its_parent", "example.com", "*.a.example.com"),
        hit("within_matches_one_character", "dev-1.example.com", "dev-*.example.com"),
        hit("within_matches_many_characters", "dev-feature-123.example.com", "dev-*.example.com"),
        miss("within_does_not_match_nothing", "dev-.example.com", "dev-*.example.com"),
        miss("within_does_not_match_a_dot", "dev-1.a.example.com", "dev-*.example.com"),
        miss("within_does_not_match_below", "a.dev-1.example.com", "dev-*.example.com"),
        miss("within_does_not_match_the_name_itself", "example.com", "dev-*.example.com"),
        miss("within_does_not_match_another_label", "prod-1.example.com", "dev-*.example.com"),
        hit("at_the_start_matches", "1-dev.example.com", "*-dev.example.com"),
        miss("at_the_start_does_not_match_nothing", "-dev.example.com", "*-dev.example.com"),
        hit("in_the_middle_matches", "abcz.example.com", "a*z.example.com"),
        miss("in_the_middle_does_not_match_nothing", "az.example.com", "a*z.example.com"),
        hit("twice_matches", "a1b2c.example.com", "a*b*c.example.com"),
        hit("twice_matches_what_looks_like_an_end", "abbbc.example.com", "a*b*c.example.com"),
        miss("twice_needs_both", "abc.example.com", "a*b*c.example.com"),
        miss("twice_needs_the_second", "axbc.example.com", "a*b*c.example.com"),
        hit("an_inner_label_matches", "shop.eu.example.com", "shop.*.example.com"),
        miss("an_inner_label_does_not_match_nothing", "shop.example.com", "shop.*.example.com"),
        miss("an_inner_label_does_not_match_two", "shop.eu.west.example.com", "shop.*.example.com"),
        miss("an_inner_label_does_not_match_below", "a.shop.eu.example.com", "shop.*.example.com"),
        hit("two_labels_match_two", "a.b.example.com", "*.*.example.com"),
        miss("two_labels_do_not_match_one", "a.example.com", "*.*.example.com"),
        miss("two_labels_do_not_match_three", "a.b.c.example.com", "*.*.example.com"),
        miss("two_labels_do_not_match_the_name_itself", "example.com", "*.*.example.com"),
        hit("the_first_of_two_is_one_label", "x.shop.eu.example.com", "*.shop.*.example.com"),
        miss("the_first_of_two_is_not_nothing", "shop.eu.example.com", "*.shop.*.example.com"),
        miss("the_first_of_two_is_not_many", "y.x.shop.eu.example.com", "*.shop.*.example.com"),
        hit("within_matches_xn_as_text", "xn--bcher-kva.example.com", "xn--*.example.com"),
        hit("within_matches_in_upper_case", "DEV-A.example.com", "dev-*.example.com"),
    ]
