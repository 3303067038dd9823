package io.github.countersign

import io.github.countersign.internal.Cache
import io.github.countersign.internal.Kept
import io.github.countersign.internal.Shown
import io.github.countersign.internal.Source
import io.github.countersign.internal.call
import io.github.countersign.internal.SessionCheck as Native

/**
 * A run that a session is asked about again and again. It decides exactly what the session decides about
 * that run.
 *
 * [allowed], [entitled] and [staysOn] keep the last decision for as long as [allowed] says. Any number of
 * threads may share one. Once it or its session is closed, it throws [IllegalStateException].
 */
public class SessionCheck private constructor(
    private val native: Native,
    private val source: Source<Any>,
    isClockFixed: Boolean,
) : AutoCloseable {
    private val cache = Cache(source) { documents ->
        val asked = Shown.now()
        val decision = decide()
        when {
            // It is advanced by hand, which no other clock shows.
            isClockFixed -> Kept.once(decision, documents)
            // The moment decided at is in whole seconds: this one may be over.
            else -> Kept.of(decision, documents, asked, decision.decidedAt.plusSeconds(1))
        }
    }

    /**
     * Whether the run is allowed now. Costs some nanoseconds while the last decision is kept.
     *
     * It is kept as long as [Check.allowed] keeps one. What the session is given counts at the latest when
     * the call returns that asked for it; what another process was given, when [Session.tick] has taken it
     * over.
     */
    public fun allowed(): Boolean = cache.current().allowed

    /** Whether a feature may be used now: see [Decision.entitled]. Kept as [allowed] is. */
    public fun entitled(code: String): Boolean = cache.current().entitled(code)

    /** Whether a feature may be used now that stays on where the license lapses: see [Decision.staysOn]. */
    public fun staysOn(code: String): Boolean = cache.current().staysOn(code)

    /** Decides now, with every reason. */
    public fun decide(): Decision {
        source.refuseEnded()
        return Decision.of(call { native.decide() })
    }

    /** Frees what it holds now, and not when it is no longer reachable. It cannot be asked again. */
    override fun close() {
        native.close()
        cache.close()
    }

    override fun toString(): String = "SessionCheck"

    public companion object {
        @JvmSynthetic
        internal fun of(native: Native, source: Source<Any>, isClockFixed: Boolean): SessionCheck =
            SessionCheck(native, source, isClockFixed)
    }
}
