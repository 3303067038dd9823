package io.github.countersign

import org.json.JSONArray
import org.json.JSONObject
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.DynamicTest
import java.io.File
import java.time.Instant

/** What every language must agree on: tests/vectors. */
object Vectors {
    val workspace: File = File(System.getProperty("workspace")).canonicalFile
    private val folder = workspace.resolve("tests/vectors")

    val trust: Map<String, TrustStore> = run {
        val sets = JSONObject(folder.resolve("keys.json").readText()).getJSONObject("trust")
        sets.keySet().associateWith { name -> TrustStore(sets.getJSONObject(name).toString()) }
    }

    /** The rows of a file, or of all files of a folder; a file without rows is an error. */
    fun rows(path: String): List<Pair<String, JSONObject>> {
        val at = folder.resolve(path)
        val files = if (at.isDirectory) at.listFiles().orEmpty().sorted() else listOf(at)
        return files.flatMap { file ->
            val rows = JSONObject(file.readText()).getJSONArray("rows").objects()
            assertFalse(rows.isEmpty(), "$file has no rows")
            rows.map { row -> "${file.nameWithoutExtension}: ${row.getString("name")}" to row }
        }
    }

    /** One test for each row. */
    fun each(path: String, test: (JSONObject) -> Unit): List<DynamicTest> =
        rows(path).map { (name, row) -> DynamicTest.dynamicTest(name) { test(row) } }
            .also { assertTrue(it.isNotEmpty()) }
}

fun JSONArray.objects(): List<JSONObject> = (0 until length()).map(::getJSONObject)

fun JSONArray.strings(): List<String> = (0 until length()).map(::getString)

fun JSONObject.textOrNull(member: String): String? = if (isNull(member)) null else getString(member)

fun JSONObject.momentOrNull(member: String): Instant? = textOrNull(member)?.let(Instant::parse)

/** The block throws this package's exception of that code, with a message. */
fun refused(code: String, block: () -> Unit): CountersignException {
    val thrown = assertThrows(CountersignException::class.java) { block() }
    assertEquals(code, thrown.code)
    assertFalse(thrown.message.isNullOrEmpty())
    return thrown
}
