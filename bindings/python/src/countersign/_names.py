"""Names and addresses in the one form that they are compared in."""

from __future__ import annotations

from collections.abc import Iterable

from ._errors import InvalidType, call
from ._library import ffi


def normalize_domain(text: str) -> str:
    """A domain in the one form that names are compared in, from a host name, with a port or without, or an http(s) URL."""
    return call(ffi.normalize_domain, text)


def normalize_domain_pattern(text: str) -> str:
    """A pattern of domains in the form that licenses state it in."""
    return call(ffi.normalize_domain_pattern, text)


def normalize_address(text: str) -> str:
    """An IPv4 or IPv6 address in the one form that addresses are compared in."""
    return call(ffi.normalize_address, text)


def normalize_address_pattern(text: str) -> str:
    """A pattern of addresses in the form that licenses state it in: an address, or a network with its prefix length."""
    return call(ffi.normalize_address_pattern, text)


def match_domain(patterns: Iterable[str], text: str) -> bool:
    """Whether one of the patterns means the domain."""
    return call(ffi.match_domain, _list(patterns), text)


def match_address(patterns: Iterable[str], text: str) -> bool:
    """Whether one of the patterns means the address."""
    return call(ffi.match_address, _list(patterns), text)


def _list(patterns: Iterable[str]) -> list[str]:
    if isinstance(patterns, str):
        raise InvalidType("a list of patterns is asked for, not one text", code="invalid_type")
    return call(list, patterns)
