package io.github.countersign

/**
 * One installation of a product: what takes a seat.
 *
 * Two instances are the same seat exactly if their normal forms are equal; the text is normalized
 * where it is used, and checked there.
 */
public sealed class Instance(
    /** The domain, name or identity. */
    public val value: String,
) {
    /** A web site, by its domain: a host name, with a port or without, or an http(s) URL. */
    public class Domain(domain: String) : Instance(domain)

    /** A computer, by its name: 1 to 253 bytes without blanks and control characters. */
    public class Host(name: String) : Instance(name)

    /**
     * A machine, by a value that a host derives from it: 1 to 255 bytes without control characters,
     * compared byte for byte.
     */
    public class Machine(id: String) : Instance(id)

    override fun equals(other: Any?): Boolean =
        other is Instance && other.javaClass == javaClass && other.value == value

    override fun hashCode(): Int = 31 * javaClass.hashCode() + value.hashCode()

    override fun toString(): String = "${javaClass.simpleName}($value)"
}
