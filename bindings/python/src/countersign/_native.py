"""What is looked at before the generated module is imported: whether its library is there, and of which version."""

from __future__ import annotations

import ctypes
import os
import sys


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
        ask, free = library.uniffi_countersign_fn_func_library_version, library.ffi_countersign_rustbuffer_free
    except (OSError, AttributeError) as error:
        raise unfit(path, error) from error
    ask.restype, ask.argtypes = _Buffer, [ctypes.POINTER(_Status)]
    free.restype, free.argtypes = None, [_Buffer, ctypes.POINTER(_Status)]
    status = _Status()
    told = ask(ctypes.byref(status))
    try:
        return ctypes.string_at(told.data, told.length).decode(errors="replace")
    finally:
        free(told, ctypes.byref(status))


def unfit(path: str, error: Exception) -> ImportError:
    """That the library at that path cannot be used, and why."""
    return ImportError(f"the library {path} of countersign cannot be used: {error}: install the package anew", path=path)
