package io.github.countersign

import io.github.countersign.internal.call
import io.github.countersign.internal.length
import io.github.countersign.internal.own
import io.github.countersign.internal.whole
import java.time.Duration
import java.time.Instant
import io.github.countersign.internal.FixedClock as NativeClock
import io.github.countersign.internal.Signals as NativeSignals

/** How a [Session] is opened. What is null is as the session finds it fit. Each `with` method gives another one. */
public class SessionOptions @JvmOverloads constructor(
    /**
     * The instance that takes a seat, such as the domain of a web site; null for this installation, by a
     * number drawn at random when it was first opened.
     */
    public val instance: Instance? = null,
    /** What this machine is known by, so that a copy of the state on another machine is seen. */
    public val signals: Signals? = null,
    noticeBefore: List<Duration>? = null,
    /**
     * Begins anew where what is kept is damaged, or of another product or version: license, lease and the
     * protection of the clock are given up. What a host does after it told its user.
     */
    public val beginAnew: Boolean = false,
    /** Clocks that are set by hand, for tests; null for those of this machine. */
    public val clock: FixedClock? = null,
) {
    /** How long before an end notices begin, in any order; null for 30, 7 and 1 days. */
    public val noticeBefore: List<Duration>? = noticeBefore?.let(::own)

    /** The same options, for that instance. */
    public fun withInstance(instance: Instance?): SessionOptions = with(instance = instance)

    /** The same options, on a machine known by that. */
    public fun withSignals(signals: Signals?): SessionOptions = with(signals = signals)

    /** The same options, with notices from these lengths of time before an end. */
    public fun withNoticeBefore(noticeBefore: List<Duration>?): SessionOptions = with(noticeBefore = noticeBefore)

    /** The same options, beginning anew. */
    public fun withBeginAnew(): SessionOptions = with(beginAnew = true)

    /** The same options, by that clock. */
    public fun withClock(clock: FixedClock?): SessionOptions = with(clock = clock)

    override fun toString(): String = "SessionOptions"

    private fun with(
        instance: Instance? = this.instance,
        signals: Signals? = this.signals,
        noticeBefore: List<Duration>? = this.noticeBefore,
        beginAnew: Boolean = this.beginAnew,
        clock: FixedClock? = this.clock,
    ): SessionOptions = SessionOptions(instance, signals, noticeBefore, beginAnew, clock)
}

/** Clocks that are set by hand, and go on only when they are told to: for tests and simulations. */
public class FixedClock(wall: Instant) : AutoCloseable {
    @get:JvmSynthetic
    internal val native: NativeClock = call { NativeClock(wall.epochSecond) }

    /** Lets time pass, by both clocks; of the wall clock whole seconds. */
    public fun advance(time: Duration): Unit = call { native.advance(length(time)) }

    /** Sets the wall clock, as a customer might. The other one does not notice. */
    public fun setWall(wall: Instant): Unit = call { native.setWall(wall.epochSecond) }

    /** Frees what it holds now, and not when it is no longer reachable. */
    override fun close(): Unit = native.close()

    override fun toString(): String = "FixedClock"
}

/**
 * What a machine is known by: keyed hashes, which never leave it.
 *
 * A session that is opened with them notices where its state was copied to another machine.
 */
public class Signals private constructor(@get:JvmSynthetic internal val native: NativeSignals) : AutoCloseable {
    /**
     * Signals of the host's own choice: names, and values that never leave the machine. Empty ones are
     * left out.
     *
     * @throws InvalidValueException `invalid_code` where the product is none
     */
    public constructor(product: String, values: Map<String, String>) :
        this(call { NativeSignals(product, values.entries.associate { whole(it.key) to whole(it.value) }) })

    /** Frees what it holds now, and not when it is no longer reachable. */
    override fun close(): Unit = native.close()

    override fun toString(): String = "Signals"

    public companion object {
        /**
         * What this machine is known by, as far as this process may read it. Nothing on a phone.
         *
         * @throws InvalidValueException `invalid_code` where the product is none
         */
        @JvmStatic
        public fun ofThisMachine(product: String): Signals = Signals(call { NativeSignals.ofThisMachine(product) })
    }
}
