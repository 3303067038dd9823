package io.github.countersign

import org.json.JSONObject
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeAll
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import java.time.Duration
import java.time.Instant
import java.util.concurrent.Callable
import java.util.concurrent.CyclicBarrier
import java.util.concurrent.Executors
import java.util.concurrent.FutureTask
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger

/** Eight threads that share what may be shared are each told what one thread is told. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ThreadsTest {
    private lateinit var authority: Authority

    @BeforeAll
    fun start() {
        authority = Authority()
    }

    @AfterAll
    fun stop() = authority.close()

    @Test
    fun `a report is the decision's, however long the last one of its thread was`() {
        val license = Signer.license()
        val context = Context(ClockReading.trusted())
        val runs = listOf(0, 300, 1, 600, 0, 40).map { count -> Run("acme/editor", requires = List(count) { "feature-$it" }.toSet()) }
        val tasks = List(100) {
            FutureTask {
                for (run in runs) {
                    val expected = license.evaluate(run, context).use { it.report() }
                    assertEquals(expected, license.report(run, context))
                    license.prepare(run).use { check -> assertEquals(expected, check.report(context)) }
                }
            }
        }
        tasks.forEach { Thread(it).start() }
        tasks.forEach { it.get() }
    }

    @Test
    fun `threads share a check and a guard`() {
        val signedAt = Instant.ofEpochSecond(1775001600)
        val features = JSONObject().put("export", JSONObject()).put("print", JSONObject().put("until", 1775001601))
        val license = Signer.license("rev" to 2, "domains" to listOf("example.com"), "entitlements" to features)
        val rows = listOf(Run("acme/editor", domain = "example.com"), Run("acme/editor", domain = "example.org"))
        for (run in rows) {
            val guard = ClockGuard()
            val reference = license.prepare(run, ClockGuard())
            val check = license.prepare(run, guard)
            val allowed = reference.allowed()
            val entitled = reference.entitled("export")
            val expected = reference.decide().report()
            val context = Context(ClockReading.trusted(signedAt))
            val then = reference.evaluate(context).report()
            together(turns = 200) { turn ->
                assertEquals(allowed, check.allowed())
                assertEquals(entitled, check.entitled("export"))
                assertFalse(check.entitled("print"))
                assertEquals(expected, check.decide().use { it.report() })
                assertEquals(then, check.report(context))
                when (turn % 4) {
                    0 -> guard.hold(signedAt)
                    1 -> check.hold()
                    2 -> ClockGuard.restore(guard.save(KEY), KEY).close()
                    else -> guard.read().use { assertEquals(Duration.ZERO, it.behind) }
                }
            }
        }
    }

    @Test
    fun `threads that hold and ask see one of what was held`() {
        val license = Signer.license("rev" to 2)
        license.prepare(Run("acme/editor")).use { check ->
            val reports = listOf<Long?>(null, 3L).map { revision ->
                check.hold(highestRevision = revision)
                check.decide().report()
            }.toSet()
            assertEquals(2, reports.size)
            together(turns = 200) { turn ->
                check.hold(highestRevision = if (turn % 2 == 0) 3L else null)
                val report = check.decide().use { it.report() }
                assertTrue(report in reports, report)
            }
            check.hold()
            assertTrue(check.allowed())
        }
    }

    @Test
    fun `threads share a session while it refreshes`() {
        val trust = authority.trust()
        val client = Client(authority.url, trust)
        Session.open("acme/editor", trust, MemoryStorage()).use { session ->
            session.activateBlocking(client, authority.sell(seats = 1))
            val granted = session.run()
            val denied = granted.withRequires("export")
            val check = session.prepare(granted)
            val deniedCheck = session.prepare(denied)
            val expected = told(session.decide(granted))
            val expectedDenied = told(session.decide(denied))
            assertTrue(JSONObject(session.decide(granted).report()).getBoolean("allowed"))
            val refreshes = AtomicInteger()
            together(turns = 100) { turn ->
                assertTrue(check.allowed())
                assertFalse(deniedCheck.allowed())
                assertFalse(check.entitled("export"))
                assertEquals(expected, told(session.decide(granted)))
                assertEquals(expected, told(check.decide()))
                assertEquals(expectedDenied, told(deniedCheck.decide()))
                if (turn % 50 == 0 && session.refreshNowBlocking(client).renewed) refreshes.incrementAndGet()
                if (turn % 10 == 0) session.tick()
            }
            assertTrue(refreshes.get() > 0)
        }
    }

    /** All but the end of the lease and the last contact, which each renewal moves. */
    private fun told(decision: Decision): String = decision.use {
        JSONObject(it.report()).apply { listOf("holds_until", "last_contact_at").forEach(::remove) }.toString()
    }

    /** All threads start at once; what one throws is thrown. */
    private fun together(turns: Int, ask: (Int) -> Unit) {
        val threads = Executors.newFixedThreadPool(THREADS)
        val start = CyclicBarrier(THREADS)
        val task = Callable {
            start.await(120, TimeUnit.SECONDS)
            repeat(turns, ask)
        }
        try {
            threads.invokeAll(List(THREADS) { task }).forEach { it.get() }
        } finally {
            threads.shutdown()
        }
        assertTrue(threads.awaitTermination(60, TimeUnit.SECONDS))
    }

    private companion object {
        const val THREADS = 8
        val KEY = "this machine".toByteArray()
    }
}
