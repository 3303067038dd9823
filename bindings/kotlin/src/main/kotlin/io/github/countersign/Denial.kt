package io.github.countersign

import java.time.Duration
import java.time.Instant

/**
 * A rule that failed, with the facts it failed on.
 *
 * [code] is stable across versions and languages; [text] is not.
 */
public sealed class Denial(
    /** The stable name, in snake case. */
    public val code: String,
    /** One line for people. */
    public val text: String,
    private vararg val facts: Any,
) {
    /**
     * Whether what was granted has ended by time alone: true of [Expired], [LeaseEnded], [StatusStale] and
     * [EntitlementExpired].
     */
    public open val isLapse: Boolean get() = false

    /** The host's clock was set back, and for longer than is put up with. */
    public class ClockSetBack(
        text: String,
        /** How far. */
        public val behind: Duration,
    ) : Denial("clock_set_back", text, behind)

    /** The license is for another product. */
    public class WrongProduct(
        text: String,
        /** The product it is for. */
        public val licensed: String,
    ) : Denial("wrong_product", text, licensed)

    /** Newer terms exist. */
    public class LicenseSuperseded(
        text: String,
        /** The revision of these terms. */
        public val revision: Long,
        /** The highest revision known. */
        public val newest: Long,
    ) : Denial("license_superseded", text, revision, newest)

    /** The authority has taken the license back for good. */
    public class Revoked(
        text: String,
        /** When the list that says so was signed. */
        public val listedAt: Instant,
    ) : Denial("revoked", text, listedAt)

    /** The authority does not honor the license for the time being. */
    public class Suspended(
        text: String,
        /** When the list that says so was signed. */
        public val listedAt: Instant,
    ) : Denial("suspended", text, listedAt)

    /** It is not known whether the authority honors the license. */
    public class StatusUnknown(
        text: String,
        /** Where the list is fetched from. */
        public val uri: String,
    ) : Denial("status_unknown", text, uri)

    /** What is known of it is too old. */
    public class StatusStale(
        text: String,
        /** Since when. */
        public val since: Instant,
        /** Where the list is fetched from. */
        public val uri: String,
    ) : Denial("status_stale", text, since, uri) {
        override val isLapse: Boolean get() = true
    }

    /** The validity has not begun. */
    public class NotYetValid(
        text: String,
        /** When it begins. */
        public val startsAt: Instant,
    ) : Denial("not_yet_valid", text, startsAt)

    /** The validity has ended, and its grace period with it. */
    public class Expired(
        text: String,
        /** When the validity ended. */
        public val endedAt: Instant,
    ) : Denial("expired", text, endedAt) {
        override val isLapse: Boolean get() = true
    }

    /** The release was published after updates ended. */
    public class UpdateNotCovered(
        text: String,
        /** When updates ended. */
        public val updatesUntil: Instant,
        /** When the release was published. */
        public val releasedAt: Instant,
    ) : Denial("update_not_covered", text, updatesUntil, releasedAt)

    /** Support has ended. */
    public class SupportEnded(
        text: String,
        /** When. */
        public val endedAt: Instant,
    ) : Denial("support_ended", text, endedAt)

    /** The domain is none of the license's. */
    public class DomainNotLicensed(
        text: String,
        /** The domain of the run. */
        public val domain: String,
    ) : Denial("domain_not_licensed", text, domain)

    /** The address is none of the license's. */
    public class AddressNotLicensed(
        text: String,
        /** The address of the run. */
        public val address: String,
    ) : Denial("address_not_licensed", text, address)

    /** The instance has no lease on a seat. */
    public class NotActivated(text: String) : Denial("not_activated", text)

    /** The lease is on the seat of another instance. */
    public class LeaseOfAnotherInstance(
        text: String,
        /** Whose seat it is. */
        public val instance: Instance,
    ) : Denial("lease_of_another_instance", text, instance)

    /** The lease is on a seat of another license. */
    public class LeaseOfAnotherLicense(
        text: String,
        /** The license that the lease names. */
        public val license: String,
        /** The product that it names. */
        public val product: String,
    ) : Denial("lease_of_another_license", text, license, product)

    /** The lease has ended. */
    public class LeaseEnded(
        text: String,
        /** When. */
        public val endedAt: Instant,
    ) : Denial("lease_ended", text, endedAt) {
        override val isLapse: Boolean get() = true
    }

    /** The license lacks an entitlement that the run requires. */
    public class EntitlementMissing(
        text: String,
        /** The entitlement. */
        public val entitlement: String,
    ) : Denial("entitlement_missing", text, entitlement)

    /** An entitlement that the run requires has ended. */
    public class EntitlementExpired(
        text: String,
        /** The entitlement. */
        public val entitlement: String,
        /** When it ended. */
        public val endedAt: Instant,
    ) : Denial("entitlement_expired", text, entitlement, endedAt) {
        override val isLapse: Boolean get() = true
    }

    /** More is in use than the license allows. */
    public class LimitExceeded(
        text: String,
        /** The limit. */
        public val limit: String,
        /** How much is allowed. */
        public val allowed: Long,
        /** How much is in use. */
        public val count: Long,
    ) : Denial("limit_exceeded", text, limit, allowed, count)

    /** The product did not state what a rule needs. */
    public class NotStated(
        text: String,
        /** What it did not state. */
        public val fact: Fact,
    ) : Denial("not_stated", text, fact)

    override fun equals(other: Any?): Boolean =
        other is Denial && other.code == code && other.text == text && other.facts.contentEquals(facts)

    override fun hashCode(): Int = 31 * code.hashCode() + facts.contentHashCode()

    override fun toString(): String = "$code: $text"
}
