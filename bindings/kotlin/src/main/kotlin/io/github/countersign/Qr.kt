package io.github.countersign

import io.github.countersign.internal.call
import io.github.countersign.internal.Qr as Native

/**
 * A QR code of at most 2,953 bytes of text, for who carries it by the camera of a phone.
 *
 * @param text such as that of an [ActivationRequest]
 * @throws InvalidValueException `too_long`
 */
public class Qr(text: String) : AutoCloseable {
    private val native = call { Native(text) }

    /** As an SVG document. */
    public fun toSvg(): String = call { native.toSvg() }

    /** For a terminal with a dark background: two rows of the code a line. */
    public fun toTerminal(): String = call { native.toTerminal() }

    /** Frees what it holds now, and not when it is no longer reachable. */
    override fun close(): Unit = native.close()

    override fun toString(): String = "Qr"
}
