"""License keys: GF(32) arithmetic of docs/rules.md section 7, and the rows of names/license_keys.json."""

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MAX_CUSTOM = 128


def times_a(element: int) -> int:
    """The product with a = x in GF(2)[x]/(x^5 + x^2 + 1)."""
    element <<= 1
    return element ^ 0b100101 if element & 0b100000 else element


def weighted(symbols: list) -> int:
    """The sum of a^i * s_i, by Horner's rule from the right."""
    total = 0
    for symbol in reversed(symbols):
        total = times_a(total) ^ symbol
    return total


def with_check(symbols: list) -> list:
    """19 symbols and the one that makes the sum zero."""
    [check] = [s for s in range(32) if weighted([*symbols, s]) == 0]
    return [*symbols, check]


def generated(prefix: str, entropy: bytes) -> str:
    """The key of 12 bytes: 19 symbols of five bits each, most significant first; the last bit is unused."""
    bits = int.from_bytes(entropy, "big") >> 1
    return shown(prefix, with_check([bits >> 5 * (18 - i) & 31 for i in range(19)]))


def shown(prefix: str, symbols: list) -> str:
    text = "".join(ALPHABET[symbol] for symbol in symbols)
    return "-".join([prefix, *(text[i:i + 5] for i in range(0, 20, 5))])


KEY = generated("ACME", bytes.fromhex("0123456789abcdef02468ace"))
BODY = KEY.removeprefix("ACME-").replace("-", "")
ERROR = "invalid_license_key"


def key(name: str, text: str, shows: str = KEY) -> dict:
    return {"name": name, "text": text, "shown": shows, "kind": "generated"}


def custom(name: str, text: str, shows=None) -> dict:
    return {"name": name, "text": text, "shown": text if shows is None else shows, "kind": "custom"}


def error(name: str, text: str) -> dict:
    return {"name": name, "text": text, "error": ERROR}


def made(name: str, prefix: str, entropy: str) -> dict:
    return {"name": name, "prefix": prefix, "entropy": entropy, "shown": generated(prefix, bytes.fromhex(entropy))}


def rows() -> list:
    return entropy() + forgiving() + typos() + prefixes() + customs()


def entropy() -> list:
    return [
        made("entropy_of_zeros", "ACME", "00" * 12),
        made("entropy_of_ones", "ACME", "ff" * 12),
        made("entropy_without_the_last_bit", "ACME", "ff" * 11 + "fe"),
        made("entropy_of_the_last_bit_alone", "ACME", "00" * 11 + "01"),
        made("entropy_of_the_last_bit_used", "ACME", "00" * 11 + "02"),
        made("entropy_of_the_first_bit", "ACME", "80" + "00" * 11),
        made("entropy_that_counts", "ACME", "000102030405060708090a0b"),
        made("entropy_of_the_key_below", "ACME", "0123456789abcdef02468ace"),
        made("entropy_with_the_shortest_prefix", "A1", "c0ffee00c0ffee00c0ffee00"),
        made("entropy_with_the_longest_prefix", "ABCDEFGHIJ", "deadbeefdeadbeefdeadbeef"),
        made("entropy_with_a_prefix_of_digits", "2025", "5ca1ab1e5ca1ab1e5ca1ab1e"),
        made("entropy_with_a_prefix_of_o_i_and_l", "OIL", "0badcafe0badcafe0badcafe"),
    ]


def forgiving() -> list:
    zero = generated("ACME", bytes(12))
    ones = shown("ACME", with_check([1] * 19))
    letters = "O" * 20
    return [
        key("as_shown", KEY),
        key("lower_case", KEY.lower()),
        key("mixed_case", KEY[:9] + KEY[9:].lower()),
        key("without_dashes", "ACME" + BODY),
        key("dashes_elsewhere", "AC-ME" + "-".join(BODY)),
        key("many_dashes", KEY.replace("-", "---")),
        key("dashes_around", f"--{KEY}-"),
        key("blanks_for_dashes", KEY.replace("-", " ")),
        key("blanks_around", f"  {KEY}\n"),
        key("tabs_and_line_breaks", KEY.replace("-", "\t\r\n")),
        key("no_break_spaces", KEY.replace("-", "\u00a0")),
        key("em_and_ideographic_spaces", f"\u2003{KEY}\u3000"),
        key("a_hyphen", KEY.replace("-", "\u2010")),
        key("a_no_break_hyphen", KEY.replace("-", "\u2011")),
        key("a_figure_dash", KEY.replace("-", "\u2012")),
        key("an_en_dash", KEY.replace("-", "\u2013")),
        key("an_em_dash", KEY.replace("-", "\u2014")),
        key("a_horizontal_bar", KEY.replace("-", "\u2015")),
        key("a_minus_sign", KEY.replace("-", "\u2212")),
        key("zero_width_spaces", KEY.replace("-", "-\u200b")),
        key("zero_width_joiners", f"\u200c{KEY}\u200d"),
        key("a_word_joiner", f"{KEY}\u2060"),
        key("o_is_read_as_zero", "ACME" + letters, zero),
        key("small_o_is_read_as_zero", "acme" + letters.lower(), zero),
        key("i_is_read_as_one", ones[:5] + ones[5:].replace("1", "I"), ones),
        key("l_is_read_as_one", ones[:5] + ones[5:].replace("1", "l"), ones),
    ]


def typos() -> list:
    """Every single wrong symbol and every swap of two neighbours that differ, of one key."""
    def dashed(body: str) -> str:
        return "-".join(["ACME", *(body[i:i + 5] for i in range(0, 20, 5))])

    wrong = []
    for i, symbol in enumerate(BODY):
        other = ALPHABET[(ALPHABET.index(symbol) + 1 + i) % 32]
        wrong.append(error(f"a_wrong_symbol_{i}", dashed(BODY[:i] + other + BODY[i + 1:])))
    for i, (left, right) in enumerate(zip(BODY, BODY[1:])):
        if left != right:
            wrong.append(error(f"a_swap_of_{i}_and_{i + 1}", dashed(BODY[:i] + right + left + BODY[i + 2:])))
    return wrong + [
        error("a_typo_is_no_custom_code", "SUMMERSALE2025FRXENDS4EVER"),
        error("a_typo_in_lower_case", ("acme" + BODY[:-1] + ("0" if BODY[-1] != "0" else "1")).lower()),
        error("a_u_in_place_of_the_first_symbol", "ACME-" + "U" + KEY[6:]),
        error("a_u_in_place_of_the_check_symbol", KEY[:-1] + "u"),
        error("a_typo_with_the_shortest_prefix", "AC" + BODY[:-1] + ("0" if BODY[-1] != "0" else "1")),
        error("a_typo_with_the_longest_prefix", "ABCDEFGHIJ" + BODY[:-1] + ("0" if BODY[-1] != "0" else "1")),
    ]


def prefixes() -> list:
    def body(prefix: str) -> str:
        return KEY.replace("ACME", prefix)

    return [
        key("the_prefix_is_not_checked", body("ACMF"), body("ACMF")),
        key("o_i_and_l_stay_in_the_prefix", body("oil"), body("OIL")),
        key("zero_and_one_stay_in_the_prefix", body("01L"), body("01L")),
        key("a_prefix_with_u", body("UU"), body("UU")),
        key("the_shortest_prefix", body("AC"), body("AC")),
        key("the_longest_prefix", body("ABCDEFGHIJ"), body("ABCDEFGHIJ")),
        key("a_prefix_of_digits", body("2025"), body("2025")),
        custom("a_prefix_too_short_is_a_custom_code", body("A")),
        custom("no_prefix_is_a_custom_code", BODY),
        custom("a_prefix_too_long_is_a_custom_code", body("ABCDEFGHIJK")),
        custom("an_underscore_is_a_custom_code", KEY.replace("-", "_")),
        custom("a_dot_is_a_custom_code", KEY.replace("-", ".")),
        error("a_key_with_a_soft_hyphen", KEY.replace("-", "\u00ad")),
        error("a_key_in_fullwidth_letters", "".join(chr(ord(c) + 0xFEE0) if c.isalnum() else c for c in KEY)),
        error("a_key_with_blanks_and_a_symbol_too_few", KEY[:-1].replace("ACME-", "A ")),
    ]


def customs() -> list:
    envato = "86781236-23d0-4b3c-7dfa-c1c147e0dece"
    return [
        custom("an_envato_code", envato),
        custom("an_envato_code_in_upper_case", envato.upper()),
        custom("an_envato_code_with_blanks_around", f" {envato}\n", envato),
        custom("a_custom_code_keeps_its_case", "Spring-Sale-2025"),
        custom("a_custom_code_keeps_its_dashes", "--a--b--"),
        custom("a_custom_code_of_one_character", "x"),
        custom("a_custom_code_of_punctuation", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"),
        custom("a_custom_code_of_21_characters", "SUMMERSALE2025FRIENDS"),
        custom("a_custom_code_of_31_characters", "SUMMERSALE2025FRIENDSEVERYWHERE"),
        custom("a_custom_code_with_a_dash_alone", "-"),
        custom("a_custom_code_of_128_characters", "x" * MAX_CUSTOM),
        error("a_custom_code_of_129_characters", "x" * (MAX_CUSTOM + 1)),
        custom("a_custom_code_of_128_characters_trimmed", f"\t{'y' * MAX_CUSTOM}  ", "y" * MAX_CUSTOM),
        error("a_custom_code_with_an_inner_blank", "SPRING SALE"),
        error("a_custom_code_with_an_inner_tab", "SPRING\tSALE"),
        error("a_custom_code_with_an_inner_line_break", "SPRING\nSALE"),
        error("a_custom_code_that_is_not_ascii", "FR\u00dcHLING"),
        error("a_custom_code_with_a_dash_that_is_not_ascii", "SPRING\u2013SALE"),
        error("a_custom_code_with_a_zero_width_space_inside", "SPRING\u200bSALE"),
        error("a_custom_code_with_nul", "SPRING\u0000SALE"),
        error("a_custom_code_with_delete", "SPRING\u007f"),
        error("an_emoji", "\U0001f511"),
        error("nothing", ""),
        error("blanks_alone", " \t\n"),
    ]
