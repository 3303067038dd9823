"""What can be wrong, and how the library's errors become these."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from ._library import NegativeLength
from ._library import untyped as ffi

if TYPE_CHECKING:
    from ._decision import Reason

T = TypeVar("T")


class CountersignError(Exception):
    """Bytes, values, storage or a network are not what they should be. A denial is never an error."""

    code: str
    """The stable name of what is wrong, in snake case: what programs match. The text may change."""

    def __init__(self, text: str, *, code: str) -> None:
        super().__init__(text)
        self.code = code

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), self.args, self.__dict__)


class InvalidValue(CountersignError, ValueError):
    """A value has the right type and is not fit: `invalid_value` for a number out of range, `invalid_length` for a
    length of time below zero, `naive_datetime`, and `invalid_text` for a lone surrogate.
    """


class InvalidType(CountersignError, TypeError):
    """A value is of another type than the one that is asked for: `invalid_type`."""


class LicenseError(CountersignError, ValueError):
    """Text or bytes from outside are not what they claim to be: a document, a name, a key, a moment."""

    refusal: int | None
    """The number under which docs/format.md, section 6, lists it; `None` for what is no document."""

    def __init__(self, text: str, *, code: str, refusal: int | None = None) -> None:
        super().__init__(text, code=code)
        self.refusal = refusal


class ClockError(CountersignError):
    """A clock guard cannot take up a state or an answer."""


class SettingsError(CountersignError, ValueError):
    """No client can be made of what was set."""


class InstanceError(CountersignError, ValueError):
    """Nothing names the instance."""


class QrError(CountersignError, ValueError):
    """No QR code can be made of a text."""


class ClientError(CountersignError):
    """A request did not do what was asked. Documents already held stay good."""

    cause: str | None
    """What caused it, for who looks into it."""

    def __init__(self, text: str, *, code: str, cause: str | None = None) -> None:
        super().__init__(text, code=code)
        self.cause = cause


class Unreachable(ClientError):
    """The authority could not be asked, or the request not even made. Decide with the documents at hand, and ask
    again later.
    """

    retry_after: timedelta | None
    """How long the authority asks to be left alone."""

    def __init__(
        self, text: str, *, code: str, cause: str | None = None, retry_after: timedelta | None = None
    ) -> None:
        super().__init__(text, code=code, cause=cause)
        self.retry_after = retry_after


class Untrusted(ClientError):
    """The answer does not verify. It grants nothing: decide with the documents at hand."""


class Refused(ClientError):
    """The authority declined, and `code` says why. Tell the user; asking again changes nothing."""

    status: int
    """The status of HTTP."""
    title: str
    """The problem in a few words."""
    detail: str
    """The problem in a sentence."""
    denials: Sequence[Reason]
    """The rules that deny, where a license does."""
    errors: Mapping[str, Sequence[str]]
    """What is wrong with the request, by the names of its members."""

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
    ) -> None:
        super().__init__(text, code=code)
        self.status = status
        self.title = title
        self.detail = detail
        self.denials = denials
        self.errors = errors


class Unsaved(ClientError):
    """The seat is given up, and the session holds it no more, but that could not be saved.

    The session goes on trying; see that the state can be written.
    """


class Unfit(ClientError):
    """The call is not to be made as it was: the client is closed, or a storage made it while it was called.

    Nobody was asked, and asking again changes nothing.
    """


class SessionError(CountersignError):
    """A session cannot take up where the last run left off, or keep what it holds.

    None of them means that there is no license.
    """


class DamagedState(SessionError):
    """What is kept was changed or cut short."""


class NewerState(SessionError):
    """What is kept was written by a newer release."""


class StateOfAnotherProduct(SessionError):
    """What is kept is another product's."""

    held: str
    """That product."""

    def __init__(self, text: str, *, code: str, held: str) -> None:
        super().__init__(text, code=code)
        self.held = held


class StorageFailed(SessionError):
    """What is kept cannot be read or written. What a storage of your own raises comes as it is."""


class ImportRefused(CountersignError):
    """A text that was brought is not for this installation. Nothing has changed."""

    refusal: int | None
    """The number under which docs/format.md, section 6, lists it; `None` for another reason."""

    def __init__(self, text: str, *, code: str, refusal: int | None = None) -> None:
        super().__init__(text, code=code)
        self.refusal = refusal


class InternalError(CountersignError):
    """A fault of the library itself, `library_failed`. Please report it; nothing was granted by that call."""

    def __init__(self, text: str) -> None:
        # Below what a panic says stands where it was, line by line.
        said = text.split("\n\nStack backtrace")[0]
        super().__init__(" ".join(said.split("\n")), code="library_failed")


# What the generated module raises, also in calls that nothing here stands around.
ffi.InternalError = InternalError


def _again(kind: type[CountersignError], args: tuple[str], state: dict[str, Any]) -> CountersignError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


def call(function: Callable[..., T], *arguments: object) -> T:
    """Calls the library; what it raises becomes an error of this package."""
    try:
        return function(*arguments)
    except Exception as error:
        raise told(error) from None


async def call_async(function: Callable[..., Awaitable[T]], *arguments: object) -> T:
    """As `call`, for what is waited for."""
    try:
        return await function(*arguments)
    except Exception as error:
        raise told(error) from None


def inner(value: object, kind: type[T]) -> Any:
    """What a value of this package holds of the library's."""
    if not isinstance(value, kind):
        raise InvalidType(f"a {kind.__name__} is asked for, not {type(value).__name__}", code="invalid_type")
    return value._inner  # type: ignore[attr-defined]


def optional_inner(value: object, kind: type[T]) -> Any:
    """As `inner`; of nothing, nothing."""
    return None if value is None else inner(value, kind)


def own(inner: T, kind: type[T], given_by: str) -> T:
    """What the library made for a class that nobody else makes."""
    if not isinstance(inner, kind):
        raise InvalidType(f"`{given_by}` gives one", code="invalid_type")
    return inner


def flag(value: object) -> bool:
    """A choice of two. What only counts as one, such as a text or a number, is refused."""
    if not isinstance(value, bool):
        raise InvalidType(f"a bool is asked for, not {type(value).__name__}", code="invalid_type")
    return value


@functools.singledispatch
def told(error: Exception) -> Exception:
    """The error of this package that an error of the library is."""
    return error


@told.register
def _(error: TypeError) -> Exception:
    return error if isinstance(error, CountersignError) else InvalidType(str(error), code="invalid_type")


@told.register
def _(error: ValueError) -> Exception:
    return error if isinstance(error, CountersignError) else InvalidValue(str(error), code="invalid_value")


@told.register
def _(error: AttributeError) -> Exception:
    # What is no `timedelta` lacks its parts.
    return InvalidType(str(error), code="invalid_type")


@told.register
def _(error: OverflowError) -> Exception:
    return InvalidValue(str(error), code="invalid_value")


@told.register
def _(error: UnicodeEncodeError) -> Exception:
    return InvalidValue("the text holds a lone surrogate, which is no character", code="invalid_text")


@told.register
def _(error: NegativeLength) -> Exception:
    return InvalidValue(str(error), code="invalid_length")


@told.register(ffi.LicenseError)
def _(error: Any) -> Exception:
    return LicenseError(error.text, code=error.code, refusal=error.refusal)


@told.register(ffi.ClockError)
def _(error: Any) -> Exception:
    return ClockError(error.text, code=error.code)


@told.register(ffi.SettingsError)
def _(error: Any) -> Exception:
    return SettingsError(error.text, code=error.code)


@told.register(ffi.InstanceError)
def _(error: Any) -> Exception:
    return InstanceError(error.text, code=error.code)


@told.register(ffi.QrError)
def _(error: Any) -> Exception:
    return QrError(error.text, code=error.code)


@told.register(ffi.ImportError)
def _(error: Any) -> Exception:
    return ImportRefused(error.text, code=error.code, refusal=getattr(error, "refusal", None))


@told.register(ffi.SessionError)
def _(error: Any) -> Exception:
    match error:
        case ffi.SessionError.Damaged():
            return DamagedState(error.text, code=error.code)
        case ffi.SessionError.NewerVersion():
            return NewerState(error.text, code=error.code)
        case ffi.SessionError.AnotherProduct():
            return StateOfAnotherProduct(error.text, code=error.code, held=error.held)
        case ffi.SessionError.Storage():
            return StorageFailed(error.text, code=error.code)
        case _:
            return SessionError(error.text, code=error.code)


@told.register(ffi.ClientError)
def _(error: Any) -> Exception:
    from ._decision import Reason

    match error:
        case ffi.ClientError.Unreachable():
            return Unreachable(error.text, code=error.code, cause=error.reason, retry_after=error.retry_after)
        case ffi.ClientError.Untrusted():
            return Untrusted(error.text, code=error.code, cause=error.reason)
        case ffi.ClientError.Refused():
            refusal = error.refusal
            return Refused(
                error.text,
                code=error.code,
                status=refusal.status,
                title=refusal.title,
                detail=refusal.detail,
                denials=tuple(Reason(reason.code, reason.report) for reason in refusal.denials),
                errors={name: tuple(texts) for name, texts in refusal.errors.items()},
            )
        case ffi.ClientError.Unsaved():
            return Unsaved(error.text, code=error.code, cause=error.reason)
        case _:
            return Unfit(error.text, code=error.code, cause=error.reason)
