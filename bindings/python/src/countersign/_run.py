"""What a product states of itself."""

from __future__ import annotations

import enum
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from ._errors import InvalidType, call
from ._library import ffi
from ._moments import optional_moment, optional_seconds
from ._shared import _Shared


class Purpose(enum.Enum):
    """What a decision is wanted for."""

    RUN = "run"
    """To run the product: the validity window counts."""
    UPDATE = "update"
    """To install a release: the updates window counts, at `Run.released_at`."""
    SUPPORT = "support"
    """To give support: the support window counts."""


@dataclass(frozen=True)
class Instance:
    """One installation of a product: what takes a seat."""

    kind: str
    """`domain`, `host` or `machine`."""
    value: str
    """Its value; of instances that are given out, in normal form."""

    @classmethod
    def domain(cls, value: str) -> Instance:
        """A web site, by its domain or URL."""
        return cls("domain", value)

    @classmethod
    def host(cls, value: str) -> Instance:
        """A computer, by its host name."""
        return cls("host", value)

    @classmethod
    def machine(cls, value: str) -> Instance:
        """A machine, by a value that is derived from it or was given to it."""
        return cls("machine", value)

    @classmethod
    def of_variable(cls, name: str) -> Instance:
        """The machine that an environment variable names, as of a container or a pod."""
        return instance_of(call(ffi.instance_of_variable, name))

    @classmethod
    def of_file(cls, path: str | os.PathLike[str]) -> Instance:
        """The machine that a file names, as it is mounted into a container: its first line."""
        return instance_of(call(ffi.instance_of_file, call(os.fspath, path)))

    @property
    def _inner(self) -> Any:
        kinds: dict[str, Any] = {
            "domain": ffi.Instance.DOMAIN,
            "host": ffi.Instance.HOST,
            "machine": ffi.Instance.MACHINE,
        }
        kind = kinds.get(self.kind) if isinstance(self.kind, str) else None
        if kind is None:
            raise InvalidType("the kind of an instance is domain, host or machine", code="invalid_type")
        return kind(self.value)


def instance_of(stated: Any) -> Instance:
    """An instance as the library gives it."""
    if stated.is_domain():
        return Instance("domain", stated[0])
    return Instance("host" if stated.is_host() else "machine", stated[0])


class LicenseKey(_Shared):
    """The code that a customer types to activate a product. It names a license and proves nothing."""

    __slots__ = ("_inner",)

    def __init__(self, text: str) -> None:
        """Reads what a customer typed. Of a generated key, case, blanks and dashes do not count."""
        self._inner = call(ffi.parse_license_key, text)

    @property
    def text(self) -> str:
        """The key as it is shown and stored. Who reads it can use the license: keep it out of logs."""
        return self._inner.text()

    @property
    def is_generated(self) -> bool:
        """Whether it has the form of generated keys, with a correct check symbol. Else it is a code that the brand chose."""
        return self._inner.is_generated()

    @property
    def prefix(self) -> str | None:
        """What stands before the first dash of a generated key: the product's prefix."""
        return self._inner.prefix()

    def __repr__(self) -> str:
        return "LicenseKey(…)"


@dataclass(frozen=True)
class ListedStatus:
    """What a status list said of a license."""

    status: int
    """The entry, as `StatusList.entry` gives it. What is no such number is one that this release does not know."""
    listed_at: datetime
    """When the list was signed."""


@dataclass(frozen=True)
class Run:
    """What the product states about one run. State what is known; a rule that needs more denies."""

    product: str
    """The product: brand and code, as `acme/editor`."""
    purpose: Purpose = Purpose.RUN
    """What the decision is wanted for."""
    domain: str | None = None
    """The domain it serves, as a name or a URL."""
    address: str | IPv4Address | IPv6Address | None = None
    """The address it runs at."""
    instance: Instance | None = None
    """This installation."""
    requires: Iterable[str] = ()
    """Entitlements that this run cannot do without: a tuple of them once it is made."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """How much of each limit is in use: a copy of what is stated."""
    released_at: datetime | None = None
    """When this release was published; an expired updates window does not stop older ones."""

    def __post_init__(self) -> None:
        if isinstance(self.requires, str):
            raise InvalidType("`requires` is a list of codes, not one text", code="invalid_type")
        if not isinstance(self.counts, Mapping):
            raise InvalidType("`counts` is a mapping of codes to numbers", code="invalid_type")
        # An iterator gives what it has once, and a run is asked about again and again.
        object.__setattr__(self, "requires", call(tuple, self.requires))
        object.__setattr__(self, "counts", call(dict, self.counts))

    @property
    def _inner(self) -> Any:
        if not isinstance(self.purpose, Purpose):
            raise InvalidType("a Purpose is asked for", code="invalid_type")
        if self.instance is not None and not isinstance(self.instance, Instance):
            raise InvalidType("an Instance is asked for", code="invalid_type")
        return call(
            lambda: ffi.Run(
                product=self.product,
                purpose=ffi.Purpose[self.purpose.name],
                domain=self.domain,
                address=str(self.address) if isinstance(self.address, (IPv4Address, IPv6Address)) else self.address,
                instance=None if self.instance is None else self.instance._inner,
                requires=list(self.requires),
                counts=dict(self.counts),
                released_at=optional_seconds(self.released_at),
            )
        )


def run_of(stated: Any) -> Run:
    """A run as the library gives it."""
    return Run(
        product=stated.product,
        purpose=Purpose[stated.purpose.name],
        domain=stated.domain,
        address=stated.address,
        instance=None if stated.instance is None else instance_of(stated.instance),
        requires=tuple(stated.requires),
        counts=dict(stated.counts),
        released_at=optional_moment(stated.released_at),
    )
