"""Every code that an error can have is reached from Python, or it is said here why it is not."""

import _ctypes
import hashlib
import hmac
import json
import pathlib
import platform
import re
import socket
import subprocess
import sys
from datetime import datetime, timedelta, timezone

import countersign
import jws
import pytest
from countersign._library import check_version, version_of_library
from countersign._uniffi import countersign_ffi as ffi
from test_session import LEASED
from test_storage import Shelf, opened
from test_surface import rows
from test_values import CLAIMS, LICENSE, START, run
from test_vectors import GUARD_KEY, NONCE, TRUST, accept, answer

ROOT = pathlib.Path(__file__).resolve().parents[3]
PACKAGE = pathlib.Path(countersign.__file__).parent
CODES = ROOT / "bindings" / "codes.txt"

EXPLAINED = {
    "http_unavailable": "what HTTP and TLS need beneath is linked into the library",
}

REACHED = {}
"""A way to each code: a function that comes to it, and gives the code that it came to."""


def reaches(code):
    def kept(way):
        assert code not in REACHED, code
        REACHED[code] = way
        return way

    return kept


def code_of(function, *arguments, **named):
    """The code of the error of this package that the function raises."""
    with pytest.raises(countersign.CountersignError) as caught:
        function(*arguments, **named)
    return caught.value.code


INSTANCE = countersign.Instance.machine("m-1")

# --- Documents and values ---------------------------------------------------------------------

for row in rows("signed"):
    if "code" in row and row["code"] not in REACHED:
        reaches(row["code"])(lambda ask, row=row: code_of(accept, row))

REFUSED = {
    "invalid_address": lambda: countersign.normalize_address("10.0.0"),
    "invalid_amount": lambda: LICENSE.evaluate(run(), highest_revision=0),
    "invalid_code": lambda: LICENSE.prepare(run(requires=["Export"])),
    "invalid_domain": lambda: countersign.normalize_domain("*"),
    "invalid_instance": lambda: LICENSE.takes_no_seat(countersign.Instance.machine("")),
    "invalid_key": lambda: countersign.TrustStore("key"),
    "invalid_length": lambda: countersign.Challenge(NONCE, timedelta(microseconds=-1)),
    "invalid_license_key": lambda: countersign.LicenseKey(""),
    "invalid_moment": lambda: countersign.ClockReading.trusted(datetime(1969, 1, 1, tzinfo=timezone.utc)),
    "invalid_text": lambda: countersign.LicenseKey("\ud800"),
    "invalid_type": lambda: countersign.LicenseKey(7),
    "invalid_value": lambda: LICENSE.evaluate(run(), highest_revision=1 << 64),
    "naive_datetime": lambda: countersign.ClockReading.trusted(datetime(2026, 1, 1)),
    "instance_unset": lambda: countersign.Instance.of_variable("COUNTERSIGN_NOT_SET"),
    "instance_unread": lambda: countersign.Instance.of_file("/no/such/file"),
    "too_long": lambda: countersign.qr_svg("a" * 3000),
    "damaged_clock": lambda: countersign.ClockGuard.restore("state", GUARD_KEY, START),
    "invalid_nonce": lambda: countersign.Challenge("AAAA", timedelta(0)),
    "invalid_attempts": lambda: client(attempts=0),
    "invalid_certificates": lambda: client(only_roots="none"),
    "invalid_pin": lambda: client(pins=[countersign.Pin.public_key(b"short")]),
    "invalid_proxy": lambda: client(proxy=countersign.Proxy("ftp://a.example")),
    "invalid_scheme": lambda: client("ftp://a.example"),
    "invalid_url": lambda: client(""),
    "plain_http": lambda: client("http://a.example"),
    "superfluous_address": lambda: client("https://user@a.example"),
}

for code, function in REFUSED.items():
    reaches(code)(lambda ask, function=function: code_of(function))


def client(url="https://a.example", **settings):
    return countersign.Client(url, TRUST["acme"], **settings)


@reaches("answer_not_fresh")
def _(ask):
    guard, challenge, lease = countersign.ClockGuard(START), countersign.Challenge(NONCE, START.monotonic), answer("2026-04-01T00:00:00Z")
    guard.heal(challenge, lease, START)
    return code_of(guard.heal, challenge, lease, START)


@reaches("library_failed")
def _(ask):
    # As if the two were not laid out alike, in what is read and in what is written.
    def unread(buffer):
        return buffer.read(1 << 20)

    def unknown(value, buffer):
        buffer.write_i32(99)

    ask.environment.setattr(ffi._UniffiFfiConverterTypeWindow, "read", staticmethod(unread))
    ask.environment.setattr(ffi._UniffiFfiConverterTypePurpose, "write", staticmethod(unknown))
    codes = [code_of(lambda: LICENSE.validity), code_of(LICENSE.evaluate, run())]
    assert codes[0] == codes[1]
    return codes[0]


@reaches("library_mismatch")
def _(ask):
    codes = [unfit(check_version, "0.0.9"), unfit(version_of_library, _ctypes.__file__)]
    assert codes[0] == codes[1]
    return codes[0]


@reaches("library_missing")
def _(ask):
    return unfit(version_of_library, str(ask.folder / "none"))


def unfit(function, argument):
    """The code of the error by which the package is not imported."""
    with pytest.raises(ImportError) as caught:
        function(argument)
    assert caught.value.path and caught.value.path in str(caught.value)
    return caught.value.code


# --- What is kept -----------------------------------------------------------------------------


@reaches("damaged_state")
def _(ask):
    shelf = Shelf()
    shelf.texts["session"] = "text"
    return code_of(opened, shelf)


@reaches("newer_state")
def _(ask):
    shelf = Shelf()
    opened(shelf).close()
    stated, _ = shelf.texts["session"].splitlines()
    newer = stated.replace('"version":1', '"version":2')
    shelf.texts["session"] = f"{newer}\n{hmac.digest(b'countersign session state', newer.encode(), hashlib.sha256).hex()}\n"
    code = code_of(opened, shelf)
    assert opened(shelf, begin_anew=True).is_kept
    return code


@reaches("another_product")
def _(ask):
    shelf = Shelf()
    opened(shelf).close()
    return code_of(countersign.Session, "acme/viewer", TRUST["acme"], shelf)


@reaches("storage_failed")
def _(ask):
    (ask.folder / "file").write_text("")
    return code_of(opened(countersign.FileStorage(ask.folder / "file" / "below")).save)


@reaches("no_randomness")
def _(ask):
    number = {"x86_64": 318, "aarch64": 278}.get(platform.machine())
    if sys.platform != "linux" or number is None:
        pytest.skip("the number of the system call is not known here")
    child = [sys.executable, "-c", WITHOUT_RANDOMNESS, str(number), ROOT / "examples" / "trust.jwks"]
    return subprocess.run(child, check=True, capture_output=True, text=True).stdout.strip()


# Has the kernel refuse `getrandom`, which is not to be undone.
WITHOUT_RANDOMNESS = """
import ctypes, errno, pathlib, struct, sys
import countersign

trust, storage = countersign.TrustStore(pathlib.Path(sys.argv[2]).read_text()), countersign.MemoryStorage()
load_number, is_equal, give, refused, allowed = 0x20, 0x15, 0x06, 0x00050000 | errno.EIO, 0x7FFF0000
steps = [(load_number, 0, 0, 0), (is_equal, 0, 1, int(sys.argv[1])), (give, 0, 0, refused), (give, 0, 0, allowed)]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))

class Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_void_p)]

prctl, no_new_privileges, seccomp, by_filter = ctypes.CDLL(None).prctl, 38, 22, 2
assert prctl(no_new_privileges, 1, 0, 0, 0) == 0
assert prctl(seccomp, by_filter, ctypes.byref(Filter(len(steps), ctypes.addressof(code))), 0, 0) == 0
try:
    countersign.Session("acme/editor", trust, storage)
except countersign.SessionError as error:
    print(error.code)
"""


@reaches("inside_storage")
def _(ask):
    return inside_storage(lambda session: session.save())


@reaches("unfit")
def _(ask):
    with client() as asked:
        return inside_storage(lambda session: session.refresh_now_blocking(asked))


def inside_storage(work):
    """What a session says to its storage that asks it for a change."""
    shelf, codes = Shelf(), []
    with opened(shelf) as session:
        shelf.meanwhile = lambda: codes.append(code_of(work, session))
        session.save()
        shelf.meanwhile = None
    return codes[0]


@reaches("closed")
def _(ask):
    session = opened(countersign.MemoryStorage())
    session.close()
    return code_of(session.tick)


# --- What is brought by hand ------------------------------------------------------------------


def imported(*texts):
    """The code of the last text; the others are taken."""
    with opened(countersign.MemoryStorage(), instance=INSTANCE) as session:
        for text in texts[:-1]:
            session.import_text(text)
        return code_of(session.import_text, texts[-1])


def license(**claims):
    return jws.ACME.sign("license", CLAIMS | claims)


@reaches("another_brand")
def _(ask):
    # A key that may sign for any brand.
    trust = countersign.TrustStore(json.dumps({"keys": [jws.ACME.jwk()]}))
    uri, statuses = "https://licenses.apex.example/statuses", {"bits": 2, "lst": "eNrbuRgAAhcBXQ"}
    claims = {"ver": 1, "iss": "apex", "sub": uri, "iat": CLAIMS["iat"], "status_list": statuses}
    with countersign.Session("acme/editor", trust, countersign.MemoryStorage()) as session:
        return code_of(session.import_text, jws.ACME.sign("statuslist", claims))


@reaches("another_license")
def _(ask):
    shelf = Shelf()
    with opened(shelf, instance=INSTANCE) as session:
        session.import_text(license(activation={}))
        session.activation_request("ACME-CODE")
        session.save()
        nonce = json.loads(shelf.texts["session"].splitlines()[0])["requested"]
        return code_of(session.import_text, lease(nonce=nonce, license="lic-2"))


@reaches("another_instance")
def _(ask):
    return imported(license(), lease(instance={"kind": "machine", "value": "m-2"}))


@reaches("another_request")
def _(ask):
    return imported(license(), lease())


@reaches("superseded")
def _(ask):
    return imported(license(rev=2), license())


@reaches("ahead_of_time")
def _(ask):
    # An authority's answer has told the session the time.
    authority = ask.authority()
    license_key, _ = authority.issue(*LEASED)
    trust = countersign.TrustStore(json.dumps({"keys": [*json.loads(authority.trust())["keys"], jws.ACME.jwk()]}))
    in_two_days = datetime.now(timezone.utc) + timedelta(days=2)
    with (
        countersign.Client(authority.url, trust) as asked,
        countersign.Session("acme/editor", trust, countersign.MemoryStorage()) as session,
    ):
        session.activate_blocking(asked, license_key)
        return code_of(session.import_text, license(iat=int(in_two_days.timestamp())))


def lease(**claims):
    signed_at = CLAIMS["iat"]
    return jws.ACME.sign("lease", {
        "ver": 1, "jti": "lease-1", "activation": "seat-1", "iss": "acme", "aud": "editor", "license": "lic-1",
        "rev": 1, "instance": {"kind": "machine", "value": "m-1"}, "iat": signed_at, "exp": signed_at + 60,
        "renew_at": signed_at + 30, "fence": 1, "nonce": NONCE,
    } | claims)


# --- What a request comes to ------------------------------------------------------------------


@reaches("unreachable")
def _(ask):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
    return code_of(standing, nobody)


@pytest.mark.skipif(sys.platform != "linux", reason="this platform has its certificates elsewhere")
def test_a_client_without_certificates_says_so_when_it_asks(monkeypatch, tmp_path):
    # What names the certificates of a system without any.
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    with pytest.raises(countersign.ClientError) as raised:
        standing("https://a.example")
    assert raised.value.code == "unreachable"
    assert str(raised.value).startswith("the authority cannot be verified, as no certificate is trusted: ")


@reaches("untrusted")
def _(ask):
    authority = ask.authority()
    license_key, _ = authority.issue()
    with client(authority.url) as asked, opened(countersign.MemoryStorage()) as session:
        return code_of(session.activate_blocking, asked, license_key)


@reaches("unsaved")
def _(ask):
    authority, shelf = ask.authority(), Shelf()
    license_key, _ = authority.issue(*LEASED)
    trust = countersign.TrustStore(authority.trust())
    with (
        countersign.Client(authority.url, trust) as asked,
        countersign.Session("acme/editor", trust, shelf) as session,
    ):
        session.activate_blocking(asked, license_key)
        # It is saved before the authority is asked, and not after it has answered.
        saved = []
        shelf.meanwhile = lambda: saved.append(len(saved)) or setattr(shelf, "failure", OSError() if saved[1:] else None)
        code = code_of(session.deactivate_blocking, asked)
        shelf.meanwhile = shelf.failure = None
        return code


@reaches("not_shown")
def _(ask):
    # The key occurs where nothing can stand for it: in the name of a member that every problem has.
    return code_of(standing, ask.authority().url, "CODE")


def standing(url, license_key="ACME-CODE"):
    with client(url, attempts=1, give_up_after=timedelta(seconds=20)) as asked:
        return asked.standing_blocking(countersign.Claimant("acme/editor", countersign.LicenseKey(license_key), INSTANCE))


# --- What there is ----------------------------------------------------------------------------


def test_every_code_that_there_is_is_reached_or_explained():
    stated = {
        "core": set(re.findall(r'=> "(\w+)"', body(ROOT / "core" / "src" / "error.rs", "fn code(&self)"))),
        "client": {code for text in rust("client") for code in re.findall(r'\bcode: "(\w+)"', text)},
        # All words, but for some that are no codes, so that no way to write a code is missed.
        "bindings": {word for text in rust("bindings") for word in re.findall(r'"([a-z]+(?:_[a-z]+)*)"', text)}
        - {"code", "countersign", "countersign_ffi"},
        "package": {code for path in PACKAGE.glob("*.py") for code in re.findall(r'\bcode="(\w+)"', path.read_text())},
    }
    assert all(stated.values())
    assert set().union(*stated.values()) == set(REACHED) | set(EXPLAINED)
    assert not set(REACHED) & set(EXPLAINED)
    package = stated.pop("package")
    assert listed() == package - set().union(*stated.values())


def listed():
    """The codes that this package adds, by the list of all packages."""
    lines = [line for line in CODES.read_text().splitlines() if not line.startswith("#")]
    rows = [re.fullmatch(r"(\w+) +# ((?:Kotlin|Python|Swift)(?:, (?:Kotlin|Python|Swift))*): .+", line) for line in lines]
    codes = [row[1] for row in rows]
    assert codes == sorted(set(codes))
    return {row[1] for row in rows if "Python" in row[2].split(", ")}


def test_the_codes_of_the_package_stand_in_its_readme():
    readme = (ROOT / "bindings" / "python" / "README.md").read_text()
    assert [code for code in sorted(listed()) if f"`{code}`" not in readme] == []


def body(path, function):
    """The body of a method of Rust."""
    return path.read_text().split(function)[1].split("\n    }\n")[0]


def rust(crate):
    """The code of each file of a crate, without its tests, comments and attributes."""
    for path in (ROOT / crate / "src").rglob("*.rs"):
        code = path.read_text().split("#[cfg(test)]\nmod tests")[0]
        yield re.sub(r"//.*|#!?\[[^\]]*\]", "", code)


@pytest.fixture
def ask(request, tmp_path, monkeypatch):
    """What a way to a code may ask for."""

    class Ask:
        folder, environment = tmp_path, monkeypatch

        def authority(self):
            return request.getfixturevalue("authority")

    return Ask()


@pytest.mark.parametrize("code", sorted(REACHED))
def test_a_code_is_reached(code, ask):
    assert REACHED[code](ask) == code
