package io.github.countersign.internal

import io.github.countersign.LibraryException
import java.util.Properties

/** The native library, which must be of the version of this package. */
internal object Library {
    private val failure: LibraryException? = load()

    fun ready() {
        if (failure != null) throw LibraryException(failure.code, failure.message.orEmpty(), failure)
    }

    /** The version of this package, as its build wrote it. */
    fun packageVersion(): String {
        val properties = Properties()
        Library::class.java.getResourceAsStream("/io/github/countersign/countersign.properties")?.use(properties::load)
        return properties.getProperty("version", "unknown")
    }

    /** The version that the library says it is. */
    fun libraryVersion(): String = io.github.countersign.internal.libraryVersion()

    private fun load(): LibraryException? {
        val expected = packageVersion()
        val found = try {
            uniffiEnsureInitialized()
            libraryVersion()
        } catch (error: UnsatisfiedLinkError) {
            return when {
                error.message.orEmpty().startsWith("Unable to load library") ->
                    LibraryException("library_missing", "the package has no library for this platform", error)
                else -> mismatch(expected, "another version", error)
            }
        } catch (error: RuntimeException) {
            return mismatch(expected, "another version", error)
        }
        return if (found == expected) null else mismatch(expected, "version $found", null)
    }

    private fun mismatch(expected: String, found: String, cause: Throwable?): LibraryException =
        LibraryException("library_mismatch", "the package is version $expected, and its library is $found", cause)
}
