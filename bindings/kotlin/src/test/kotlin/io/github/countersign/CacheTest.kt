package io.github.countersign

import io.github.countersign.internal.Kept
import io.github.countersign.internal.Shown
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.time.Duration
import java.time.Instant

/** For how long a decision is kept, by both clocks of the system. */
class CacheTest {
    private val now = Instant.ofEpochSecond(1775001600)
    private val asked = Shown(nanos = Long.MAX_VALUE - 1_000, millis = now.toEpochMilli())

    private fun kept(ends: Instant?): Kept {
        val claims = if (ends == null) emptyArray() else arrayOf<Pair<String, Any>>("valid_until" to ends.epochSecond)
        val decision = Signer.license(*claims).evaluate(Run("acme/editor"), Context(ClockReading.trusted(now)))
        return Kept.of(decision, Any(), asked, now)
    }

    private fun Kept.holdsAfter(running: Duration, wall: Duration) =
        holds(asked.nanos + running.toNanos(), asked.millis + wall.toMillis())

    private fun millis(count: Long): Duration = Duration.ofMillis(count)

    @Test
    fun `an answer is kept for a second by both clocks`() {
        val kept = kept(ends = null)
        assertTrue(kept.holdsAfter(Duration.ZERO, Duration.ZERO))
        assertTrue(kept.holdsAfter(millis(998), millis(998)))
        assertFalse(kept.holdsAfter(millis(1000), millis(998)))
        assertFalse(kept.holdsAfter(millis(998), millis(1000)))
    }

    @Test
    fun `an answer is over once the machine slept past its end`() {
        // What only goes on stood still meanwhile.
        assertFalse(kept(ends = now.plusSeconds(1)).holdsAfter(millis(1), millis(1000)))
        assertFalse(kept(ends = null).holdsAfter(millis(1), Duration.ofHours(8)))
    }

    @Test
    fun `an answer is over once the wall clock is set back before it`() {
        assertFalse(kept(ends = null).holdsAfter(millis(1), millis(-1)))
        assertFalse(kept(ends = null).holdsAfter(millis(1), Duration.ofDays(-1)))
    }

    @Test
    fun `what is asked once is not kept`() {
        assertFalse(Kept.NOTHING.holds())
        val decision = Decision.withoutLicense(ClockReading.trusted(now))
        assertFalse(Kept.once(decision, Any()).holds())
    }
}
