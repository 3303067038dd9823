package io.github.countersign

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.time.Duration
import java.time.Instant

/** The terms of one license that states everything, and of one that states nothing, in the types of this package. */
class TermsTest {
    private fun license(name: String): License {
        val (_, row) = Vectors.rows("signed/license.json").single { (_, row) -> row.getString("name") == name }
        return License.verify(row.getString("text"), Vectors.trust.getValue(row.getString("trust")))
    }

    @Test
    fun `a license states its terms`() {
        val license = license("with_every_claim")
        assertEquals("lic-2", license.id)
        assertEquals("acme/editor", license.product)
        assertEquals("customer-7", license.customer)
        assertEquals(3L, license.revision)
        assertEquals(moment("2026-04-01T00:00:00Z"), license.issuedAt)
        assertEquals("subscription" to "commercial", license.label to license.edition)
        assertEquals(moment("2026-04-01T00:00:00Z"), license.validity.startsAt)
        assertEquals(moment("2027-04-01T00:00:00Z"), license.validity.endsAt)
        assertEquals(Duration.ofDays(14), license.validity.grace)
        assertEquals(moment("2027-04-01T00:00:00Z"), license.updatesUntil)
        assertEquals(moment("2027-04-01T00:00:00Z"), license.updatesEnd)
        assertEquals(moment("2026-10-01T00:00:00Z"), license.supportUntil)
        assertEquals(moment("2026-10-01T00:00:00Z"), license.supportEnd)
        assertEquals(listOf("example.com", "*.example.org"), license.domains)
        assertEquals(listOf("192.0.2.7", "10.0.0.0/8", "2001:db8::/32"), license.addresses)
        assertEquals(listOf(Exemption.DEVELOPMENT), license.exempt)
        assertEquals(5L to 10L, license.seats.limit to license.seats.handovers)
        assertEquals(OnFull.RELEASE_OLDEST to Hold.WHILE_LEASED, license.seats.onFull to license.seats.hold)
        assertEquals(Duration.ofDays(7), license.activation?.lease)
        assertEquals(Duration.ofDays(1), license.activation?.renew)
        assertEquals(
            mapOf(
                "export" to (null to null),
                "cloud" to (moment("2026-10-01T00:00:00Z") to null),
                "tier" to (null to "gold"),
                "support.phone" to (moment("2027-04-01T00:00:00Z") to "24x7"),
            ),
            license.entitlements.mapValues { (_, right) -> right.until to right.value },
        )
        assertEquals(mapOf("services" to 25L, "requests_per_day" to 100_000L), license.limits)
        assertEquals(42L to "https://licenses.example/status/1", license.status?.run { index to uri })
        assertEquals(Duration.ofDays(3), license.status?.freshness)
        assertEquals(mapOf("order" to "A-1001", "note" to "paid by invoice"), license.meta)
        assertEquals(Vectors.trust.getValue("acme").keys.single { it.id == license.signedBy }.state, KeyState.ACTIVE)
        assertTrue(license.takesNoSeat(Instance.Domain("shop.test")))
        assertFalse(license.takesNoSeat(Instance.Domain("shop.example.com")))
    }

    @Test
    fun `what a license does not state is absent, or the default`() {
        val license = license("smallest")
        assertNull(license.customer ?: license.label ?: license.edition)
        assertNull(license.validity.startsAt ?: license.validity.endsAt)
        assertEquals(Duration.ZERO, license.validity.grace)
        assertNull(license.updatesUntil ?: license.updatesEnd ?: license.supportUntil ?: license.supportEnd)
        assertNull(license.domains ?: license.addresses)
        assertEquals(emptyList<Exemption>(), license.exempt)
        assertNull(license.seats.limit ?: license.seats.handovers)
        assertEquals(OnFull.REFUSE to Hold.UNTIL_RELEASED, license.seats.onFull to license.seats.hold)
        assertNull(license.activation ?: license.status)
        assertEquals(emptyMap<String, Entitlement>(), license.entitlements)
        assertEquals(emptyMap<String, Long>(), license.limits)
        assertEquals(emptyMap<String, String>(), license.meta)
        assertFalse(license.takesNoSeat(Instance.Domain("shop.test")))
    }

    private fun moment(text: String): Instant = Instant.parse(text)
}
