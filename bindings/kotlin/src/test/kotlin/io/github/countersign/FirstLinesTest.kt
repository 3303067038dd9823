package io.github.countersign

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.File

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
    fun `the README shows these lines`() {
        val source = Vectors.workspace.resolve("bindings/kotlin/src/test/kotlin/io/github/countersign/FirstLinesTest.kt")
        val lines = source.readText().split("// README\n")[1].trimIndent().trim()
        val readme = Vectors.workspace.resolve("bindings/kotlin/README.md").readText()
        assertTrue("```kotlin\n$lines\n```" in readme, "README.md does not show:\n$lines")
    }

    @Test
    fun `the README of this package names the version`() {
        val readme = File(Vectors.workspace, "bindings/kotlin/README.md").readText()
        assertTrue("<version>${io.github.countersign.internal.Library.packageVersion()}</version>" in readme)
    }
}
