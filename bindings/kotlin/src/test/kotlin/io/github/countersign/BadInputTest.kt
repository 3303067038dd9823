package io.github.countersign

import org.json.JSONObject
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Path
import java.time.Duration
import java.time.Instant

/** Values that are none, each refused with an exception of its own. */
class BadInputTest {
    private val license = Signer.license()
    private val clock = ClockReading.trusted(SIGNED_AT)

    @Test
    fun `a run of bad values is refused by code`() {
        val rows = listOf(
            Run("editor") to "invalid_code",
            Run("acme/Editor") to "invalid_code",
            Run("acme/edi\u0000tor") to "invalid_code",
            Run("acme/editor", domain = "*.example.com") to "invalid_domain",
            Run("acme/editor", domain = "a\u0000b.example") to "invalid_domain",
            Run("acme/editor", address = "10.0.0.1/8") to "invalid_address",
            Run("acme/editor", instance = Instance.Machine("")) to "invalid_instance",
            Run("acme/editor", instance = Instance.Host("a b")) to "invalid_instance",
            Run("acme/editor", requires = setOf("Export")) to "invalid_code",
            Run("acme/editor", counts = mapOf("services" to -1L)) to "invalid_amount",
            Run("acme/editor", counts = mapOf("services" to Long.MAX_VALUE)) to "invalid_amount",
            Run("acme/editor", releasedAt = Instant.ofEpochSecond(-1)) to "invalid_moment",
            Run("acme/editor", releasedAt = Instant.EPOCH.minusNanos(1)) to "invalid_moment",
            Run("acme/editor", releasedAt = Instant.parse("+10000-01-01T00:00:00Z")) to "invalid_moment",
            Run("acme/editor", releasedAt = Instant.MIN) to "invalid_moment",
            Run("acme/editor", releasedAt = Instant.MAX) to "invalid_moment",
            Run("acme/edi\ud800tor") to "invalid_text",
            Run("acme/editor", domain = "\udc00.example") to "invalid_text",
            Run("acme/editor", address = "\ud800") to "invalid_text",
            Run("acme/editor", instance = Instance.Domain("a\ud800")) to "invalid_text",
            Run("acme/editor", requires = setOf("\ud800")) to "invalid_text",
            Run("acme/editor", counts = mapOf("\ud800" to 1L)) to "invalid_text",
        )
        for ((run, code) in rows) {
            refused(code) { license.prepare(run) }
            refused(code) { license.evaluate(run, Context(clock)) }
        }
    }

    @Test
    fun `a context of bad values is refused by code`() {
        for (revision in listOf(0L, -1L, 1L shl 32)) {
            refused("invalid_amount") { license.evaluate(RUN, Context(clock, highestRevision = revision)) }
        }
        refused("invalid_length") {
            license.evaluate(RUN, Context(clock, noticeBefore = listOf(Duration.ofSeconds(-1))))
        }
    }

    @Test
    fun `a moment outside 1970 to 9999 is refused, but on a wall clock`() {
        for (moment in OUTSIDE) {
            refused("invalid_moment") { ClockReading.trusted(moment) }
            refused("invalid_moment") { FixedClock(moment) }
            refused("invalid_moment") { ClockGuard().hold(moment) }
            refused("invalid_moment") { ClockGuard().accepts(moment) }
            ClockGuard(Tick(moment, Duration.ZERO)).read(Tick(moment, Duration.ZERO)).use { reading ->
                assertTrue(reading.now == Instant.EPOCH || reading.now == Instant.parse("9999-12-31T23:59:59Z"))
            }
        }
        refused("invalid_length") { ClockGuard(Tick(SIGNED_AT, Duration.ofSeconds(-1))) }
        assertEquals(Instant.EPOCH, ClockReading.trusted(Instant.EPOCH).now)
    }

    @Test
    fun `texts of ten megabytes are refused by code`() {
        val long = "a".repeat(10_000_000)
        refused("malformed") { License.verify(long, Signer.trust) }
        refused("malformed") { License.verify(long.toByteArray(), Signer.trust) }
        refused("malformed") { Lease.verify(long, Signer.trust) }
        refused("malformed") { StatusList.verify(long, Signer.trust) }
        refused("malformed") { TrustUpdate.verify(long, Signer.trust) }
        refused("invalid_key") { TrustStore(long) }
        refused("invalid_license_key") { LicenseKey.parse(long) }
        refused("invalid_domain") { Names.domain(long) }
        refused("invalid_address") { Names.address(long) }
        refused("invalid_code") { license.prepare(Run(long)) }
        refused("damaged_clock") { ClockGuard.restore(long, KEY) }
        refused("invalid_nonce") { Challenge(long, Duration.ZERO) }
        refused("too_long") { Qr(long) }
        Session.open("acme/editor", Signer.trust, MemoryStorage()).use { session ->
            refused("malformed") { session.importText(long) }
        }
        license.evaluate(RUN, Context(clock)).use { assertTrue(!it.entitled(long)) }
    }

    @Test
    fun `half of a character is refused by code`() {
        val half = "\ud800"
        refused("invalid_text") { License.verify(half, Signer.trust) }
        refused("invalid_text") { TrustStore(half) }
        refused("invalid_text") { LicenseKey.parse(half) }
        refused("invalid_text") { Names.domain(half) }
        refused("invalid_text") { Names.matchesDomain(listOf(half), "a.example") }
        refused("invalid_text") { ClockGuard.restore(half, KEY) }
        refused("invalid_text") { Client(half, Signer.trust) }
        refused("invalid_text") { Client(LOCAL, Signer.trust, ClientSettings(onlyRoots = half)) }
        refused("invalid_text") { Client(LOCAL, Signer.trust, ClientSettings(proxy = Proxy.At(half))) }
        refused("invalid_text") { Signals("acme/editor", mapOf("disk" to half)) }
        refused("invalid_text") { Names.matchesAddress(listOf("10.0.0.1"), half) }
        refused("invalid_text") { Qr(half) }
        refused("invalid_text") { Machine.instanceOfVariable(half) }
        refused("invalid_text") { Session.open(half, Signer.trust, MemoryStorage()) }
        refused("invalid_text") { license.evaluate(RUN, Context(clock)).entitled(half) }
        refused("invalid_text") { license.evaluate(RUN, Context(clock)).staysOn(half) }
        refused("invalid_text") { license.takesNoSeat(Instance.Machine(half)) }
    }

    @Test
    fun `a character of no width is refused by code`() {
        val nul = "\u0000"
        refused("malformed") { License.verify(nul, Signer.trust) }
        refused("invalid_key") { TrustStore(nul) }
        refused("invalid_license_key") { LicenseKey.parse("ACME-$nul") }
        refused("invalid_domain") { Names.domain("a${nul}b.example") }
        refused("invalid_address") { Names.address("10.0.0.1$nul") }
        refused("instance_unset") { Machine.instanceOfVariable("A$nul") }
        refused("invalid_url") { Client("http://$nul", Signer.trust) }
    }

    @Test
    fun `settings that make no client are refused by code`() {
        val trust = Signer.trust
        refused("invalid_scheme") { Client("ftp://localhost", trust) }
        refused("plain_http") { Client("http://licenses.acme.example", trust) }
        refused("invalid_attempts") { Client(LOCAL, trust, ClientSettings(attempts = 0)) }
        refused("invalid_length") { Client(LOCAL, trust, ClientSettings(giveUpAfter = Duration.ofSeconds(-1))) }
        refused("invalid_pin") { Client(LOCAL, trust, ClientSettings(pins = listOf(Pin.PublicKey(ByteArray(31))))) }
        refused("invalid_certificates") { Client(LOCAL, trust, ClientSettings(onlyRoots = "no PEM")) }
    }

    @Test
    fun `what names no instance is refused by code`(@TempDir folder: Path) {
        refused("instance_unset") { Machine.instanceOfVariable("COUNTERSIGN_TEST_UNSET") }
        refused("instance_unread") { Machine.instanceOfFile(folder.resolve("missing")) }
    }

    @Test
    fun `a changed state of the clock is refused`() {
        val state = ClockGuard().save(KEY)
        refused("damaged_clock") { ClockGuard.restore(state.dropLast(1), KEY) }
        refused("damaged_clock") { ClockGuard.restore(state, "another machine".toByteArray()) }
        ClockGuard.restore(state, KEY).close()
    }

    @Test
    fun `a challenge is spent once`() {
        val start = Tick(SIGNED_AT, Duration.ZERO)
        val guard = ClockGuard(start)
        val challenge = Challenge(Signer.NONCE, Duration.ZERO)
        guard.heal(challenge, Signer.answer(SIGNED_AT), start)
        refused("answer_not_fresh") { guard.heal(challenge, Signer.answer(SIGNED_AT), start) }
        refused("invalid_nonce") { Challenge("AAAA", Duration.ZERO) }
    }

    @Test
    fun `what is closed and then passed on says so`() {
        val bytes = license.text().toByteArray()
        val trust = TrustStore(TRUST).apply { close() }
        val reading = ClockReading.trusted().apply { close() }
        val lease = Signer.answer(SIGNED_AT).apply { close() }
        val check = license.prepare(RUN)
        // More than once: what follows a freed handle goes wrong only now and then.
        repeat(50) {
            assertThrows(IllegalStateException::class.java) { License.verify(bytes, trust) }
            assertThrows(IllegalStateException::class.java) { Session.open("acme/editor", trust, MemoryStorage()) }
            assertThrows(IllegalStateException::class.java) { Client(LOCAL, trust) }
            assertThrows(IllegalStateException::class.java) { license.evaluate(RUN, Context(reading)) }
            assertThrows(IllegalStateException::class.java) { license.evaluate(RUN, Context(clock, lease)) }
            assertThrows(IllegalStateException::class.java) { check.evaluate(Context(reading)) }
        }
    }

    @Test
    fun `what another thread closes is passed on whole, or not at all`() {
        val bytes = license.text().toByteArray()
        val outcomes = (0 until 2_000).map {
            val trust = TrustStore(TRUST)
            val closing = Thread { trust.close() }.apply { start() }
            val outcome = runCatching { License.verify(bytes, trust) }
            closing.join()
            outcome.exceptionOrNull()
        }
        assertTrue(outcomes.all { it == null || it is IllegalStateException }, outcomes.filterNotNull().toSet().toString())
    }

    @Test
    fun `a check refuses to hold what is none, and holds on what it held`() {
        val check = license.prepare(RUN)
        refused("invalid_amount") { check.hold(highestRevision = -1) }
        refused("invalid_length") { check.hold(noticeBefore = listOf(Duration.ofSeconds(-1))) }
        assertTrue(check.allowed())
        check.hold(highestRevision = 2)
        refused("invalid_amount") { check.hold(highestRevision = 1L shl 32) }
        assertTrue(!check.allowed())
    }

    private companion object {
        val SIGNED_AT: Instant = Instant.ofEpochSecond(1775001600)
        val OUTSIDE = listOf(Instant.EPOCH.minusNanos(1), Instant.MIN, Instant.ofEpochSecond(253402300800), Instant.MAX)
        val RUN = Run("acme/editor")
        val KEY = "this machine".toByteArray()
        val TRUST: String = JSONObject(Vectors.workspace.resolve("tests/vectors/keys.json").readText())
            .getJSONObject("trust").getJSONObject("acme").toString()
        const val LOCAL = "http://127.0.0.1:1"
    }
}
