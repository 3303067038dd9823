package io.github.countersign

import io.github.countersign.internal.own
import java.time.Instant

/**
 * What the product states about one run.
 *
 * State what is known; a rule that needs more denies and names the missing fact. A run never changes:
 * each `with` method gives another one. What it states is checked where it is used.
 */
public class Run @JvmOverloads constructor(
    /** The product: brand and code, as `acme/editor`. */
    public val product: String,
    /** What the decision is wanted for. */
    public val purpose: Purpose = Purpose.RUN,
    /** The domain it serves: a host name, with a port or without, or an http(s) URL. */
    public val domain: String? = null,
    /** The IPv4 or IPv6 address it runs at. */
    public val address: String? = null,
    /** This installation. */
    public val instance: Instance? = null,
    requires: Set<String> = emptySet(),
    counts: Map<String, Long> = emptyMap(),
    /** When this release was published; an expired updates window does not stop older ones. */
    public val releasedAt: Instant? = null,
) {
    /** Entitlements that this run cannot do without. */
    public val requires: Set<String> = own(requires)

    /** How much of each limit is in use. */
    public val counts: Map<String, Long> = own(counts)

    /** The same run, for that purpose. */
    public fun withPurpose(purpose: Purpose): Run = with(purpose = purpose)

    /** The same run, serving that domain. */
    public fun withDomain(domain: String?): Run = with(domain = domain)

    /** The same run, at that address. */
    public fun withAddress(address: String?): Run = with(address = address)

    /** The same run, on that installation. */
    public fun withInstance(instance: Instance?): Run = with(instance = instance)

    /** The same run, requiring these entitlements and no others. */
    public fun withRequires(vararg entitlements: String): Run = with(requires = entitlements.toSet())

    /** The same run, with that much of a limit in use. */
    public fun withCount(limit: String, count: Long): Run = with(counts = counts + (limit to count))

    /** The same run, of a release that was published then. */
    public fun withReleasedAt(releasedAt: Instant?): Run = with(releasedAt = releasedAt)

    override fun toString(): String = "Run($product, $purpose)"

    private fun with(
        purpose: Purpose = this.purpose,
        domain: String? = this.domain,
        address: String? = this.address,
        instance: Instance? = this.instance,
        requires: Set<String> = this.requires,
        counts: Map<String, Long> = this.counts,
        releasedAt: Instant? = this.releasedAt,
    ): Run = Run(product, purpose, domain, address, instance, requires, counts, releasedAt)
}
