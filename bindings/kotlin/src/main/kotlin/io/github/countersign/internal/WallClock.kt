package io.github.countersign.internal

import java.time.Instant

/**
 * The system's clock, as the library takes one up: what lies before 1970 or after the year 9999 is the nearest
 * moment that it knows. Whoever states such a moment is refused; a machine whose battery is empty decides.
 */
internal object WallClock {
    private val LAST: Instant = Instant.parse("9999-12-31T23:59:59Z")

    fun now(): Instant = Instant.now().coerceIn(Instant.EPOCH, LAST)
}
