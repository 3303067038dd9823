package io.github.countersign

import io.github.countersign.internal.NoHandle
import org.json.JSONArray
import org.json.JSONObject
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeAll
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import org.junit.jupiter.api.TestInstance
import org.junit.jupiter.api.condition.EnabledOnOs
import org.junit.jupiter.api.condition.OS
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.io.IOException
import java.nio.file.Path
import java.time.Duration
import java.time.Instant
import java.util.Base64
import java.util.concurrent.ConcurrentHashMap
import javax.crypto.Mac
import javax.crypto.spec.SecretKeySpec
import io.github.countersign.internal.License as NativeLicense

/**
 * Every code that the library and this package define, reached from Kotlin. Codes of problems are the
 * authority's own words and come through as they are: AuthorityTest has some.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CodesTest {
    private lateinit var authority: Authority

    @BeforeAll
    fun start() {
        authority = Authority()
    }

    @AfterAll
    fun stop() = authority.close()

    /** How each is reached. Codes of documents have rows in tests/vectors/signed. */
    private val rows: Map<String, () -> Unit> = mapOf(
        // Values
        "invalid_address" to { Names.address("10.0.0.1/8") },
        "invalid_amount" to { license().prepare(Run(PRODUCT, counts = mapOf("services" to -1L))) },
        "invalid_code" to { license().prepare(Run("editor")) },
        "invalid_domain" to { Names.domain("*.example.com") },
        "invalid_instance" to { license().takesNoSeat(Instance.Machine("")) },
        "invalid_key" to { TrustStore("no key") },
        "invalid_license_key" to { LicenseKey.parse("") },
        "invalid_moment" to { ClockReading.trusted(Instant.MAX) },
        "invalid_text" to { Names.domain("\ud800") },
        "invalid_length" to { Challenge(Signer.NONCE, Duration.ofSeconds(-1)) },
        "too_long" to { Qr("a".repeat(3_000)) },
        // Settings of a client
        "invalid_url" to { Client("no address", Signer.trust) },
        "invalid_scheme" to { Client("ftp://localhost", Signer.trust) },
        "plain_http" to { Client("http://licenses.acme.example", Signer.trust) },
        "superfluous_address" to { Client("https://licenses.acme.example/?a=b", Signer.trust) },
        "invalid_attempts" to { client(ClientSettings(attempts = 0)) },
        "invalid_pin" to { client(ClientSettings(pins = listOf(Pin.Certificate(ByteArray(31))))) },
        "invalid_certificates" to { client(ClientSettings(onlyRoots = "no PEM")) },
        "invalid_proxy" to { Client("https://licenses.acme.example", Signer.trust, ClientSettings(proxy = Proxy.At("ftp://proxy.example"))) },
        // What names an instance
        "instance_unset" to { Machine.instanceOfVariable("COUNTERSIGN_TEST_UNSET") },
        "instance_unread" to { Machine.instanceOfFile(folder.resolve("missing")) },
        // Clock guards
        "damaged_clock" to { ClockGuard.restore("no state", KEY) },
        "answer_not_fresh" to {
            ClockGuard(START).heal(Challenge(Signer.NONCE, Duration.ZERO), Signer.answer(SIGNED_AT), Tick(SIGNED_AT, LATE))
        },
        "invalid_nonce" to { Challenge("AAAA", Duration.ZERO) },
        // Sessions
        "damaged_state" to { open(shelf { it.dropLast(1) }) },
        "newer_state" to { open(shelf(::ofVersion2)) },
        "another_product" to { open(shelf { it }, product = "acme/viewer") },
        "no_randomness" to { withoutRandomness { Session.open(PRODUCT, Signer.trust, MemoryStorage()).close() } },
        "storage_failed" to { Session.open(PRODUCT, Signer.trust, FileStorage(file())).save() },
        "inside_storage" to { session { storage, session -> storage.onSave { session.tick() } } },
        // Texts that a person brings
        "another_brand" to { session { _, session -> session.importText(listOfAnotherBrand()) } },
        "another_instance" to { session { _, session -> session.importText(Signer.answer(SIGNED_AT).text()) } },
        "another_license" to { session { _, session -> session.importText(leaseOfAnotherLicense(session)) } },
        "another_request" to {
            session { _, session -> session.importText(Signer.answer(SIGNED_AT, session.instance).text()) }
        },
        "superseded" to {
            session { _, session ->
                session.importText(Signer.license("rev" to 2).text())
                session.importText(Signer.license("rev" to 1).text())
            }
        },
        "ahead_of_time" to ::importAheadOfTime,
        // An authority
        "unreachable" to { client(ClientSettings(attempts = 1)).activateBlocking(claimant()) },
        "untrusted" to { Client(authority.url, Signer.trust).activateBlocking(claimant(authority.sell(seats = 1))) },
        "unsaved" to ::giveUpUnsaved,
        "unfit" to { session { storage, session -> storage.onSave { session.refreshNowBlocking(client()) } } },
        // The library itself
        "library_failed" to { License.of(NativeLicense(NoHandle)).id },
    )

    /** What no test of this class reaches, and why. */
    private val unreached = mapOf(
        "library_missing" to "needs a process without the library: PackageTest",
        "library_mismatch" to "needs a process with another version: PackageTest",
        "http_unavailable" to "what the settings may state is refused by a code of its own before HTTP is set up",
    )

    @TestFactory
    fun `a code is reached`(): List<DynamicTest> = rows.map { (code, reach) ->
        DynamicTest.dynamicTest(code) { refused(code, reach) }
    }

    @Test
    fun `every code that is defined is reached, or it is said why not`() {
        val ofDocuments = Vectors.rows("signed").mapNotNull { (_, row) -> row.textOrNull("code") }.toSet()
        assertEquals(emptySet<String>(), unreached.keys intersect (rows.keys + ofDocuments))
        assertEquals((ofLibrary() + ofPackage()).toSortedSet(), (rows.keys + ofDocuments + unreached.keys).toSortedSet())
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    fun `a machine without certificates makes a client, which says so when it asks`() {
        val environment = mapOf("SSL_CERT_FILE" to "/no/such/file", "SSL_CERT_DIR" to "/no/such/folder")
        val told = printed(Asking::class.java.name, environment = environment)
        assertTrue(told.startsWith("unreachable: ") && "certificate" in told, told)
    }

    object Asking {
        @JvmStatic
        fun main(arguments: Array<String>) {
            val client = Client("https://127.0.0.1:1", Signer.trust, ClientSettings(attempts = 1))
            val claimant = Claimant(PRODUCT, LicenseKey.parse("CUSTOM-CODE-1"), Instance.Machine("m-1"))
            try {
                client.activateBlocking(claimant)
            } catch (failure: ClientException.Unreachable) {
                println("${failure.code}: ${failure.message} ${failure.detail}")
            }
        }
    }

    @Test
    fun `what this package adds is listed with what others add, and in its README`() {
        val list = Vectors.workspace.resolve("bindings/codes.txt").readLines().filterNot { it.startsWith("#") }
        val listed = list.filter { "Kotlin" in it.substringAfter('#').substringBefore(':') }.map { it.substringBefore('#').trim() }
        assertEquals(listed.toSortedSet(), ofPackage().toSortedSet())
        val readme = Vectors.workspace.resolve("bindings/kotlin/README.md").readText()
        listed.forEach { assertTrue("`$it`" in readme, it) }
    }

    @Test
    fun `every denial and notice that is defined is in a vector`() {
        val reports = Vectors.rows("rules").map { (_, row) -> JSONObject(row.getString("report")) }
        for ((member, source) in listOf("denials" to "core/src/denial.rs", "notices" to "core/src/notice.rs")) {
            val seen = reports.flatMap { it.getJSONArray(member).objects() }.map { it.getString("code") }
            assertEquals(ofFunction(source).toSortedSet(), seen.toSortedSet())
        }
    }

    /** Those of the core, and the words of the bindings that are written as codes are. */
    private fun ofLibrary(): Set<String> {
        val bindings = Vectors.workspace.resolve("bindings/src").listFiles { file ->
            file.extension == "rs" && file.name !in setOf("lib.rs", "bench.rs", "runtime.rs")
        }!!
        val words = bindings.flatMap { file ->
            val code = file.readLines().filterNot { it.trim().startsWith("//") }.joinToString("\n")
            Regex("\"([a-z]+(_[a-z]+)*)\"").findAll(code).map { it.groupValues[1] }
        }
        assertTrue(words.size > 20)
        return ofFunction("core/src/error.rs") + words - setOf("android", "ios", "code")
    }

    /** What the function `code` of a source of the core may give. */
    private fun ofFunction(path: String): Set<String> {
        val source = Vectors.workspace.resolve(path).readText()
        val function = source.substringAfter("pub fn code(&self)", "").substringBefore("\n    }\n")
        val codes = Regex("\"([a-z_]+)\"").findAll(function).map { it.groupValues[1] }.toSet()
        assertTrue(codes.isNotEmpty(), path)
        return codes
    }

    /** Those that this package states itself. */
    private fun ofPackage(): Set<String> =
        Vectors.workspace.resolve("bindings/kotlin/src/main/kotlin").walk().filter(File::isFile).flatMap { file ->
            Regex("Exception\\(\\s*\"([a-z_]+)\"").findAll(file.readText()).map { it.groupValues[1] }
        }.toSet()

    private class Shelf(val texts: MutableMap<String, String> = ConcurrentHashMap()) : Storage {
        private var action: (() -> Unit)? = null
        private var thrown: Throwable? = null
        var isFull = false

        /** What comes of it inside a storage. */
        fun onSave(action: () -> Unit) {
            this.action = action
        }

        fun rethrow() {
            thrown?.let { throw it }
        }

        override fun load(name: String): String? = texts[name]

        override fun save(name: String, text: String) {
            if (isFull) throw IOException("the disk is full")
            action?.let { ask -> thrown = runCatching(ask).exceptionOrNull() }
            action = null
            texts[name] = text
        }
    }

    private fun session(block: (Shelf, Session) -> Unit) {
        val shelf = Shelf()
        open(shelf).use { session ->
            block(shelf, session)
            session.save()
            shelf.rethrow()
        }
    }

    private fun open(storage: Storage, product: String = PRODUCT) = Session.open(product, Signer.trust, storage)

    /** What a session left there, changed. */
    private fun shelf(change: (String) -> String): Shelf {
        val shelf = Shelf()
        open(shelf).close()
        shelf.texts.replaceAll { _, text -> change(text) }
        return shelf
    }

    /** The state as a newer release writes it: genuine, and of another version. */
    private fun ofVersion2(text: String): String {
        val json = text.substringBefore('\n').replace("\"version\":1", "\"version\":2")
        val mac = Mac.getInstance("HmacSHA256").apply { init(SecretKeySpec("countersign session state".toByteArray(), algorithm)) }
        return json + "\n" + mac.doFinal(json.toByteArray()).joinToString("") { "%02x".format(it) } + "\n"
    }

    private fun listOfAnotherBrand(): String {
        val list = JSONObject().put("bits", 1).put("lst", "eJxjAAAAAQAB")
        val claims = JSONObject().put("iss", "umbrella").put("sub", "https://licenses.example/status/1")
            .put("iat", SIGNED_AT.epochSecond).put("status_list", list)
        return Signer.sign("statuslist", claims)
    }

    private fun leaseOfAnotherLicense(session: Session): String {
        session.importText(Signer.license().text())
        val armored = session.activationRequest(LicenseKey.parse("CUSTOM-CODE-1")).text()
        val bare = armored.lines().filterNot { it.startsWith("-") }.joinToString("")
        val nonce = JSONObject(String(Base64.getUrlDecoder().decode(bare))).getString("nonce")
        return Signer.answer(SIGNED_AT, session.instance, license = "lic-2", nonce = nonce).text()
    }

    /** Once an authority has told the time, what is signed more than a day after it is not taken. */
    private fun importAheadOfTime() {
        val keys = listOf(authority.trust(), Signer.trust).flatMap { JSONObject(it.toJwks()).getJSONArray("keys").objects() }
        val trust = TrustStore(JSONObject().put("keys", JSONArray(keys)).toString())
        Session.open(PRODUCT, trust, MemoryStorage()).use { session ->
            session.activateBlocking(Client(authority.url, trust), authority.sell(seats = 1))
            val ahead = Instant.now().plus(Duration.ofDays(2)).epochSecond
            session.importText(Signer.license("iat" to ahead).text())
        }
    }

    /** It is saved before the authority is asked, and not after it has answered. */
    private fun giveUpUnsaved() {
        val (trust, shelf) = authority.trust() to Shelf()
        val client = Client(authority.url, trust)
        Session.open(PRODUCT, trust, shelf).use { session ->
            session.activateBlocking(client, authority.sell(seats = 1))
            shelf.onSave { shelf.isFull = true }
            try {
                session.deactivateBlocking(client)
            } finally {
                shelf.isFull = false
            }
        }
    }

    private fun license() = Signer.license()

    private fun client(settings: ClientSettings = ClientSettings()) = Client("https://127.0.0.1:1", Signer.trust, settings)

    private fun claimant(key: LicenseKey = LicenseKey.parse("CUSTOM-CODE-1")) = Claimant(PRODUCT, key, Instance.Machine("m-1"))

    /** A file in place of a folder. */
    private fun file(): Path = folder.resolve("file").also { it.toFile().writeText("") }

    @TempDir
    lateinit var folder: Path

    private companion object {
        const val PRODUCT = "acme/editor"
        val KEY = "this machine".toByteArray()
        val SIGNED_AT: Instant = Instant.ofEpochSecond(1775001600)
        val START = Tick(SIGNED_AT, Duration.ZERO)
        val LATE: Duration = Duration.ofSeconds(61)
    }
}
