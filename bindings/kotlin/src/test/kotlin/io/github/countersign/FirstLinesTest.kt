package io.github.countersign

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancelChildren
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.nio.file.Path

/** The first lines that a developer writes, as README.md shows them, run. */
class FirstLinesTest {
    @Test
    fun `the first lines decide on a license file`() =
        assertEquals("exports", printed("FirstLinesKt", folder = Vectors.workspace.resolve("examples")))

    @Test
    fun `the lines of a session activate, and again after the seat was given up`(@TempDir folder: Path): Unit = Authority().use { authority ->
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

            suspend fun started(): Session {
                // README
                val client = Client("https://licenses.acme.example", trust)
                val session = Session.open("acme/editor", trust, FileStorage.ofUser("acme/editor")!!)
                scope.launch { session.background(client) }          // saves, renews, refreshes

                val check = session.prepare(session.run())
                if (check.decide().denials.any { it is Denial.NotActivated }) {
                    session.activate(client, LicenseKey.parse("ACME-7Q2M-9XKD-4TFW-H3PB"))
                }
                check.allowed()                                      // no disk, no network, no lock
                // README

                assertTrue(check.allowed())
                scope.coroutineContext.cancelChildren()
                return session
            }

            started().use { session ->
                session.deactivate(Client("https://licenses.acme.example", trust))
                assertNotNull(session.license)
                assertFalse(session.decide(session.run()).isAllowed)
            }
            started().close()
        }
    }

    @Test
    fun `the README shows these lines`() {
        val sources = Vectors.workspace.resolve("bindings/kotlin/src/test/kotlin")
        val readme = Vectors.workspace.resolve("bindings/kotlin/README.md").readText()
        val shown = Regex("```kotlin\n(.*?)```", RegexOption.DOT_MATCHES_ALL).findAll(readme).map { it.groupValues[1] }
        val ofSession = sources.resolve("io/github/countersign/FirstLinesTest.kt").readText().split("// README\n")[1]
        val run = listOf(sources.resolve("FirstLines.kt").readText(), ofSession.trimIndent().trim() + "\n")
        assertEquals(run, shown.toList())
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
