package io.github.countersign

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import java.time.Duration
import java.time.Instant

/** A clock guard whose state several runs share. */
class GuardTest {
    @Test
    fun `a guard takes over what another run saved, and nothing that is damaged`() {
        val start = Tick(SIGNED_AT, Duration.ZERO)
        val state = ClockGuard(start).use { other ->
            other.heal(Challenge(Signer.NONCE, Duration.ZERO), Signer.answer(SIGNED_AT + AHEAD), start)
            other.save(KEY)
        }
        ClockGuard(start).use { guard ->
            refused("damaged_clock") { guard.takeOver(state.dropLast(1), KEY, start) }
            refused("damaged_clock") { guard.takeOver(state, "another machine".toByteArray(), start) }
            assertEquals(Duration.ZERO, guard.read(start).behind)
            guard.takeOver(state, KEY, start)
            assertEquals(AHEAD, guard.read(start).behind)
        }
    }

    private companion object {
        val SIGNED_AT: Instant = Instant.ofEpochSecond(1775001600)
        val AHEAD: Duration = Duration.ofDays(2)
        val KEY = "this machine".toByteArray()
    }
}
