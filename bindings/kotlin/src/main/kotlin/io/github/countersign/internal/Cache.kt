package io.github.countersign.internal

import io.github.countersign.Decision
import java.time.Duration
import java.time.Instant
import java.util.concurrent.ConcurrentHashMap

/** What is decided from: a new value each time that it changes. */
internal class Source<D : Any>(@Volatile @JvmField var documents: D)

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

/** A decision, what it was decided from, and until when it is an answer by [System.nanoTime]. */
internal class Kept private constructor(
    private val decision: Decision?,
    @JvmField val documents: Any?,
    private val until: Long,
) {
    @JvmField
    val allowed: Boolean = decision?.isAllowed ?: false

    private val entitlements = ConcurrentHashMap<String, Boolean>()
    private val lasting = ConcurrentHashMap<String, Boolean>()

    fun holds(): Boolean = System.nanoTime() - until < 0

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
        val NOTHING = Kept(null, null, System.nanoTime())

        /** An answer to the one who asked, which is not kept. */
        fun once(decision: Decision, documents: Any): Kept = Kept(decision, documents, System.nanoTime())

        /**
         * The decision that was asked for when [System.nanoTime] showed that, at a moment no later than
         * `now`.
         */
        fun of(decision: Decision, documents: Any, asked: Long, now: Instant): Kept {
            val ends = decision.holdsUntil
            val left = when {
                ends == null -> LONGEST
                ends <= now -> Duration.ZERO
                else -> minOf(Duration.between(now, ends), LONGEST)
            }
            return Kept(decision, documents, asked + left.toNanos())
        }

        private val LONGEST = Duration.ofSeconds(1)
        private const val MOST_ANSWERS = 1024
    }
}
