package io.github.countersign

import io.github.countersign.internal.call
import io.github.countersign.internal.decided
import io.github.countersign.internal.instant
import io.github.countersign.internal.native
import io.github.countersign.internal.public
import io.github.countersign.internal.reported
import io.github.countersign.internal.same
import io.github.countersign.internal.shown
import java.time.Instant
import io.github.countersign.internal.License as Native

/**
 * What a customer bought: the terms the authority signed.
 *
 * It never changes, and any number of threads may share one.
 */
public class License private constructor(@get:JvmSynthetic internal val native: Native) : AutoCloseable {
    /** The authority's identifier, unique for ever. Not the license key that the customer types. */
    public val id: String get() = call { native.id() }

    /** Which edit of the terms this is; the host keeps the highest it has seen. */
    public val revision: Long get() = call { native.revision() }

    /** When the authority signed these terms. */
    public val issuedAt: Instant get() = call { instant(native.issuedAt()) }

    /** The key whose signature was checked, by its RFC 7638 thumbprint. */
    public val signedBy: String get() = call { native.signedBy() }

    /** The product it is for: brand and code. */
    public val product: String get() = call { native.product() }

    /** The customer, as the operator names them. */
    public val customer: String? get() = call { native.customer() }

    /** A label: `perpetual`, `subscription`, `trial`, `lifetime`, or the vendor's own. */
    public val label: String? get() = call { native.label() }

    /** A label: `community`, `commercial`, `cloud`, or the vendor's own. */
    public val edition: String? get() = call { native.edition() }

    /** When the product may run. */
    public val validity: Window get() = public(call { native.validity() })

    /** Releases published before it may be installed; null where the license does not say. */
    public val updatesUntil: Instant? get() = call { native.updatesUntil()?.let(::instant) }

    /** When the brand's support ends; null where the license does not say. */
    public val supportUntil: Instant? get() = call { native.supportUntil()?.let(::instant) }

    /** When updates end: the stated end, else that of the validity without its grace period. */
    public val updatesEnd: Instant? get() = call { native.updatesEnd()?.let(::instant) }

    /** When support ends: the stated end, else that of the validity without its grace period. */
    public val supportEnd: Instant? get() = call { native.supportEnd()?.let(::instant) }

    /** Patterns of the domains it may serve; null for any. */
    public val domains: List<String>? get() = call { native.domains() }

    /** Patterns of the addresses it may run at; null for any. */
    public val addresses: List<String>? get() = call { native.addresses() }

    /** Where the rules are waived. */
    public val exempt: List<Exemption> get() = call { native.exempt() }.map { same(it) }

    /** How many instances may run at once, and what happens when one more asks. */
    public val seats: SeatRule get() = public(call { native.seats() })

    /**
     * That an instance must hold a seat to run, and how long it may prove that offline; null where it
     * needs none.
     */
    public val activation: ActivationTerms? get() = call { native.activation() }?.let(::public)

    /** The features it unlocks. */
    public val entitlements: Map<String, Entitlement>
        get() = call { native.entitlements() }.mapValues { public(it.value) }

    /** Named allowances; what is not named has no limit. */
    public val limits: Map<String, Long> get() = call { native.limits() }

    /** Where the authority states whether it honors the license; null if it never takes it back. */
    public val status: StatusTerms? get() = call { native.status() }?.let(::public)

    /** The vendor's own names and values. */
    public val meta: Map<String, String> get() = call { native.meta() }

    /**
     * Whether an instance runs without a seat: one of development, where the license exempts those.
     *
     * @throws InvalidValueException `invalid_instance` or `invalid_domain`
     */
    public fun takesNoSeat(instance: Instance): Boolean = call { native.takesNoSeat(native(instance)) }

    /** The bare text that was verified, to be kept. */
    public fun text(): String = call { native.text() }

    /**
     * Decides whether it allows a run, with every reason.
     *
     * @throws InvalidValueException where the run states what is no domain, code or the like
     */
    public fun evaluate(run: Run, context: Context): Decision =
        Decision.of(call { native.decided(native(run), context.native) })

    /**
     * Decides, and gives the report of docs/rules.md alone: JSON on one line.
     *
     * @throws InvalidValueException where the run states what is no domain, code or the like
     */
    public fun report(run: Run, context: Context): String = call { native.reported(native(run), context.native) }

    /**
     * Binds a run to this license, so that asking again at another moment costs little.
     *
     * @param guard what notices a clock that was set back; without it the system's clock is taken at its
     * word, as on servers
     * @throws InvalidValueException where the run states what is no domain, code or the like
     */
    @JvmOverloads
    public fun prepare(run: Run, guard: ClockGuard? = null): Check =
        Check.of(call { native.prepare(native(run)) }, guard)

    /** Frees what it holds now, and not when it is no longer reachable. */
    override fun close(): Unit = native.close()

    override fun toString(): String = shown("License") { id }

    public companion object {
        @JvmSynthetic
        internal fun of(native: Native): License = License(native)

        /**
         * Checks the signature of a license, and reads it.
         *
         * @throws DocumentException where it is not genuine
         */
        @JvmStatic
        public fun verify(text: String, trust: TrustStore): License =
            License(call { Native.verify(text, trust.native) })

        /**
         * Checks the signature of a license as it was read from a file, and reads it.
         *
         * @throws DocumentException where it is not genuine
         */
        @JvmStatic
        public fun verify(content: ByteArray, trust: TrustStore): License =
            License(call { Native.verifyBytes(content, trust.native) })
    }
}
