"""What may be copied of this package, and what may not: behind its objects is memory of the library."""

from __future__ import annotations

from typing import Any, NoReturn, SupportsIndex, TypeVar

from ._library import untyped as ffi

T = TypeVar("T")


class _Bound:
    """Belongs to this process. A copy would be a second owner of one memory, and is refused."""

    __slots__ = ()

    def __reduce_ex__(self, protocol: SupportsIndex, /) -> NoReturn:
        raise TypeError(f"{type(self).__name__} cannot be pickled: it belongs to this process")

    def __copy__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} cannot be copied: share the one there is")

    def __deepcopy__(self, memo: dict[int, Any], /) -> NoReturn:
        raise TypeError(f"{type(self).__name__} cannot be copied: share the one there is")


class _Shared(_Bound):
    """Never changes, so that it serves as its own copy."""

    __slots__ = ()

    def __copy__(self: T) -> T:  # type: ignore[override]
        return self

    def __deepcopy__(self: T, memo: dict[int, Any], /) -> T:  # type: ignore[override]
        return self


def bind(module: Any) -> None:
    """Refuses copies of every class of the library that owns memory: they hold its address as a number."""
    for kind in vars(module).values():
        if isinstance(kind, type) and hasattr(kind, "_uniffi_clone_handle"):
            for name in ("__reduce_ex__", "__copy__", "__deepcopy__"):
                setattr(kind, name, vars(_Bound)[name])


bind(ffi)
