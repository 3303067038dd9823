"""Rows about the three parts of a token: how many, and their base64url."""

from jws import ACME, b64url, compact

from documents.row import LICENSE, genuine, header, license_with, refused

ABOUT = "the three parts of a token: how many there are, and each encoding that is not canonical base64url"

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

TOKEN = ACME.sign("license", LICENSE)


def padded(length: int, remainder: int) -> int:
    """How many bytes more leave this remainder by 3."""
    return (remainder - length) % 3


def header_of(remainder: int) -> bytes:
    """The header, of a length that leaves this remainder by 3."""
    raw = compact(header())
    return b" " * padded(len(raw), remainder) + raw


def claims_of(remainder: int) -> bytes:
    """The claims, of a length that leaves this remainder by 3."""
    raw = compact(LICENSE)
    return raw + b" " * padded(len(raw), remainder)


def with_trailing_bit(part: str) -> str:
    """The part with its lowest bit, which is unused, set."""
    return part[:-1] + ALPHABET[ALPHABET.index(part[-1]) | 1]


def sign_parts(head: str, claims: str) -> str:
    """A token whose signature is right over these parts, however they are encoded."""
    signed = f"{head}.{claims}"
    return f"{signed}.{b64url(ACME.private.sign(signed.encode()))}"


def rows() -> list:
    head, claims, signature = TOKEN.split(".")
    return _lengths() + _count(head, claims, signature) + _alphabet() + _remainders() + _signature(head, claims)


def _lengths() -> list:
    """Parts of every length that base64url can have."""
    made = []
    for remainder in range(3):
        text = ACME.sign_bytes(header_of(remainder), claims_of(0))
        made.append(genuine(f"header_of_3n_plus_{remainder}_bytes", "license", text, LICENSE))
        text = ACME.sign_bytes(header_of(0), claims_of(remainder))
        made.append(genuine(f"claims_of_3n_plus_{remainder}_bytes", "license", text, LICENSE))
    made.append(
        genuine(
            "claims_with_dash_and_underscore",
            "license",
            ACME.sign("license", license_with(sub="???>>>~~~")),
            license_with(sub="???>>>~~~"),
        )
    )
    return made


def _count(head: str, claims: str, signature: str) -> list:
    empty = b64url(ACME.private.sign(f"{head}.".encode()))
    return [
        refused("one_part", "license", head, 7),
        refused("two_parts", "license", f"{head}.{claims}", 7),
        refused("four_parts", "license", f"{head}.{claims}.{signature}.{signature}", 7),
        refused("five_parts_as_in_jwe", "license", f"{head}.{claims}.{claims}.{claims}.{signature}", 7),
        refused("dot_at_the_end", "license", f"{TOKEN}.", 7),
        refused("dot_at_the_start", "license", f".{TOKEN}", 7),
        refused("token_twice", "license", TOKEN + TOKEN, 7),
        refused("header_part_empty", "license", f".{claims}.{signature}", 9),
        refused("claims_part_empty", "license", f"{head}..{empty}", 9),
        refused("claims_detached", "license", f"{head}..{signature}", 9),
        refused("dots_alone", "license", "..", 9),
    ]


def _alphabet() -> list:
    dashed = b64url(compact(license_with(sub="???>>>~~~")))
    head, claims, signature = sign_parts(b64url(header_of(1)), b64url(claims_of(2))).split(".")
    three = b64url(header_of(0))
    return [
        refused("header_padded", "license", sign_parts(head + "==", claims), 8),
        refused("claims_padded", "license", sign_parts(head, claims + "="), 8),
        refused("signature_padded", "license", f"{head}.{claims}.{signature}==", 8),
        refused("header_padded_needlessly", "license", sign_parts(three + "=", claims), 8),
        refused("claims_in_base64", "license", sign_parts(head, dashed.replace("-", "+").replace("_", "/")), 8),
        refused("header_with_plus", "license", sign_parts(head[:-1] + "+", claims), 8),
        refused("header_with_slash", "license", sign_parts(head[:-1] + "/", claims), 8),
        refused("claims_with_plus", "license", sign_parts(head, claims[:8] + "+" + claims[9:]), 8),
        refused("claims_with_slash", "license", sign_parts(head, claims[:8] + "/" + claims[9:]), 8),
        refused("signature_with_plus", "license", f"{head}.{claims}.+{signature[1:]}", 8),
        refused("signature_with_slash", "license", f"{head}.{claims}.{signature[:40]}/{signature[41:]}", 8),
        refused("equals_within_the_claims", "license", sign_parts(head, claims[:8] + "=" + claims[9:]), 8),
    ]


def _remainders() -> list:
    """Lengths that base64url cannot have, and unused bits that are set."""
    made = []
    for part, of in [("header", header_of), ("claims", claims_of)]:
        whole, two, three = (b64url(of(remainder)) for remainder in (0, 1, 2))
        for name, changed, refusal in [
            ("of_one_character_more", whole + "A", 9),
            ("with_an_unused_bit_of_four", with_trailing_bit(two), 10),
            ("with_an_unused_bit_of_two", with_trailing_bit(three), 10),
        ]:
            parts = (changed, b64url(claims_of(0))) if part == "header" else (b64url(header_of(0)), changed)
            made.append(refused(f"{part}_{name}", "license", sign_parts(*parts), refusal))
    made.append(refused("header_of_one_character", "license", sign_parts("A", b64url(claims_of(0))), 9))
    return made


def _signature(head: str, claims: str) -> list:
    raw = ACME.private.sign(f"{head}.{claims}".encode())
    whole = b64url(raw)

    def row(name, signature, refusal):
        return refused(name, "license", f"{head}.{claims}.{signature}", refusal)

    return [
        row("signature_of_one_character_less", whole[:-1], 9),
        row("signature_of_three_characters_more", whole + "AAA", 9),
        row("signature_with_an_unused_bit", with_trailing_bit(whole), 10),
        row("signature_with_the_highest_unused_bit", whole[:-1] + ALPHABET[ALPHABET.index(whole[-1]) | 8], 10),
        row("signature_empty", "", 11),
        row("signature_of_32_bytes", b64url(raw[:32]), 11),
        row("signature_of_63_bytes", b64url(raw[:63]), 11),
        row("signature_of_65_bytes", b64url(raw + b"\x00"), 11),
        row("signature_of_66_bytes", b64url(raw + b"\x00\x00"), 11),
        row("signature_twice", b64url(raw + raw), 11),
        row("signature_as_hex_of_64_bytes", b64url(raw.hex().encode()), 11),
    ]
