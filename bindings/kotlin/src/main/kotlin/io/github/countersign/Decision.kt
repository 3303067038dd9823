package io.github.countersign

import io.github.countersign.internal.call
import io.github.countersign.internal.instant
import io.github.countersign.internal.public
import io.github.countersign.internal.shown
import io.github.countersign.internal.whole
import java.time.Instant
import io.github.countersign.internal.Decision as Native

/**
 * The outcome of an evaluation: allowed, unless something denies.
 *
 * It never changes, and any number of threads may read it. To [close] it frees what it holds in the
 * library now; one that is not closed is freed once it is no longer reachable. One that was closed still
 * tells what it was asked before, of [isAllowed], [denials] and [notices], and throws [IllegalStateException]
 * for all else.
 */
public class Decision private constructor(private val native: Native) : AutoCloseable {
    /** Whether nothing denies. */
    public val isAllowed: Boolean by lazy(LazyThreadSafetyMode.PUBLICATION) { call { native.allowed() } }

    /** Every rule that failed, in the order of the rules. */
    public val denials: List<Denial> by lazy(LazyThreadSafetyMode.PUBLICATION) {
        call { native.denials().zip(native.denialTexts(), ::public) }
    }

    /** What the user should be told although it does not deny, such as an end that is near. */
    public val notices: List<Notice> by lazy(LazyThreadSafetyMode.PUBLICATION) {
        call { native.notices().zip(native.noticeTexts(), ::public) }
    }

    /** The moment that rules were applied at. */
    public val decidedAt: Instant get() = call { instant(native.decidedAt()) }

    /**
     * The first moment at which the passing of time alone changes this decision; null if it never
     * does. Until then there is no need to evaluate the same facts again.
     */
    public val holdsUntil: Instant? get() = call { native.holdsUntil()?.let(::instant) }

    /**
     * When the authority was last heard of by something it signed, as far as the context states it; a
     * session always does, once it was.
     */
    public val lastContactAt: Instant? get() = call { native.lastContactAt()?.let(::instant) }

    /**
     * Whether a feature may be used: allowed, and the license has the entitlement, and it had not ended
     * at the moment decided.
     */
    public fun entitled(code: String): Boolean = call { native.entitled(whole(code)) }

    /**
     * Whether a feature may be used that the product keeps on where the license lapses: as [entitled],
     * and also where nothing denies but that time has ended what was granted.
     */
    public fun staysOn(code: String): Boolean = call { native.staysOn(whole(code)) }

    /** The report of docs/rules.md: JSON on one line, the same bytes in every language. */
    public fun report(): String = call { native.report() }

    /** Frees what it holds now, and not when it is no longer reachable. */
    override fun close(): Unit = native.close()

    override fun toString(): String = shown("Decision") { if (isAllowed) "allowed" else "denied: $denials" }

    public companion object {
        /**
         * What a host decides that holds no license: `not_activated`, beside what the clock has to say.
         */
        @JvmStatic
        public fun withoutLicense(clock: ClockReading): Decision =
            Decision(call { Native.withoutLicense(clock.native) })

        @JvmSynthetic
        internal fun of(native: Native): Decision = Decision(native)
    }
}
