package io.github.countersign

import org.json.JSONArray
import org.json.JSONObject
import java.time.Duration
import java.time.Instant
import java.util.Base64

/** The claims of documents as a vector states them, out of what the package says of each. */
object Claims {
    /** As plain values: moments and lengths of time in seconds. */
    fun of(stated: JSONObject): Map<String, Any?> {
        val claims = stated.toMap().mapValues { plain(it.value) }
        val keys = (claims["keys"] as? List<*>)?.map { it as Map<*, *> } ?: return claims
        // In the order of their names; active is what a key is where nothing is stated.
        val named = keys.sortedBy { it["kid"] as String }.map { key -> key.filterNot { it.value == "active" } }
        return claims + ("keys" to named)
    }

    /**
     * Of a license. What it leaves out the package fills in; only where nothing is stated is that
     * compared with the default of docs/format.md.
     */
    fun of(license: License, stated: JSONObject): Map<String, Any?> {
        val (brand, product) = license.product.split("/")
        return mapOf(
            "ver" to 1L,
            "jti" to license.id,
            "iss" to brand,
            "aud" to product,
            "sub" to license.customer,
            "iat" to seconds(license.issuedAt),
            "rev" to license.revision,
            "valid_from" to seconds(license.validity.startsAt),
            "valid_until" to seconds(license.validity.endsAt),
            "grace" to (license.validity.grace.seconds.takeIf { it > 0 || stated.has("grace") }),
            "updates_until" to seconds(license.updatesUntil),
            "support_until" to seconds(license.supportUntil),
            "type" to license.label,
            "edition" to license.edition,
            "domains" to license.domains,
            "addresses" to license.addresses,
            "exempt" to license.exempt.map { it.name.lowercase() }.takeIf { it.isNotEmpty() || stated.has("exempt") },
            "seats" to seats(license.seats, stated.optJSONObject("seats")),
            "activation" to license.activation?.let { activation(it, stated.optJSONObject("activation")) },
            "entitlements" to license.entitlements.mapValues { entitlement(it.value) }.orAbsent(stated, "entitlements"),
            "limits" to license.limits.orAbsent(stated, "limits"),
            "status" to license.status?.let { mapOf("status_list" to mapOf("idx" to it.index, "uri" to it.uri)) },
            "freshness" to license.status?.freshness?.seconds,
            // Read by who verifies, and of no use to who holds the license.
            "must" to stated.optJSONArray("must")?.toList(),
            "meta" to license.meta.orAbsent(stated, "meta"),
        )
    }

    fun of(lease: Lease): Map<String, Any?> {
        val (brand, product) = lease.product.split("/")
        val (kind, value) = when (val instance = lease.instance) {
            is Instance.Domain -> "domain" to instance.value
            is Instance.Host -> "host" to instance.value
            is Instance.Machine -> "machine" to instance.value
        }
        return mapOf(
            "ver" to 1L,
            "jti" to lease.id,
            "activation" to lease.activationId,
            "iss" to brand,
            "aud" to product,
            "license" to lease.licenseId,
            "rev" to lease.revision,
            "instance" to mapOf("kind" to kind, "value" to value),
            "iat" to seconds(lease.issuedAt),
            "exp" to seconds(lease.endsAt),
            "renew_at" to seconds(lease.renewAt),
            "fence" to lease.fence,
            "nonce" to lease.nonce,
        )
    }

    /** Of a list, with as many entries as are stated, and no further one. */
    fun of(list: StatusList, stated: JSONObject): Map<String, Any?> {
        val entries = stated.getJSONObject("status_list")
        // Bits are how the entries are packed, which is of no use to who reads them.
        val read = mutableMapOf<String, Any?>("bits" to entries.getLong("bits"))
        if (entries.has("values")) {
            val values = generateSequence(0L) { it + 1 }.map(list::entry).takeWhile { it != null }
            read["values"] = Base64.getEncoder().encodeToString(values.map { it!!.toByte() }.toList().toByteArray())
        } else {
            val count = entries.getLong("count")
            read["count"] = count.takeIf { list.entry(it - 1) != null && list.entry(it) == null }
        }
        return mapOf(
            "iss" to list.brand,
            "sub" to list.uri,
            "iat" to seconds(list.issuedAt),
            "status_list" to read,
            "exp" to seconds(list.endsAt),
            "ttl" to list.refreshAt?.let { Duration.between(list.issuedAt, it).seconds },
        )
    }

    fun of(update: TrustUpdate): Map<String, Any?> = mapOf(
        "ver" to 1L,
        "iss" to update.brand,
        "iat" to seconds(update.issuedAt),
        "seq" to update.sequence,
        "keys" to update.keys.map(::key),
    )

    private fun key(key: TrustedKey): Map<String, Any?> {
        val der = Base64.getMimeDecoder().decode(key.pem.lines().filterNot { it.startsWith("-") }.joinToString(""))
        return mapOf(
            "kty" to "OKP",
            "crv" to "Ed25519",
            "x" to Base64.getUrlEncoder().withoutPadding().encodeToString(der.takeLast(32).toByteArray()),
            "kid" to key.id,
            "documents" to key.documents?.map { kind ->
                when (kind) {
                    DocumentKind.STATUS_LIST -> "statuslist"
                    DocumentKind.TRUST_UPDATE -> "trust"
                    else -> kind.name.lowercase()
                }
            },
            "brands" to key.brands,
            "products" to key.products,
            "nbf" to seconds(key.notBefore),
            "exp" to seconds(key.endsAt),
            "state" to key.state.name.lowercase().takeIf { key.state != KeyState.ACTIVE },
        ).filterValues { it != null }
    }

    private fun seats(rule: SeatRule, stated: JSONObject?): Map<String, Any?>? {
        val all = mapOf(
            "limit" to rule.limit,
            "on_full" to rule.onFull.name.lowercase(),
            "hold" to rule.hold.name.lowercase(),
            "handovers" to rule.handovers,
        )
        val default = mapOf("on_full" to "refuse", "hold" to "until_released")
        return all.beside(default, stated).takeIf { it.isNotEmpty() || stated != null }
    }

    private fun activation(terms: ActivationTerms, stated: JSONObject?): Map<String, Any?> {
        val default = mapOf("lease" to 7L * 24 * 60 * 60, "renew" to terms.lease.seconds / 2)
        return mapOf("lease" to terms.lease.seconds, "renew" to terms.renew.seconds).beside(default, stated)
    }

    /** What is there, without what nobody stated and is the default. */
    private fun Map<String, Any?>.beside(default: Map<String, Any?>, stated: JSONObject?) =
        filter { (name, value) -> stated?.has(name) == true || value != default[name] }

    private fun entitlement(right: Entitlement): Map<String, Any?> =
        mapOf("until" to seconds(right.until), "value" to right.value).filterValues { it != null }

    private fun <V> Map<String, V>.orAbsent(stated: JSONObject, claim: String) = takeIf { isNotEmpty() || stated.has(claim) }

    private fun seconds(moment: Instant?): Long? = moment?.epochSecond

    private fun plain(value: Any?): Any? = when (value) {
        is Map<*, *> -> value.entries.associate { it.key.toString() to plain(it.value) }
        is List<*> -> value.map(::plain)
        is JSONArray -> plain(value.toList())
        is Int -> value.toLong()
        else -> value
    }
}
