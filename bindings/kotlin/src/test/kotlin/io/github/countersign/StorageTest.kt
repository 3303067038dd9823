package io.github.countersign

import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.yield
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.IOException
import java.time.Duration
import java.time.Instant
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.CountDownLatch
import java.util.concurrent.ExecutionException
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger

/** A host's own storage: what it keeps is kept, and what it throws comes out as it is. */
class StorageTest {
    private class Shelf : Storage {
        val texts = ConcurrentHashMap<String, String>()
        var thrown: Throwable? = null
        var stuck: Throwable? = null
        var inside: (() -> Unit)? = null
        var locks = 0

        override fun load(name: String): String? {
            thrown?.let { throw it }
            return texts[name]
        }

        override fun save(name: String, text: String) {
            thrown?.let { throw it }
            inside?.invoke()
            texts[name] = text
        }

        override fun lock() {
            locks++
        }

        override fun unlock() {
            locks--
            stuck?.let { throw it }
        }
    }

    private fun open(shelf: Storage) = Session.open("acme/editor", Signer.trust, shelf)

    @Test
    fun `a host's own storage keeps a session between runs`() {
        val shelf = Shelf()
        val instance = open(shelf).use { it.importText(Signer.license().text()); it.instance }
        assertTrue(shelf.texts.isNotEmpty())
        assertEquals(0, shelf.locks)
        open(shelf).use { session ->
            assertEquals(instance, session.instance)
            assertEquals("lic-1", session.license?.id)
            assertTrue(session.isKept)
        }
    }

    @Test
    fun `what a storage throws comes out of a session as it is`() {
        val shelf = Shelf()
        for (thrown in listOf(IOException("disk full"), IllegalStateException("locked"), OutOfMemoryError("shelf"))) {
            shelf.thrown = thrown
            assertSame(thrown, assertThrows(thrown.javaClass) { open(shelf) })
            shelf.thrown = null
            val session = open(shelf)
            shelf.thrown = thrown
            assertSame(thrown, assertThrows(thrown.javaClass) { session.save() })
            assertFalse(session.isKept)
            assertTrue(session.decide(session.run()).denials.isNotEmpty())
            assertSame(thrown, assertThrows(thrown.javaClass) { session.close() })
            shelf.thrown = null
        }
    }

    @Test
    fun `what unlock throws comes out of the call that held the lock, or of the next tick`() {
        val shelf = Shelf()
        val stuck = IOException("the lock is stuck")
        shelf.stuck = stuck
        assertSame(stuck, assertThrows(IOException::class.java) { open(shelf) })
        shelf.stuck = null
        open(shelf).use { session ->
            shelf.stuck = stuck
            assertSame(stuck, assertThrows(IOException::class.java) { session.save() })
            assertTrue(session.isKept)
            session.tick()
            session.importText(Signer.license().text())
            shelf.stuck = null
            assertSame(stuck, assertThrows(IOException::class.java) { session.tick() })
            session.save()

            val full = IOException("disk full")
            shelf.stuck = stuck
            shelf.thrown = full
            assertSame(full, assertThrows(IOException::class.java) { session.save() })
            shelf.stuck = null
            shelf.thrown = null
            session.tick()
        }
    }

    @Test
    fun `a storage does not change the session that it is called by`() {
        val shelf = Shelf()
        open(shelf).use { session ->
            var refused: Exception? = null
            var decided: Decision? = null
            shelf.inside = {
                refused = runCatching { session.tick() }.exceptionOrNull() as Exception
                decided = session.decide(session.run())
            }
            session.save()
            shelf.inside = null
            assertEquals("inside_storage", (refused as SessionException.InsideStorage).code)
            assertFalse(decided!!.isAllowed)
        }
    }

    /** Notes which threads call it, and takes its time, or waits to be let go on. */
    private class Noting(private val shelf: Shelf = Shelf()) : Storage by shelf {
        val callers: MutableSet<Thread> = ConcurrentHashMap.newKeySet()
        val atOnce = AtomicInteger()
        val most = AtomicInteger()
        @Volatile
        var takes = Duration.ZERO
        @Volatile
        var goesOn = CountDownLatch(0)

        override fun save(name: String, text: String) {
            callers += Thread.currentThread()
            most.accumulateAndGet(atOnce.incrementAndGet(), ::maxOf)
            Thread.sleep(takes.toMillis())
            val isLet = goesOn.await(60, TimeUnit.SECONDS)
            atOnce.decrementAndGet()
            check(isLet) { "the dispatcher is held up" }
            shelf.save(name, text)
        }
    }

    @Test
    fun `a storage is called on the thread of a call, and where an authority is asked on threads of the library`() {
        Authority().use { authority ->
            val own = Thread.currentThread()
            val storage = Noting()
            val client = Client(authority.url, authority.trust())
            Session.open("acme/editor", authority.trust(), storage).use { session ->
                val key = authority.sell(seats = 1)
                val local = listOf({ session.save() }, { session.activationRequest(key).close() })
                assertEquals(setOf(own), storage.callers)
                for (call in local) {
                    storage.callers.clear()
                    call()
                    assertEquals(setOf(own), storage.callers)
                }
                val asking = listOf(
                    { session.activateBlocking(client, key) },
                    { runBlocking { session.refreshNow(client) } },
                    { session.refreshNowAsync(client).get() },
                    { session.deactivateBlocking(client) },
                )
                for (call in asking) {
                    storage.callers.clear()
                    call()
                    assertTrue(storage.callers.isNotEmpty() && own !in storage.callers, storage.callers.toString())
                }
                // However many ask: from one thread at a time.
                storage.takes = Duration.ofMillis(20)
                session.activateBlocking(client, key)
                List(4) { session.refreshNowAsync(client) }.forEach { it.get() }
                session.save()
                assertEquals(1, storage.most.get())
            }
        }
    }

    @Test
    fun `the storage of a session that was closed is called no more, whatever of it is held`() {
        val shelf = Shelf()
        val calls = AtomicInteger()
        val counting = object : Storage by shelf {
            override fun lock() {
                calls.incrementAndGet()
                shelf.lock()
            }
        }
        Session.open("acme/editor", Signer.trust, counting).use { session ->
            val check = session.prepare(session.run())
            check.allowed()
            calls.set(0)
            session.close()
            assertEquals(1, calls.get())
            check.close()
        }
        assertEquals(1 to 0, calls.get() to shelf.locks)
    }

    @Test
    fun `a call that is under way when its session is closed ends without its storage`() {
        val shelf = Shelf()
        SilentAuthority().use { silence ->
            val settings = ClientSettings(attempts = 1, giveUpAfter = Duration.ofMinutes(10))
            val client = Client(silence.url, Signer.trust, settings)
            val session = open(shelf)
            val activation = session.activateAsync(client, LicenseKey.parse("ACME-CODE"))
            val socket = silence.awaitRequest()
            session.close()
            val called = AtomicInteger()
            shelf.inside = { called.incrementAndGet() }
            socket.close()
            val failed = assertThrows(ExecutionException::class.java) { activation.get(120, TimeUnit.SECONDS) }
            assertTrue(failed.cause is ClientException.Unreachable, failed.toString())
            assertEquals(0 to 0, called.get() to shelf.locks)
        }
    }

    @Test
    fun `a storage that takes its time stops nothing of the dispatcher that the background runs on`() {
        val storage = Noting()
        val clock = FixedClock(Instant.now())
        val silent = Client("http://127.0.0.1:1", Signer.trust, ClientSettings(attempts = 1))
        Session.open("acme/editor", Signer.trust, storage, SessionOptions(clock = clock)).use { session ->
            storage.callers.clear()
            storage.goesOn = CountDownLatch(1)
            clock.advance(Duration.ofMinutes(10))
            runBlocking {
                val own = Thread.currentThread()
                val background = launch { session.background(silent) }
                while (storage.callers.isEmpty()) yield()
                // It goes on only because the dispatcher does.
                repeat(10) { delay(1) }
                assertEquals(1, storage.atOnce.get())
                storage.goesOn.countDown()
                while (storage.atOnce.get() > 0) delay(1)
                background.cancelAndJoin()
                assertFalse(own in storage.callers)
            }
        }
    }

    @Test
    fun `what is damaged is told, and begun anew when the host says so`() {
        val shelf = Shelf()
        open(shelf).close()
        shelf.texts.replaceAll { _, text -> text.dropLast(5) }
        val damaged = assertThrows(SessionException.Damaged::class.java) { open(shelf) }
        assertEquals("damaged_state", damaged.code)
        Session.open("acme/editor", Signer.trust, shelf, SessionOptions(beginAnew = true)).close()
        val another = assertThrows(SessionException.AnotherProduct::class.java) {
            Session.open("acme/viewer", Signer.trust, shelf)
        }
        assertEquals("another_product" to "acme/editor", another.code to another.held)
    }

    @Test
    fun `a text with half of a character is no text of a storage`() {
        val shelf = Shelf()
        open(shelf).close()
        shelf.texts.replaceAll { _, text -> text + "\ud800" }
        refused("invalid_text") { open(shelf) }
    }

    @Test
    fun `storage in memory lasts as long as itself`() {
        val storage = MemoryStorage()
        val instance = Session.open("acme/editor", Signer.trust, storage).use { it.instance }
        Session.open("acme/editor", Signer.trust, storage).use { assertEquals(instance, it.instance) }
    }
}
