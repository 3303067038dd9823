package io.github.countersign

import io.github.countersign.internal.call
import io.github.countersign.internal.instant
import io.github.countersign.internal.public
import io.github.countersign.internal.shown
import java.time.Instant
import io.github.countersign.internal.TrustUpdate as Native

/** The keys that a host trusts from now on, all of them, in place of those it trusts. */
public class TrustUpdate private constructor(@get:JvmSynthetic internal val native: Native) : AutoCloseable {
    /** The brand that signed it. */
    public val brand: String get() = call { native.brand() }

    /** Grows with each update. */
    public val sequence: Long get() = call { native.sequence() }

    /** The keys that it states, in the order of their names. */
    public val keys: List<TrustedKey> get() = call { native.keys() }.map(::public)

    /** The key whose signature was checked, by its RFC 7638 thumbprint. */
    public val signedBy: String get() = call { native.signedBy() }

    /** When it was signed. */
    public val issuedAt: Instant get() = call { instant(native.issuedAt()) }

    /** Frees what it holds now, and not when it is no longer reachable. */
    override fun close(): Unit = native.close()

    override fun toString(): String = shown("TrustUpdate") { "$issuedAt" }

    public companion object {
        /**
         * Checks the signature of a trust update, and reads it.
         *
         * @throws DocumentException where it is not genuine
         */
        @JvmStatic
        public fun verify(text: String, trust: TrustStore): TrustUpdate =
            TrustUpdate(call { Native.verify(text, trust.native) })

        /**
         * Checks the signature of a trust update as it was read from a file, and reads it.
         *
         * @throws DocumentException where it is not genuine
         */
        @JvmStatic
        public fun verify(content: ByteArray, trust: TrustStore): TrustUpdate =
            TrustUpdate(call { Native.verifyBytes(content, trust.native) })
    }
}
