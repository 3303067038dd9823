"""Zlib streams (RFC 1950, RFC 1951) built by hand: their bytes hang on no version of zlib."""

import zlib

HEADER = b"\x78\x01"
"""Deflate with a window of 32 KiB and no dictionary."""


def stored(data: bytes) -> bytes:
    """A stream of stored blocks."""
    return HEADER + stored_blocks(data) + adler32(data)


def stored_blocks(data: bytes) -> bytes:
    """Deflate without compression."""
    blocks = [data[at : at + 65535] for at in range(0, len(data), 65535)] or [b""]
    out = bytearray()
    for number, block in enumerate(blocks, 1):
        length = len(block).to_bytes(2, "little")
        out += bytes([number == len(blocks)]) + length + bytes(byte ^ 0xFF for byte in length) + block
    return bytes(out)


def zeros_around(before: int, after: int) -> bytes:
    """A stream of `before` zero bytes, one byte 0x80 and `after` zero bytes, in two bits for 258 zeros.

    One block of dynamic Huffman codes. Literals: 285 (a match of 258) is `0`, the literal 0 is `10`, the
    literal 0x80 is `110`, the end is `111`. Distances: 1 is `0`.
    """
    bits = _Bits()
    bits.number(1, 1)
    bits.number(2, 2)
    bits.number(286 - 257, 5)
    bits.number(1 - 1, 5)
    bits.number(18 - 4, 4)
    lengths = {18: 2, 1: 2, 2: 2, 3: 2}
    for symbol in [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1]:
        bits.number(lengths.get(symbol, 0), 3)
    one, two, three, zeros = "00", "01", "10", "11"
    bits.code(two)
    for run, then in [(127, three), (127, three), (28, one)]:
        bits.code(zeros)
        bits.number(run - 11, 7)
        bits.code(then)
    bits.code(one)
    for count, then in [(before, "110"), (after, "111")]:
        matches = max(count - 1, 0) // 258
        literals = count - 258 * matches
        bits.code("10" * min(literals, 1) + "00" * matches + "10" * max(literals - 1, 0))
        bits.code(then)
    return HEADER + bits.bytes() + adler32(bytes(before) + b"\x80" + bytes(after))


def adler32(data: bytes) -> bytes:
    return zlib.adler32(data).to_bytes(4, "big")


class _Bits:
    """Bits in the order of RFC 1951 section 3.1.1."""

    def __init__(self):
        self.parts = []

    def number(self, value: int, width: int):
        self.parts.append(f"{value:0{width}b}"[::-1])

    def code(self, code: str):
        self.parts.append(code)

    def bytes(self) -> bytes:
        text = "".join(self.parts)
        text += "0" * (-len(text) % 8)
        return int(text[::-1], 2).to_bytes(len(text) // 8, "little")
