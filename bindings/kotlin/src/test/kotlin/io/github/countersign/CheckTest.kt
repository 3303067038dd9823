package io.github.countersign

import org.json.JSONObject
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.condition.EnabledOnOs
import org.junit.jupiter.api.condition.OS
import java.time.Duration
import java.time.Instant

/** What a check keeps, and until when. */
class CheckTest {
    @Test
    fun `a kept decision ends at the very moment that it holds until`() {
        // On a busy machine the first moment may be over before anything is asked.
        assertTrue(listOf(2L, 10L, 60L).any(::endsAfter))
    }

    /** Whether there was time to ask before the end. */
    private fun endsAfter(seconds: Long): Boolean {
        val ends = Instant.ofEpochSecond(Instant.now().epochSecond + seconds)
        val license = Signer.license("valid_until" to ends.epochSecond)
        license.prepare(Run("acme/editor")).use { check ->
            val holdsUntil = check.decide().holdsUntil
            if (Instant.now() >= ends) return false
            assertEquals(ends, holdsUntil)
            val deadline = System.nanoTime() + Duration.ofSeconds(seconds + 60).toNanos()
            var allowed: Boolean
            do {
                val before = Instant.now()
                allowed = check.allowed()
                val after = Instant.now()
                assertTrue(System.nanoTime() < deadline)
                // Only a question that was asked across the end may be answered either way.
                if (after < ends) assertTrue(allowed, "denied at $before, before $ends")
                if (before >= ends) assertFalse(allowed, "allowed at $before, after $ends")
            } while (allowed)
        }
        return true
    }

    @Test
    fun `documents that are stated count at once`() {
        val license = Signer.license("rev" to 2)
        license.prepare(Run("acme/editor")).use { check ->
            assertTrue(check.allowed())
            check.hold(highestRevision = 3)
            assertFalse(check.allowed())
            assertEquals(listOf("license_superseded"), check.decide().denials.map { it.code })
            check.hold()
            assertTrue(check.allowed())
        }
    }

    @Test
    fun `entitlements are kept with the decision`() {
        val features = JSONObject().put("export", JSONObject()).put("print", JSONObject().put("until", 1775001601))
        val license = Signer.license("entitlements" to features)
        license.prepare(Run("acme/editor")).use { check ->
            repeat(2) {
                assertTrue(check.entitled("export"))
                assertFalse(check.entitled("print"))
                assertTrue(check.staysOn("export"))
                assertFalse(check.entitled("import"))
            }
            repeat(5_000) { assertFalse(check.entitled("feature-$it")) }
        }
        assertEquals(setOf("export", "print"), license.entitlements.keys)
        assertEquals(Instant.ofEpochSecond(1775001601), license.entitlements.getValue("print").until)
    }

    @Test
    fun `a guard's reading counts in a check`() {
        val license = Signer.license("valid_until" to Instant.now().epochSecond + 86400)
        val guard = ClockGuard()
        license.prepare(Run("acme/editor"), guard).use { check ->
            assertTrue(check.allowed())
            assertEquals(listOf("clock_unguarded"), check.decide().notices.map { it.code }.filter { it.startsWith("clock") })
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    fun `a tick counts the sleep of the machine`() {
        fun counted(): Double {
            val read = "import time; print(time.clock_gettime(time.CLOCK_BOOTTIME))"
            return ProcessBuilder("python3", "-c", read).start().inputStream.reader().readText().trim().toDouble()
        }
        val before = counted()
        val shown = Tick.now().monotonic.toNanos() / 1e9
        val after = counted()
        assertTrue(shown in before..after, "$shown, and the system $before to $after")
    }
}
