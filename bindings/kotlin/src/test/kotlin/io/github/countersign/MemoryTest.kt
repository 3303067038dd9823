package io.github.countersign

import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Tag
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.condition.EnabledOnOs
import org.junit.jupiter.api.condition.OS
import java.io.File

/** What is asked a million times takes no more memory in the second half than in the first. */
@Tag("memory")
@EnabledOnOs(OS.LINUX)
class MemoryTest {
    @Test
    fun `a million decisions take no memory`() {
        val check = Signer.license().prepare(Run("acme/editor"))
        val context = Context(ClockReading.trusted())
        halves(500_000) { turn ->
            // Each is decided anew; to be told of it costs as much again.
            check.evaluate(context).use { if (turn % 1000 == 0) assertTrue(it.isAllowed) }
        }
    }

    @Test
    fun `a thousand activations take no memory`() {
        Authority().use { authority ->
            val trust = authority.trust()
            val key = authority.sell(seats = 1)
            val options = SessionOptions(instance = Instance.Machine("m-1"))
            Client(authority.url, trust).use { client ->
                halves(500) {
                    Session.open("acme/editor", trust, MemoryStorage(), options).use { session ->
                        assertTrue(session.activateBlocking(client, key).activated)
                    }
                }
            }
        }
    }

    @Test
    fun `what is refused half-way holds nothing`() {
        val keys = Signer.trust.toJwks()
        val settings = ClientSettings(proxy = Proxy.At("\ud800"))
        halves(20_000) {
            TrustStore(keys).use { trust -> refused("invalid_text") { Client("http://127.0.0.1:1", trust, settings) } }
        }
    }

    private fun halves(times: Int, ask: (Int) -> Unit) {
        repeat(times, ask)
        val first = resident()
        repeat(times, ask)
        val second = resident()
        println("resident after the first half $first kB, after the second $second kB")
        assertTrue(second <= first * 1.02, "$first kB after the first half, $second kB after the second")
    }

    /** In kilobytes. */
    private fun resident(): Long {
        System.gc()
        val status = File("/proc/self/status").readLines().single { it.startsWith("VmRSS:") }
        return status.filter(Char::isDigit).toLong()
    }
}
