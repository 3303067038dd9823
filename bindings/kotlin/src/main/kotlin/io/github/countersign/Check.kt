package io.github.countersign

import io.github.countersign.internal.Cache
import io.github.countersign.internal.Kept
import io.github.countersign.internal.Shown
import io.github.countersign.internal.Source
import io.github.countersign.internal.WallClock
import io.github.countersign.internal.call
import io.github.countersign.internal.decided
import io.github.countersign.internal.own
import io.github.countersign.internal.public
import io.github.countersign.internal.reported
import java.time.Duration
import java.time.Instant
import io.github.countersign.internal.Check as Native

/**
 * A run bound to a license once, to be asked again and again.
 *
 * It decides exactly what the license decides about that run. [allowed], [entitled] and [staysOn] keep the
 * last decision for as long as [allowed] says. What is stated by [hold] counts at once, in every thread. Any
 * number of threads may share one check.
 */
public class Check private constructor(
    private val native: Native,
    private val guard: ClockGuard?,
) : AutoCloseable {
    private val source = Source(Documents())

    private val cache = Cache(source) { documents ->
        // Taken before the clock is read, so that the time in between shortens what is kept.
        val asked = Shown.now()
        when (guard) {
            null -> {
                val wall = WallClock.now()
                Kept.of(ClockReading.trusted(wall).use { evaluate(documents.at(it)) }, documents, asked, wall)
            }
            // It shows whole seconds: this one may be over.
            else -> guard.read().use { reading ->
                Kept.of(evaluate(documents.at(reading)), documents, asked, reading.now.plusSeconds(1))
            }
        }
    }

    /** The license that it is bound to. */
    public val license: License get() = License.of(call { native.license() })

    /** The run that it decides about. */
    public val run: Run get() = call { public(native.run()) }

    /**
     * Whether the run is allowed now. Costs some nanoseconds while the last decision is kept.
     *
     * It is kept until the moment that it holds until, and for a second at most. Both clocks of the system
     * count, [System.nanoTime] and the wall clock, and the one that comes to the end first: nobody sets the
     * one, and the other goes on while the machine sleeps. So an end is exact, to the millisecond after a
     * sleep, and so is a wall clock that is set back before the last decision or ahead past its end. What
     * neither shows, that a [ClockGuard] was told of other documents or took the time of an authority, counts
     * within the second.
     */
    public fun allowed(): Boolean = cache.current().allowed

    /** Whether a feature may be used now: see [Decision.entitled]. Kept as [allowed] is. */
    public fun entitled(code: String): Boolean = cache.current().entitled(code)

    /** Whether a feature may be used now that stays on where the license lapses: see [Decision.staysOn]. */
    public fun staysOn(code: String): Boolean = cache.current().staysOn(code)

    /** Decides now, with every reason, from what [hold] stated. */
    public fun decide(): Decision {
        val documents = source.documents
        return (guard?.read() ?: ClockReading.trusted()).use { clock -> evaluate(documents.at(clock)) }
    }

    /**
     * Decides anew, in another context.
     *
     * @throws InvalidValueException where the context states what is none
     */
    public fun evaluate(context: Context): Decision = Decision.of(call { native.decided(context.native) })

    /**
     * Decides anew, in another context, and gives the report of docs/rules.md alone: JSON on one line.
     *
     * @throws InvalidValueException where the context states what is none
     */
    public fun report(context: Context): String = call { native.reported(context.native) }

    /**
     * States what is known beyond the product's word and the time; it counts from the next question on,
     * in every thread. What is not given is not known: see [Context].
     *
     * @throws InvalidValueException where one states what is none; what was held before counts on
     */
    @JvmOverloads
    public fun hold(
        lease: Lease? = null,
        statuses: StatusList? = null,
        highestRevision: Long? = null,
        noticeBefore: List<Duration>? = null,
        lastContactAt: Instant? = null,
        lastStatus: ListedStatus? = null,
    ) {
        val documents = Documents(lease, statuses, highestRevision, noticeBefore, lastContactAt, lastStatus)
        // Asked once, so that what is none is refused here, and not wherever the check is asked next.
        ClockReading.trusted().use { clock -> evaluate(documents.at(clock)).close() }
        source.documents = documents
    }

    /** Frees what it holds now, and not when it is no longer reachable. It cannot be asked again. */
    override fun close() {
        native.close()
        cache.close()
    }

    override fun toString(): String = "Check"

    private class Documents(
        val lease: Lease? = null,
        val statuses: StatusList? = null,
        val highestRevision: Long? = null,
        noticeBefore: List<Duration>? = null,
        val lastContactAt: Instant? = null,
        val lastStatus: ListedStatus? = null,
    ) {
        private val noticeBefore = noticeBefore?.let(::own)

        fun at(clock: ClockReading) =
            Context(clock, lease, statuses, highestRevision, noticeBefore, lastContactAt, lastStatus)
    }

    public companion object {
        @JvmSynthetic
        internal fun of(native: Native, guard: ClockGuard?): Check = Check(native, guard)
    }
}
