package io.github.countersign

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.nio.file.Path

/** The first lines that a developer writes, as README.md shows them, run. */
class FirstLinesTest {
    @Test
    fun `the first lines decide on a license file`() {
        val folder = Vectors.workspace.resolve("examples")
        val printed = mutableListOf<String>()
        fun println(line: String) = printed.add(line)

        // README
        val trust = TrustStore(folder.resolve("trust.jwks").readText())
        val license = License.verify(folder.resolve("editor.license").readBytes(), trust)
        val check = license.prepare(Run("acme/editor", domain = "https://shop.example.com/cart"))

        if (!check.allowed()) {
            check.decide().denials.forEach { println("${it.code}: ${it.text}") }
        }
        if (check.entitled("export")) {
            println("exports")
        }
        // README

        assertEquals(listOf("exports"), printed)
    }

    @Test
    fun `the lines of a session activate and decide`(@TempDir folder: Path): Unit = Authority().use { authority ->
        runBlocking {
            val trust = authority.trust()
            val sold = authority.sell(seats = 1)
            val scope = CoroutineScope(Dispatchers.Default)

            // What README.md names stands for what this test has.
            fun Client(url: String, trust: TrustStore) =
                io.github.countersign.Client(authority.url, trust).also { assertTrue(url.startsWith("https://")) }
            val LicenseKey = object {
                fun parse(text: String) = sold.also { io.github.countersign.LicenseKey.parse(text) }
            }
            val FileStorage = object {
                fun ofUser(product: String): FileStorage? =
                    FileStorage(folder).also { assertNotNull(io.github.countersign.FileStorage.ofUser(product)) }
            }

            // README
            val client = Client("https://licenses.acme.example", trust)
            val session = Session.open("acme/editor", trust, FileStorage.ofUser("acme/editor")!!)
            scope.launch { session.background(client) }          // saves, renews, refreshes

            if (session.license == null) {
                session.activate(client, LicenseKey.parse("ACME-7Q2M-9XKD-4TFW-H3PB"))
            }
            val check = session.prepare(session.run())
            check.allowed()                                      // no disk, no network, no lock
            // README

            assertTrue(check.allowed())
            scope.cancel()
            session.close()
        }
    }

    @Test
    fun `the README shows these lines`() {
        val source = Vectors.workspace.resolve("bindings/kotlin/src/test/kotlin/io/github/countersign/FirstLinesTest.kt")
        val readme = Vectors.workspace.resolve("bindings/kotlin/README.md").readText()
        val shown = Regex("```kotlin\n(.*?)\n```", RegexOption.DOT_MATCHES_ALL).findAll(readme).map { it.groupValues[1] }
        val run = source.readText().split("// README\n").filterIndexed { at, _ -> at % 2 == 1 }
        assertEquals(run.map { it.trimIndent().trim() }, shown.toList())
    }

    @Test
    fun `the README names the package as the example does that is built with it`() {
        fun lines(text: String) = text.lines().joinToString("\n") { it.trim() }
        val readme = File(Vectors.workspace, "bindings/kotlin/README.md").readText()
        val shown = Regex("```xml\n(.*?)```", RegexOption.DOT_MATCHES_ALL).findAll(readme).map { it.groupValues[1] }.single()
        assertTrue(lines(shown) in lines(File(Vectors.workspace, "examples/kotlin/pom.xml").readText()))
        assertTrue("<version>${io.github.countersign.internal.Library.packageVersion()}</version>" in shown)
    }
}
