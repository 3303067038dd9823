package io.github.countersign

import io.github.countersign.internal.call
import io.github.countersign.internal.native
import java.time.Instant
import io.github.countersign.internal.ActivationRequest as NativeRequest
import io.github.countersign.internal.Claimant as NativeClaimant

/**
 * Which license a product asks about: the product, what the customer typed, and this installation.
 *
 * @throws InvalidValueException where product or instance is none
 */
public class Claimant(product: String, licenseKey: LicenseKey, instance: Instance) : AutoCloseable {
    @get:JvmSynthetic
    internal val native: NativeClaimant = call { NativeClaimant(product, licenseKey.native, native(instance)) }

    /** Frees what it holds now, and not when it is no longer reachable. */
    override fun close(): Unit = native.close()

    override fun toString(): String = "Claimant"
}

/** What an activation yields: documents that stand on their own, already verified. */
public class Activation internal constructor(
    /** The license. */
    public val license: License,
    /** The lease on the seat; null where the instance needs no seat. */
    public val lease: Lease?,
    /** Seats in use, this one included. */
    public val seatsUsed: Long,
    /** Seats left; null where there is no limit. */
    public val seatsRemaining: Long?,
) {
    override fun toString(): String = "Activation($license, $lease)"
}

/** What a renewal yields. */
public class Renewal internal constructor(
    /** The license as it stands now. */
    public val license: License,
    /** The lease. */
    public val lease: Lease,
) {
    override fun toString(): String = "Renewal($license, $lease)"
}

/** Asks for a seat by hand: a text that a person carries to the authority. */
public class ActivationRequest private constructor(@get:JvmSynthetic internal val native: NativeRequest) :
    AutoCloseable {
    /** The request in armor. It holds the license key. */
    public fun text(): String = call { native.text() }

    /** Frees what it holds now, and not when it is no longer reachable. */
    override fun close(): Unit = native.close()

    override fun toString(): String = "ActivationRequest"

    public companion object {
        @JvmSynthetic
        internal fun of(native: NativeRequest): ActivationRequest = ActivationRequest(native)

        /**
         * Reads a request, in armor or bare.
         *
         * @throws DocumentException where it is none
         */
        @JvmStatic
        public fun parse(text: String): ActivationRequest = ActivationRequest(call { NativeRequest.parse(text) })
    }
}

/** How a license stands for an instance. It is signed by nobody: show it, and decide nothing by it. */
public class LicenseStanding internal constructor(
    /** Whether the license allows the run, whoever holds its seats. */
    public val isValid: Boolean,
    /** The license. */
    public val license: LicenseUse,
    /** Whether the instance holds a seat. */
    public val isActivated: Boolean,
    /** Its seat. */
    public val activation: ActivationUse?,
    /** Why the license does not allow it. */
    public val denials: List<Reason>,
    /** What there is to know besides. */
    public val notices: List<Reason>,
) {
    override fun toString(): String = "LicenseStanding($license, valid $isValid, activated $isActivated)"
}

/** A license, and how many of its seats are in use. */
public class LicenseUse internal constructor(
    /** The id of the license. */
    public val id: String,
    /** How it stands now. */
    public val status: LicenseStatus,
    /** How many seats there are; null where there is no limit. */
    public val seatLimit: Long?,
    /** Seats in use. */
    public val seatsUsed: Long,
    /** Seats left; null where there is no limit. */
    public val seatsRemaining: Long?,
    /** When it ends; null where it never does. */
    public val expiresAt: Instant?,
) {
    override fun toString(): String = "LicenseUse($id, $status)"
}

/** A seat, as a check shows it. */
public class ActivationUse internal constructor(
    /** The id of the seat. */
    public val id: String,
    /** When it was taken. */
    public val activatedAt: Instant,
    /** When the instance asked last. */
    public val lastCheckedAt: Instant?,
) {
    override fun toString(): String = "ActivationUse($id)"
}

/** A denial or a notice as an authority states it. */
public class Reason internal constructor(
    /** The stable name, in snake case. */
    public val code: String,
    /** All of it, as in the report of a decision: JSON on one line. */
    public val report: String,
) {
    override fun toString(): String = report
}
