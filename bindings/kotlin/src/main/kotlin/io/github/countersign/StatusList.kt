package io.github.countersign

import io.github.countersign.internal.call
import io.github.countersign.internal.instant
import io.github.countersign.internal.shown
import java.time.Instant
import io.github.countersign.internal.StatusList as Native

/**
 * The standing of every license of a brand, one number each.
 *
 * A host keeps the newest list and refuses an older one.
 */
public class StatusList private constructor(@get:JvmSynthetic internal val native: Native) : AutoCloseable {
    /** The brand that signed it. */
    public val brand: String get() = call { native.brand() }

    /** Where it is fetched from; licenses name the list by it. */
    public val uri: String get() = call { native.uri() }

    /** The first moment it no longer counts; null if it does until a newer one comes. */
    public val endsAt: Instant? get() = call { native.endsAt()?.let(::instant) }

    /** The key whose signature was checked, by its RFC 7638 thumbprint. */
    public val signedBy: String get() = call { native.signedBy() }

    /**
     * The entry at an index: 0 for a license that is honored, 1 for one that never will be again, 2 for
     * one that is not for the time being, and other numbers that this release does not know. Null beyond
     * the end of the list.
     */
    public fun entry(index: Long): Int? = call { native.entry(index) }

    /** When it was signed. */
    public val issuedAt: Instant get() = call { instant(native.issuedAt()) }

    /** When a host should fetch a newer one; null if the list does not say. */
    public val refreshAt: Instant? get() = call { native.refreshAt()?.let(::instant) }

    /** The bare text that was verified, to be kept. */
    public fun text(): String = call { native.text() }

    /**
     * Refuses this list where the one held is newer.
     *
     * @throws DocumentException `outdated`
     */
    public fun checkNewer(held: StatusList): Unit = call { native.checkNewer(held.native) }

    /** Frees what it holds now, and not when it is no longer reachable. */
    override fun close(): Unit = native.close()

    override fun toString(): String = shown("StatusList") { "$issuedAt" }

    public companion object {
        @JvmSynthetic
        internal fun of(native: Native): StatusList = StatusList(native)

        /**
         * Checks the signature of a status list, and reads it.
         *
         * @throws DocumentException where it is not genuine
         */
        @JvmStatic
        public fun verify(text: String, trust: TrustStore): StatusList =
            StatusList(call { Native.verify(text, trust.native) })

        /**
         * Checks the signature of a status list as it was read from a file, and reads it.
         *
         * @throws DocumentException where it is not genuine
         */
        @JvmStatic
        public fun verify(content: ByteArray, trust: TrustStore): StatusList =
            StatusList(call { Native.verifyBytes(content, trust.native) })
    }
}
