"""Licenses that your program checks by itself: in process, offline, with every reason when the answer is no.

A license is a small signed file. Verify it with the keys that you trust, ask before you run, update,
give support or open a feature, and get one decision:

```python
import countersign

trust = countersign.TrustStore(keys)
license = countersign.License.verify(text, trust)
decision = license.evaluate(countersign.Run("acme/editor"))
if not decision:
    print(decision.denials)
```

`Session` keeps a license between runs, and a `Client` activates and renews it with an authority. Moments
are aware `datetime` values, in and out. Whatever is wrong with bytes, values or a network is a
`CountersignError`; that a genuine license says no is none, but a denial.
"""

from ._check import Check, SessionCheck
from ._client import Activation, ActivationUse, Claimant, Client, LicenseStanding, LicenseUse, Pin, Proxy, Renewal
from ._clock import Challenge, ClockGuard, ClockReading, FixedClock, Tick
from ._decision import Decision, Denial, Notice, Reason
from ._documents import Lease, License, StatusList, TrustedKey, TrustStore, TrustUpdate, document_kind
from ._errors import (
    ClientError,
    ClockError,
    CountersignError,
    DamagedState,
    ImportRefused,
    InstanceError,
    InternalError,
    InvalidType,
    InvalidValue,
    LicenseError,
    NewerState,
    QrError,
    Refused,
    SessionError,
    SettingsError,
    StateOfAnotherProduct,
    StorageFailed,
    Unfit,
    Unreachable,
    Unsaved,
    Untrusted,
)
from ._library import __version__
from ._names import (
    match_address,
    match_domain,
    normalize_address,
    normalize_address_pattern,
    normalize_domain,
    normalize_domain_pattern,
)
from ._pace import Pace
from ._qr import qr_svg, qr_terminal
from ._run import Instance, LicenseKey, ListedStatus, Purpose, Run
from ._session import ActivationRequest, Refresh, Session, Signals
from ._storage import FileStorage, MemoryStorage, Storage
from ._terms import ActivationTerms, Entitlement, SeatRule, StatusTerms, Window

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
    "Pace",
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
