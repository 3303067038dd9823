package io.github.countersign

import io.github.countersign.internal.decided
import io.github.countersign.internal.native
import java.lang.reflect.Modifier
import java.time.Duration
import java.time.Instant
import java.util.Base64
import org.json.JSONObject
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.TestFactory

/**
 * Every row of tests/vectors, through the package: what Rust says, Kotlin says.
 *
 * Left out: seats/, since seats are counted by the authority, and the rows of names/license_keys.json
 * that make a key, which only an authority does.
 */
class VectorsTest {
    @TestFactory
    fun `a license decides about a run`(): List<DynamicTest> = Vectors.each("rules") { row ->
        license(row).use { license ->
            val context = context(row)
            license.evaluate(run(row), context).use { decided(row, it) }
            assertEquals(row.getString("report"), license.report(run(row), context))
            license.prepare(run(row)).use { check ->
                check.evaluate(context).use { decided(row, it) }
                assertEquals(row.getString("report"), check.report(context))
            }
        }
    }

    private fun decided(row: JSONObject, decision: Decision) {
        val report = row.getString("report")
        assertEquals(report, decision.report())
        val read = JSONObject(report)
        assertEquals(read.getBoolean("allowed"), decision.isAllowed)
        assertEquals(read.getJSONArray("denials").objects().map(::factsOf), decision.denials.map { factsOf(it.code, it) })
        assertEquals(read.getJSONArray("notices").objects().map(::factsOf), decision.notices.map { factsOf(it.code, it) })
        assertEquals(lapses(row), decision.denials.map { it.isLapse })
        (decision.denials.map { it.text } + decision.notices.map { it.text }).forEach { assertTrue(it.isNotEmpty()) }
        assertEquals(read.momentOrNull("holds_until"), decision.holdsUntil)
        assertEquals(read.momentOrNull("last_contact_at"), decision.lastContactAt)
        row.optJSONObject("entitled")?.let { all ->
            all.keySet().forEach { assertEquals(all.getBoolean(it), decision.entitled(it), it) }
        }
        row.optJSONObject("stays_on")?.let { all ->
            all.keySet().forEach { assertEquals(all.getBoolean(it), decision.staysOn(it), it) }
        }
    }

    /** Which of the denials are a lapse, in the library's own word. */
    private fun lapses(row: JSONObject): List<Boolean> =
        license(row).native.decided(native(run(row)), context(row).native).use { it.denialLapses() }

    /** The members of a report's denial or notice. */
    private fun factsOf(reported: JSONObject): Map<String, Any> = reported.toMap().mapValues { (name, value) ->
        if (name == "instance") instance(reported.getJSONObject(name)) else (value as? Number)?.toLong() ?: value
    }

    /** The same of a value: what its own class has getters for. */
    private fun factsOf(code: String, reason: Any): Map<String, Any> {
        val getters = reason.javaClass.declaredMethods.filter { Modifier.isPublic(it.modifiers) && it.name.startsWith("get") }
        return mapOf<String, Any>("code" to code) + getters.associate { getter ->
            val name = getter.name.removePrefix("get").replace(Regex("(?<!^)[A-Z]"), "_$0").lowercase()
            val value = when (val value = getter.invoke(reason)) {
                is Instant -> value.toString()
                is Duration -> value.seconds
                is Enum<*> -> value.name.lowercase()
                else -> value
            }
            name to value
        }
    }

    private fun license(row: JSONObject) = License.verify(row.getString("license"), trust(row))

    private fun trust(row: JSONObject) = Vectors.trust.getValue(row.getString("trust"))

    private fun run(row: JSONObject): Run {
        val stated = row.getJSONObject("run")
        val counts = stated.optJSONObject("counts") ?: JSONObject()
        return Run(
            stated.getString("product"),
            Purpose.valueOf(stated.getString("purpose").uppercase()),
            stated.textOrNull("domain"),
            stated.textOrNull("address"),
            stated.optJSONObject("instance")?.let(::instance),
            stated.optJSONArray("requires")?.strings().orEmpty().toSet(),
            counts.keySet().associateWith(counts::getLong),
            stated.momentOrNull("released_at"),
        )
    }

    private fun instance(stated: JSONObject): Instance = when (stated.getString("kind")) {
        "domain" -> Instance.Domain(stated.getString("value"))
        "host" -> Instance.Host(stated.getString("value"))
        else -> Instance.Machine(stated.getString("value"))
    }

    private fun context(row: JSONObject) = Context(
        reading(row.getJSONObject("clock")),
        row.textOrNull("lease")?.let { Lease.verify(it, trust(row)) },
        row.textOrNull("statuses")?.let { StatusList.verify(it, trust(row)) },
        if (row.has("highest_revision")) row.getLong("highest_revision") else null,
        row.optJSONArray("notice_before")?.let { all -> (0 until all.length()).map { Duration.ofSeconds(all.getLong(it)) } },
        row.momentOrNull("last_contact_at"),
        row.optJSONObject("last_status")?.let { ListedStatus(it.getInt("status"), it.momentOrNull("listed_at")!!) },
    )

    /** The reading that the row states, or the last one that its steps give. */
    private fun reading(clock: JSONObject): ClockReading {
        clock.momentOrNull("trusted")?.let { return ClockReading.trusted(it) }
        lateinit var guard: ClockGuard
        lateinit var reading: ClockReading
        lateinit var shown: JSONObject
        var saved = ""
        for (step in clock.getJSONArray("steps").objects()) {
            val kind = step.keySet().single()
            step.optJSONObject(kind)?.let { shown = it.optJSONObject("answered") ?: it }
            when (kind) {
                "start" -> guard = ClockGuard(tick(shown)).also { reading = it.read(tick(shown)) }
                "documents" -> guard.hold(step.momentOrNull(kind), tick(shown))
                "read" -> reading = guard.read(tick(shown))
                "save" -> saved = guard.save(KEY)
                "restart", "restart_unsaved" -> {
                    val state = if (kind == "restart") guard.save(KEY) else saved
                    guard = ClockGuard.restore(state, KEY, tick(shown)).also { reading = it.read(tick(shown)) }
                }
                "heal" -> heal(guard, step.getJSONObject(kind))
                else -> throw AssertionError("no such step: $kind")
            }
        }
        return reading
    }

    /** Gives the guard the answer; one that comes too late it does not take. */
    private fun heal(guard: ClockGuard, step: JSONObject) {
        val answered = step.getJSONObject("answered")
        val challenge = Challenge(Signer.NONCE, tick(step.getJSONObject("sent")).monotonic)
        try {
            guard.heal(challenge, Signer.answer(Instant.parse(step.getString("iat"))), tick(answered))
        } catch (refused: ClockException) {
            assertEquals("answer_not_fresh", refused.code)
            assertTrue(answered.getLong("monotonic") - step.getJSONObject("sent").getLong("monotonic") > 60)
        }
    }

    private fun tick(value: JSONObject) =
        Tick(Instant.parse(value.getString("wall")), Duration.ofSeconds(value.getLong("monotonic")))

    @TestFactory
    fun `a document is read or refused`(): List<DynamicTest> = Vectors.each("signed") { row ->
        if (row.has("code")) {
            val thrown = refused(row.getString("code")) { accept(row) }
            assertEquals(row.getInt("refusal"), (thrown as DocumentException).refusal)
        } else {
            accept(row)
        }
    }

    /** Takes the document as a host does: verified, and newer than what is held; with what it states. */
    private fun accept(row: JSONObject) {
        val trust = trust(row)
        val bytes = row.textOrNull("base64")?.let(Base64.getDecoder()::decode)
        when (val kind = row.getString("kind")) {
            "license" -> {
                val license = bytes?.let { License.verify(it, trust) } ?: License.verify(text(row), trust)
                stated(row) { Claims.of(license, it) }
            }
            "lease" -> {
                val lease = bytes?.let { Lease.verify(it, trust) } ?: Lease.verify(text(row), trust)
                stated(row) { Claims.of(lease) }
            }
            "statuslist" -> {
                val list = bytes?.let { StatusList.verify(it, trust) } ?: StatusList.verify(text(row), trust)
                row.textOrNull("held")?.let { list.checkNewer(StatusList.verify(it, trust)) }
                stated(row) { Claims.of(list, it) }
            }
            "trust" -> {
                val update = bytes?.let { TrustUpdate.verify(it, trust) } ?: TrustUpdate.verify(text(row), trust)
                assertEquals(update.sequence, trust.updated(update).sequence)
                stated(row) { Claims.of(update) }
            }
            else -> throw AssertionError("no such kind: $kind")
        }
    }

    /** What the document says is what the row says that it claims. */
    private fun stated(row: JSONObject, claims: (JSONObject) -> Map<String, Any?>) {
        val expected = row.getJSONObject("claims")
        assertEquals(Claims.of(expected), claims(expected).filterValues { it != null })
    }

    private fun text(row: JSONObject): String {
        val repeat = row.optJSONObject("repeat") ?: return row.getString("text")
        return repeat.getString("before") + repeat.getString("unit").repeat(repeat.getInt("times")) + repeat.getString("after")
    }

    @TestFactory
    fun `a domain has one form`() = Vectors.each("names/domains.json") { row ->
        given(row, "domain") { Names.domain(row.getString("text")) }
    }

    @TestFactory
    fun `a pattern of domains has one form and matches`() = Vectors.each("names/domain_patterns.json") { row ->
        when {
            row.has("patterns") ->
                given(row, "matches") { Names.matchesDomain(row.getJSONArray("patterns").strings(), row.getString("domain")) }
            else -> given(row, "normal") { Names.domainPattern(row.getString("pattern")) }
        }
    }

    @TestFactory
    fun `a pattern of addresses has one form and matches`() = Vectors.each("names/addresses.json") { row ->
        when {
            row.has("patterns") ->
                given(row, "matches") { Names.matchesAddress(row.getJSONArray("patterns").strings(), row.getString("address")) }
            row.has("pattern") -> given(row, "normal") { Names.addressPattern(row.getString("pattern")) }
            else -> given(row, "none") { Names.address(row.getString("address")) }
        }
    }

    @TestFactory
    fun `a license key is read as it was typed`() =
        Vectors.rows("names/license_keys.json").filter { (_, row) -> row.has("text") }.map { (name, row) ->
            DynamicTest.dynamicTest(name) {
                given(row, "shown") { LicenseKey.parse(row.getString("text")).text() }
                row.textOrNull("kind")?.let { kind ->
                    assertEquals(kind == "generated", LicenseKey.parse(row.getString("text")).isGenerated)
                }
            }
        }

    /** The function gives what the row's member says, or refuses with the row's error. */
    private fun given(row: JSONObject, member: String, function: () -> Any) {
        when (val error = row.textOrNull("error")) {
            null -> assertEquals(row.get(member), function())
            else -> assertTrue(refused(error) { function() } is InvalidValueException)
        }
    }

    private companion object {
        val KEY = "this machine".toByteArray()
    }
}
