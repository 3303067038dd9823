"""Texts as QR codes, for who carries them by the camera of a phone."""

from __future__ import annotations

from ._errors import call
from ._library import ffi


def qr_svg(text: str) -> str:
    """The QR code of a text of at most 2,953 bytes, such as an activation request, as an SVG document."""
    return call(ffi.Qr, text).to_svg()


def qr_terminal(text: str) -> str:
    """The QR code of a text, for a terminal with a dark background: two rows of the code a line."""
    return call(ffi.Qr, text).to_terminal()
