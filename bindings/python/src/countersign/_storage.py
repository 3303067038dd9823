"""Where a session keeps its state between runs."""

from __future__ import annotations

import os
import threading
import weakref
from collections import OrderedDict
from itertools import count
from typing import Any

from ._awaited import working
from ._errors import InvalidValue, call
from ._library import check_text, ffi, untyped
from ._shared import _Bound, _Shared


class Storage:
    """Keeps a few texts by name, in a way of your own: derive from it, and give `load` and `save` bodies.

    A lease and a license key are secrets, so what is kept is for its owner alone to read. What a method raises
    comes out of the session as it is. While it is called, a session is being changed: it may be asked for
    decisions and for what it holds, and for nothing that changes it. Nor may the storage wait for another thread
    that changes it: neither would ever go on. What goes on without storage leaves what `unlock` raises to the next
    `tick` or `save`.

    A call that asks an authority (`activate`, `refresh`, `deactivate`, and those that end in `_blocking`) calls the
    storage on a thread of the library, and `background` also on one of the event loop's executor: on another one each
    time, and for a session on one at a time. All else calls it on the thread of the call, and a session that is let
    go of without being closed on whichever thread that happens. So it has to work on any, without variables of one
    thread or context, and `sqlite3` needs `check_same_thread=False`. A call that asks goes on where a save fails:
    `Session.is_kept` is false then, and `Session.storage_failure` is what was raised.
    """

    def load(self, name: str) -> str | None:
        """What was last saved under that name; `None` if nothing was."""
        raise NotImplementedError

    def save(self, name: str, text: str) -> None:
        """Replaces what is kept under that name, all of it or nothing."""
        raise NotImplementedError

    def lock(self) -> None:
        """Waits until this is the only writer among processes. Storage of one process has nothing to wait for."""

    def unlock(self) -> None:
        """Lets the next writer go on."""


class FileStorage(_Shared):
    """Keeps texts as files of one folder, which several processes may share. Files are for their owner alone."""

    __slots__ = ("_inner", "folder")

    folder: str
    """Where the files are."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        """Storage in that folder, which is made when something is first saved."""
        self.folder = call(os.fspath, folder)
        if not self.folder:
            raise InvalidValue("the folder of a storage has a name", code="invalid_value")
        self._inner = call(ffi.FileStorage, self.folder)

    @classmethod
    def of_user(cls, product: str) -> FileStorage | None:
        """Where this platform keeps the state of a product for this user; `None` for one without a home."""
        folder = call(ffi.user_folder, product)
        return None if folder is None else cls(folder)

    def __repr__(self) -> str:
        return f"FileStorage({self.folder!r})"


class MemoryStorage(_Bound):
    """Keeps texts for as long as it lives: for tests, and for hosts that are started anew each time.

    Nothing of it outlives the process: `Session.is_kept` is false.
    """

    __slots__ = ("_inner",)

    def __init__(self) -> None:
        """Storage in which nothing is kept yet."""
        self._inner = untyped.MemoryStorage()

    def __repr__(self) -> str:
        return "MemoryStorage()"


class Failures:
    """What a storage of the host's own raised, to be raised again.

    A session has it, and the library has not: an error leads back to the calls it passed through, and so to the
    session, which would be held for ever by what it holds.
    """

    __slots__ = ("__weakref__", "_asking", "_calling", "_numbers", "_stops", "_thrown", "last")

    def __init__(self) -> None:
        self.last: BaseException | None = None
        # What is no `Exception`, such as `KeyboardInterrupt`: whoever called goes no further, even where the
        # library went on without storage. By the thread whose call it is of, which is the one that it was raised
        # on; calls that ask an authority have the storage called on a thread of the library.
        self._stops: dict[int, BaseException] = {}
        self._calling: dict[int, int] = {}
        self._asking: set[object] = set()
        self._numbers = count()
        self._thrown: OrderedDict[int, BaseException] = OrderedDict()

    def add(self, error: BaseException) -> int:
        """The number under which it is kept."""
        number = next(self._numbers)
        self.last = self._thrown[number] = error
        if not isinstance(error, Exception):
            thread = threading.get_ident()
            self._stops[thread if thread in self._calling else _OF_THE_LIBRARY] = error
        while len(self._thrown) > _MOST_KEPT:
            self._thrown.popitem(last=False)
        return number

    def taken(self, number: int | None) -> BaseException | None:
        """What was raised under that number."""
        error = None if number is None else self._thrown.pop(number, None)
        for thread, stop in tuple(self._stops.items()):
            if stop is error:
                self._stops.pop(thread, None)
        return error

    def call_begins(self) -> None:
        """Of a call that calls the storage on its own thread."""
        thread = threading.get_ident()
        self._calling[thread] = self._calling.get(thread, 0) + 1

    def call_ends(self) -> None:
        """Raises what is no `Exception` and was raised in that call, once."""
        thread = threading.get_ident()
        # More than one where a signal handler calls amid a call.
        under_way = self._calling.pop(thread) - 1
        if under_way:
            self._calling[thread] = under_way
        self._raise_stop(thread)
        if not self._asking:
            # Of a call that was given up before its storage was.
            self._raise_stop(_OF_THE_LIBRARY)

    def asking_begins(self) -> object:
        """As `call_begins`, of one that asks an authority: the call, to be ended."""
        asking = object()
        self._asking.add(asking)
        return asking

    def asking_ends(self, asking: object) -> None:
        """As `call_ends`, of one that asks an authority."""
        self._asking.discard(asking)
        self._raise_stop(_OF_THE_LIBRARY)

    def _raise_stop(self, thread: int) -> None:
        stop = self._stops.pop(thread, None)
        if stop is not None:
            raise stop


class Bridge(ffi.Storage):
    """A storage of the host's own, as the library calls it."""

    def __init__(self, storage: Storage, failures: Failures) -> None:
        self.storage = storage
        self._failures = weakref.ref(failures)

    def load(self, name: str) -> str | None:
        loaded: str | None = self._kept(self.storage.load, name)
        return loaded

    def save(self, name: str, text: str) -> None:
        self._kept(self.storage.save, name, text)
        failures = self._failures()
        if failures is not None:
            failures.last = None

    def lock(self) -> None:
        working.add(self)
        try:
            self._kept(self.storage.lock)
        except BaseException:
            working.discard(self)
            raise

    def unlock(self) -> None:
        try:
            self._kept(self.storage.unlock)
        finally:
            working.discard(self)

    def _kept(self, method: Any, *arguments: str) -> Any:
        at_work = object()
        working.add(at_work)
        try:
            answer = method(*arguments)
            if answer is not None and not isinstance(answer, str):
                raise TypeError(f"a storage loads str or None, not {type(answer).__name__}")
            return None if answer is None else call(check_text, str(answer))
        except BaseException as error:
            failures = self._failures()
            number = -1 if failures is None else failures.add(error)
            raise untyped.StorageError.Failed(thrown=number, text=type(error).__name__) from None
        finally:
            working.discard(at_work)


_OF_THE_LIBRARY = -1
_MOST_KEPT = 16
