package io.github.countersign

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.time.Duration
import java.time.Instant

/** When a host asks that keeps documents without a session. */
class PaceTest {
    private val pace = Pace(Signer.NONCE)

    @Test
    fun `a lease is renewed in the last three quarters of the time up to its renewal`() {
        val lease = Signer.answer(SIGNED_AT, renewAfter = WEEK)
        val at = pace.renewalAt(lease)
        assertTrue(at in SIGNED_AT + WEEK.dividedBy(4)..SIGNED_AT + WEEK, "$at")
        assertEquals(at, Pace(Signer.NONCE).use { it.renewalAt(lease) })
    }

    @Test
    fun `a list is fetched in the second half of a day where nothing says when`() {
        val (_, row) = Vectors.rows("signed/statuslist.json").single { (_, row) -> row.getString("name") == "smallest" }
        val list = StatusList.verify(row.getString("text"), Vectors.trust.getValue(row.getString("trust")))
        val at = pace.refreshAt(list, Signer.license())
        assertTrue(at in list.issuedAt + DAY.dividedBy(2)..list.issuedAt + DAY, "$at")
    }

    @Test
    fun `a license that ends is asked for again in the day before its end`() {
        val ends = SIGNED_AT + WEEK
        val at = pace.extensionAt(Signer.license("valid_until" to ends.epochSecond))!!
        assertTrue(at in ends - DAY..ends, "$at")
        assertNull(pace.extensionAt(Signer.license()))
    }

    @Test
    fun `a wait is a part of a day, of what is left, and what is asked for comes before it`() {
        val most = 0xffff_ffffL
        val rows = listOf(
            pace.retryAfter(2, WEEK, null, most) to DAY,
            pace.retryAfter(2, WEEK, null, 0) to Duration.ZERO,
            pace.retryAfter(99, DAY, null, most) to DAY.dividedBy(4),
            pace.retryAfter(1, WEEK, HOUR, 0) to HOUR,
            pace.retryAfter(Long.MAX_VALUE, Duration.ZERO, null, Long.MAX_VALUE) to HOUR,
            pace.retryAfter(-1, Duration.ZERO, null, -1) to Duration.ZERO,
        )
        for ((wait, expected) in rows) assertEquals(expected, wait)
        // One in 2^32 draws the same as another.
        assertTrue(List(20) { pace.retryAfter(2, WEEK) }.toSet().size > 1)
    }

    @Test
    fun `what is none is refused by code`() {
        refused("invalid_nonce") { Pace("AAAA") }
        refused("invalid_length") { pace.retryAfter(1, Duration.ofSeconds(-1)) }
        refused("invalid_length") { pace.retryAfter(1, WEEK, Duration.ofSeconds(-1)) }
    }

    private companion object {
        val SIGNED_AT: Instant = Instant.ofEpochSecond(1775001600)
        val HOUR: Duration = Duration.ofHours(1)
        val DAY: Duration = Duration.ofDays(1)
        val WEEK: Duration = Duration.ofDays(7)
    }
}
