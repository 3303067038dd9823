"""The library that everything here calls, of exactly the version of this package."""

from __future__ import annotations

import ctypes
import sys
from datetime import timedelta
from types import ModuleType
from typing import Any

from ._native import LibraryUnfit, of_another_version, path_of_library, version_of_library

__all__ = ["__version__", "check_version", "ffi", "untyped"]

__version__ = "0.1.0"


def check_version(library: str) -> None:
    """Refuses a library of another version: its records may be laid out in another way."""
    if library != __version__:
        path = path_of_library()
        text = f"the package countersign is {__version__}, and its library {library} ({path}): install the package anew"
        raise LibraryUnfit(text, code="library_mismatch", path=path)


_path = path_of_library()
# A library calls storages by one table, which the generated module states: a second module would take over the
# sessions of the first. So both stay, where a package that is imported anew finds them.
_modules: dict[str, dict[str, ModuleType]] = sys.__dict__.setdefault("_countersign_modules", {})
_is_first = _path not in _modules
if _is_first:
    check_version(version_of_library(_path))
else:
    sys.modules.update(_modules[_path])
from . import _awaited

try:
    from ._uniffi import countersign_ffi as ffi
except Exception as error:
    # It compares the contract of the library with its own, and says only that they differ.
    raise of_another_version(_path, error) from error

untyped: Any = ffi
"""The same module, for its nested classes of errors, which type checkers do not see."""

if _is_first:
    _awaited.install(untyped)
    _modules[_path] = {module.__name__: module for module in (_awaited, untyped)}


def check_text(value: object) -> str:
    """What the library checks of a text before a call, and that it has an encoding.

    Found only while a call is put together, one without would leave behind what was put together so far.
    """
    if not isinstance(value, str):
        raise TypeError(f"argument must be str, not {type(value).__name__}")
    if not value.isascii():
        value.encode()
    return value


def take_text(buffer: Any) -> str:
    """A text of the library's, whose memory is given back. The generated code reads it as a stream of bytes, which
    takes half as long again.
    """
    try:
        return ctypes.string_at(buffer.data, buffer.len).decode()
    finally:
        buffer.free()


untyped._UniffiFfiConverterString.check_lower = staticmethod(check_text)
untyped._UniffiFfiConverterString.lift = staticmethod(take_text)


def check_bytes(value: object) -> None:
    """As `check_text`, of bytes: the library takes no other buffer, and finds that only once the call is put together."""
    if not isinstance(value, bytes):
        raise TypeError(f"argument must be bytes, not {type(value).__name__}")


untyped._UniffiFfiConverterBytes.check_lower = staticmethod(check_bytes)


class NegativeLength(ValueError):
    """A length of time is negative where it cannot be."""


def check_length(value: object) -> None:
    """As `check_text`, of a length of time: the library has none below zero."""
    if not isinstance(value, timedelta):
        raise TypeError(f"argument must be timedelta, not {type(value).__name__}")
    if value < timedelta(0):
        raise NegativeLength(f"a length of time is negative: {value.total_seconds():g} seconds")


def read_length(buffer: Any) -> timedelta:
    """A length of time; of one that is longer than any `timedelta`, the longest in whole seconds."""
    seconds, nanoseconds = buffer.read_u64(), buffer.read_u32()
    return timedelta(seconds=min(seconds, LONGEST), microseconds=nanoseconds // 1000)


LONGEST = timedelta.max // timedelta(seconds=1)

untyped._UniffiFfiConverterDuration.check_lower = staticmethod(check_length)
untyped._UniffiFfiConverterDuration.read = staticmethod(read_length)
