package io.github.countersign

import io.github.countersign.internal.call
import io.github.countersign.internal.parseLicenseKey
import io.github.countersign.internal.LicenseKey as Native

/** The code that a customer types to activate a product. It names a license and proves nothing. */
public class LicenseKey private constructor(@get:JvmSynthetic internal val native: Native) : AutoCloseable {
    /**
     * Whether it has the form of generated keys, with a correct check symbol. Else it is a custom
     * code, which the brand chose.
     */
    public val isGenerated: Boolean get() = call { native.isGenerated() }

    /** What stands before the first dash of a generated key, the product's prefix; null of a custom code. */
    public val prefix: String? get() = call { native.prefix() }

    /** The key as it is shown and stored. Who reads it can use the license: keep it out of logs. */
    public fun text(): String = call { native.text() }

    /** Frees what it holds now, and not when it is no longer reachable. */
    override fun close(): Unit = native.close()

    /** Never the key. */
    override fun toString(): String = "LicenseKey"

    public companion object {
        /**
         * Reads what a customer typed. Of a generated key, case, blanks and dashes do not count.
         *
         * @throws InvalidValueException `invalid_license_key`
         */
        @JvmStatic
        public fun parse(text: String): LicenseKey = LicenseKey(call { parseLicenseKey(text) })
    }
}
