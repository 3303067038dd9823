"""Sessions and clients against a real authority: activated, on their own, and back again."""

import asyncio
import socket
import threading
import time
from datetime import datetime, timedelta, timezone

import countersign
import pytest

IMPATIENT = {"attempts": 1, "give_up_after": timedelta(seconds=60)}
LEASED = ("--lease", "7", "--entitlement", "export")


@pytest.fixture
def client(authority):
    with countersign.Client(authority.url, countersign.TrustStore(authority.trust()), **IMPATIENT) as client:
        yield client


def opened(authority, storage, **options):
    return countersign.Session("acme/editor", countersign.TrustStore(authority.trust()), storage, **options)


def test_a_session_goes_on_without_its_authority_and_renews_when_it_is_back(authority, client, tmp_path):
    license_key, _ = authority.issue("--seats", "1", *LEASED)
    storage = countersign.FileStorage(tmp_path / "state")
    with opened(authority, storage) as session:
        check = session.prepare()
        assert not check.allowed()
        assert [denial.code for denial in session.decide().denials] == ["not_activated"]
        assert session.activate_blocking(client, license_key).activated
        assert check.allowed() and check.entitled("export") and session.decide()
        assert session.license.seats.limit == 1
    trust = countersign.TrustStore(authority.trust())

    authority.stop()
    with countersign.Session("acme/editor", trust, storage) as session:
        check = session.prepare()
        assert check.allowed() and session.is_kept and not session.is_moved
        with pytest.raises(countersign.Unreachable) as caught:
            session.refresh_now_blocking(client)
        assert caught.value.code == "unreachable"
        assert check.allowed() and session.decide()

        authority.start()
        contact = session.last_contact_at
        assert session.refresh_now_blocking(client).renewed
        assert session.last_contact_at >= contact and check.allowed()
        assert session.decide().last_contact_at == session.last_contact_at
        session.deactivate_blocking(client)
        assert not check.allowed()
        assert [denial.code for denial in check.decision().denials] == ["not_activated"]


def test_asyncio_does_the_same(authority, client):
    license_key, license_id = authority.issue("--seats", "1", *LEASED)

    async def live():
        with opened(authority, countersign.MemoryStorage()) as session:
            assert (await session.activate(client, license_key)).activated
            assert (await session.refresh_now(client)).renewed
            other = countersign.Claimant("acme/editor", countersign.LicenseKey(license_key), countersign.Instance.machine("m-2"))
            with pytest.raises(countersign.Refused) as caught:
                await client.activate(other)
            assert (caught.value.code, caught.value.status) == ("seat_limit_exceeded", 422)
            standing = await client.standing(other)
            assert standing.is_valid and not standing.is_activated
            assert (standing.license.status, standing.license.seats_used) == ("valid", 1)
            background = asyncio.create_task(session.background(client))
            await asyncio.sleep(0.1)
            background.cancel()
            with pytest.raises(asyncio.CancelledError):
                await background
            await session.deactivate(client)
            assert not session.decide()
        activation = await client.activate(other)
        assert activation.lease.instance == other.instance and activation.license.id == license_id
        assert activation.seats_remaining == 0
        renewal = await client.renew(activation.lease)
        assert renewal.lease.ends_at >= activation.lease.ends_at
        statuses = await client.statuses(activation.license)
        assert statuses.entry(activation.license.status.index) == 0
        run = countersign.Run("acme/editor", instance=other.instance)
        assert activation.license.evaluate(run, lease=renewal.lease, statuses=statuses)
        authority.suspend(license_id)
        statuses = await client.statuses(activation.license)
        denied = activation.license.evaluate(run, lease=renewal.lease, statuses=statuses)
        assert [denial.code for denial in denied.denials] == ["suspended"]
        await client.deactivate(renewal.lease)

    asyncio.run(live())


def test_a_call_that_is_cancelled_ends_at_once(authority):
    async def ask(url):
        with countersign.Client(url, countersign.TrustStore(authority.trust())) as client:
            key = countersign.LicenseKey("ACME-1")
            claimant = countersign.Claimant("acme/editor", key, countersign.Instance.machine("m-1"))
            await asyncio.wait_for(client.activate(claimant), 0.2)

    # It takes connections, and answers none.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with pytest.raises(asyncio.TimeoutError):
            asyncio.run(ask(f"http://127.0.0.1:{silent.getsockname()[1]}"))
        # A call that went on would end after half a minute.
        assert time.monotonic() - began < 25


def test_an_answer_of_keys_that_are_not_trusted_is_untrusted(authority):
    from test_vectors import TRUST

    license_key, _ = authority.issue()
    with countersign.Client(authority.url, TRUST["acme"], **IMPATIENT) as client:
        with countersign.Session("acme/editor", TRUST["acme"], countersign.MemoryStorage()) as session:
            with pytest.raises(countersign.Untrusted) as caught:
                session.activate_blocking(client, license_key)
            assert caught.value.code == "untrusted" and not session.decide()
        with pytest.raises(countersign.Refused) as caught:
            client.standing_blocking(
                countersign.Claimant("acme/editor", countersign.LicenseKey("ACME-NONE"), countersign.Instance.machine("m"))
            )
        assert caught.value.status == 404 and "ACME-NONE" not in repr(vars(caught.value))


def test_a_seat_is_taken_by_hand(authority, client, tmp_path):
    license_key, license_id = authority.issue(*LEASED)
    with opened(authority, countersign.FileStorage(tmp_path)) as session:
        request = session.activation_request(license_key)
        carried = countersign.ActivationRequest(request.text)
        answer = client.answer_blocking(carried)
        check = session.prepare()
        assert not check.allowed()
        assert session.import_text(answer) == "activation"
        assert check.allowed() and session.license.id == license_id
        with opened(authority, countersign.MemoryStorage()) as other:
            with pytest.raises(countersign.ImportRefused) as caught:
                other.import_text(answer)
            assert caught.value.code == "another_instance"


def test_time_that_passes_ends_what_was_granted(authority, client):
    license_key, _ = authority.issue("--seats", "1", *LEASED)
    clock = countersign.FixedClock(datetime.now(timezone.utc))
    with opened(authority, countersign.MemoryStorage(), clock=clock) as session:
        session.activate_blocking(client, license_key)
        check = session.prepare()
        assert check.allowed()
        clock.advance(timedelta(days=6))
        assert check.allowed()
        assert [notice.code for notice in check.decision().notices if notice.code == "lease_renewal_due"]
        clock.advance(timedelta(days=2))
        assert not check.allowed()
        assert [denial.code for denial in check.decision().denials] == ["lease_ended"]


def test_a_license_that_asks_for_no_seat_needs_no_lease(authority, client):
    license_key, _ = authority.issue()
    with opened(authority, countersign.MemoryStorage()) as session:
        assert session.activate_blocking(client, license_key).activated
        assert session.decide() and session.license.activation is None


def test_a_thread_refreshes_in_the_background(authority, client):
    license_key, _ = authority.issue(*LEASED)
    stop = threading.Event()
    with opened(authority, countersign.MemoryStorage()) as session:
        session.activate_blocking(client, license_key)
        thread = threading.Thread(target=session.background_blocking, args=(client, stop))
        thread.start()
        stop.set()
        thread.join(timeout=120)
        assert not thread.is_alive()


def test_what_is_closed_asks_nothing(authority):
    client = countersign.Client(authority.url, countersign.TrustStore(authority.trust()))
    client.close()
    with pytest.raises(countersign.Unfit) as caught:
        client.standing_blocking(
            countersign.Claimant("acme/editor", countersign.LicenseKey("ACME-1"), countersign.Instance.machine("m"))
        )
    assert caught.value.code == "closed"
