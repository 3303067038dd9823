"""What is looked at before the generated module is imported: whether its library is there, and of which version."""

from __future__ import annotations

import ctypes
import os
import sys


class LibraryUnfit(ImportError):
    """The library of this package is not there, or is not the one that belongs to it."""

    code: str
    """`library_missing` or `library_mismatch`."""

    def __init__(self, text: str, *, code: str, path: str) -> None:
        super().__init__(text, path=path)
        self.code = code


class _Buffer(ctypes.Structure):
    _fields_ = [("capacity", ctypes.c_uint64), ("length", ctypes.c_uint64), ("data", ctypes.c_void_p)]


class _Status(ctypes.Structure):
    _fields_ = [("code", ctypes.c_int8), ("error", _Buffer)]


def path_of_library() -> str:
    """Where the generated module looks for it."""
    names = {"darwin": "libcountersign.dylib", "win32": "countersign.dll"}
    name = names.get(sys.platform, "libcountersign.so")
    return os.path.join(os.path.dirname(__file__), "_uniffi", name)


def version_of_library(path: str) -> str:
    """Its version, or an `ImportError` that names it where it is none of this package's."""
    try:
        library = ctypes.CDLL(path)
    except OSError as error:
        raise LibraryUnfit(_unusable(path, error), code="library_missing", path=path) from error
    try:
        ask, free = library.uniffi_countersign_fn_func_library_version, library.ffi_countersign_rustbuffer_free
    except AttributeError as error:
        raise of_another_version(path, error) from error
    ask.restype, ask.argtypes = _Buffer, [ctypes.POINTER(_Status)]
    free.restype, free.argtypes = None, [_Buffer, ctypes.POINTER(_Status)]
    status = _Status()
    told = ask(ctypes.byref(status))
    try:
        return ctypes.string_at(told.data, told.length).decode(errors="replace")
    finally:
        free(told, ctypes.byref(status))


def of_another_version(path: str, error: Exception) -> LibraryUnfit:
    """That the library at that path is there, and is not this package's."""
    return LibraryUnfit(_unusable(path, error), code="library_mismatch", path=path)


def _unusable(path: str, error: Exception) -> str:
    return f"the library {path} of countersign cannot be used: {error}: install the package anew"
