"""The HTTP client of a license authority."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ._decision import Reason
from ._documents import Lease, License, StatusList, TrustStore
from ._errors import InvalidType, Unfit, call, call_async, flag, inner
from ._library import ffi, untyped
from ._moments import moment, optional_moment
from ._run import Instance, LicenseKey
from ._shared import _Bound

if TYPE_CHECKING:
    from ._session import ActivationRequest


@dataclass(frozen=True)
class Pin:
    """Names the one certificate that an authority shows, by a SHA-256 of 32 bytes."""

    sha256: bytes
    """The hash, of DER."""
    of: str = "public_key"
    """What it is of: the `public_key`, which outlives renewals of its certificate, or the `certificate`."""

    @classmethod
    def public_key(cls, sha256: bytes) -> Pin:
        """By the SHA-256 of its public key (`SubjectPublicKeyInfo`)."""
        return cls(sha256, "public_key")

    @classmethod
    def certificate(cls, sha256: bytes) -> Pin:
        """By the SHA-256 of the certificate itself, as browsers show it."""
        return cls(sha256, "certificate")

    @property
    def _inner(self) -> Any:
        kinds = {"public_key": ffi.Pin.PUBLIC_KEY, "certificate": ffi.Pin.CERTIFICATE}
        if not isinstance(self.of, str) or self.of not in kinds:
            raise InvalidType("a pin is of a public_key or a certificate", code="invalid_type")
        return kinds[self.of](self.sha256)


@dataclass(frozen=True)
class Proxy:
    """What requests go through."""

    url: str | None = field(repr=False)
    """The address of the proxy; `None` for none at all, whatever the system names."""

    @property
    def _inner(self) -> Any:
        return untyped.Proxy.DIRECT() if self.url is None else untyped.Proxy.AT(self.url)


@dataclass(frozen=True)
class Claimant:
    """Which license a product asks about."""

    product: str
    """The product that asks: brand and code."""
    license_key: LicenseKey
    """What the customer typed."""
    instance: Instance
    """This installation."""

    @property
    def _inner(self) -> Any:
        key, instance = inner(self.license_key, LicenseKey), inner(self.instance, Instance)
        return call(ffi.Claimant, self.product, key, instance)


@dataclass(frozen=True)
class Activation:
    """What an activation yields: documents that stand on their own, already verified."""

    license: License
    """The license."""
    lease: Lease | None
    """The lease on the seat; `None` where the instance needs no seat."""
    seats_used: int
    """Seats in use, this one included."""
    seats_remaining: int | None
    """Seats left; `None` where there is no limit."""


@dataclass(frozen=True)
class Renewal:
    """What a renewal yields."""

    license: License
    """The license as it stands now."""
    lease: Lease
    """The lease."""


@dataclass(frozen=True)
class LicenseUse:
    """A license, and how many of its seats are in use."""

    id: str
    """The id of the license."""
    status: str
    """How it stands now: `valid`, `expired`, `suspended`, `cancelled` or `other`."""
    seat_limit: int | None
    """How many seats there are; `None` where there is no limit."""
    seats_used: int
    """Seats in use."""
    seats_remaining: int | None
    """Seats left; `None` where there is no limit."""
    expires_at: datetime | None
    """When it ends; `None` where it never does."""


@dataclass(frozen=True)
class ActivationUse:
    """A seat, as an authority shows it."""

    id: str
    """The id of the seat."""
    activated_at: datetime
    """When it was taken."""
    last_checked_at: datetime | None
    """When the instance asked last."""


@dataclass(frozen=True)
class LicenseStanding:
    """How a license stands for an instance. It is signed by nobody: show it, and decide nothing by it."""

    is_valid: bool
    """Whether the license allows the run, whoever holds its seats."""
    license: LicenseUse
    """The license."""
    is_activated: bool
    """Whether the instance holds a seat."""
    activation: ActivationUse | None
    """Its seat."""
    denials: tuple[Reason, ...]
    """Why the license does not allow it."""
    notices: tuple[Reason, ...]
    """What there is to know besides."""


class Client(_Bound):
    """Talks to a license authority. Keep one per process: it keeps its connections.

    Every call, of a client or of a session that asks it, ends within `give_up_after`, a storage of your own aside;
    documents already held stay good whatever comes of it. Methods are for asyncio; those that end in `_blocking` wait,
    and a signal such as that of Ctrl-C is handled once they end. After a fork the child makes connections of its own.
    """

    __slots__ = ("_address", "_inner_or_closed")

    def __init__(
        self,
        url: str,
        trust: TrustStore,
        *,
        attempts: int | None = None,
        first_wait: timedelta | None = None,
        give_up_after: timedelta | None = None,
        connect_within: timedelta | None = None,
        only_roots: str | None = None,
        pins: Iterable[Pin] = (),
        proxy: Proxy | None = None,
        insecure_http: bool = False,
    ) -> None:
        """A client of the authority at that address.

        A request is sent 3 times at most (`attempts`), the second time after up to half a second
        (`first_wait`), and a call ends after 30 seconds (`give_up_after`), of which 10 at most are for a
        connection (`connect_within`). `only_roots` are certificate authorities in PEM, and no others are
        trusted; `pins` name certificates in place of that. `proxy` is the system's unless stated.
        `insecure_http` asks without TLS at any address; a loopback address needs no such permission.
        """
        settings = call(
            lambda: ffi.ClientSettings(
                attempts=attempts,
                first_wait=first_wait,
                give_up_after=give_up_after,
                connect_within=connect_within,
                only_roots=only_roots,
                pins=[inner(pin, Pin) for pin in pins],
                proxy=None if proxy is None else inner(proxy, Proxy),
                insecure_http=flag(insecure_http),
            )
        )
        self._inner_or_closed: ffi.Client | None = call(ffi.Client, url, inner(trust, TrustStore), settings)
        self._address = url

    @property
    def _inner(self) -> ffi.Client:
        if self._inner_or_closed is None:
            raise Unfit("the client was closed", code="closed")
        return self._inner_or_closed

    async def activate(self, claimant: Claimant) -> Activation:
        """Claims a seat, or confirms the one that the instance holds. Safe to repeat."""
        return _activation(await call_async(self._inner.activate, inner(claimant, Claimant)))

    def activate_blocking(self, claimant: Claimant) -> Activation:
        """As `activate`, and waits for it."""
        return _activation(call(self._inner.activate_blocking, inner(claimant, Claimant)))

    async def renew(self, lease: Lease) -> Renewal:
        """Exchanges a lease for one that runs longer."""
        return _renewal(await call_async(self._inner.renew, inner(lease, Lease)))

    def renew_blocking(self, lease: Lease) -> Renewal:
        """As `renew`, and waits for it."""
        return _renewal(call(self._inner.renew_blocking, inner(lease, Lease)))

    async def standing(self, claimant: Claimant) -> LicenseStanding:
        """What the authority knows of a license and an instance, without taking a seat."""
        return _standing(await call_async(self._inner.standing, inner(claimant, Claimant)))

    def standing_blocking(self, claimant: Claimant) -> LicenseStanding:
        """As `standing`, and waits for it."""
        return _standing(call(self._inner.standing_blocking, inner(claimant, Claimant)))

    async def deactivate(self, lease: Lease) -> None:
        """Gives the seat up. Giving up a seat that is not held succeeds."""
        await call_async(self._inner.deactivate, inner(lease, Lease))

    def deactivate_blocking(self, lease: Lease) -> None:
        """As `deactivate`, and waits for it."""
        call(self._inner.deactivate_blocking, inner(lease, Lease))

    async def statuses(self, license: License) -> StatusList | None:
        """The present status list; `None` for a license that names none."""
        return _statuses(await call_async(self._inner.statuses, inner(license, License)))

    def statuses_blocking(self, license: License) -> StatusList | None:
        """As `statuses`, and waits for it."""
        return _statuses(call(self._inner.statuses_blocking, inner(license, License)))

    async def answer(self, request: ActivationRequest) -> str:
        """Has the request of a machine without a network answered, for a person who carries both."""
        return await call_async(self._inner.answer, _request(request))

    def answer_blocking(self, request: ActivationRequest) -> str:
        """As `answer`, and waits for it."""
        return call(self._inner.answer_blocking, _request(request))

    def close(self) -> None:
        """Lets its connections go. It asks nothing any more: a call raises `Unfit` with the code `closed`.

        A call that is under way goes on to its end.
        """
        self._inner_or_closed = None

    def __enter__(self) -> Client:
        _ = self._inner  # Raises where it was closed.
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Client:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self._address!r})"


def _request(request: ActivationRequest) -> Any:
    from ._session import ActivationRequest

    return inner(request, ActivationRequest)


def _activation(stated: Any) -> Activation:
    lease = None if stated.lease is None else Lease._of(stated.lease)
    return Activation(License._of(stated.license), lease, stated.seats_used, stated.seats_remaining)


def _renewal(stated: Any) -> Renewal:
    return Renewal(License._of(stated.license), Lease._of(stated.lease))


def _statuses(stated: Any) -> StatusList | None:
    return None if stated is None else StatusList._of(stated)


def _standing(stated: Any) -> LicenseStanding:
    of, seat = stated.license, stated.activation
    return LicenseStanding(
        is_valid=stated.is_valid,
        license=LicenseUse(
            id=of.id,
            status=of.status.name.lower(),
            seat_limit=of.seat_limit,
            seats_used=of.seats_used,
            seats_remaining=of.seats_remaining,
            expires_at=optional_moment(of.expires_at),
        ),
        is_activated=stated.is_activated,
        activation=None
        if seat is None
        else ActivationUse(seat.id, moment(seat.activated_at), optional_moment(seat.last_checked_at)),
        denials=tuple(Reason(reason.code, reason.report) for reason in stated.denials),
        notices=tuple(Reason(reason.code, reason.report) for reason in stated.notices),
    )
