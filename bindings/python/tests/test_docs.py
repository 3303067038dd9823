"""What the public layer says of a thing is what the generated module says, from the core's comments; or it differs on purpose."""

import inspect
import re

import countersign
from countersign._uniffi import countersign_ffi as ffi

# Whose first sentence is not that of the library, which has it otherwise, or says less.
ON_PURPOSE = {
    # Of one class or method here for several there.
    "Lease.signed_by", "Lease.verify", "License.issued_at", "License.signed_by", "License.verify",
    "StatusList.signed_by", "StatusList.verify", "TrustUpdate.signed_by", "TrustUpdate.verify",
    # What may be left out here is stated there.
    "Check.evaluate", "ClockGuard.peek", "ClockReading.trusted", "License.evaluate", "License.prepare", "Session.prepare",
    # What is an error there is raised here.
    "ClockError", "LicenseError", "Session.check_documents", "StatusList.check_newer",
    # What they are in Python.
    "License.entitlements", "License.exempt", "Pace.refresh_at", "Pin", "Session", "Session.next_wait", "Session.save",
    "SessionCheck", "Storage",
    # The library has it of the authority, and of the endpoint that is asked.
    "ActivationUse",
}


def shared():
    """The docs of what has one name in the package and in the generated module: those of the one, and of the other."""
    for name in countersign.__all__:
        value, generated = getattr(countersign, name), getattr(ffi, name, None)
        if generated is None:
            continue
        yield name, value.__doc__, generated.__doc__
        if isinstance(value, type):
            for member in [member for member in dir(value) if not member.startswith("_") and hasattr(generated, member)]:
                here, there = (inspect.getattr_static(of, member) for of in (value, generated))
                if here.__doc__ and there.__doc__:
                    yield f"{name}.{member}", here.__doc__, there.__doc__


def first_sentence(docs):
    paragraph = " ".join(inspect.cleandoc(docs).split("\n\n")[0].split())
    # What is absent in every language is `None` in this one.
    return re.sub(r"\babsent\b", "`None`", re.match(r".*?(?:\.(?= )|$)", paragraph)[0])


def test_first_sentences_are_those_of_the_library_but_where_they_differ_on_purpose():
    docs = list(shared())
    assert len(docs) > 100
    assert {name for name, here, there in docs if first_sentence(here) != first_sentence(there)} == ON_PURPOSE
