package io.github.countersign

import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.async
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import java.io.File
import java.lang.reflect.InvocationTargetException
import java.lang.reflect.Method
import java.lang.reflect.Modifier
import java.time.Duration
import java.time.Instant
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ExecutionException
import java.util.concurrent.TimeUnit
import java.util.concurrent.TimeoutException
import java.util.concurrent.atomic.AtomicInteger

/** What is closed says so, each function of it, and what was made by it goes on where it stands on its own. */
class ClosingTest {
    /** One of each class that can be closed, by its name. */
    private val closable: Map<String, () -> AutoCloseable> = mapOf(
        "ActivationRequest" to { session().activationRequest(KEY) },
        "Challenge" to { Challenge(Signer.NONCE, Duration.ZERO) },
        "Check" to { license.prepare(RUN) },
        "Claimant" to { Claimant("acme/editor", KEY, Instance.Machine("m-1")) },
        "Client" to { client() },
        "ClockGuard" to { ClockGuard() },
        "ClockReading" to { ClockReading.trusted() },
        "Decision" to { license.evaluate(RUN, Context(ClockReading.trusted())) },
        "FileStorage" to { FileStorage(File("/no/such/folder").toPath()) },
        "FixedClock" to { FixedClock(SIGNED_AT) },
        "Lease" to { Signer.answer(SIGNED_AT) },
        "License" to { Signer.license() },
        "LicenseKey" to { LicenseKey.parse("ACME-CODE") },
        "MemoryStorage" to { MemoryStorage() },
        "Pace" to { Pace(Signer.NONCE) },
        "Qr" to { Qr("acme") },
        "Session" to { session() },
        "SessionCheck" to { session().let { it.prepare(it.run()) } },
        "Signals" to { Signals("acme/editor", mapOf("board" to "1")) },
        "StatusList" to { signed("statuslist", StatusList::verify) },
        "TrustStore" to { TrustStore(Signer.trust.toJwks()) },
        "TrustUpdate" to { signed("trust", TrustUpdate::verify) },
    )

    @Test
    fun `every class that can be closed is looked at`() {
        val folder = File(License::class.java.protectionDomain.codeSource.location.toURI()).resolve("io/github/countersign")
        val names = folder.list()!!.filter { it.endsWith(".class") && '$' !in it }.map { it.removeSuffix(".class") }
        val found = names.map { Class.forName("io.github.countersign.$it", false, javaClass.classLoader) }
            .filter { AutoCloseable::class.java.isAssignableFrom(it) }
        assertEquals(closable.keys, found.map { it.simpleName }.toSortedSet())
    }

    @TestFactory
    fun `what is closed throws and does not crash`(): List<DynamicTest> = closable.map { (name, make) ->
        DynamicTest.dynamicTest(name) {
            val closed = make().apply { close(); close() }
            // Who prints one expects no exception.
            assertTrue(closed.toString().startsWith(name), closed.toString())
            functionsOf(closed).forEach { function ->
                val outcome = outcomeOf(function, closed)
                assertTrue(outcome is IllegalStateException, "$function: $outcome")
            }
        }
    }

    @Test
    fun `the checks of a session that was closed throw`() {
        val session = session()
        val check = session.prepare(session.run())
        repeat(2) { assertFalse(check.allowed()) }
        session.close()
        functionsOf(check).forEach { function ->
            val outcome = outcomeOf(function, check)
            assertTrue(outcome is IllegalStateException, "$function: $outcome")
            assertEquals("the session was closed", outcome?.message)
        }
        check.close()
    }

    @Test
    fun `a session whose storage fails at its end is closed as well`() {
        val full = object : Storage {
            override fun load(name: String): String? = null
            override fun save(name: String, text: String) = throw UnsupportedOperationException("full")
        }
        val session = Session.open("acme/editor", Signer.trust, full)
        val check = session.prepare(session.run())
        assertThrows(UnsupportedOperationException::class.java) { session.close() }
        assertThrows(IllegalStateException::class.java) { check.allowed() }
        session.close()
    }

    @Test
    fun `what a session gave outlives it`() {
        val (held, decision, given) = session().use {
            it.importText(license.text())
            Triple(it.license!!, it.decide(it.run()), it.activationRequest(KEY))
        }
        assertTrue(decision.isAllowed)
        assertNull(decision.holdsUntil)
        assertEquals("lic-1", held.id)
        assertNotNull(given.text())
    }

    @Test
    fun `the check of a license that was closed goes on`() {
        val closed = Signer.license()
        val check = closed.prepare(RUN)
        closed.close()
        assertTrue(check.allowed())
        check.license.use { assertEquals("lic-1", it.id) }
    }

    @Test
    fun `a decision that was closed tells what it was asked before`() {
        val decision = license.evaluate(Run("acme/viewer"), Context(ClockReading.trusted()))
        val denials = decision.denials
        decision.close()
        assertEquals(denials, decision.denials)
        assertThrows(IllegalStateException::class.java) { decision.notices }
    }

    @Test
    fun `a session goes on whose storage, trust and clock were closed, and asks no client that was`() {
        val (storage, trust, clock) = Triple(MemoryStorage(), TrustStore(Signer.trust.toJwks()), FixedClock(SIGNED_AT))
        val client = client()
        Session.open("acme/editor", trust, storage, SessionOptions(clock = clock)).use { session ->
            listOf(storage, trust, clock, client).forEach { it.close() }
            session.importText(license.text())
            session.save()
            assertTrue(session.decide(session.run()).isAllowed)
            assertThrows(IllegalStateException::class.java) { session.activateBlocking(client, KEY) }
        }
    }

    @Test
    fun `the background ends with its session`() {
        val clock = FixedClock(SIGNED_AT)
        val session = Session.open("acme/editor", Signer.trust, MemoryStorage(), SessionOptions(clock = clock))
        clock.advance(Duration.ofSeconds(599))
        assertEquals(Duration.ofSeconds(1), session.nextWait())
        val future = session.backgroundAsync(client())
        runBlocking {
            val background = async { session.background(client()) }
            session.close()
            withTimeout(120_000) { background.await() }
        }
        assertNull(future.get(120, TimeUnit.SECONDS))
        assertNull(session.backgroundAsync(client()).get(120, TimeUnit.SECONDS))
    }

    @Test
    fun `the background ends with an error where its client was closed`() {
        session().use { session ->
            val client = client().apply { close() }
            val ended = assertThrows(IllegalStateException::class.java) {
                runBlocking { withTimeout(120_000) { session.background(client) } }
            }
            assertFalse(ended is CancellationException, ended.toString())
            val future = session.backgroundAsync(client)
            val failed = assertThrows(ExecutionException::class.java) { future.get(120, TimeUnit.SECONDS) }
            assertTrue(failed.cause is IllegalStateException, failed.toString())
        }
    }

    @Test
    fun `the background goes on where its storage throws`() {
        val thrown = AtomicInteger()
        val locked = object : Storage {
            override fun load(name: String): String? = null
            override fun save(name: String, text: String) {
                thrown.incrementAndGet()
                throw IllegalStateException("locked")
            }
        }
        val clock = FixedClock(SIGNED_AT)
        val session = Session.open("acme/editor", Signer.trust, locked, SessionOptions(clock = clock))
        val before = thrown.get()
        // What failed is tried again after a minute.
        clock.advance(Duration.ofMinutes(1))
        val background = session.backgroundAsync(client())
        val deadline = System.nanoTime() + Duration.ofSeconds(120).toNanos()
        while (thrown.get() == before) {
            assertTrue(System.nanoTime() < deadline, "it never saved")
            Thread.sleep(1)
        }
        assertThrows(TimeoutException::class.java) { background.get(300, TimeUnit.MILLISECONDS) }
        assertTrue(background.cancel(true))
    }

    private val license = Signer.license()

    private fun session() = Session.open("acme/editor", Signer.trust, MemoryStorage())

    private fun client() = Client("http://127.0.0.1:1", Signer.trust, ClientSettings(attempts = 1))

    private fun <D> signed(kind: String, verify: (String, TrustStore) -> D): D {
        val row = Vectors.rows("signed").map { it.second }
            .first { it.getString("kind") == kind && !it.has("code") && it.has("text") }
        return verify(row.getString("text"), Vectors.trust.getValue(row.getString("trust")))
    }

    /** All of it but its end, and what every object has. `background` has nothing to do and ends. */
    private fun functionsOf(value: Any): List<Method> = value.javaClass.declaredMethods.filter {
        Modifier.isPublic(it.modifiers) && !Modifier.isStatic(it.modifiers) && !it.isSynthetic &&
            it.name !in setOf("close", "toString", "backgroundAsync")
    }

    /** What the function throws, itself or in its future. */
    private fun outcomeOf(function: Method, value: Any): Throwable? = try {
        val given = function.invoke(value, *function.parameterTypes.map(::fitting).toTypedArray())
        (given as? CompletableFuture<*>)?.get(120, TimeUnit.SECONDS)
        null
    } catch (thrown: InvocationTargetException) {
        thrown.targetException
    } catch (thrown: ExecutionException) {
        thrown.cause
    }

    private fun fitting(type: Class<*>): Any? = when (type) {
        Run::class.java -> RUN
        Context::class.java -> Context(ClockReading.trusted())
        ListedStatus::class.java -> ListedStatus(0, SIGNED_AT)
        Instance::class.java -> Instance.Machine("m-1")
        String::class.java -> "export"
        Long::class.java, java.lang.Long::class.java -> 0L
        Instant::class.java -> SIGNED_AT
        Duration::class.java -> Duration.ofSeconds(1)
        Tick::class.java -> Tick.now()
        List::class.java -> emptyList<Duration>()
        ByteArray::class.java -> "this machine".toByteArray()
        LicenseKey::class.java -> KEY
        ClockGuard::class.java -> ClockGuard()
        else -> closable.getValue(type.simpleName)()
    }

    private companion object {
        val SIGNED_AT: Instant = Instant.ofEpochSecond(1775001600)
        val RUN = Run("acme/editor")
        val KEY: LicenseKey = LicenseKey.parse("ACME-CODE")
    }
}
