package io.github.countersign

import org.json.JSONObject
import java.security.KeyFactory
import java.security.Signature
import java.security.spec.EdECPrivateKeySpec
import java.security.spec.NamedParameterSpec
import java.time.Duration
import java.time.Instant
import java.util.Base64

/** Signs documents with the test key `acme` of the vectors, for what no vector holds. Java's own Ed25519 signs. */
object Signer {
    /** base64url of the bytes 0 to 15. */
    val NONCE: String = base64(ByteArray(16) { it.toByte() })

    private val acme = JSONObject(Vectors.workspace.resolve("tests/vectors/keys.json").readText())
        .getJSONObject("keys").getJSONObject("acme")

    val trust: TrustStore = Vectors.trust.getValue("acme")

    fun sign(kind: String, claims: JSONObject): String {
        val header = JSONObject().put("alg", "EdDSA").put("kid", acme.getString("kid")).put("typ", "$kind+jwt")
        val signed = base64(header.toString().toByteArray()) + "." + base64(claims.toString().toByteArray())
        val seed = acme.getString("seed").chunked(2).map { it.toInt(16).toByte() }.toByteArray()
        val key = KeyFactory.getInstance("Ed25519").generatePrivate(EdECPrivateKeySpec(NamedParameterSpec.ED25519, seed))
        val signer = Signature.getInstance("Ed25519").apply { initSign(key) }
        signer.update(signed.toByteArray())
        return signed + "." + base64(signer.sign())
    }

    /** A license of `acme/editor`, with these claims beside those that every license has. */
    fun license(vararg claims: Pair<String, Any>): License {
        val all = JSONObject().put("ver", 1).put("jti", "lic-1").put("iss", "acme").put("aud", "editor")
            .put("iat", 1775001600).put("rev", 1)
        claims.forEach { (name, value) -> all.put(name, value) }
        return License.verify(sign("license", all), trust)
    }

    /** A lease, signed then, that echoes the nonce. */
    fun answer(
        issuedAt: Instant,
        instance: Instance = Instance.Machine("m-1"),
        license: String = "lic-1",
        nonce: String = NONCE,
        renewAfter: Duration = Duration.ZERO,
    ): Lease {
        val at = issuedAt.epochSecond
        val renewAt = at + renewAfter.seconds
        val holder = when (instance) {
            is Instance.Domain -> JSONObject().put("kind", "domain").put("value", instance.value)
            is Instance.Host -> JSONObject().put("kind", "host").put("value", instance.value)
            is Instance.Machine -> JSONObject().put("kind", "machine").put("value", instance.value)
        }
        val claims = JSONObject().put("ver", 1).put("jti", "lease-1").put("activation", "seat-1").put("iss", "acme")
            .put("aud", "editor").put("license", license).put("rev", 1).put("instance", holder)
            .put("iat", at).put("exp", renewAt + 1).put("renew_at", renewAt).put("fence", 1).put("nonce", nonce)
        return Lease.verify(sign("lease", claims), trust)
    }

    private fun base64(bytes: ByteArray) = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes)
}
