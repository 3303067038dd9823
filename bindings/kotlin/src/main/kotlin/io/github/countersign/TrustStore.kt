package io.github.countersign

import io.github.countersign.internal.call
import io.github.countersign.internal.public
import io.github.countersign.internal.TrustStore as Native

/**
 * The keys a host accepts documents from.
 *
 * Ship at least two: the key in use and its successor, so that the authority can change keys without
 * a new release of the product. Any number of threads may share one.
 */
public class TrustStore private constructor(@get:JvmSynthetic internal val native: Native) : AutoCloseable {
    /**
     * Reads what keys are kept in: a JWK Set (docs/format.md, section 3), or one key as PEM or base64,
     * which is trusted for whatever it may sign by default.
     *
     * @throws InvalidValueException `invalid_key`
     */
    public constructor(keys: String) : this(call { Native(keys) })

    /**
     * The trust that the update states, in place of this one. The documents that a host holds are to
     * be verified anew with it.
     *
     * @throws DocumentException where the update is not newer, or its key may not state it
     */
    public fun updated(update: TrustUpdate): TrustStore = TrustStore(call { native.updated(update.native) })

    /** Every trusted key, in the order of their names. */
    public val keys: List<TrustedKey> get() = call { native.keys() }.map(::public)

    /** How many updates came before this trust: an update counts only above it. */
    public val sequence: Long get() = call { native.sequence() }

    /** The store as a JWK Set, on one line, to be kept in place of the one it was made from. */
    public fun toJwks(): String = call { native.toJwks() }

    /** Frees what it holds now, and not when it is no longer reachable. */
    override fun close(): Unit = native.close()

    override fun toString(): String = "TrustStore"
}
