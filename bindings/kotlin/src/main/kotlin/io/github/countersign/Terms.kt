package io.github.countersign

import java.time.Duration
import java.time.Instant

/** A span of time that a right lasts for, from its start up to but excluding its end. */
public class Window internal constructor(
    /** When it begins; null if it has always been open. */
    public val startsAt: Instant?,
    /** The first moment after it; null if it never ends. */
    public val endsAt: Instant?,
    /** How long after its end it is still honored; zero if it is not. */
    public val grace: Duration,
) {
    override fun toString(): String = "Window($startsAt to $endsAt, grace $grace)"
}

/** How many instances may hold a seat at once, and what happens when one more asks. */
public class SeatRule internal constructor(
    /** The most seats held at once; null for no limit. */
    public val limit: Long?,
    /** What to do with a claim when all seats are held. */
    public val onFull: OnFull,
    /** How long an instance holds its seat. */
    public val hold: Hold,
    /**
     * How many instances may still run on a lease of a seat that they gave up; null for as many as there
     * are seats, at least three.
     */
    public val handovers: Long?,
) {
    override fun toString(): String = "SeatRule(limit $limit, $onFull, $hold)"
}

/** What happens to a claim when all seats are held. */
public enum class OnFull {
    /** It is refused. */
    REFUSE,

    /** The seat held longest is released for it. */
    RELEASE_OLDEST,
}

/** How long an instance holds a seat. */
public enum class Hold {
    /** Until it gives the seat up, or somebody releases it. */
    UNTIL_RELEASED,

    /** As long as its lease lasts: a floating seat. */
    WHILE_LEASED,
}

/** How long an instance may prove offline that it holds a seat. */
public class ActivationTerms internal constructor(
    /** How long a lease lasts. */
    public val lease: Duration,
    /** How long after its start a lease should be renewed. */
    public val renew: Duration,
) {
    override fun toString(): String = "ActivationTerms(lease $lease, renew $renew)"
}

/** The right to one feature. */
public class Entitlement internal constructor(
    /** The first moment it no longer counts; null if it lasts as long as the license. */
    public val until: Instant?,
    /** A value of the vendor's own that goes with it. */
    public val value: String?,
) {
    override fun toString(): String = "Entitlement(until $until, value $value)"
}

/** Where the authority states whether it honors a license. */
public class StatusTerms internal constructor(
    /** The license's entry in the list. */
    public val index: Long,
    /** The address of the list, which names it. */
    public val uri: String,
    /** The list may be at most this old; null if a missing list does not deny. */
    public val freshness: Duration?,
) {
    override fun toString(): String = "StatusTerms($index of $uri)"
}

/** What a license exempts from its own rules. */
public enum class Exemption {
    /** Domains and addresses that only developers reach: docs/rules.md, section 3. */
    DEVELOPMENT,
}

/** How a license stands at the moment of asking. */
public enum class LicenseStatus {
    /** It is honored. */
    VALID,

    /** Its end has come. Through its grace period it goes on. */
    EXPIRED,

    /** It is suspended or blocked. */
    SUSPENDED,

    /** It was cancelled for good. */
    CANCELLED,

    /** A word that this release does not know. */
    OTHER,
}
