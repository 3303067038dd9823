"""How calls of the library are awaited: in place of the generated code, so that none outlives the interpreter.

A thread of the library wakes whoever waits. If it did so while the interpreter ends, it would end the process. So
what is pending when the process exits is cancelled first, and nothing is begun any more. Whoever is woken just then,
and a storage of the host's own that is called on such a thread, is waited for, and from then on neither happens.
"""

from __future__ import annotations

import atexit
import ctypes
import itertools
import os
import time
from collections.abc import Callable
from typing import Any


WAITED_FOR = 10.0
"""How long the end of a process waits for storages, in seconds."""

working: set[object] = set()
"""Who calls a storage of the host's own right now, holds its lock, or waits for a call that will."""


class _Future:
    """A future of the library, until whoever takes it off the list of the pending ones gives it back."""

    __slots__ = ("cancel", "free", "handle", "is_called")

    def __init__(self, handle: int, cancel: Any, free: Any) -> None:
        self.handle = handle
        self.cancel = cancel
        self.free = free
        self.is_called = False


def install(ffi: Any) -> None:
    """Puts them into the generated module."""
    # All of it in one closure: the module's own names may be gone when the last coroutines are finalized.
    pending: dict[int, _Future] = {}
    ended: list[bool] = []
    library = ffi._UniffiLib
    # Without a lock that a finalizer or a fork could find held.
    waiting: dict[int, tuple[Any, Any]] = {}
    numbers = itertools.count()
    ready = ffi._UNIFFI_RUST_FUTURE_POLL_READY
    call_with_error = ffi._uniffi_rust_call_with_error
    event_loop = ffi._uniffi_get_event_loop
    end_callbacks, callbacks_under_way = ffi.end_callbacks, ffi.callbacks_under_way
    # Calls that were under way in a process when it was forked, and end in that one.
    of_parent = 0

    def resolve(woken: Any, code: int) -> None:
        if not woken.done():
            woken.set_result(code)

    def wake(number: int, code: int) -> None:
        loop, woken = waiting.pop(number)
        if ended or loop.is_closed():
            return
        try:
            loop.call_soon_threadsafe(resolve, woken, code)
        except RuntimeError:
            # It was closed just now: nobody waits any more.
            pass

    callback = ffi._UNIFFI_RUST_FUTURE_CONTINUATION_CALLBACK(wake)

    async def rust_call_async(
        handle: int, poll: Any, complete: Any, free: Any, lift: Callable[[Any], Any], error_converter: Any
    ) -> Any:
        future = _Future(handle, getattr(library, free.__name__.replace("_future_free_", "_future_cancel_")), free)
        pending[handle] = future
        try:
            loop = event_loop()
            while True:
                woken = loop.create_future()
                number = next(numbers)
                # Said before the end is looked for, so that one of the two sees the other.
                future.is_called = True
                try:
                    if ended:
                        raise RuntimeError("the interpreter is shutting down")
                    waiting[number] = (loop, woken)
                    poll(handle, callback, number)
                finally:
                    future.is_called = False
                if await woken == ready:
                    future.is_called = True
                    try:
                        if ended:
                            raise RuntimeError("the interpreter is shutting down")
                        given = call_with_error(error_converter, complete, handle)
                    finally:
                        future.is_called = False
                    return lift(given)
        finally:
            if pending.pop(handle, None) is not None:
                free(handle)

    def forked() -> None:
        nonlocal of_parent
        # What the parent waits for is not the child's to free.
        pending.clear()
        working.clear()
        of_parent = callbacks_under_way()

    def end() -> None:
        ended.append(True)
        called: list[_Future] = []
        while pending:
            try:
                _, future = pending.popitem()
            except KeyError:
                break
            # Whatever wakes it from now on finds nobody to call.
            future.cancel(future.handle)
            if future.is_called:
                called.append(future)
            else:
                future.free(future.handle)
        # What is called on a thread that Python does not wait for may call back before it returns.
        deadline = time.monotonic() + WAITED_FOR
        while any(future.is_called for future in called) and time.monotonic() < deadline:
            time.sleep(0.001)
        while working and time.monotonic() < deadline:
            time.sleep(0.01)
        # Whatever would call one from now on, or wake somebody, on a thread that Python does not wait for, is refused by
        # the library.
        end_callbacks(True)
        deadline = max(deadline, time.monotonic() + 5)
        while callbacks_under_way() > of_parent and time.monotonic() < deadline:
            time.sleep(0.01)

    ffi._uniffi_rust_call_async = rust_call_async
    ffi._uniffi_continuation_callback = callback
    # What the library calls has to be there for as long as the library is: until the process is gone.
    for called in (callback, ffi._UniffiTraitImplStorageImpl):
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(called))
    end_callbacks(False)
    # After threads that Python waits for, which may ask until then.
    atexit.register(end)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=forked)

