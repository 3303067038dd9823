package io.github.countersign

import java.time.Duration
import java.time.Instant

/**
 * What the user should be told although it does not deny.
 *
 * It carries moments and never remaining time, so that it stays true until the decision changes.
 * [code] is stable across versions and languages; [text] is not.
 */
public sealed class Notice(
    /** The stable name, in snake case. */
    public val code: String,
    /** One line for people. */
    public val text: String,
    private vararg val facts: Any,
) {
    /** The host's clock was set back; rules apply at a later moment than it shows. */
    public class ClockSuspect(
        text: String,
        /** How far. */
        public val behind: Duration,
    ) : Notice("clock_suspect", text, behind)

    /** Nothing is kept that a clock set back could be noticed by. */
    public class ClockUnguarded(text: String) : Notice("clock_unguarded", text)

    /** A newer status list should be fetched. */
    public class StatusRefreshDue(
        text: String,
        /** Since when. */
        public val since: Instant,
    ) : Notice("status_refresh_due", text, since)

    /** The validity has ended, and is honored a little longer. */
    public class InGracePeriod(
        text: String,
        /** When it ended. */
        public val endedAt: Instant,
        /** The first moment that is not honored. */
        public val until: Instant,
    ) : Notice("in_grace_period", text, endedAt, until)

    /** The validity ends soon. */
    public class ExpiresSoon(
        text: String,
        /** When. */
        public val endsAt: Instant,
        /** The threshold that was passed: it ends within this time. */
        public val within: Duration,
    ) : Notice("expires_soon", text, endsAt, within)

    /** Updates end soon. */
    public class UpdatesEndSoon(
        text: String,
        /** When. */
        public val endsAt: Instant,
        /** The threshold that was passed: they end within this time. */
        public val within: Duration,
    ) : Notice("updates_end_soon", text, endsAt, within)

    /** Support ends soon. */
    public class SupportEndsSoon(
        text: String,
        /** When. */
        public val endsAt: Instant,
        /** The threshold that was passed: it ends within this time. */
        public val within: Duration,
    ) : Notice("support_ends_soon", text, endsAt, within)

    /** The lease should be renewed. */
    public class LeaseRenewalDue(
        text: String,
        /** When it ends. */
        public val endsAt: Instant,
    ) : Notice("lease_renewal_due", text, endsAt)

    /** A limit is nearly used up. */
    public class LimitNear(
        text: String,
        /** The limit. */
        public val limit: String,
        /** How much is allowed. */
        public val allowed: Long,
        /** How much is in use. */
        public val count: Long,
    ) : Notice("limit_near", text, limit, allowed, count)

    override fun equals(other: Any?): Boolean =
        other is Notice && other.code == code && other.text == text && other.facts.contentEquals(facts)

    override fun hashCode(): Int = 31 * code.hashCode() + facts.contentHashCode()

    override fun toString(): String = "$code: $text"
}
