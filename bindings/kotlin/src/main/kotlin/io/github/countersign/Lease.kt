package io.github.countersign

import io.github.countersign.internal.call
import io.github.countersign.internal.instant
import io.github.countersign.internal.public
import io.github.countersign.internal.shown
import java.time.Instant
import io.github.countersign.internal.Lease as Native

/** The authority's word that an instance holds a seat, good until it ends. */
public class Lease private constructor(@get:JvmSynthetic internal val native: Native) : AutoCloseable {
    /** The identifier of this lease, never used twice. */
    public val id: String get() = call { native.id() }

    /** The activation whose seat it is. */
    public val activationId: String get() = call { native.activationId() }

    /** The product that the license is for. */
    public val product: String get() = call { native.product() }

    /** The license whose seat it is. */
    public val licenseId: String get() = call { native.licenseId() }

    /** The revision of the license's terms when the lease was signed. */
    public val revision: Long get() = call { native.revision() }

    /** Who holds the seat. */
    public val instance: Instance get() = call { public(native.instance()) }

    /** Grows each time any seat of the license changes hands. */
    public val fence: Long get() = call { native.fence() }

    /** What the host sent, in base64url: proof that the authority answered just then. */
    public val nonce: String get() = call { native.nonce() }

    /** The key whose signature was checked, by its RFC 7638 thumbprint. */
    public val signedBy: String get() = call { native.signedBy() }

    /** When it was signed. */
    public val issuedAt: Instant get() = call { instant(native.issuedAt()) }

    /** The first moment it no longer counts. */
    public val endsAt: Instant get() = call { instant(native.endsAt()) }

    /** When a host should renew it. */
    public val renewAt: Instant get() = call { instant(native.renewAt()) }

    /** The bare text that was verified, to be kept. It is a secret: who has it can use the seat. */
    public fun text(): String = call { native.text() }

    /** Frees what it holds now, and not when it is no longer reachable. */
    override fun close(): Unit = native.close()

    override fun toString(): String = shown("Lease") { "until $endsAt" }

    public companion object {
        @JvmSynthetic
        internal fun of(native: Native): Lease = Lease(native)

        /**
         * Checks the signature of a lease, and reads it.
         *
         * @throws DocumentException where it is not genuine
         */
        @JvmStatic
        public fun verify(text: String, trust: TrustStore): Lease = Lease(call { Native.verify(text, trust.native) })

        /**
         * Checks the signature of a lease as it was read from a file, and reads it.
         *
         * @throws DocumentException where it is not genuine
         */
        @JvmStatic
        public fun verify(content: ByteArray, trust: TrustStore): Lease =
            Lease(call { Native.verifyBytes(content, trust.native) })
    }
}
