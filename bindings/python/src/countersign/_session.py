"""One product's license on one machine."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, TypeVar

from ._awaited import working
from ._check import SessionCheck
from ._client import Client
from ._clock import FixedClock
from ._decision import Decision
from ._documents import License, TrustStore
from ._errors import ClientError, InvalidType, SessionError, Unfit, call, call_async, flag, inner, optional_inner, told
from ._library import ffi
from ._moments import optional_moment
from ._run import Instance, LicenseKey, Run, instance_of, run_of
from ._shared import _Bound, _Shared
from ._storage import Bridge, Failures, FileStorage, MemoryStorage, Storage

T = TypeVar("T")


@dataclass(frozen=True)
class Refresh:
    """What a session was given."""

    activated: bool
    """Whether a seat was taken, or taken again."""
    renewed: bool
    """Whether the lease was renewed."""
    statuses: bool
    """Whether a status list was fetched."""
    left_to_another: bool
    """Whether something was left to another process or thread that asks the authority just now."""


class Signals(_Shared):
    """What a machine is known by: keyed hashes, which never leave it.

    A session that is opened with them notices where its state was copied to another machine.
    """

    __slots__ = ("_inner",)

    def __init__(self, product: str, values: Mapping[str, str]) -> None:
        """Signals of your own choice: names, and values that never leave the machine."""
        self._inner = call(ffi.Signals, product, call(dict, values))

    @classmethod
    def of_this_machine(cls, product: str) -> Signals:
        """What this machine is known by, as far as this process may read it."""
        signals = cls.__new__(cls)
        signals._inner = call(ffi.Signals.of_this_machine, product)
        return signals

    def __repr__(self) -> str:
        return "Signals()"


class ActivationRequest(_Shared):
    """Asks for a seat by hand: a text that a person carries to the authority. It holds the license key."""

    __slots__ = ("_inner",)

    def __init__(self, text: str) -> None:
        """Reads a request, armoured or bare."""
        self._inner = call(ffi.ActivationRequest.parse, text)

    @property
    def text(self) -> str:
        """The request in armour."""
        return self._inner.text()

    def __repr__(self) -> str:
        return "ActivationRequest(…)"


class Session(_Bound):
    """One product's license on one machine: decides from what it holds, and asks an authority now and then.

    Decisions read no network and no disk, and any number of threads may ask for them. Methods that ask are for
    asyncio; those that end in `_blocking` wait, and a signal such as that of Ctrl-C is handled once they end. Used in a
    `with` block it is saved and closed at its end, in an `async with` block without holding up the event loop. Whatever
    is asked of it or of its checks after that raises a `SessionError` with the code `closed`.
    """

    __slots__ = ("__weakref__", "_checks", "_failures", "_inner_or_closed", "_is_clock_fixed", "_is_storage_own", "_own")

    def __init__(
        self,
        product: str,
        trust: TrustStore,
        storage: Storage | FileStorage | MemoryStorage,
        *,
        instance: Instance | None = None,
        signals: Signals | None = None,
        notice_before: Iterable[timedelta] | None = None,
        begin_anew: bool = False,
        clock: FixedClock | None = None,
    ) -> None:
        """Takes up where the last run left off. Waits for no network; that nothing was kept yet is no error.

        The trust is in the keys that the product was released with. The `instance` is this installation, by a
        number drawn at random, unless stated. `begin_anew` gives up what is kept where that is damaged, or of
        another product or version: what a host does after it told its user. A `clock` is for tests.
        """
        options = call(
            lambda: ffi.SessionOptions(
                clock=optional_inner(clock, FixedClock),
                instance=optional_inner(instance, Instance),
                signals=optional_inner(signals, Signals),
                notice_before=None if notice_before is None else list(notice_before),
                begin_anew=flag(begin_anew),
            )
        )
        settings = call(ffi.SessionSettings, product, inner(trust, TrustStore), options)
        self._failures = Failures()
        self._checks: list[weakref.ref[SessionCheck]] = []
        self._is_clock_fixed = clock is not None
        self._is_storage_own = isinstance(storage, Storage)
        self._own: SessionCheck | None = None
        self._inner_or_closed: ffi.Session | None = None
        if isinstance(storage, FileStorage):
            self._inner_or_closed = self._call(ffi.Session.open_files, settings, storage._inner)
        elif isinstance(storage, MemoryStorage):
            self._inner_or_closed = self._call(ffi.Session.open_memory, settings, storage._inner)
        elif isinstance(storage, Storage):
            self._inner_or_closed = self._call(ffi.Session.open, settings, Bridge(storage, self._failures))
        else:
            raise InvalidType(f"a Storage is asked for, not {type(storage).__name__}", code="invalid_type")

    @property
    def _inner(self) -> ffi.Session:
        if self._inner_or_closed is None:
            raise SessionError("the session was closed", code="closed")
        return self._inner_or_closed

    # --- Decisions

    def decide(self, run: Run | None = None) -> Decision:
        """Decides whether a run is allowed, from the documents at hand.

        That of this installation unless stated, whose decision is kept as that of a check is.
        """
        if run is None:
            return self._own_check().decision()
        return Decision(call(self._inner.decide, inner(run, Run)))

    def prepare(self, run: Run | None = None) -> SessionCheck:
        """Keeps a run, that of this installation unless stated, so that asking again costs next to nothing."""
        stated = self._inner.run() if run is None else inner(run, Run)
        check = SessionCheck(self, call(self._inner.prepare, stated), is_clock_fixed=self._is_clock_fixed)
        self._checks.append(weakref.ref(check, self._checks.remove))
        if self._inner_or_closed is None:
            # By another thread, just now, which may not have seen this one.
            check._close()
        return check

    def _own_check(self) -> SessionCheck:
        check = self._own
        if check is None:
            check = self.prepare()
            # It is nobody else's. Else the session would lead back to itself, to be let go of by the collector:
            # at any moment, on any thread, amid a call of the storage.
            check._session = None
            self._own = check
        return check

    # --- What it holds

    def run(self) -> Run:
        """A run of this product on this instance, of which nothing else is known."""
        return run_of(self._inner.run())

    @property
    def instance(self) -> Instance:
        """What takes a seat: stated when the session was opened, or drawn at random."""
        return instance_of(self._inner.instance())

    @property
    def license(self) -> License | None:
        """The license held; `None` if there is none that verifies."""
        license = self._inner.license()
        return None if license is None else License._of(license)

    def check_documents(self) -> None:
        """Raises why a document that is kept does not count, where that is so."""
        call(self._inner.check_documents)

    @property
    def last_contact_at(self) -> datetime | None:
        """When the authority was last heard of by something it signed, which it answered or which was imported.

        A refusal is signed by nobody.
        """
        return optional_moment(self._inner.last_contact_at())

    @property
    def is_moved(self) -> bool:
        """Whether the state was copied here from another machine: its seat stayed there, and it is the host's to say
        whether to activate here.
        """
        return self._inner.is_moved()

    @property
    def is_kept(self) -> bool:
        """Whether what is held outlives this process. Where more than a status list does not, the clock is not guarded."""
        return self._inner.is_kept()

    @property
    def lost_list(self) -> str | None:
        """Why the status list that was kept is not at hand, in one line for people; `None` where it is, or none was.

        The license is held still, what the list said against it stands, and the next refresh fetches another.
        """
        return self._inner.lost_list()

    @property
    def storage_failure(self) -> BaseException | None:
        """What a storage of your own raised last, unless it saved since."""
        return self._failures.last

    # --- Asking an authority

    async def activate(self, client: Client, license_key: LicenseKey | str) -> Refresh:
        """Claims a seat with what the customer typed, or confirms the one held, and keeps license, lease and license
        key.
        """
        return await self._asked(self._inner.activate, client, _key(license_key))

    def activate_blocking(self, client: Client, license_key: LicenseKey | str) -> Refresh:
        """As `activate`, and waits for it."""
        return self._asked_blocking(self._inner.activate_blocking, client, _key(license_key))

    async def refresh(self, client: Client) -> Refresh:
        """Asks for what is due, if anything is: a renewal, a status list, a seat that is to be taken again."""
        return await self._asked(self._inner.refresh, client)

    def refresh_blocking(self, client: Client) -> Refresh:
        """As `refresh`, and waits for it."""
        return self._asked_blocking(self._inner.refresh_blocking, client)

    async def refresh_now(self, client: Client) -> Refresh:
        """As `refresh`, whether it is due or not: for a button that says so."""
        return await self._asked(self._inner.refresh_now, client)

    def refresh_now_blocking(self, client: Client) -> Refresh:
        """As `refresh_now`, and waits for it."""
        return self._asked_blocking(self._inner.refresh_now_blocking, client)

    async def deactivate(self, client: Client) -> None:
        """Gives the seat up, and forgets the license key and the lease."""
        function = self._inner.deactivate
        asking = self._failures.asking_begins()
        try:
            await call_async(function, inner(client, Client))
        finally:
            self._changed()
            self._failures.asking_ends(asking)

    def deactivate_blocking(self, client: Client) -> None:
        """As `deactivate`, and waits for it."""
        asking = self._asking()
        try:
            call(self._inner.deactivate_blocking, inner(client, Client))
        finally:
            working.discard(asking)
            self._changed()
            self._failures.asking_ends(asking)

    async def background(self, client: Client) -> None:
        """Counts the time, saves and refreshes until it is cancelled: `asyncio.create_task(session.background(client))`.

        What fails is asked for again later; `last_contact_at`, notices and denials tell. Once the session is closed
        it ends by itself, within ten minutes; of a client that was closed it raises the error. What may wait for a
        storage does so on threads of the event loop's executor; where it is cancelled meanwhile, that goes on to its
        end.
        """
        try:
            while True:
                await asyncio.to_thread(self._ticked)
                try:
                    await self.refresh(client)
                except ClientError as error:
                    if isinstance(error, Unfit) and error.code == "closed":
                        raise
                wait = await asyncio.to_thread(self.next_wait)
                await asyncio.sleep(wait.total_seconds())
        except (SessionError, Unfit):
            if self._inner_or_closed is not None:
                raise

    def background_blocking(self, client: Client, stop: threading.Event) -> None:
        """As `background`, in a thread of its own, until `stop` is set."""
        if not hasattr(stop, "is_set") or not hasattr(stop, "wait"):
            raise InvalidType(f"an Event is asked for, not {type(stop).__name__}", code="invalid_type")
        try:
            while not stop.is_set():
                self._ticked()
                try:
                    self.refresh_blocking(client)
                except ClientError as error:
                    if isinstance(error, Unfit) and error.code == "closed":
                        raise
                stop.wait(self.next_wait().total_seconds())
        except (SessionError, Unfit):
            if self._inner_or_closed is not None:
                raise

    # --- By hand

    def activation_request(self, license_key: LicenseKey | str) -> ActivationRequest:
        """Asks for a seat by hand: a text that a person carries to the authority. Its answer is to be imported."""
        request = ActivationRequest.__new__(ActivationRequest)
        request._inner = self._call(self._inner.activation_request, _key(license_key))
        return request

    def import_text(self, text: str) -> str:
        """Takes a document that a person brought: a license, a lease, a status list, a trust update, or the answer to
        an activation request.

        Says what it was: `license`, `lease`, `statuses`, `trust_update` or `activation`.
        """
        try:
            return self._call(self._inner.import_text, text).name.lower()
        finally:
            self._changed()

    # --- Time, and the end

    def tick(self) -> None:
        """Counts the time that passed, takes over what other processes were given, and saves the state if it was not for
        ten minutes.
        """
        try:
            self._call(self._inner.tick)
        finally:
            self._changed()

    def save(self) -> None:
        """Saves the state now, as the session does when it is closed."""
        try:
            self._call(self._inner.save)
        finally:
            self._changed()

    def next_wait(self) -> timedelta:
        """How long nothing needs to be done: until a `tick` and a `refresh`. At least a second."""
        return call(self._inner.next_wait)

    def close(self) -> None:
        """Saves the state, and lets go of it. A session that was closed decides nothing any more, nor do its checks.

        Decisions and documents that it gave stand on their own. A call that is under way goes on to its end.
        """
        ended = self._inner_or_closed
        if ended is not None:
            # First, so that a background asks how long to wait of a session that is closed, or not closed yet,
            # and not of one that was just saved.
            self._inner_or_closed = None
            try:
                self._call(ended.end)
            finally:
                for check in self._prepared():
                    check._close()

    async def aclose(self) -> None:
        """As `close`, on a thread of the event loop's executor: the loop goes on while the storage saves."""
        await asyncio.to_thread(self.close)

    def __enter__(self) -> Session:
        _ = self._inner  # Raises where it was closed.
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Session:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        license = self.license if self._inner_or_closed is not None else None
        return f"Session({license!r})"

    def _call(self, function: Callable[..., T], *arguments: object) -> T:
        self._failures.call_begins()
        try:
            return function(*arguments)
        except Exception as error:
            raise self._raised(error) from None
        finally:
            self._failures.call_ends()

    def _raised(self, error: Exception) -> BaseException:
        thrown: int | None = getattr(error, "thrown", None)
        kept = self._failures.taken(thrown)
        return told(error) if kept is None else kept

    async def _asked(self, function: Any, client: Client, *arguments: Any) -> Refresh:
        asking = self._failures.asking_begins()
        try:
            return _refresh(await call_async(function, inner(client, Client), *arguments))
        finally:
            self._changed()
            self._failures.asking_ends(asking)

    def _asked_blocking(self, function: Any, client: Client, *arguments: Any) -> Refresh:
        asking = self._asking()
        try:
            return _refresh(call(function, inner(client, Client), *arguments))
        finally:
            working.discard(asking)
            self._changed()
            self._failures.asking_ends(asking)

    def _asking(self) -> object:
        # A daemon thread may wait for it when the process ends, and nobody can cancel it: it goes on to call the
        # storage.
        asking = self._failures.asking_begins()
        if self._is_storage_own:
            working.add(asking)
        return asking

    def _ticked(self) -> None:
        try:
            self.tick()
        except Exception:
            # `is_kept` and `storage_failure` tell.
            pass

    def _changed(self) -> None:
        for check in self._prepared():
            check._forget()

    def _prepared(self) -> list[SessionCheck]:
        # A copy: checks come and go meanwhile.
        checks = [reference() for reference in tuple(self._checks)]
        return [check for check in checks if check is not None]


def _key(license_key: LicenseKey | str) -> Any:
    return inner(LicenseKey(license_key) if isinstance(license_key, str) else license_key, LicenseKey)


def _refresh(stated: Any) -> Refresh:
    return Refresh(stated.activated, stated.renewed, stated.statuses, stated.left_to_another)
