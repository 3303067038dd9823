package io.github.countersign

import io.github.countersign.internal.call
import io.github.countersign.internal.instant
import io.github.countersign.internal.length
import java.time.Duration
import java.time.Instant
import java.util.concurrent.ThreadLocalRandom
import io.github.countersign.internal.Pace as Native

/**
 * When an installation asks its authority, such that a million of them do not ask in one second. A session
 * keeps to it by itself; a host that keeps the documents itself asks it.
 *
 * What is drawn is drawn from a number that the installation keeps: another one for each installation and
 * each lease, and the same one however often it is asked for. Any number of threads may share one.
 */
public class Pace private constructor(private val native: Native) : AutoCloseable {
    /**
     * The pace of an installation that drew this number when it was first started: base64url of 16 random
     * bytes.
     *
     * @throws ClockException `invalid_nonce`
     */
    public constructor(installation: String) : this(call { Native(installation) })

    /** When a lease is renewed: in the last three quarters of the time up to when it asks to be. */
    public fun renewalAt(lease: Lease): Instant = call { instant(native.renewalAt(lease.native)) }

    /**
     * When a status list is fetched anew: when it asks to be, by half of the age that the license allows it,
     * and by half of the time that it lasts, whichever comes first, else by a day; in the second half of the
     * time up to that.
     */
    public fun refreshAt(list: StatusList, license: License): Instant =
        call { instant(native.refreshAt(list.native, license.native)) }

    /**
     * When a license that ends is asked for again, since it may have been extended: in the day before its
     * end. Null if it never ends.
     */
    public fun extensionAt(license: License): Instant? = call { native.extensionAt(license.native)?.let(::instant) }

    /**
     * How long to wait when so many attempts in a row had no answer: a random part of a day, yet below a
     * quarter of what is left until the lease ends, and of an hour where nothing is left. What the authority
     * asked for comes before it.
     *
     * @param asked what [ClientException.Unreachable.retryAfter] says
     * @param chance drawn anew each time, from 0 to 4,294,967,295; what lies beyond counts as the nearest
     */
    @JvmOverloads
    public fun retryAfter(
        failures: Long,
        left: Duration,
        asked: Duration? = null,
        chance: Long = ThreadLocalRandom.current().nextLong(1L shl UInt.SIZE_BITS),
    ): Duration = call { native.retryAfter(failures, length(left), asked?.let(::length), chance) }

    /** Frees what it holds now, and not when it is no longer reachable. */
    override fun close(): Unit = native.close()

    override fun toString(): String = "Pace"
}
