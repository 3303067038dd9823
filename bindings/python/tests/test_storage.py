"""Storage of the host's own: what it raises comes out as it is."""

import asyncio
import sys
import threading
import time
from datetime import datetime, timedelta, timezone

import countersign
import pytest
from test_vectors import TRUST


class DiskFull(Exception):
    pass


class Shelf(countersign.Storage):
    """Keeps texts in memory, until it is told to fail."""

    def __init__(self):
        self.texts = {}
        self.failure = None
        self.locked = threading.Lock()
        self.meanwhile = None
        self.stuck = None

    def load(self, name):
        if self.failure:
            raise self.failure
        return self.texts.get(name)

    def save(self, name, text):
        assert self.locked.locked()
        if self.meanwhile:
            self.meanwhile()
        if self.failure:
            raise self.failure
        self.texts[name] = text

    def lock(self):
        self.locked.acquire()

    def unlock(self):
        self.locked.release()
        if self.stuck:
            raise self.stuck


def opened(storage, **options):
    return countersign.Session("acme/editor", TRUST["acme"], storage, **options)


def test_a_session_takes_up_what_a_storage_of_ones_own_kept():
    shelf = Shelf()
    with opened(shelf) as session:
        instance = session.instance
        assert session.is_kept
    with opened(shelf) as session:
        assert session.instance == instance
    assert not shelf.locked.locked()


def test_what_it_raises_comes_out_of_the_session_as_it_is():
    shelf = Shelf()
    failure = DiskFull("no space left")
    clock = countersign.FixedClock(datetime(2026, 4, 1, tzinfo=timezone.utc))
    with opened(shelf, clock=clock) as session:
        shelf.failure = failure
        clock.advance(timedelta(minutes=10))
        # Once a tick has failed, the next ones leave the storage alone for a minute.
        for method in (session.tick, session.save):
            with pytest.raises(DiskFull) as caught:
                method()
            assert caught.value is failure
        session.tick()
        assert not session.is_kept and session.storage_failure is failure
        assert [denial.code for denial in session.decide().denials] == ["not_activated"]
        shelf.failure = None
        session.save()
        assert session.is_kept and session.storage_failure is None
    shelf.failure = failure
    with pytest.raises(DiskFull) as caught:
        opened(shelf)
    assert caught.value is failure


def test_what_unlock_raises_comes_out_of_the_call_that_held_the_lock():
    shelf, stuck = Shelf(), BrokenPipeError("the lock is stuck")
    clock = countersign.FixedClock(datetime(2026, 4, 1, tzinfo=timezone.utc))
    shelf.stuck = stuck
    with pytest.raises(BrokenPipeError) as caught:
        opened(shelf)
    assert caught.value is stuck
    shelf.stuck = None
    with opened(shelf, clock=clock) as session:
        shelf.stuck = stuck
        with pytest.raises(BrokenPipeError) as caught:
            session.save()
        assert caught.value is stuck and session.is_kept
        session.tick()  # Nothing is due, and so nothing is locked.
        clock.advance(timedelta(minutes=10))
        with pytest.raises(BrokenPipeError):
            session.tick()

        # What goes on without storage leaves it to the next that ticks or saves.
        session.activation_request("ACME-CODE")
        shelf.stuck = None
        with pytest.raises(BrokenPipeError) as caught:
            session.tick()
        assert caught.value is stuck
        session.tick()
        session.save()
        assert session.storage_failure is None


def test_what_was_raised_before_unlock_comes_out_in_its_place():
    shelf = Shelf()
    with opened(shelf) as session:
        shelf.failure, shelf.stuck = DiskFull("no space left"), BrokenPipeError("the lock is stuck")
        with pytest.raises(DiskFull):
            session.save()
        shelf.failure = shelf.stuck = None
        session.tick()
    shelf.failure, shelf.stuck = DiskFull("no space left"), BrokenPipeError("the lock is stuck")
    with pytest.raises(DiskFull):
        opened(shelf)


def test_what_cannot_be_saved_at_first_leaves_a_session_that_says_so():
    class Full(Shelf):
        def save(self, name, text):
            raise DiskFull

    session = opened(Full())
    assert not session.is_kept and isinstance(session.storage_failure, DiskFull)
    with pytest.raises(DiskFull):
        session.close()


def test_a_storage_that_answers_no_text_raises_a_type_error():
    class Wrong(Shelf):
        def load(self, name):
            return 7

    with pytest.raises(TypeError, match="int"):
        opened(Wrong())


def test_a_storage_that_answers_a_text_without_an_encoding_raises_an_error_of_this_package():
    class Wrong(Shelf):
        def load(self, name):
            return "\ud800"

    with pytest.raises(countersign.InvalidValue) as caught:
        opened(Wrong())
    assert caught.value.code == "invalid_text"


class Stopping(Shelf):
    """Keeps nothing any more from when it is told to stop, as where a user presses a key while it does."""

    stop = None

    def save(self, name, text):
        if self.stop is not None:
            raise self.stop
        super().save(name, text)


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), SystemExit(3)])
def test_what_stops_a_process_comes_out_of_a_call_that_goes_on_without_storage(authority, stop):
    license_key, _ = authority.issue("--lease", "7")
    trust = countersign.TrustStore(authority.trust())
    client = countersign.Client(authority.url, trust)
    calls = [
        lambda session: session.activate_blocking(client, license_key),
        lambda session: asyncio.run(session.activate(client, license_key)),
        lambda session: session.refresh_now_blocking(client),
        lambda session: asyncio.run(session.refresh_now(client)),
        lambda session: session.activation_request(license_key),
        lambda session: session.deactivate_blocking(client),
        lambda session: session.save(),
    ]
    storage = Stopping()
    with countersign.Session("acme/editor", trust, storage) as session:
        for call in calls:
            storage.stop = stop
            with pytest.raises(type(stop)) as caught:
                call(session)
            assert caught.value is stop and not session.is_kept
            # Once, and not again by what comes after it.
            storage.stop = None
            session.save()
            assert session.is_kept
    storage = Stopping()
    storage.stop = stop
    with pytest.raises(type(stop)):
        opened(storage)


class StoppingOneThread(countersign.Storage):
    """Keeps nothing for that thread."""

    stopped = None

    def load(self, name):
        return None

    def save(self, name, text):
        if threading.get_ident() == self.stopped:
            raise KeyboardInterrupt


def test_what_stops_one_thread_stops_no_other():
    storage, outcomes = StoppingOneThread(), {"stopped": set(), "other": set()}
    session = opened(storage)
    interval = sys.getswitchinterval()

    def saves(who):
        if who == "stopped":
            storage.stopped = threading.get_ident()
        for _ in range(1000):
            try:
                session.save()
                outcomes[who].add("saved")
            except BaseException as error:
                outcomes[who].add(type(error).__name__)

    threads = [threading.Thread(target=saves, args=(who,)) for who in outcomes]
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=120)
    finally:
        sys.setswitchinterval(interval)
    storage.stopped = None
    assert outcomes == {"stopped": {"KeyboardInterrupt"}, "other": {"saved"}}


class Noting(Shelf):
    """Notes which threads save, and how many at once, and takes its time, or waits to be let go on."""

    takes = 0.0

    def __init__(self):
        super().__init__()
        self.goes_on = threading.Event()
        self.goes_on.set()
        self.callers = set()
        self.at_once = 0
        self.most = 0

    def lock(self):
        pass

    def unlock(self):
        pass

    def save(self, name, text):
        self.callers.add(threading.get_ident())
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        time.sleep(self.takes)
        let = self.goes_on.wait(60)
        self.at_once -= 1
        assert let, "the loop is held up"
        self.texts[name] = text


def test_it_is_called_on_the_thread_of_a_call_and_on_others_where_an_authority_is_asked(authority):
    license_key, _ = authority.issue("--lease", "7")
    trust = countersign.TrustStore(authority.trust())
    client = countersign.Client(authority.url, trust)
    storage = Noting()
    with countersign.Session("acme/editor", trust, storage) as session:
        own = {threading.get_ident()}
        assert storage.callers == own
        for call in (session.save, lambda: session.activation_request(license_key)):
            storage.callers.clear()
            call()
            assert storage.callers == own
        for call in (
            lambda: session.activate_blocking(client, license_key),
            lambda: asyncio.run(session.refresh_now(client)),
            lambda: session.refresh_now_blocking(client),
            lambda: session.deactivate_blocking(client),
        ):
            storage.callers.clear()
            call()
            assert storage.callers and not storage.callers & own

        # However many ask: from one thread at a time.
        session.activate_blocking(client, license_key)
        storage.takes = 0.02
        threads = [threading.Thread(target=session.refresh_now_blocking, args=(client,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert storage.most == 1
        storage.takes = 0.0


def test_one_that_takes_its_time_does_not_stop_the_loop_that_the_background_runs_on():
    storage = Noting()
    clock = countersign.FixedClock(datetime(2026, 4, 1, tzinfo=timezone.utc))
    client = countersign.Client("http://127.0.0.1:1", TRUST["acme"], attempts=1)

    async def until(comes):
        began = time.monotonic()
        while not comes():
            await asyncio.sleep(0.001)
            assert time.monotonic() - began < 120

    async def beats():
        storage.callers.clear()
        storage.goes_on.clear()
        clock.advance(timedelta(minutes=10))
        background = asyncio.create_task(session.background(client))
        # It goes on only because the loop does.
        await until(lambda: storage.at_once)
        storage.goes_on.set()
        await until(lambda: not storage.at_once)
        assert threading.get_ident() not in storage.callers
        await ended(background)

        # Nor does whoever cancels it wait for the storage.
        storage.goes_on.clear()
        clock.advance(timedelta(minutes=10))
        background = asyncio.create_task(session.background(client))
        await until(lambda: storage.at_once)
        await ended(background)
        assert storage.at_once
        storage.goes_on.set()

    async def ended(task):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with opened(storage, clock=clock) as session:
        asyncio.run(beats())


def test_what_is_kept_and_was_changed_is_damaged_until_it_is_begun_anew():
    shelf = Shelf()
    with opened(shelf):
        pass
    shelf.texts["session"] = shelf.texts["session"].replace("acme", "apex")
    with pytest.raises(countersign.DamagedState) as caught:
        opened(shelf)
    assert caught.value.code == "damaged_state"
    with opened(shelf, begin_anew=True) as session:
        assert session.is_kept
    with pytest.raises(countersign.StateOfAnotherProduct) as caught:
        countersign.Session("acme/viewer", TRUST["acme"], shelf)
    assert (caught.value.code, caught.value.held) == ("another_product", "acme/editor")


def test_a_storage_asks_its_session_for_what_it_holds_and_changes_nothing():
    shelf = Shelf()
    asked = []
    with opened(shelf) as session:

        def meanwhile():
            other = threading.Thread(target=lambda: asked.append((session.instance, session.last_contact_at, session.is_moved)))
            other.start()
            other.join(timeout=120)
            assert not other.is_alive()
            asked.append(session.decide(session.run()).allowed)
            with pytest.raises(countersign.SessionError) as caught:
                session.save()
            asked.append(caught.value.code)

        shelf.meanwhile = meanwhile
        session.save()
        shelf.meanwhile = None
        assert asked == [(session.instance, None, False), False, "inside_storage"]


def test_files_that_cannot_be_written_leave_a_session_that_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    session = opened(countersign.FileStorage(tmp_path / "file" / "below"))
    assert not session.is_kept
    with pytest.raises(countersign.StorageFailed) as caught:
        session.save()
    assert caught.value.code == "storage_failed"


def test_a_folder_without_a_name_is_refused():
    with pytest.raises(countersign.InvalidValue) as caught:
        countersign.FileStorage("")
    assert caught.value.code == "invalid_value"


def test_a_user_has_a_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    storage = countersign.FileStorage.of_user("acme/editor")
    assert storage.folder.endswith("editor")


def test_a_license_whose_status_list_is_lost_is_held(tmp_path, authority):
    license_key, _ = authority.issue("--lease", "7")
    trust = countersign.TrustStore(authority.trust())
    with countersign.Client(authority.url, trust) as client:
        with countersign.Session("acme/editor", trust, countersign.FileStorage(tmp_path)) as session:
            assert session.activate_blocking(client, license_key).statuses
            assert session.lost_list is None
        (tmp_path / "statuses").write_text("no list")
        with countersign.Session("acme/editor", trust, countersign.FileStorage(tmp_path)) as session:
            assert session.lost_list.startswith("the status list kept under `statuses` is damaged")
            assert session.decide()
            given = session.refresh_blocking(client)
            assert given.statuses and not given.left_to_another
            assert session.lost_list is None


def test_what_is_kept_in_memory_does_not_outlive_the_process():
    with opened(countersign.MemoryStorage()) as session:
        session.save()
        assert not session.is_kept
