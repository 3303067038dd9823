package io.github.countersign

import io.github.countersign.internal.call
import io.github.countersign.internal.documentKind
import io.github.countersign.internal.same
import java.time.Instant

/** A key, and what it is trusted for. Every restriction is absent unless stated. */
public class TrustedKey internal constructor(
    /** The name of the key: its RFC 7638 thumbprint. */
    public val id: String,
    /** The key, in PEM. */
    public val pem: String,
    /** The kinds of documents it may sign; null for licenses, leases and status lists. */
    public val documents: List<DocumentKind>?,
    /** The brands it may sign for; null for any. */
    public val brands: List<String>?,
    /** The products, by their own codes, that it may sign for; null for any. */
    public val products: List<String>?,
    /** Documents signed earlier are refused. */
    public val notBefore: Instant?,
    /** Documents signed at or after it are refused. */
    public val endsAt: Instant?,
    /** How the authority uses it. */
    public val state: KeyState,
) {
    override fun toString(): String = "TrustedKey($id, $state)"
}

/** How the authority uses a key. */
public enum class KeyState {
    /** It signs with it. */
    ACTIVE,

    /** It will sign with it when the active one is lost. */
    STANDBY,

    /** It signs with it no more; what it signed still verifies. */
    RETIRED,

    /** Somebody else may sign with it: it verifies nothing. */
    REVOKED,
}

/** A kind of document. A signature over one never verifies as another. */
public enum class DocumentKind {
    /** The terms that a customer bought. */
    LICENSE,

    /** Proof that an instance holds a seat. */
    LEASE,

    /** The standing of every license of a brand. */
    STATUS_LIST,

    /** New keys in place of the ones a host trusts. */
    TRUST_UPDATE,

    /** Reserved: keys that a brand passes on. */
    DELEGATION,
    ;

    public companion object {
        /**
         * The kind of document that a text says it is, in armor or bare. Nothing is verified.
         *
         * @throws DocumentException where it is none
         */
        @JvmStatic
        public fun of(text: String): DocumentKind =
            same(call { documentKind(text) })
    }
}
