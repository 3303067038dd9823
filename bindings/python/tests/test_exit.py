"""A process ends as it was told to, whatever is still awaited then."""

import os
import pathlib
import shutil
import socket
import subprocess
import sys
import threading
import time

import countersign
import pytest
from test_session import LEASED
from test_vectors import VECTORS

# Asks an authority, and ends in the way that is named after so many seconds.
PROGRAM = """
import asyncio, gc, sys, threading, time
import countersign

url, trust, way, seconds = *sys.argv[1:4], float(sys.argv[4])
trust = countersign.TrustStore(trust)
client = countersign.Client(url, trust, attempts=1)
session = countersign.Session("acme/editor", trust, countersign.MemoryStorage())

class Last:
    # Keeps the interpreter busy with its end, and lets threads go on.
    def __del__(self, sleep=time.sleep):
        sleep(0.2)

async def leave():
    global task
    task = asyncio.ensure_future(session.activate(client, "some-code"))
    await asyncio.sleep(seconds)

if way in ("daemon", "busy"):
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    asyncio.run_coroutine_threadsafe(session.activate(client, "some-code"), loop)
    time.sleep(seconds)
    if way == "busy":
        # So that the library, once it is answered, waits to wake that thread until this one ends.
        sys.setswitchinterval(100)
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            pass
        sys.modules["last"] = Last()
elif way == "run":
    asyncio.run(leave())
else:
    loop = asyncio.new_event_loop()
    loop.run_until_complete(leave())
    if way == "closed":
        loop.close()
        del task
        gc.collect()
"""
ANSWERS_AFTER = 0.5
# Ends while the storage of a session is called on a thread of the library. What is deleted last keeps the
# interpreter busy with its end until that thread comes back.
SAVING = """
import asyncio, os, sys, threading, time
from datetime import datetime, timedelta, timezone
import countersign

url, trust, license_key, way = sys.argv[1:5]
trust = countersign.TrustStore(trust)
client = countersign.Client(url, trust, attempts=1)
saving = threading.Event()

class Slow(countersign.Storage):
    is_slow = False

    def load(self, name):
        return None

    def save(self, name, text):
        if self.is_slow:
            saving.set()
            time.sleep(0.5)
            os.write(1, b"saved ")

    def unlock(self):
        if self.is_slow:
            os.write(1, b"unlocked ")

class Last:
    def __del__(self, sleep=time.sleep):
        sleep(1)

storage = Slow()
clock = countersign.FixedClock(datetime.now(timezone.utc))
session = countersign.Session("acme/editor", trust, storage, clock=clock)
storage.is_slow = True
# So that a tick saves.
clock.advance(timedelta(minutes=10))
if way != "daemon":
    async def leave():
        global task
        work = session.activate(client, license_key) if way == "awaited" else session.background(client)
        task = asyncio.ensure_future(work)
        while not saving.is_set():
            await asyncio.sleep(0.01)
    asyncio.new_event_loop().run_until_complete(leave())
else:
    threading.Thread(target=lambda: session.activate_blocking(client, license_key), daemon=True).start()
    saving.wait()
sys.modules["last"] = Last()
"""

# Ends while threads that nobody waits for go on to have a storage called.
GOING_ON = """
import sys, threading, time
import countersign
from countersign import _awaited

_awaited.WAITED_FOR = 0.2

class Own(countersign.Storage):
    def load(self, name):
        return None

    def save(self, name, text):
        pass

class Last:
    def __del__(self, sleep=time.sleep):
        sleep(0.5)

session = countersign.Session("acme/editor", countersign.TrustStore(sys.argv[1]), Own())

def go_on():
    while True:
        try:
            session.save()
        except countersign.SessionError as refused:
            # As where a storage failed, once the process ends.
            assert refused.code == "storage_failed"

for _ in range(2):
    threading.Thread(target=go_on, daemon=True).start()
time.sleep(0.1)
sys.modules["last"] = Last()
sys.exit(3)
"""


def pythons():
    """This Python, and one of every other minor version that is on the path or installed beside it."""
    found = {sys.version_info.minor: sys.executable}
    beside = pathlib.Path(sys.base_prefix).parent
    for minor in range(10, 15):
        name = f"python3.{minor}"
        for candidate in (shutil.which(name), *map(str, sorted(beside.glob(f"*/bin/{name}")))):
            if candidate and minor not in found:
                # One that is on the path may be a launcher of what is not installed.
                if subprocess.run([candidate, "-c", "import asyncio, ctypes"], capture_output=True).returncode == 0:
                    found[minor] = candidate
    return list(found.values())


@pytest.fixture(scope="module")
def slow():
    """The address of an authority that is busy, and takes its time to say so."""
    listening = socket.create_server(("127.0.0.1", 0))

    def answer(connection):
        with connection:
            connection.recv(65536)
            time.sleep(ANSWERS_AFTER)
            try:
                connection.sendall(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n")
            except OSError:
                pass

    def serve():
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    listening.close()


def ended(python, program, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(pathlib.Path(countersign.__file__).parents[1])}
    return subprocess.run(
        [python, "-c", program, *map(str, arguments)], env=environment, capture_output=True, text=True, timeout=60
    )


TRUST = (VECTORS.parents[1] / "examples" / "trust.jwks").read_text()


@pytest.mark.parametrize("python", pythons())
@pytest.mark.parametrize("way", ["run", "uncancelled", "closed"])
def test_a_process_ends_while_a_call_is_awaited(slow, python, way):
    done = ended(python, PROGRAM, slow, TRUST, way, 0.2)
    assert done.returncode == 0, done.stderr
    # That a task was left is for asyncio to say, and for nobody else.
    assert "Event loop is closed" not in done.stderr and "Exception ignored" not in done.stderr


@pytest.mark.parametrize("python", pythons())
def test_a_process_ends_while_a_thread_of_its_own_is_woken(slow, python):
    for number in range(5):
        done = ended(python, PROGRAM, slow, TRUST, "daemon", ANSWERS_AFTER - 0.06 + 0.02 * number)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("python", pythons())
def test_a_process_ends_while_the_library_waits_to_wake_a_thread(slow, python):
    done = ended(python, PROGRAM, slow, TRUST, "busy", 0.2)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("python", pythons())
@pytest.mark.parametrize("way", ["awaited", "background", "daemon"])
def test_a_process_ends_after_a_storage_that_is_called(authority, python, way):
    license_key, _ = authority.issue(*LEASED)
    done = ended(python, SAVING, authority.url, authority.trust(), license_key, way)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("saved ") and done.stdout.endswith("unlocked "), done.stdout


@pytest.mark.parametrize("python", pythons())
def test_a_process_ends_though_threads_go_on_to_call_a_storage(python):
    done = ended(python, GOING_ON, TRUST)
    assert (done.returncode, done.stdout, done.stderr) == (3, "", "")


# Closes its session in an exit handler that runs after the one of the package, since it was there before.
LATE = """
import atexit, os, sys

atexit.register(lambda: session.close())
import countersign

class Own(countersign.Storage):
    def load(self, name):
        return None

    def save(self, name, text):
        os.write(1, b"saved ")

session = countersign.Session("acme/editor", countersign.TrustStore(sys.argv[1]), Own())
os.write(1, b"ends ")
"""


@pytest.mark.parametrize("python", pythons())
def test_a_session_that_is_closed_by_a_late_exit_handler_is_saved(python):
    done = ended(python, LATE, TRUST)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.partition("ends ")[2].startswith("saved ")
