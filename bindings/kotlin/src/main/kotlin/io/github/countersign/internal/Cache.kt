package io.github.countersign.internal

import io.github.countersign.Decision
import java.time.Duration
import java.time.Instant
import java.util.concurrent.ConcurrentHashMap

/** What is decided from: a new value each time that it changes. */
internal class Source<D : Any>(@Volatile @JvmField var documents: D) {
    @Volatile
    private var ended: String? = null

    /** From now on nothing is decided from it. The last value is one that nothing was decided from. */
    fun end(last: D, why: String) {
        ended = why
        documents = last
    }

    /** Throws where it has ended, as whatever was closed does. */
    fun refuseEnded() {
        ended?.let { throw IllegalStateException(it) }
    }
}

/**
 * The last decision of a check, for as long as it is an answer. Threads that find it too old each decide
 * anew; what was decided from documents that have changed since is an answer to who asked before, and is
 * not kept.
 */
internal class Cache<D : Any>(private val source: Source<D>, private val decide: (D) -> Kept) {
    @Volatile
    private var kept = Kept.NOTHING

    fun current(): Kept {
        val last = kept
        return if (last.documents === source.documents && last.holds()) last else renewed()
    }

    /** From now on every question is asked of what was closed, which says so. */
    fun close() {
        closed = true
        kept = Kept.NOTHING
    }

    private fun renewed(): Kept {
        val next = decide(source.documents)
        kept = next
        if (closed) kept = Kept.NOTHING
        return next
    }

    @Volatile
    private var closed = false
}

/** What both clocks of the system show: the one that only goes on, in nanoseconds, and the wall clock. */
internal class Shown(@JvmField val nanos: Long, @JvmField val millis: Long) {
    companion object {
        fun now(): Shown = Shown(System.nanoTime(), System.currentTimeMillis())
    }
}

/**
 * A decision, what it was decided from, and for how long it is an answer: until one of both clocks has gone
 * on for that long. The one that nobody sets may stand still while the machine sleeps, and the wall clock
 * does not; where that one is set back, the answer is over as well.
 */
internal class Kept private constructor(
    private val decision: Decision?,
    @JvmField val documents: Any?,
    asked: Shown,
    left: Duration,
) {
    private val until = asked.nanos + left.toNanos()
    private val fromMillis = asked.millis

    // What passed in whole milliseconds may be one more in truth.
    private val millis = left.toMillis() - 1

    @JvmField
    val allowed: Boolean = decision?.isAllowed ?: false

    private val entitlements = ConcurrentHashMap<String, Boolean>()
    private val lasting = ConcurrentHashMap<String, Boolean>()

    fun holds(): Boolean = holds(System.nanoTime(), System.currentTimeMillis())

    fun holds(nanosNow: Long, millisNow: Long): Boolean = nanosNow - until < 0 && millisNow - fromMillis in 0 until millis

    fun entitled(code: String): Boolean = kept(entitlements, code) { decision?.entitled(code) ?: false }

    fun staysOn(code: String): Boolean = kept(lasting, code) { decision?.staysOn(code) ?: false }

    private inline fun kept(answers: ConcurrentHashMap<String, Boolean>, code: String, ask: () -> Boolean): Boolean {
        answers[code]?.let { return it }
        val answer = ask()
        // Of codes that no license has there is no end.
        if (answers.size < MOST_ANSWERS) {
            answers[code] = answer
        }
        return answer
    }

    companion object {
        val NOTHING = Kept(null, null, Shown.now(), Duration.ZERO)

        /** An answer to the one who asked, which is not kept. */
        fun once(decision: Decision, documents: Any): Kept = Kept(decision, documents, Shown.now(), Duration.ZERO)

        /** The decision that was asked for when the clocks showed that, at a moment no later than `now`. */
        fun of(decision: Decision, documents: Any, asked: Shown, now: Instant): Kept {
            val ends = decision.holdsUntil
            val left = when {
                ends == null -> LONGEST
                ends <= now -> Duration.ZERO
                else -> minOf(Duration.between(now, ends), LONGEST)
            }
            return Kept(decision, documents, asked, left)
        }

        private val LONGEST = Duration.ofSeconds(1)
        private const val MOST_ANSWERS = 1024
    }
}
