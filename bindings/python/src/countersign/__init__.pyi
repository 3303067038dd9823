# The public package, as type checkers and editors see it. Docs stand in the source, where tools that read
# stubs find them; that both say the same is checked by stubtest and by bindings/python/tests/test_stub.py.
# pdoc runs this file, so it is one that can be run.
from __future__ import annotations

import enum
import os
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from types import TracebackType

if sys.version_info >= (3, 11):
    from typing import Never, Self
else:
    from typing_extensions import Never, Self

__all__ = [
    "Activation",
    "ActivationRequest",
    "ActivationTerms",
    "ActivationUse",
    "Challenge",
    "Check",
    "Claimant",
    "Client",
    "ClientError",
    "ClockError",
    "ClockGuard",
    "ClockReading",
    "CountersignError",
    "DamagedState",
    "Decision",
    "Denial",
    "Entitlement",
    "FileStorage",
    "FixedClock",
    "ImportRefused",
    "Instance",
    "InstanceError",
    "InternalError",
    "InvalidType",
    "InvalidValue",
    "Lease",
    "License",
    "LicenseError",
    "LicenseKey",
    "LicenseStanding",
    "LicenseUse",
    "ListedStatus",
    "MemoryStorage",
    "NewerState",
    "Notice",
    "Pin",
    "Proxy",
    "Purpose",
    "QrError",
    "Reason",
    "Refresh",
    "Refused",
    "Renewal",
    "Run",
    "SeatRule",
    "Session",
    "SessionCheck",
    "SessionError",
    "SettingsError",
    "Signals",
    "StateOfAnotherProduct",
    "StatusList",
    "StatusTerms",
    "Storage",
    "StorageFailed",
    "Tick",
    "TrustStore",
    "TrustUpdate",
    "TrustedKey",
    "Unfit",
    "Unreachable",
    "Unsaved",
    "Untrusted",
    "Window",
    "__version__",
    "document_kind",
    "match_address",
    "match_domain",
    "normalize_address",
    "normalize_address_pattern",
    "normalize_domain",
    "normalize_domain_pattern",
    "qr_svg",
    "qr_terminal",
]

__version__: str

# --- Documents

def document_kind(text: str) -> str: ...
@dataclass(frozen=True)
class TrustedKey:
    id: str
    pem: str
    documents: tuple[str, ...] | None
    brands: tuple[str, ...] | None
    products: tuple[str, ...] | None
    not_before: datetime | None
    ends_at: datetime | None
    state: str

class TrustStore:
    def __init__(self, keys: str) -> None: ...
    def updated(self, update: TrustUpdate) -> TrustStore: ...
    @property
    def keys(self) -> tuple[TrustedKey, ...]: ...
    @property
    def sequence(self) -> int: ...
    def to_jwks(self) -> str: ...

class _Document:
    # `Never`: nobody can give it, for these are made by the package alone, here and below.
    def __init__(self, *_: Never) -> None: ...
    @classmethod
    def verify(cls, content: str | bytes, trust: TrustStore) -> Self: ...
    @property
    def issued_at(self) -> datetime: ...
    @property
    def signed_by(self) -> str: ...

class License(_Document):
    def evaluate(
        self,
        run: Run,
        at: ClockReading | datetime | None = None,
        *,
        lease: Lease | None = None,
        statuses: StatusList | None = None,
        highest_revision: int | None = None,
        notice_before: Iterable[timedelta] | None = None,
        last_contact_at: datetime | None = None,
        last_status: ListedStatus | None = None,
    ) -> Decision: ...
    def prepare(self, run: Run) -> Check: ...
    @property
    def id(self) -> str: ...
    @property
    def product(self) -> str: ...
    @property
    def customer(self) -> str | None: ...
    @property
    def revision(self) -> int: ...
    @property
    def label(self) -> str | None: ...
    @property
    def edition(self) -> str | None: ...
    @property
    def validity(self) -> Window: ...
    @property
    def updates_until(self) -> datetime | None: ...
    @property
    def support_until(self) -> datetime | None: ...
    @property
    def updates_end(self) -> datetime | None: ...
    @property
    def support_end(self) -> datetime | None: ...
    @property
    def domains(self) -> tuple[str, ...] | None: ...
    @property
    def addresses(self) -> tuple[str, ...] | None: ...
    @property
    def exempt(self) -> tuple[str, ...]: ...
    @property
    def seats(self) -> SeatRule: ...
    @property
    def activation(self) -> ActivationTerms | None: ...
    @property
    def entitlements(self) -> dict[str, Entitlement]: ...
    @property
    def limits(self) -> dict[str, int]: ...
    @property
    def status(self) -> StatusTerms | None: ...
    @property
    def meta(self) -> dict[str, str]: ...
    @property
    def text(self) -> str: ...
    def takes_no_seat(self, instance: Instance) -> bool: ...

class Lease(_Document):
    @property
    def id(self) -> str: ...
    @property
    def activation_id(self) -> str: ...
    @property
    def product(self) -> str: ...
    @property
    def license_id(self) -> str: ...
    @property
    def revision(self) -> int: ...
    @property
    def instance(self) -> Instance: ...
    @property
    def ends_at(self) -> datetime: ...
    @property
    def renew_at(self) -> datetime: ...
    @property
    def fence(self) -> int: ...
    @property
    def nonce(self) -> str: ...
    @property
    def text(self) -> str: ...

class StatusList(_Document):
    def check_newer(self, held: StatusList) -> None: ...
    @property
    def brand(self) -> str: ...
    @property
    def uri(self) -> str: ...
    def entry(self, index: int) -> int | None: ...
    @property
    def ends_at(self) -> datetime | None: ...
    @property
    def refresh_at(self) -> datetime | None: ...
    @property
    def text(self) -> str: ...

class TrustUpdate(_Document):
    @property
    def brand(self) -> str: ...
    @property
    def sequence(self) -> int: ...
    @property
    def keys(self) -> tuple[TrustedKey, ...]: ...

# --- Terms

@dataclass(frozen=True)
class Window:
    starts_at: datetime | None
    ends_at: datetime | None
    grace: timedelta

@dataclass(frozen=True)
class SeatRule:
    limit: int | None
    on_full: str
    hold: str
    handovers: int | None

@dataclass(frozen=True)
class ActivationTerms:
    lease: timedelta
    renew: timedelta

@dataclass(frozen=True)
class Entitlement:
    until: datetime | None
    value: str | None

@dataclass(frozen=True)
class StatusTerms:
    index: int
    uri: str
    freshness: timedelta | None

# --- What a product states

class Purpose(enum.Enum):
    RUN = "run"
    UPDATE = "update"
    SUPPORT = "support"

@dataclass(frozen=True)
class Instance:
    kind: str
    value: str
    @classmethod
    def domain(cls, value: str) -> Instance: ...
    @classmethod
    def host(cls, value: str) -> Instance: ...
    @classmethod
    def machine(cls, value: str) -> Instance: ...
    @classmethod
    def of_variable(cls, name: str) -> Instance: ...
    @classmethod
    def of_file(cls, path: str) -> Instance: ...

class LicenseKey:
    def __init__(self, text: str) -> None: ...
    @property
    def text(self) -> str: ...
    @property
    def is_generated(self) -> bool: ...
    @property
    def prefix(self) -> str | None: ...

@dataclass(frozen=True)
class ListedStatus:
    status: int
    listed_at: datetime

@dataclass(frozen=True)
class Run:
    product: str
    purpose: Purpose = Purpose.RUN
    domain: str | None = None
    address: str | IPv4Address | IPv6Address | None = None
    instance: Instance | None = None
    requires: Iterable[str] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    released_at: datetime | None = None

# --- Decisions

@dataclass(frozen=True)
class Denial:
    code: str
    text: str
    facts: dict[str, object]

@dataclass(frozen=True)
class Notice:
    code: str
    text: str
    facts: dict[str, object]

@dataclass(frozen=True)
class Reason:
    code: str
    report: str

class Decision:
    allowed: bool
    def __init__(self, inner: Never) -> None: ...
    @classmethod
    def without_license(cls, clock: ClockReading) -> Decision: ...
    def __bool__(self) -> bool: ...
    @property
    def denials(self) -> tuple[Denial, ...]: ...
    @property
    def notices(self) -> tuple[Notice, ...]: ...
    @property
    def decided_at(self) -> datetime: ...
    @property
    def holds_until(self) -> datetime | None: ...
    @property
    def last_contact_at(self) -> datetime | None: ...
    def entitled(self, code: str) -> bool: ...
    def stays_on(self, code: str) -> bool: ...
    def report(self) -> str: ...

class _Kept:
    def __init__(self) -> None: ...
    def allowed(self) -> bool: ...
    def entitled(self, code: str) -> bool: ...
    def stays_on(self, code: str) -> bool: ...
    def decision(self) -> Decision: ...

class Check(_Kept):
    def __init__(self, inner: Never) -> None: ...
    @property
    def license(self) -> License: ...
    @property
    def run(self) -> Run: ...
    @property
    def lease(self) -> Lease | None: ...
    @lease.setter
    def lease(self, lease: Lease | None) -> None: ...
    @property
    def statuses(self) -> StatusList | None: ...
    @statuses.setter
    def statuses(self, statuses: StatusList | None) -> None: ...
    @property
    def highest_revision(self) -> int | None: ...
    @highest_revision.setter
    def highest_revision(self, revision: int | None) -> None: ...
    @property
    def notice_before(self) -> tuple[timedelta, ...] | None: ...
    @notice_before.setter
    def notice_before(self, thresholds: Iterable[timedelta] | None) -> None: ...
    @property
    def last_contact_at(self) -> datetime | None: ...
    @last_contact_at.setter
    def last_contact_at(self, moment: datetime | None) -> None: ...
    @property
    def last_status(self) -> ListedStatus | None: ...
    @last_status.setter
    def last_status(self, listed: ListedStatus | None) -> None: ...
    @property
    def guard(self) -> ClockGuard | None: ...
    @guard.setter
    def guard(self, guard: ClockGuard | None) -> None: ...
    def evaluate(self, at: ClockReading | datetime | None = None) -> Decision: ...

class SessionCheck(_Kept):
    def __init__(self, session: Session, inner: Never, *, is_clock_fixed: bool) -> None: ...
    def evaluate(self) -> Decision: ...

# --- Clocks

@dataclass(frozen=True)
class Tick:
    wall: datetime
    monotonic: timedelta
    @classmethod
    def now(cls) -> Tick: ...

class ClockReading:
    def __init__(self, inner: Never) -> None: ...
    @classmethod
    def trusted(cls, now: datetime | None = None) -> ClockReading: ...
    @property
    def now(self) -> datetime: ...
    @property
    def behind(self) -> timedelta: ...

class ClockGuard:
    def __init__(self, start: Tick | None = None) -> None: ...
    @classmethod
    def restore(cls, state: str, key: bytes, start: Tick | None = None) -> ClockGuard: ...
    def unguarded(self) -> None: ...
    def hold(self, newest: datetime | None, tick: Tick | None = None) -> None: ...
    def accepts(self, issued_at: datetime, tick: Tick | None = None) -> bool: ...
    def read(self, tick: Tick | None = None) -> ClockReading: ...
    def peek(self, tick: Tick | None = None) -> ClockReading: ...
    def heal(self, challenge: Challenge, answer: Lease, tick: Tick | None = None) -> None: ...
    def save(self, key: bytes) -> str: ...

class Challenge:
    def __init__(self, nonce: str, sent: timedelta | None = None) -> None: ...

class FixedClock:
    def __init__(self, wall: datetime) -> None: ...
    def advance(self, time: timedelta) -> None: ...
    def set_wall(self, wall: datetime) -> None: ...

# --- An authority's client

@dataclass(frozen=True)
class Pin:
    sha256: bytes
    of: str = "public_key"
    @classmethod
    def public_key(cls, sha256: bytes) -> Pin: ...
    @classmethod
    def certificate(cls, sha256: bytes) -> Pin: ...

@dataclass(frozen=True)
class Proxy:
    url: str | None = field(repr=False)

@dataclass(frozen=True)
class Claimant:
    product: str
    license_key: LicenseKey
    instance: Instance

@dataclass(frozen=True)
class Activation:
    license: License
    lease: Lease | None
    seats_used: int
    seats_remaining: int | None

@dataclass(frozen=True)
class Renewal:
    license: License
    lease: Lease

@dataclass(frozen=True)
class LicenseUse:
    id: str
    status: str
    seat_limit: int | None
    seats_used: int
    seats_remaining: int | None
    expires_at: datetime | None

@dataclass(frozen=True)
class ActivationUse:
    id: str
    activated_at: datetime
    last_checked_at: datetime | None

@dataclass(frozen=True)
class LicenseStanding:
    is_valid: bool
    license: LicenseUse
    is_activated: bool
    activation: ActivationUse | None
    denials: tuple[Reason, ...]
    notices: tuple[Reason, ...]

class Client:
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
    ) -> None: ...
    async def activate(self, claimant: Claimant) -> Activation: ...
    def activate_blocking(self, claimant: Claimant) -> Activation: ...
    async def renew(self, lease: Lease) -> Renewal: ...
    def renew_blocking(self, lease: Lease) -> Renewal: ...
    async def standing(self, claimant: Claimant) -> LicenseStanding: ...
    def standing_blocking(self, claimant: Claimant) -> LicenseStanding: ...
    async def deactivate(self, lease: Lease) -> None: ...
    def deactivate_blocking(self, lease: Lease) -> None: ...
    async def statuses(self, license: License) -> StatusList | None: ...
    def statuses_blocking(self, license: License) -> StatusList | None: ...
    async def answer(self, request: ActivationRequest) -> str: ...
    def answer_blocking(self, request: ActivationRequest) -> str: ...
    def close(self) -> None: ...
    def __enter__(self) -> Client: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...
    async def __aenter__(self) -> Client: ...
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

# --- Sessions

@dataclass(frozen=True)
class Refresh:
    activated: bool
    renewed: bool
    statuses: bool
    left_to_another: bool

class Signals:
    def __init__(self, product: str, values: Mapping[str, str]) -> None: ...
    @classmethod
    def of_this_machine(cls, product: str) -> Signals: ...

class ActivationRequest:
    def __init__(self, text: str) -> None: ...
    @property
    def text(self) -> str: ...

class Session:
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
    ) -> None: ...
    def decide(self, run: Run | None = None) -> Decision: ...
    def prepare(self, run: Run | None = None) -> SessionCheck: ...
    def run(self) -> Run: ...
    @property
    def instance(self) -> Instance: ...
    @property
    def license(self) -> License | None: ...
    def check_documents(self) -> None: ...
    @property
    def last_contact_at(self) -> datetime | None: ...
    @property
    def is_moved(self) -> bool: ...
    @property
    def is_kept(self) -> bool: ...
    @property
    def lost_list(self) -> str | None: ...
    @property
    def storage_failure(self) -> BaseException | None: ...
    async def activate(self, client: Client, license_key: LicenseKey | str) -> Refresh: ...
    def activate_blocking(self, client: Client, license_key: LicenseKey | str) -> Refresh: ...
    async def refresh(self, client: Client) -> Refresh: ...
    def refresh_blocking(self, client: Client) -> Refresh: ...
    async def refresh_now(self, client: Client) -> Refresh: ...
    def refresh_now_blocking(self, client: Client) -> Refresh: ...
    async def deactivate(self, client: Client) -> None: ...
    def deactivate_blocking(self, client: Client) -> None: ...
    async def background(self, client: Client) -> None: ...
    def background_blocking(self, client: Client, stop: threading.Event) -> None: ...
    def activation_request(self, license_key: LicenseKey | str) -> ActivationRequest: ...
    def import_text(self, text: str) -> str: ...
    def tick(self) -> None: ...
    def save(self) -> None: ...
    def next_wait(self) -> timedelta: ...
    def close(self) -> None: ...
    def __enter__(self) -> Session: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

class Storage:
    def load(self, name: str) -> str | None: ...
    def save(self, name: str, text: str) -> None: ...
    def lock(self) -> None: ...
    def unlock(self) -> None: ...

class FileStorage:
    folder: str
    def __init__(self, folder: str | os.PathLike[str]) -> None: ...
    @classmethod
    def of_user(cls, product: str) -> FileStorage | None: ...

class MemoryStorage:
    def __init__(self) -> None: ...

# --- Names, and QR codes

def normalize_domain(text: str) -> str: ...
def normalize_domain_pattern(text: str) -> str: ...
def normalize_address(text: str) -> str: ...
def normalize_address_pattern(text: str) -> str: ...
def match_domain(patterns: Iterable[str], text: str) -> bool: ...
def match_address(patterns: Iterable[str], text: str) -> bool: ...
def qr_svg(text: str) -> str: ...
def qr_terminal(text: str) -> str: ...

# --- Errors

class CountersignError(Exception):
    code: str
    def __init__(self, text: str, *, code: str) -> None: ...

class InvalidValue(CountersignError, ValueError): ...
class InvalidType(CountersignError, TypeError): ...

class LicenseError(CountersignError, ValueError):
    refusal: int | None
    def __init__(self, text: str, *, code: str, refusal: int | None = None) -> None: ...

class ClockError(CountersignError): ...
class SettingsError(CountersignError, ValueError): ...
class InstanceError(CountersignError, ValueError): ...
class QrError(CountersignError, ValueError): ...

class ClientError(CountersignError):
    cause: str | None
    def __init__(self, text: str, *, code: str, cause: str | None = None) -> None: ...

class Unreachable(ClientError):
    retry_after: timedelta | None
    def __init__(
        self, text: str, *, code: str, cause: str | None = None, retry_after: timedelta | None = None
    ) -> None: ...

class Untrusted(ClientError): ...

class Refused(ClientError):
    status: int
    title: str
    detail: str
    denials: Sequence[Reason]
    errors: Mapping[str, Sequence[str]]
    def __init__(
        self,
        text: str,
        *,
        code: str,
        status: int,
        title: str,
        detail: str,
        denials: Sequence[Reason],
        errors: Mapping[str, Sequence[str]],
    ) -> None: ...

class Unsaved(ClientError): ...
class Unfit(ClientError): ...
class SessionError(CountersignError): ...
class DamagedState(SessionError): ...
class NewerState(SessionError): ...

class StateOfAnotherProduct(SessionError):
    held: str
    def __init__(self, text: str, *, code: str, held: str) -> None: ...

class StorageFailed(SessionError): ...

class ImportRefused(CountersignError):
    refusal: int | None
    def __init__(self, text: str, *, code: str, refusal: int | None = None) -> None: ...

class InternalError(CountersignError): ...
