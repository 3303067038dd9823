"""What an authority signs, verified."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from ._check import Check, context_of
from ._clock import ClockReading
from ._decision import Decision
from ._errors import InvalidType, call, inner
from ._library import ffi
from ._moments import moment, optional_moment
from ._run import Instance, ListedStatus, Run, instance_of
from ._shared import _Shared
from ._terms import ActivationTerms, Entitlement, SeatRule, StatusTerms, Window

D = TypeVar("D", bound="_Document")


def document_kind(text: str) -> str:
    """The kind of document that a text says it is, armoured or bare. Nothing is verified.

    It is `license`, `lease`, `status_list` or `trust_update`.
    """
    return call(ffi.document_kind, text).name.lower()


@dataclass(frozen=True)
class TrustedKey:
    """A key, and what it is trusted for. Every restriction is `None` unless stated."""

    id: str
    """The name of the key: its RFC 7638 thumbprint."""
    pem: str
    """The key, in PEM."""
    documents: tuple[str, ...] | None
    """The kinds of documents it may sign; `None` for licenses, leases and status lists."""
    brands: tuple[str, ...] | None
    """The brands it may sign for."""
    products: tuple[str, ...] | None
    """The products, by their own codes, that it may sign for."""
    not_before: datetime | None
    """Documents signed earlier are refused."""
    ends_at: datetime | None
    """Documents signed at or after it are refused."""
    state: str
    """Whether the authority signs with it: `active`, `standby`, `retired` or `revoked`."""


def _trusted_key(stated: Any) -> TrustedKey:
    return TrustedKey(
        id=stated.id,
        pem=stated.pem,
        documents=None if stated.documents is None else tuple(kind.name.lower() for kind in stated.documents),
        brands=None if stated.brands is None else tuple(stated.brands),
        products=None if stated.products is None else tuple(stated.products),
        not_before=optional_moment(stated.not_before),
        ends_at=optional_moment(stated.ends_at),
        state=stated.state.name.lower(),
    )


class TrustStore(_Shared):
    """The keys a host accepts documents from.

    Ship at least two: the key in use and its successor, so that the authority can change keys without a new
    release of the product.
    """

    __slots__ = ("_inner",)

    def __init__(self, keys: str) -> None:
        """Reads what keys are kept in: a JWK Set, or one key as PEM or base64."""
        self._inner = call(ffi.TrustStore, keys)

    def updated(self, update: TrustUpdate) -> TrustStore:
        """The trust that the update states, in place of this one. The documents that a host holds are to be verified
        anew with it.
        """
        store = TrustStore.__new__(TrustStore)
        store._inner = call(self._inner.updated, inner(update, TrustUpdate))
        return store

    @property
    def keys(self) -> tuple[TrustedKey, ...]:
        """Every trusted key, in the order of their names."""
        return tuple(_trusted_key(key) for key in self._inner.keys())

    @property
    def sequence(self) -> int:
        """How many updates came before this trust: an update counts only above it."""
        return self._inner.sequence()

    def to_jwks(self) -> str:
        """The store as a JWK Set, on one line, to be kept in place of the one it was made from."""
        return self._inner.to_jwks()

    def __repr__(self) -> str:
        return f"TrustStore({[key.id for key in self._inner.keys()]})"


class _Document(_Shared):
    __slots__ = ("_inner",)

    _kind: Any
    _inner: Any

    def __init__(self, *_: object) -> None:
        """Documents are given by `verify`, and by authorities."""
        raise InvalidType(f"`{type(self).__name__}.verify` gives one", code="invalid_type")

    @classmethod
    def verify(cls: type[D], content: str | bytes, trust: TrustStore) -> D:
        """Checks the signature of a document, as text or as it was read from a file, and reads it."""
        read = cls._kind.verify_bytes if isinstance(content, bytes) else cls._kind.verify
        return cls._of(call(read, content, inner(trust, TrustStore)))

    @classmethod
    def _of(cls: type[D], inner: Any) -> D:
        document = cls.__new__(cls)
        document._inner = inner
        return document

    @property
    def issued_at(self) -> datetime:
        """When it was signed."""
        return moment(self._inner.issued_at())

    @property
    def signed_by(self) -> str:
        """The name of the key whose signature was checked."""
        return str(self._inner.signed_by())


class License(_Document):
    """What a customer bought: the terms the authority signed. What is `None` is not restricted."""

    __slots__ = ()

    _kind = ffi.License
    _inner: ffi.License

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
    ) -> Decision:
        """Decides whether it allows a run, with every reason; at this machine's moment unless stated."""
        context = context_of(
            at, lease, statuses, highest_revision, notice_before, last_contact_at, last_status
        )
        return Decision(call(self._inner.evaluate, inner(run, Run), context))

    def report(
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
    ) -> str:
        """Decides, and gives the report of docs/rules.md alone: JSON on one line.

        It takes what `evaluate` takes, and less time than that and `Decision.report`.
        """
        context = context_of(
            at, lease, statuses, highest_revision, notice_before, last_contact_at, last_status
        )
        return call(self._inner.report, inner(run, Run), context)

    def prepare(self, run: Run) -> Check:
        """Binds a run to this license, so that asking again costs next to nothing."""
        return Check(call(self._inner.prepare, inner(run, Run)))

    @property
    def id(self) -> str:
        """The authority's identifier, unique for ever. Not the license key that the customer types."""
        return self._inner.id()

    @property
    def product(self) -> str:
        """The product it is for: brand and code."""
        return self._inner.product()

    @property
    def customer(self) -> str | None:
        """The customer, as the operator names them."""
        return self._inner.customer()

    @property
    def revision(self) -> int:
        """Which edit of the terms this is; the host keeps the highest it has seen."""
        return self._inner.revision()

    @property
    def label(self) -> str | None:
        """A label: `perpetual`, `subscription`, `trial`, `lifetime`, or the vendor's own."""
        return self._inner.label()

    @property
    def edition(self) -> str | None:
        """A label: `community`, `commercial`, `cloud`, or the vendor's own."""
        return self._inner.edition()

    @property
    def validity(self) -> Window:
        """When the product may run."""
        window = self._inner.validity()
        starts_at, ends_at = optional_moment(window.starts_at), optional_moment(window.ends_at)
        return Window(starts_at, ends_at, window.grace)

    @property
    def updates_until(self) -> datetime | None:
        """Releases published before it may be installed; `None` where the license does not say."""
        return optional_moment(self._inner.updates_until())

    @property
    def support_until(self) -> datetime | None:
        """When the brand's support ends; `None` where the license does not say."""
        return optional_moment(self._inner.support_until())

    @property
    def updates_end(self) -> datetime | None:
        """When updates end: the stated end, else that of the validity without its grace period."""
        return optional_moment(self._inner.updates_end())

    @property
    def support_end(self) -> datetime | None:
        """When support ends: the stated end, else that of the validity without its grace period."""
        return optional_moment(self._inner.support_end())

    @property
    def domains(self) -> tuple[str, ...] | None:
        """Patterns of the domains it may serve; `None` for any."""
        patterns = self._inner.domains()
        return None if patterns is None else tuple(patterns)

    @property
    def addresses(self) -> tuple[str, ...] | None:
        """Patterns of the addresses it may run at; `None` for any."""
        patterns = self._inner.addresses()
        return None if patterns is None else tuple(patterns)

    @property
    def exempt(self) -> tuple[str, ...]:
        """Where the rules are waived: `development`."""
        return tuple(exemption.name.lower() for exemption in self._inner.exempt())

    @property
    def seats(self) -> SeatRule:
        """How many instances may run at once, and what happens when one more asks."""
        rule = self._inner.seats()
        return SeatRule(rule.limit, rule.on_full.name.lower(), rule.hold.name.lower(), rule.handovers)

    @property
    def activation(self) -> ActivationTerms | None:
        """That an instance must hold a seat to run, and how long it may prove that offline; `None` where it needs none."""
        terms = self._inner.activation()
        return None if terms is None else ActivationTerms(terms.lease, terms.renew)

    @property
    def entitlements(self) -> dict[str, Entitlement]:
        """The features it unlocks, by their codes."""
        rights = sorted(self._inner.entitlements().items())
        return {code: Entitlement(optional_moment(right.until), right.value) for code, right in rights}

    @property
    def limits(self) -> dict[str, int]:
        """Named allowances; what is not named has no limit."""
        return dict(sorted(self._inner.limits().items()))

    @property
    def status(self) -> StatusTerms | None:
        """Where the authority states whether it honors the license; `None` if it never takes it back."""
        terms = self._inner.status()
        return None if terms is None else StatusTerms(terms.index, terms.uri, terms.freshness)

    @property
    def meta(self) -> dict[str, str]:
        """The vendor's own names and values."""
        return dict(sorted(self._inner.meta().items()))

    @property
    def text(self) -> str:
        """The bare text that was verified, to be kept."""
        return self._inner.text()

    def takes_no_seat(self, instance: Instance) -> bool:
        """Whether an instance runs without a seat: one of development, where the license exempts those."""
        return call(self._inner.takes_no_seat, inner(instance, Instance))

    def __repr__(self) -> str:
        return f"License({self.id!r}, product={self.product!r}, revision={self.revision})"


class Lease(_Document):
    """The authority's word that an instance holds a seat, good until it ends."""

    __slots__ = ()

    _kind = ffi.Lease
    _inner: ffi.Lease

    @property
    def id(self) -> str:
        """The identifier of this lease, never used twice."""
        return self._inner.id()

    @property
    def activation_id(self) -> str:
        """The activation whose seat it is."""
        return self._inner.activation_id()

    @property
    def product(self) -> str:
        """The product that the license is for."""
        return self._inner.product()

    @property
    def license_id(self) -> str:
        """The license whose seat it is."""
        return self._inner.license_id()

    @property
    def revision(self) -> int:
        """The revision of the license's terms when the lease was signed."""
        return self._inner.revision()

    @property
    def instance(self) -> Instance:
        """Who holds the seat."""
        return instance_of(self._inner.instance())

    @property
    def ends_at(self) -> datetime:
        """The first moment it no longer counts."""
        return moment(self._inner.ends_at())

    @property
    def renew_at(self) -> datetime:
        """When a host should renew it."""
        return moment(self._inner.renew_at())

    @property
    def fence(self) -> int:
        """Grows each time any seat of the license changes hands."""
        return self._inner.fence()

    @property
    def nonce(self) -> str:
        """What the host sent, in base64url: proof that the authority answered just then."""
        return self._inner.nonce()

    @property
    def text(self) -> str:
        """The bare text that was verified, to be kept. It is a secret: who has it can use the seat."""
        return self._inner.text()

    def __repr__(self) -> str:
        return f"Lease(license_id={self.license_id!r}, ends_at={self.ends_at.isoformat()})"


class StatusList(_Document):
    """The standing of every license of a brand, one number each. A host keeps the newest list."""

    __slots__ = ()

    _kind = ffi.StatusList
    _inner: ffi.StatusList

    def check_newer(self, held: StatusList) -> None:
        """Raises a `LicenseError` where the list held is newer than this one."""
        call(self._inner.check_newer, inner(held, StatusList))

    @property
    def brand(self) -> str:
        """The brand that signed it."""
        return self._inner.brand()

    @property
    def uri(self) -> str:
        """Where it is fetched from; licenses name the list by it."""
        return self._inner.uri()

    def entry(self, index: int) -> int | None:
        """The entry at an index: 0 for a license that is honored, 1 for one that never will be again, 2 for one that is
        not for the time being, and other numbers that this release does not know. `None` beyond the end of the list.
        """
        return call(self._inner.entry, index)

    @property
    def ends_at(self) -> datetime | None:
        """The first moment it no longer counts; `None` if it does until a newer one comes."""
        return optional_moment(self._inner.ends_at())

    @property
    def refresh_at(self) -> datetime | None:
        """When a host should fetch a newer one; `None` if the list does not say."""
        return optional_moment(self._inner.refresh_at())

    @property
    def text(self) -> str:
        """The bare text that was verified, to be kept."""
        return self._inner.text()

    def __repr__(self) -> str:
        return f"StatusList({self.uri!r}, issued_at={self.issued_at.isoformat()})"


class TrustUpdate(_Document):
    """The keys that a host trusts from now on, all of them, in place of those it trusts."""

    __slots__ = ()

    _kind = ffi.TrustUpdate
    _inner: ffi.TrustUpdate

    @property
    def brand(self) -> str:
        """The brand that signed it."""
        return self._inner.brand()

    @property
    def sequence(self) -> int:
        """Grows with each update."""
        return self._inner.sequence()

    @property
    def keys(self) -> tuple[TrustedKey, ...]:
        """The keys that it states, in the order of their names."""
        return tuple(_trusted_key(key) for key in self._inner.keys())

    def __repr__(self) -> str:
        return f"TrustUpdate(brand={self.brand!r}, sequence={self.sequence})"
