package io.github.countersign

import io.github.countersign.internal.call
import io.github.countersign.internal.length
import io.github.countersign.internal.own
import java.time.Duration
import java.time.Instant
import io.github.countersign.internal.Context as Native
import io.github.countersign.internal.ListedStatus as NativeStatus
import io.github.countersign.internal.noticeThresholds as defaultThresholds

/**
 * What is known of a run beyond the product's word: the time, the seat, and which licenses were taken
 * back.
 */
public class Context @JvmOverloads constructor(
    /** The moment that rules are applied at. */
    public val clock: ClockReading,
    /** The lease that shows the seat of the run's instance. */
    public val lease: Lease? = null,
    /** The newest status list that the host holds. */
    public val statuses: StatusList? = null,
    /** The highest revision of this license that the host has ever seen. */
    public val highestRevision: Long? = null,
    noticeBefore: List<Duration>? = null,
    /**
     * When the authority was last heard of by something it signed. No rule looks at it: it is told with the
     * decision.
     */
    public val lastContactAt: Instant? = null,
    /** What the newest list that the host ever held said of this license. It only takes something away. */
    public val lastStatus: ListedStatus? = null,
) {
    /** How long before an end notices begin, in any order; null for 30, 7 and 1 days. */
    public val noticeBefore: List<Duration>? = noticeBefore?.let(::own)

    @get:JvmSynthetic
    internal val native: Native
        get() = Native(
            clock.native,
            lease?.native,
            statuses?.native,
            highestRevision,
            noticeBefore?.map(::length),
            lastContactAt?.epochSecond,
            lastStatus?.let { NativeStatus(it.status, it.listedAt.epochSecond) },
        )

    override fun toString(): String = "Context($clock)"

    public companion object {
        /** How long before an end notices begin where the caller does not say, in any order. */
        @JvmStatic
        public fun noticeThresholds(): List<Duration> = call { defaultThresholds() }
    }
}

/** What a status list said of a license. */
public class ListedStatus(
    /**
     * The entry, as [StatusList.entry] gives it. Whatever is no such number is one that this release does
     * not know.
     */
    public val status: Int,
    /** When the list was signed. */
    public val listedAt: Instant,
) {
    override fun toString(): String = "ListedStatus($status at $listedAt)"
}
