"""A session is let go of with its storage, whatever failed before."""

import gc

import countersign
import pytest
from countersign._uniffi import countersign_ffi as ffi
from test_storage import Shelf, opened

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
