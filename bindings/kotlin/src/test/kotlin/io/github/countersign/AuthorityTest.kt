package io.github.countersign

import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeAll
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Path
import java.time.Duration
import java.time.Instant
import java.util.concurrent.ExecutionException

/** Activation, renewal and sessions against a real authority. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AuthorityTest {
    private lateinit var authority: Authority
    private lateinit var trust: TrustStore
    private lateinit var client: Client

    @BeforeAll
    fun start() {
        authority = Authority()
        trust = authority.trust()
        client = client()
    }

    @AfterAll
    fun stop() = authority.close()

    private fun client() = Client(
        authority.url,
        trust,
        ClientSettings(attempts = 2, firstWait = Duration.ofMillis(10), giveUpAfter = Duration.ofSeconds(60)),
    )

    @Test
    fun `a session goes on without its authority and renews when it is back`(@TempDir folder: Path) = runBlocking {
        val open = { Session.open("acme/editor", trust, FileStorage(folder)) }
        val key = authority.sell(seats = 1)
        open().use { session ->
            assertEquals(listOf("not_activated"), session.decide(session.run()).denials.map { it.code })
            assertTrue(session.activate(client, key).activated)
            assertTrue(session.decide(session.run()).isAllowed)
            assertTrue(session.isKept)
        }
        authority.stop()
        try {
            open().use { session ->
                val check = session.prepare(session.run())
                assertTrue(check.allowed())
                assertEquals("acme/editor", session.license?.product)
                assertThrows(ClientException.Unreachable::class.java) { session.refreshNowBlocking(client) }
                assertTrue(check.allowed())
                val contact = session.lastContactAt
                authority.start()
                assertTrue(session.refreshNow(client).renewed)
                assertTrue(check.allowed())
                assertTrue(session.lastContactAt!! >= contact!!)
                session.deactivate(client)
                assertFalse(check.allowed())
                assertEquals(listOf("not_activated"), check.decide().denials.map { it.code })
            }
        } finally {
            authority.stop()
            authority.start()
        }
    }

    @Test
    fun `what a session is given counts in a check at once`() {
        Session.open("acme/editor", trust, MemoryStorage()).use { session ->
            val check = session.prepare(session.run())
            repeat(3) { assertFalse(check.allowed()) }
            session.activateBlocking(client, authority.sell(seats = 1))
            assertTrue(check.allowed())
            session.deactivateBlocking(client)
            assertFalse(check.allowed())
        }
    }

    @Test
    fun `a client activates, renews, tells and gives up, in each of its forms`() = runBlocking {
        val instance = Instance.Machine("m-1")
        Claimant("acme/editor", authority.sell(seats = 2), instance).use { claimant ->
            val activation = client.activate(claimant)
            assertEquals(1L to 1L, activation.seatsUsed to activation.seatsRemaining)
            val lease = activation.lease!!
            assertEquals(instance, lease.instance)
            val renewal = client.renewAsync(lease).get()
            assertEquals(activation.license.id, renewal.license.id)
            val standing = client.standingBlocking(claimant)
            assertTrue(standing.isActivated && standing.isValid)
            assertEquals(LicenseStatus.VALID, standing.license.status)
            assertNotNull(client.statuses(renewal.license))
            client.deactivateAsync(renewal.lease).get()
            assertFalse(client.standingAsync(claimant).get().isActivated)
        }
    }

    @Test
    fun `a refusal says why`() {
        val key = authority.sell(seats = 1)
        client.activateBlocking(Claimant("acme/editor", key, Instance.Machine("m-1")))
        val refused = assertThrows(ClientException.Refused::class.java) {
            client.activateBlocking(Claimant("acme/editor", key, Instance.Machine("m-2")))
        }
        assertEquals("seat_limit_exceeded", refused.code)
        assertEquals(refused.refusal.detail, refused.detail)
        assertFalse(key.text() in refused.toString() + refused.refusal)
        val unknown = LicenseKey.parse("NOBODY-SOLD-THIS")
        val failure = assertThrows(ExecutionException::class.java) {
            client.activateAsync(Claimant("acme/editor", unknown, Instance.Machine("m-1"))).get()
        }
        assertEquals("license_key_not_found", (failure.cause as ClientException.Refused).code)
    }

    @Test
    fun `an answer of keys that are not trusted grants nothing`() {
        Client(authority.url, Signer.trust).use { stranger ->
            val untrusted = assertThrows(ClientException.Untrusted::class.java) {
                stranger.activateBlocking(Claimant("acme/editor", authority.sell(seats = 1), Instance.Machine("m-1")))
            }
            assertEquals("untrusted", untrusted.code)
        }
    }

    @Test
    fun `a machine without a network is activated by hand`() {
        Session.open("acme/editor", trust, MemoryStorage()).use { session ->
            val request = session.activationRequest(authority.sell(seats = 1))
            assertTrue(Qr(request.text()).toSvg().startsWith("<"))
            val answer = client.answerBlocking(ActivationRequest.parse(request.text()))
            assertEquals(Imported.ACTIVATION, session.importText(answer))
            assertTrue(session.decide(session.run()).isAllowed)
            Session.open("acme/editor", trust, MemoryStorage()).use { another ->
                val refused = assertThrows(ImportException.NotFitting::class.java) { another.importText(answer) }
                assertEquals("another_instance", refused.code)
            }
        }
    }

    @Test
    fun `the background renews a lease that ran out`() {
        val clock = FixedClock(Instant.now())
        Session.open("acme/editor", trust, MemoryStorage(), SessionOptions(clock = clock)).use { session ->
            session.activateBlocking(client, authority.sell(seats = 1))
            val check = session.prepare(session.run())
            assertTrue(check.allowed())
            clock.advance(Duration.ofDays(100))
            assertFalse(check.allowed())
            val background = session.backgroundAsync(client)
            val deadline = System.nanoTime() + Duration.ofSeconds(120).toNanos()
            while (!check.allowed()) {
                assertTrue(System.nanoTime() < deadline)
                Thread.yield()
            }
            assertTrue(background.cancel(true))
        }
    }

    @Test
    fun `a document that no longer counts says why`(@TempDir folder: Path) {
        Session.open("acme/editor", trust, FileStorage(folder)).use { session ->
            assertNull(session.refused)
            session.activateBlocking(client, authority.sell(seats = 1))
        }
        Session.open("acme/editor", Signer.trust, FileStorage(folder)).use { session ->
            assertEquals("unknown_key", session.refused?.code)
            assertNull(session.license)
        }
    }
}
