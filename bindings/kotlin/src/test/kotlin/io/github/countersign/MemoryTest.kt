package io.github.countersign

import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Tag
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.condition.EnabledOnOs
import org.junit.jupiter.api.condition.OS

/**
 * What is asked a million times takes no more memory in the second half than in the first: neither in the
 * heap nor outside it.
 */
@Tag("memory")
@EnabledOnOs(OS.LINUX)
class MemoryTest {
    @Test
    fun `a million decisions take no memory`() {
        val license = Signer.license()
        val run = Run("acme/editor")
        val check = license.prepare(run)
        val context = Context(ClockReading.trusted())
        level(warmUp = 50_000, half = 500_000) { turn ->
            val decision = if (turn % 10 == 0) license.evaluate(run, context) else check.evaluate(context)
            decision.use {
                if (turn % 100 == 0) {
                    assertEquals(emptyList<Denial>(), it.denials)
                    assertTrue(it.report().contains("\"allowed\":true"))
                }
            }
        }
    }

    @Test
    fun `a thousand activations take no memory`() {
        Authority().use { authority ->
            val trust = authority.trust()
            val key = authority.sell(seats = 1)
            val options = SessionOptions(instance = Instance.Machine("m-1"))
            val client = Client(authority.url, trust)
            level(warmUp = 400, half = 500) { turn ->
                when (turn % 4) {
                    0 -> Session.open("acme/editor", trust, Shelf(), options).use { session ->
                        assertTrue(runBlocking { session.activate(client, key) }.activated)
                        decide(session)
                    }
                    1 -> Session.open("acme/editor", trust, Shelf(), options).use { session ->
                        assertTrue(session.activateBlocking(client, key).activated)
                        decide(session)
                    }
                    2 -> MemoryStorage().use { storage ->
                        Session.open("acme/editor", trust, storage, options).use { session ->
                            assertTrue(session.activateAsync(client, key).get().activated)
                            decide(session)
                        }
                    }
                    // Nothing is closed: it is for the collector to find.
                    else -> {
                        val session = Session.open("acme/editor", trust, Shelf(), options)
                        assertTrue(session.activateBlocking(client, key).activated)
                        decide(session)
                    }
                }
            }
            client.close()
        }
    }

    @Test
    fun `what is refused half-way holds nothing`() {
        val keys = Signer.trust.toJwks()
        val settings = ClientSettings(proxy = Proxy.At("\ud800"))
        level(warmUp = 2_000, half = 20_000) {
            TrustStore(keys).use { trust -> refused("invalid_text") { Client("http://127.0.0.1:1", trust, settings) } }
        }
    }

    @Test
    fun `objects that are kept are noticed`() {
        val kept = ArrayList<ByteArray>()
        val halves = Halves(warmUp = 0, half = 2_500) { kept.add(ByteArray(200)) }
        assertFalse(halves.isLevel, "$halves")
        assertEquals(10_000, kept.size)
    }

    @Test
    fun `what the library keeps is noticed`() {
        val keys = Signer.trust.toJwks()
        // A store of which something holds one reference more is never freed.
        val halves = Halves(warmUp = 0, half = 2_000) { TrustStore(keys).use { it.native.uniffiCloneHandle() } }
        assertFalse(halves.isLevel, "$halves")
        println("with the leak $halves")
    }

    private fun level(warmUp: Int, half: Int, ask: (Int) -> Unit) {
        val halves = Halves(warmUp, half, ask)
        assertTrue(halves.isLevel, "$halves")
        println(halves)
    }

    private fun decide(session: Session) {
        session.prepare(session.run()).use { check ->
            assertTrue(check.allowed())
            check.decide().use { assertTrue(it.report().contains("\"allowed\":true")) }
        }
    }

    /** A host's own storage. */
    private class Shelf : Storage {
        private val texts = HashMap<String, String>()

        override fun load(name: String): String? = texts[name]

        override fun save(name: String, text: String) {
            texts[name] = text
        }
    }
}
