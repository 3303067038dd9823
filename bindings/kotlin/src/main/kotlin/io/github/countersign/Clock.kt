package io.github.countersign

import io.github.countersign.internal.Monotonic
import io.github.countersign.internal.WallClock
import io.github.countersign.internal.call
import io.github.countersign.internal.instant
import io.github.countersign.internal.length
import io.github.countersign.internal.shown
import java.time.Duration
import java.time.Instant
import io.github.countersign.internal.Challenge as NativeChallenge
import io.github.countersign.internal.ClockGuard as NativeGuard
import io.github.countersign.internal.ClockReading as NativeReading
import io.github.countersign.internal.Tick as NativeTick

/** What a host's two clocks show at one moment. */
public class Tick(
    /**
     * The wall clock. The customer may set it to anything; what lies before 1970 or after the year
     * 9999 counts as the nearest moment.
     */
    public val wall: Instant,
    /** A clock that only ever goes on, from any start; one that counts sleep where there is one. */
    public val monotonic: Duration,
) {
    @get:JvmSynthetic
    internal val native: NativeTick get() = NativeTick(wall.epochSecond, length(monotonic))

    override fun toString(): String = "Tick($wall, $monotonic)"

    public companion object {
        /**
         * What this machine's clocks show now: the system's time, and the clock that counts sleep; where
         * there is none, [System.nanoTime] from any start.
         */
        @JvmStatic
        public fun now(): Tick = Tick(Instant.now(), Monotonic.now())
    }
}

/**
 * Notices when the host's clock is set back or far ahead, and heals: docs/rules.md, section 4.
 *
 * Its state is a small text that the host keeps between runs: saved after the first reading, every
 * ten minutes, and at exit. It is for honest users, and no security. Any number of threads may share
 * one.
 */
public class ClockGuard private constructor(private val native: NativeGuard) : AutoCloseable {
    /**
     * A guard without state: of a first run, or of a host that has nowhere to keep it. Its readings
     * say so, with the notice `clock_unguarded`.
     */
    @JvmOverloads
    public constructor(start: Tick = Tick.now()) : this(call { NativeGuard(start.native) })

    /**
     * States the latest moment at which any document held now was signed; null if none is. It may be
     * earlier than the last one stated, where a newer revision took the place of a license. It counts
     * from the tick on: the running time before a document came does not advance it.
     */
    @JvmOverloads
    public fun hold(newest: Instant?, tick: Tick = Tick.now()): Unit =
        call { native.hold(newest?.epochSecond, tick.native) }

    /**
     * Whether a document signed at that moment is to be kept: not where it was signed more than 24
     * hours ahead of trusted time.
     */
    @JvmOverloads
    public fun accepts(issuedAt: Instant, tick: Tick = Tick.now()): Boolean =
        call { native.accepts(issuedAt.epochSecond, tick.native) }

    /** The moment to apply rules at, and how far the wall clock can be believed. */
    @JvmOverloads
    public fun read(tick: Tick = Tick.now()): ClockReading = ClockReading.of(call { native.read(tick.native) })

    /** What a reading gives at that tick, without counting it. */
    @JvmOverloads
    public fun peek(tick: Tick = Tick.now()): ClockReading = ClockReading.of(call { native.peek(tick.native) })

    /**
     * Takes up what another run saved while this one goes on, where several share one state. That is no
     * start, and confirms no reading: the later of what both know counts, and suspect time that both ran
     * through counts once. Where trusted time came to the other run since, that stands. What cannot be taken
     * up changes nothing.
     *
     * @throws ClockException `damaged_clock`
     */
    @JvmOverloads
    public fun takeOver(state: String, key: ByteArray, tick: Tick = Tick.now()): Unit =
        call { native.takeOver(state, key, tick.native) }

    /**
     * From now on the readings say that the state can be read and not be saved, with the notice
     * `clock_unguarded`.
     */
    public fun unguarded(): Unit = call { native.unguarded() }

    /**
     * Takes the time from an answer of the authority, if it is the answer to the challenge and came
     * within 60 seconds. From then on this run goes by it, and not by the wall clock. The challenge is
     * spent, whatever comes of it.
     *
     * @throws ClockException `answer_not_fresh`
     */
    @JvmOverloads
    public fun heal(challenge: Challenge, answer: Lease, tick: Tick = Tick.now()): Unit =
        call { native.heal(challenge.native, answer.native, tick.native) }

    /**
     * The state as text, with a code under the key that shows damage, and copies to a machine of
     * another key.
     */
    public fun save(key: ByteArray): String = call { native.save(key) }

    /** Frees what it holds now, and not when it is no longer reachable. */
    override fun close(): Unit = native.close()

    override fun toString(): String = "ClockGuard"

    public companion object {
        /**
         * A guard that takes up the state that was saved, at the start of a run. The key is the one it
         * was saved with: any value that belongs to this machine.
         *
         * @throws ClockException `damaged_clock`
         */
        @JvmStatic
        @JvmOverloads
        public fun restore(state: String, key: ByteArray, start: Tick = Tick.now()): ClockGuard =
            ClockGuard(call { NativeGuard.restore(state, key, start.native) })
    }
}

/** A moment to evaluate at, and how far the host's clock lay behind it. */
public class ClockReading private constructor(@get:JvmSynthetic internal val native: NativeReading) : AutoCloseable {
    /** The moment that rules are applied at. */
    public val now: Instant get() = call { instant(native.now()) }

    /** How far the host's clock was set back; zero if it was not. */
    public val behind: Duration get() = call { native.behind() }

    /** Frees what it holds now, and not when it is no longer reachable. */
    override fun close(): Unit = native.close()

    override fun toString(): String = shown("ClockReading") { "$now" }

    public companion object {
        @JvmSynthetic
        internal fun of(native: NativeReading): ClockReading = ClockReading(native)

        /**
         * Takes the host's clock at its word. For servers, whose clock the customer does not set. Where no
         * moment is stated, it is this machine's: what lies before 1970 or after the year 9999 counts as the
         * nearest moment.
         *
         * @throws InvalidValueException `invalid_moment` where one is stated before 1970 or after 9999
         */
        @JvmStatic
        @JvmOverloads
        public fun trusted(now: Instant = WallClock.now()): ClockReading =
            ClockReading(call { NativeReading.trusted(now.epochSecond) })
    }
}

/** A nonce that this process drew and sent, to know the answer by. It can be spent once. */
public class Challenge private constructor(@get:JvmSynthetic internal val native: NativeChallenge) : AutoCloseable {
    /**
     * A challenge sent when the monotonic clock shows that. The nonce is base64url of 16 bytes that
     * the caller draws at random, for this one request.
     *
     * @throws ClockException `invalid_nonce`
     */
    public constructor(nonce: String, sent: Duration) : this(call { NativeChallenge(nonce, length(sent)) })

    /** Frees what it holds now, and not when it is no longer reachable. */
    override fun close(): Unit = native.close()

    override fun toString(): String = "Challenge"
}
