package io.github.countersign

import io.github.countersign.internal.call
import io.github.countersign.internal.matchAddress
import io.github.countersign.internal.matchDomain
import io.github.countersign.internal.normalizeAddress
import io.github.countersign.internal.normalizeAddressPattern
import io.github.countersign.internal.normalizeDomain
import io.github.countersign.internal.normalizeDomainPattern
import io.github.countersign.internal.whole

/**
 * Domains and addresses in the one form that they are compared in.
 *
 * Each function throws [InvalidValueException], `invalid_domain` or `invalid_address`, where a text
 * is none.
 */
public object Names {
    /**
     * A domain in the one form that names are compared in, from a host name, with a port or without,
     * or an http(s) URL.
     */
    @JvmStatic
    public fun domain(text: String): String = call { normalizeDomain(text) }

    /** A pattern of domains in the form that licenses state it in. */
    @JvmStatic
    public fun domainPattern(text: String): String = call { normalizeDomainPattern(text) }

    /** An IPv4 or IPv6 address in the one form that addresses are compared in. */
    @JvmStatic
    public fun address(text: String): String = call { normalizeAddress(text) }

    /**
     * A pattern of addresses in the form that licenses state it in: an address, or a network with its
     * prefix length.
     */
    @JvmStatic
    public fun addressPattern(text: String): String = call { normalizeAddressPattern(text) }

    /** Whether one of the patterns means the domain. */
    @JvmStatic
    public fun matchesDomain(patterns: List<String>, domain: String): Boolean =
        call { matchDomain(patterns, whole(domain)) }

    /** Whether one of the patterns means the address. */
    @JvmStatic
    public fun matchesAddress(patterns: List<String>, address: String): Boolean =
        call { matchAddress(patterns, whole(address)) }
}
