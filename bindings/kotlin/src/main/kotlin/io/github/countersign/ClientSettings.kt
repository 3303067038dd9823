package io.github.countersign

import io.github.countersign.internal.own
import java.time.Duration

/** How a [Client] asks. What is null is as the client finds it fit. Each `with` method gives another one. */
public class ClientSettings @JvmOverloads constructor(
    /** How often a request is sent at most, the first time included; 3 unless stated. */
    public val attempts: Int? = null,
    /**
     * The most that is waited before the second time, half a second unless stated; it doubles with each
     * further one.
     */
    public val firstWait: Duration? = null,
    /** How long a call lasts at most, waits included; 30 seconds unless stated. */
    public val giveUpAfter: Duration? = null,
    /** How long a connection may take to come about; 10 seconds unless stated. */
    public val connectWithin: Duration? = null,
    /** Certificate authorities in PEM: these are trusted, and no others. */
    public val onlyRoots: String? = null,
    pins: List<Pin> = emptyList(),
    /** What requests go through; null for the proxy that the system names. */
    public val proxy: Proxy? = null,
    /**
     * Asks without TLS at any address. License keys and leases can then be read on the way; a loopback
     * address needs no such permission.
     */
    public val insecureHttp: Boolean = false,
) {
    /** Certificates that are accepted, whoever signed them, and no others. */
    public val pins: List<Pin> = own(pins)

    /** The same settings, sending a request that often at most. */
    public fun withAttempts(attempts: Int?): ClientSettings = with(attempts = attempts)

    /** The same settings, waiting that long at most before the second time. */
    public fun withFirstWait(firstWait: Duration?): ClientSettings = with(firstWait = firstWait)

    /** The same settings, giving a call that long. */
    public fun withGiveUpAfter(giveUpAfter: Duration?): ClientSettings = with(giveUpAfter = giveUpAfter)

    /** The same settings, giving a connection that long. */
    public fun withConnectWithin(connectWithin: Duration?): ClientSettings = with(connectWithin = connectWithin)

    /** The same settings, trusting these certificate authorities and no others. */
    public fun withOnlyRoots(pem: String?): ClientSettings = with(onlyRoots = pem)

    /** The same settings, accepting these certificates and no others. */
    public fun withPins(vararg pins: Pin): ClientSettings = with(pins = pins.toList())

    /** The same settings, going through that proxy. */
    public fun withProxy(proxy: Proxy?): ClientSettings = with(proxy = proxy)

    /** The same settings, asking without TLS at any address. */
    public fun withInsecureHttp(): ClientSettings = with(insecureHttp = true)

    override fun toString(): String = "ClientSettings"

    private fun with(
        attempts: Int? = this.attempts,
        firstWait: Duration? = this.firstWait,
        giveUpAfter: Duration? = this.giveUpAfter,
        connectWithin: Duration? = this.connectWithin,
        onlyRoots: String? = this.onlyRoots,
        pins: List<Pin> = this.pins,
        proxy: Proxy? = this.proxy,
        insecureHttp: Boolean = this.insecureHttp,
    ): ClientSettings =
        ClientSettings(attempts, firstWait, giveUpAfter, connectWithin, onlyRoots, pins, proxy, insecureHttp)
}

/** Names the one certificate that an authority shows. */
public sealed class Pin(sha256: ByteArray) {
    private val digest = sha256.clone()

    /** 32 bytes. */
    public val sha256: ByteArray get() = digest.clone()

    /**
     * By its public key, which stays the same where a certificate is renewed for the same key: the
     * SHA-256 of the DER of `SubjectPublicKeyInfo`.
     */
    public class PublicKey(sha256: ByteArray) : Pin(sha256)

    /** By the certificate itself, as browsers show it: the SHA-256 of its DER. */
    public class Certificate(sha256: ByteArray) : Pin(sha256)
}

/** What requests go through. */
public sealed class Proxy {
    /** No proxy, whatever the system names. */
    public object Direct : Proxy()

    /** One proxy, whatever the system names. */
    public class At(
        /** Its address: `http://`, `https://`, `socks5://` or `socks5h://`. */
        public val url: String,
    ) : Proxy()
}
