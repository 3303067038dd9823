package io.github.countersign

import io.github.countersign.internal.Library
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.io.PrintWriter
import java.io.StringWriter
import java.nio.file.Path
import java.util.spi.ToolProvider

/** The package as it ships: one version, one library, one public surface. */
class PackageTest {
    @Test
    fun `package, library and workspace are of one version`() {
        val manifest = Vectors.workspace.resolve("Cargo.toml").readText()
        val workspace = Regex("\\[workspace\\.package]\\s+version = \"([^\"]+)\"").find(manifest)!!.groupValues[1]
        assertEquals(workspace, Library.packageVersion())
        assertEquals(workspace, Library.libraryVersion())
    }

    @Test
    fun `a library of another version is told at the first call`(@TempDir folder: Path) {
        val properties = folder.resolve("io/github/countersign/countersign.properties").toFile()
        properties.parentFile.mkdirs()
        properties.writeText("version=9.9.9\n")
        val told = printed(FirstCall::class.java.name, classPath = folder.toString() + File.pathSeparator + System.getProperty("java.class.path"))
        assertEquals("library_mismatch: the package is version 9.9.9, and its library is version ${Library.libraryVersion()}", told)
    }

    @Test
    fun `a library that is missing is told at the first call`(@TempDir folder: Path) {
        val told = printed(FirstCall::class.java.name, "-Duniffi.component.countersign_ffi.libraryOverride=$folder/none")
        assertEquals("library_missing: the package has no library for this platform", told)
    }

    object FirstCall {
        @JvmStatic
        fun main(arguments: Array<String>) {
            try {
                println(Names.domain("example.com"))
            } catch (failure: LibraryException) {
                println("${failure.code}: ${failure.message}")
            }
        }
    }

    @Test
    fun `the public surface is the one that is recorded`() {
        val recorded = Vectors.workspace.resolve("bindings/kotlin/surface.txt")
        val surface = surface()
        assertFalse("countersign.internal" in surface, "internals leak: $surface")
        if (System.getenv("RECORD_SURFACE") != null) recorded.writeText(surface)
        assertEquals(recorded.readText(), surface, "RECORD_SURFACE=1 make test-kotlin records it anew")
    }

    /** What `javap -public` shows of the public package, without what only this module and the compiler call. */
    private fun surface(): String {
        val folder = File(License::class.java.protectionDomain.codeSource.location.toURI())
        val classes = folder.resolve("io/github/countersign").listFiles { file -> file.extension == "class" }!!
            .filter { isPublic("io.github.countersign.${it.nameWithoutExtension}") }
            .map { it.path }.sorted()
        assertTrue(classes.isNotEmpty())
        val printed = StringWriter()
        val errors = StringWriter()
        ToolProvider.findFirst("javap").get()
            .run(PrintWriter(printed), PrintWriter(errors), "-public", *classes.toTypedArray())
        assertEquals("", errors.toString())
        return printed.toString().split(Regex("Compiled from .*\n")).filter { it.isNotBlank() }.joinToString("") { type ->
            val lines = type.trim().lines()
            val members = lines.drop(1).dropLast(1).filterNot { member -> SYNTHETIC.any { it in member } }
            (listOf(lines.first()) + members.sorted() + lines.last()).joinToString("\n", postfix = "\n")
        }
    }

    private fun isPublic(name: String): Boolean {
        val type = Class.forName(name, false, javaClass.classLoader)
        return !type.isSynthetic && !type.isAnonymousClass && generateSequence(type) { it.declaringClass }.all {
            java.lang.reflect.Modifier.isPublic(it.modifiers)
        } && '$' + "1" !in name && "inlined" !in name
    }

    private companion object {
        /** How the compiler names what Java cannot call, or only through what it generated. */
        val SYNTHETIC = listOf("\$countersign(", "\$default(", "DefaultConstructorMarker", "access\$")
    }
}
