"""A session is let go of with its storage, whatever failed before."""

import gc
import weakref

import countersign
import pytest
from countersign._uniffi import countersign_ffi as ffi
from test_storage import DiskFull, Shelf, opened

LONE = "a\ud800"


def held():
    """How many storages of one's own the library holds."""
    gc.collect()
    return len(ffi._UniffiFfiConverterTypeStorage._handle_map)


@pytest.mark.parametrize(
    "ask",
    [
        lambda session: session.import_text(LONE),
        lambda session: session.decide(countersign.Run("acme/editor", domain=LONE)),
        lambda session: session.decide(countersign.Run("acme/editor", instance=countersign.Instance.machine(LONE))),
        lambda session: session.decide(countersign.Run("acme/editor", requires=[LONE])),
        lambda session: session.decide(countersign.Run("acme/editor", counts={LONE: 1})),
        lambda session: session.prepare(countersign.Run("acme/editor", address=LONE)),
        lambda session: session.decide(countersign.Run("acme/editor", counts={"users": 1 << 80})),
    ],
)
def test_a_text_without_an_encoding_leaves_no_session_behind(ask):
    before = held()
    with opened(Shelf()) as session:
        with pytest.raises(countersign.CountersignError):
            ask(session)
    del session
    assert held() == before


def test_a_session_that_decided_is_let_go_of_at_once():
    """By whoever lets go of it, and not by the collector, which may run amid the call of another session's storage."""
    before = held()
    gc.disable()
    try:
        shelf = Shelf()
        session = opened(shelf)
        assert not session.decide().allowed and not session.prepare().allowed()
        gone = weakref.ref(session)
        del session
        assert gone() is None and len(ffi._UniffiFfiConverterTypeStorage._handle_map) == before
    finally:
        gc.enable()


class Full(countersign.Storage):
    """Has room for nothing, and keeps no error of its own."""

    def load(self, name):
        return None

    def save(self, name, text):
        raise DiskFull("no space left")


@pytest.mark.parametrize("is_closed", [True, False])
def test_a_session_whose_storage_failed_to_the_end_is_let_go_of(is_closed):
    before = held()
    session = opened(Full())
    for method in (session.save, session.close) if is_closed else (session.save,):
        with pytest.raises(DiskFull):
            method()
    assert isinstance(session.storage_failure, DiskFull)
    del session, method
    assert held() == before
