"""What is closed says so, each call of it, and what was made by it goes on where it stands on its own."""

import asyncio
import inspect
import threading
from datetime import timedelta

import countersign
import pytest
from test_angry import CLAIMANT, FITTING, PRODUCT, START, TRUST, client, session
from test_session import LEASED, opened
from test_values import LICENSE, run


def closed(call):
    with pytest.raises(countersign.CountersignError) as caught:
        made = call()
        if inspect.iscoroutine(made):
            asyncio.run(made)
    return type(caught.value), caught.value.code


def ways(owner, name):
    """Each property of it, and each method with what fits it."""
    for member in dir(owner):
        found = inspect.getattr_static(type(owner), member)
        if member.startswith("_"):
            continue
        if isinstance(found, property):
            yield member, lambda member=member: getattr(owner, member)
        elif inspect.isfunction(found):
            arguments = FITTING.get(f"{name}.{member}", FITTING.get(f"{name}.{member.removesuffix('_blocking')}", {}))
            yield member, lambda member=member, arguments=arguments: getattr(owner, member)(**arguments)


# What a session that was closed does all the same: it is closed already, it has nothing to do, and it tells what its
# storage raised at its end.
AFTER_THE_END = {"aclose", "close", "background", "background_blocking", "storage_failure"}


def test_a_session_that_was_closed_says_so():
    ended = session()
    ended.close()
    outcomes = {member: closed(call) for member, call in ways(ended, "Session") if member not in AFTER_THE_END}
    assert len(outcomes) > 20 and set(outcomes.values()) == {(countersign.SessionError, "closed")}, outcomes
    assert closed(ended.__enter__) == closed(ended.__aenter__) == (countersign.SessionError, "closed")
    ended.close()
    asyncio.run(ended.aclose())
    assert ended.storage_failure is None and repr(ended) == "Session(None)"


def test_the_checks_of_a_session_that_was_closed_say_so():
    with session() as ended:
        check, kept = ended.prepare(), ended.prepare()
        assert not kept.allowed()
    for asked in (check, kept):
        outcomes = {member: closed(call) for member, call in ways(asked, "SessionCheck")}
        assert outcomes == dict.fromkeys(
            ["allowed", "decision", "entitled", "evaluate", "stays_on"], (countersign.SessionError, "closed")
        )


def test_a_check_that_is_made_while_its_session_is_closed_is_closed_as_well():
    ended = session()
    inner = ended._inner

    class Closing:
        """The session of the library, which is closed before the check that it makes is known."""

        def prepare(self, stated):
            made = inner.prepare(stated)
            ended._inner_or_closed = inner
            thread = threading.Thread(target=ended.close)
            thread.start()
            thread.join(timeout=120)
            return made

    stated = ended.run()
    ended._inner_or_closed = Closing()
    assert closed(ended.prepare(stated).allowed) == (countersign.SessionError, "closed")


def test_what_a_session_gave_outlives_it(authority):
    license_key, license_id = authority.issue(*LEASED)
    trust = countersign.TrustStore(authority.trust())
    with countersign.Client(authority.url, trust) as asked, opened(authority, countersign.MemoryStorage()) as ended:
        ended.activate_blocking(asked, license_key)
        decision, license, stated = ended.decide(), ended.license, ended.run()
        instance, request = ended.instance, ended.activation_request(license_key)
    assert decision.allowed and decision.entitled("export") and not decision.denials
    assert license.id == license_id and license.prepare(stated).evaluate().denials[0].code == "not_activated"
    assert stated.instance == instance and request.text


def test_a_client_that_was_closed_says_so():
    ended = client()
    ended.close()
    outcomes = {member: closed(call) for member, call in ways(ended, "Client") if member != "close"}
    assert len(outcomes) == 12 and set(outcomes.values()) == {(countersign.Unfit, "closed")}, outcomes
    assert closed(ended.__enter__) == closed(ended.__aenter__) == (countersign.Unfit, "closed")
    ended.close()
    assert repr(ended).startswith("Client('http://127.0.0.1:")
    with session() as asking:
        assert closed(lambda: asking.activate_blocking(ended, "ACME-CODE")) == (countersign.Unfit, "closed")
        assert closed(lambda: asking.activate(ended, "ACME-CODE")) == (countersign.Unfit, "closed")


def test_the_background_ends_with_its_session():
    def due_within_a_second():
        clock = countersign.FixedClock(START.wall)
        made = countersign.Session(PRODUCT, TRUST["acme"], countersign.MemoryStorage(), clock=clock)
        clock.advance(timedelta(minutes=9, seconds=59))
        assert made.next_wait() == timedelta(seconds=1)
        return made

    async def ends():
        with due_within_a_second() as ended:
            task = asyncio.create_task(ended.background(client()))
            await asyncio.sleep(0.2)
            assert not task.done()
        await asyncio.wait_for(task, 120)
        await asyncio.wait_for(ended.background(client()), 120)

    asyncio.run(ends())
    with due_within_a_second() as ended:
        thread = threading.Thread(target=ended.background_blocking, args=(client(), threading.Event()), daemon=True)
        thread.start()
    thread.join(timeout=120)
    assert not thread.is_alive()


def test_the_background_says_that_its_client_was_closed():
    ended = client()
    ended.close()
    with session() as asking:
        assert closed(lambda: asyncio.wait_for(asking.background(ended), 120)) == (countersign.Unfit, "closed")
        raised = []

        def waits():
            raised.append(closed(lambda: asking.background_blocking(ended, threading.Event())))

        thread = threading.Thread(target=waits, daemon=True)
        thread.start()
        thread.join(timeout=120)
        assert raised == [(countersign.Unfit, "closed")]


class Slow(countersign.Storage):
    """Saves once the loop that waits for it went on."""

    def __init__(self):
        self.saved = []
        self.may_save = threading.Event()
        self.may_save.set()

    def load(self, name):
        return None

    def save(self, name, text):
        assert self.may_save.wait(60), "the loop is held up"
        self.saved.append(name)


@pytest.mark.parametrize("way", ["async with", "aclose"])
def test_the_loop_goes_on_while_a_session_is_closed(way):
    storage = Slow()

    async def closes():
        ended = countersign.Session(PRODUCT, TRUST["acme"], storage)
        storage.saved.clear()
        storage.may_save.clear()
        asyncio.get_running_loop().call_later(0.2, storage.may_save.set)
        if way == "aclose":
            await ended.aclose()
        else:
            async with ended:
                pass
        return ended

    ended = asyncio.run(closes())
    assert storage.saved and closed(ended.decide) == (countersign.SessionError, "closed")


def test_what_has_no_end_of_its_own_lasts_as_long_as_what_was_made_of_it():
    made = LICENSE.prepare(run())
    assert not any(hasattr(value, "close") for value in (LICENSE, made, made.decision(), CLAIMANT))
    assert made.license.id == LICENSE.id
