"""The rows of names/addresses.json."""


def normal(name: str, pattern: str, form: str) -> dict:
    return {"name": name, "pattern": pattern, "normal": form}


def bad(name: str, pattern: str) -> dict:
    return {"name": name, "pattern": pattern, "error": "invalid_address"}


def bad_address(name: str, address: str) -> dict:
    return {"name": name, "address": address, "error": "invalid_address"}


def hit(name: str, address: str, *patterns: str) -> dict:
    return {"name": name, "patterns": list(patterns), "address": address, "matches": True}


def miss(name: str, address: str, *patterns: str) -> dict:
    return {"name": name, "patterns": list(patterns), "address": address, "matches": False}


def rows() -> list:
    return forms() + refused() + refused_addresses() + matches()


def forms() -> list:
    return [
        normal("an_address", "192.0.2.1", "192.0.2.1"),
        normal("the_lowest_address", "0.0.0.0", "0.0.0.0"),
        normal("the_highest_address", "255.255.255.255", "255.255.255.255"),
        normal("a_prefix", "10.0.0.0/8", "10.0.0.0/8"),
        normal("a_prefix_of_0", "0.0.0.0/0", "0.0.0.0/0"),
        normal("a_prefix_of_1", "128.0.0.0/1", "128.0.0.0/1"),
        normal("a_prefix_of_31", "192.0.2.2/31", "192.0.2.2/31"),
        normal("a_prefix_of_32", "192.0.2.1/32", "192.0.2.1"),
        normal("a_prefix_within_an_octet", "192.0.2.128/25", "192.0.2.128/25"),
        normal("one_octet_open", "10.0.0.*", "10.0.0.0/24"),
        normal("two_octets_open", "10.1.*.*", "10.1.0.0/16"),
        normal("three_octets_open", "10.*.*.*", "10.0.0.0/8"),
        normal("an_ipv6_address", "2001:db8::1", "2001:db8::1"),
        normal("an_ipv6_address_in_upper_case", "2001:DB8::ABCD", "2001:db8::abcd"),
        normal("an_ipv6_address_in_full", "2001:db8:0:0:0:0:0:1", "2001:db8::1"),
        normal("the_longest_run_of_zeros_is_shortened", "2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
        normal("the_first_of_equal_runs_is_shortened", "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        normal("a_single_zero_is_not_shortened", "2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        normal("the_unspecified_address", "::", "::"),
        normal("the_loopback_address", "::1", "::1"),
        normal("an_ipv6_prefix", "2001:db8::/32", "2001:db8::/32"),
        normal("an_ipv6_prefix_of_0", "::/0", "::/0"),
        normal("an_ipv6_prefix_of_127", "2001:db8::2/127", "2001:db8::2/127"),
        normal("an_ipv6_prefix_of_128", "2001:db8::1/128", "2001:db8::1"),
        normal("an_ipv6_prefix_within_a_group", "2001:db8:8000::/33", "2001:db8:8000::/33"),
        normal("a_mapped_address", "::ffff:192.0.2.1", "192.0.2.1"),
        normal("a_mapped_address_in_groups", "::ffff:c000:201", "192.0.2.1"),
        normal("a_mapped_address_in_full", "0:0:0:0:0:FFFF:192.0.2.1", "192.0.2.1"),
        normal("a_mapped_prefix_of_96", "::ffff:0.0.0.0/96", "0.0.0.0/0"),
        normal("a_mapped_prefix_of_96_in_groups", "::ffff:0:0/96", "0.0.0.0/0"),
        normal("a_mapped_prefix_of_97", "::ffff:128.0.0.0/97", "128.0.0.0/1"),
        normal("a_mapped_prefix_of_104", "::ffff:10.0.0.0/104", "10.0.0.0/8"),
        normal("a_mapped_prefix_of_127", "::ffff:192.0.2.2/127", "192.0.2.2/31"),
        normal("a_mapped_prefix_of_128", "::ffff:192.0.2.1/128", "192.0.2.1"),
        normal("a_prefix_of_95_around_the_mapped_ones", "::fffe:0:0/95", "::fffe:0:0/95"),
        normal("a_compatible_address_is_not_mapped", "::192.0.2.1", "::c000:201"),
        normal("an_address_that_embeds_ipv4", "64:ff9b::192.0.2.1", "64:ff9b::c000:201"),
    ]


def refused() -> list:
    return [
        bad("empty", ""),
        bad("an_asterisk", "*"),
        bad("four_octets_open", "*.*.*.*"),
        bad("an_open_octet_in_front", "*.0.0.1"),
        bad("an_open_octet_inside", "10.*.0.1"),
        bad("open_octets_with_a_gap", "10.*.0.*"),
        bad("half_an_octet_open", "10.0.0.1*"),
        bad("half_an_octet_open_in_front", "10.0.0.*1"),
        bad("two_asterisks_in_an_octet", "10.0.0.**"),
        bad("an_open_octet_with_a_length", "10.0.0.*/24"),
        bad("an_open_octet_with_leading_zeros", "10.00.0.*"),
        bad("an_open_octet_of_five", "10.0.0.0.*"),
        bad("an_open_group", "2001:db8::*"),
        bad("three_octets", "10.0.0"),
        bad("five_octets", "10.0.0.0.1"),
        bad("an_octet_of_256", "10.0.0.256"),
        bad("a_leading_zero", "10.0.0.01"),
        bad("leading_zeros", "010.000.000.001"),
        bad("an_empty_octet", "10..0.1"),
        bad("a_trailing_dot", "10.0.0.1."),
        bad("a_sign", "+10.0.0.1"),
        bad("hexadecimal", "0x0a.0.0.1"),
        bad("a_number", "167772161"),
        bad("digits_that_are_not_ascii", "\u0661\u0660.0.0.1"),
        bad("host_bits", "10.0.0.1/8"),
        bad("the_last_host_bit", "192.0.2.1/31"),
        bad("the_first_host_bit", "192.0.2.192/25"),
        bad("host_bits_below_0", "128.0.0.0/0"),
        bad("a_length_of_33", "10.0.0.0/33"),
        bad("a_length_with_a_leading_zero", "10.0.0.0/08"),
        bad("a_length_of_two_zeros", "0.0.0.0/00"),
        bad("a_length_with_a_sign", "10.0.0.0/+8"),
        bad("a_length_below_0", "10.0.0.0/-1"),
        bad("an_empty_length", "10.0.0.0/"),
        bad("a_length_alone", "/8"),
        bad("two_lengths", "10.0.0.0/8/8"),
        bad("a_netmask", "10.0.0.0/255.0.0.0"),
        bad("a_length_with_a_blank", "10.0.0.0/ 8"),
        bad("a_short_prefix", "10/8"),
        bad("a_range", "10.0.0.1-10.0.0.9"),
        bad("a_port", "10.0.0.1:80"),
        bad("a_leading_blank", " 10.0.0.1"),
        bad("a_trailing_line_break", "10.0.0.1\n"),
        bad("a_domain", "example.com"),
        bad("ipv6_host_bits", "2001:db8::1/32"),
        bad("the_last_ipv6_host_bit", "2001:db8::1/127"),
        bad("an_ipv6_length_of_129", "2001:db8::/129"),
        bad("an_ipv6_length_with_a_leading_zero", "2001:db8::/032"),
        bad("a_zone_id", "fe80::1%eth0"),
        bad("a_zone_id_with_a_length", "fe80::%eth0/64"),
        bad("brackets", "[2001:db8::1]"),
        bad("two_runs_shortened", "2001::db8::1"),
        bad("three_colons", "2001:db8:::1"),
        bad("seven_groups", "1:2:3:4:5:6:7"),
        bad("nine_groups", "1:2:3:4:5:6:7:8:9"),
        bad("a_group_of_five_digits", "2001:db8::12345"),
        bad("a_group_that_is_not_hexadecimal", "2001:db8::g"),
        bad("a_mapped_address_with_leading_zeros", "::ffff:010.0.0.1"),
        bad("a_mapped_address_with_an_open_octet", "::ffff:10.0.0.*"),
        bad("mapped_host_bits", "::ffff:10.0.0.1/104"),
        bad("a_mapped_prefix_of_95_has_a_host_bit", "::ffff:0:0/95"),
    ]


def refused_addresses() -> list:
    return [
        bad_address("an_address_that_is_empty", ""),
        bad_address("an_address_with_a_length", "10.0.0.1/32"),
        bad_address("an_address_with_an_open_octet", "10.0.0.*"),
        bad_address("an_address_with_a_leading_zero", "10.0.0.01"),
        bad_address("an_address_of_three_octets", "10.0.1"),
        bad_address("an_address_with_an_octet_of_256", "256.0.0.1"),
        bad_address("an_address_with_a_zone_id", "fe80::1%1"),
        bad_address("an_address_in_brackets", "[::1]"),
        bad_address("an_address_with_a_port", "192.0.2.1:80"),
        bad_address("an_address_with_a_blank", "192.0.2.1 "),
        bad_address("an_address_that_is_a_name", "localhost"),
        bad_address("an_address_mapped_with_leading_zeros", "::ffff:192.0.2.01"),
    ]


def matches() -> list:
    return [
        hit("an_address_matches_itself", "192.0.2.1", "192.0.2.1"),
        miss("an_address_does_not_match_the_next", "192.0.2.2", "192.0.2.1"),
        hit("the_last_pattern_of_several", "192.0.2.1", "10.0.0.0/8", "2001:db8::/32", "192.0.2.0/24"),
        miss("no_pattern_of_several", "198.51.100.1", "10.0.0.0/8", "2001:db8::/32", "192.0.2.0/24"),
        hit("the_first_of_a_prefix", "10.0.0.0", "10.0.0.0/8"),
        hit("the_last_of_a_prefix", "10.255.255.255", "10.0.0.0/8"),
        miss("before_a_prefix", "9.255.255.255", "10.0.0.0/8"),
        miss("after_a_prefix", "11.0.0.0", "10.0.0.0/8"),
        hit("the_last_within_an_octet", "192.0.2.127", "192.0.2.0/25"),
        miss("after_a_prefix_within_an_octet", "192.0.2.128", "192.0.2.0/25"),
        hit("the_second_of_31", "192.0.2.3", "192.0.2.2/31"),
        miss("after_31", "192.0.2.4", "192.0.2.2/31"),
        hit("an_open_octet", "10.0.0.255", "10.0.0.*"),
        miss("beyond_an_open_octet", "10.0.1.0", "10.0.0.*"),
        hit("three_open_octets", "10.9.8.7", "10.*.*.*"),
        miss("beyond_three_open_octets", "11.9.8.7", "10.*.*.*"),
        hit("every_ipv4_address", "203.0.113.9", "0.0.0.0/0"),
        miss("no_ipv6_address_in_every_ipv4_one", "2001:db8::1", "0.0.0.0/0"),
        hit("ipv6_in_another_notation", "2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
        hit("the_last_of_an_ipv6_prefix", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::/32"),
        miss("after_an_ipv6_prefix", "2001:db9::", "2001:db8::/32"),
        miss("before_an_ipv6_prefix", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::/32"),
        hit("the_last_of_33", "2001:db8:7fff:ffff::1", "2001:db8::/33"),
        miss("after_33", "2001:db8:8000::", "2001:db8::/33"),
        hit("every_ipv6_address", "fe80::1", "::/0"),
        miss("no_ipv4_address_in_every_ipv6_one", "192.0.2.1", "::/0"),
        miss("no_mapped_address_in_every_ipv6_one", "::ffff:192.0.2.1", "::/0"),
        hit("a_mapped_address_is_its_ipv4_one", "::ffff:192.0.2.1", "192.0.2.0/24"),
        hit("an_ipv4_address_in_a_mapped_pattern", "192.0.2.1", "::ffff:c000:201"),
        hit("an_ipv4_address_in_a_mapped_prefix", "10.1.2.3", "::ffff:10.0.0.0/104"),
        hit("an_ipv4_address_in_all_mapped_ones", "203.0.113.9", "::ffff:0:0/96"),
        miss("an_ipv4_address_in_a_prefix_of_95", "203.0.113.9", "::fffe:0:0/95"),
        miss("a_mapped_address_in_a_prefix_of_95", "::ffff:203.0.113.9", "::fffe:0:0/95"),
        hit("an_ipv6_address_in_a_prefix_of_95", "::fffe:1:2", "::fffe:0:0/95"),
        miss("an_ipv6_address_in_all_mapped_ones", "::fffe:1:2", "::ffff:0:0/96"),
        miss("a_compatible_address_is_not_ipv4", "::192.0.2.1", "192.0.2.1"),
    ]
