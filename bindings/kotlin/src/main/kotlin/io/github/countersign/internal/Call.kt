package io.github.countersign.internal

import io.github.countersign.CountersignException
import io.github.countersign.DocumentException
import io.github.countersign.InvalidValueException
import io.github.countersign.LibraryException
import kotlinx.coroutines.DelicateCoroutinesApi
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.GlobalScope
import kotlinx.coroutines.future.future
import kotlinx.coroutines.withContext
import java.nio.charset.CharacterCodingException
import java.util.concurrent.CompletableFuture
import io.github.countersign.ClientException as PublicClientException
import io.github.countersign.ClockException as PublicClockException
import io.github.countersign.ImportException as PublicImportException
import io.github.countersign.SessionException as PublicSessionException

/** Calls the library, of this package's version, and gives its errors as this package's own. */
internal inline fun <T> call(block: () -> T): T {
    Library.ready()
    return try {
        block()
    } catch (error: Exception) {
        throw public(error)
    }
}

/** What is said of an object of that kind, also where it was closed: who prints one expects no exception. */
internal inline fun shown(kind: String, block: () -> String): String =
    try {
        "$kind(${block()})"
    } catch (_: IllegalStateException) {
        "$kind(closed)"
    }

/** Asks an authority, or has a session ask, on threads that may wait for a storage. */
internal suspend inline fun <T> online(crossinline block: suspend () -> T): T =
    withContext(Dispatchers.IO) { call { block() } }

/** For who has no coroutines. The future ends what it waits for when it is cancelled. */
@OptIn(DelicateCoroutinesApi::class)
internal fun <T> inFuture(block: suspend () -> T): CompletableFuture<T> = GlobalScope.future { block() }

/** As [inFuture], of what gives nothing. */
@OptIn(DelicateCoroutinesApi::class)
internal fun untilDone(block: suspend () -> Unit): CompletableFuture<Void?> = GlobalScope.future {
    block()
    null
}

/** The same error as this package throws it; what is none of the library's is left as it is. */
internal fun public(error: Exception): Throwable = when (error) {
    is LicenseException -> public(error)
    is ClockException -> public(error)
    is ClientException -> public(error)
    is SessionException -> public(error)
    is ImportException -> public(error)
    is SettingsException.Invalid -> InvalidValueException(error.code, error.text)
    is InstanceException.Unnamed -> InvalidValueException(error.code, error.text)
    is QrException.TooLong -> InvalidValueException(error.code, error.text)
    is InternalException -> LibraryException("library_failed", error.message.orEmpty().lineSequence().first(), error)
    is CharacterCodingException -> InvalidValueException("invalid_text", "a text holds half of a character")
    else -> error
}

private fun public(error: LicenseException): CountersignException = when (error) {
    is LicenseException.Invalid -> invalid(error.code, error.refusal, error.text)
}

private fun invalid(code: String, refusal: Int?, text: String): CountersignException = when (refusal) {
    null -> InvalidValueException(code, text)
    else -> DocumentException(code, refusal, text)
}

private fun public(error: ClockException): CountersignException = when (error) {
    is ClockException.Damaged -> PublicClockException(error.code, error.text)
    is ClockException.NotFresh -> PublicClockException(error.code, error.text)
    is ClockException.Nonce -> PublicClockException(error.code, error.text)
}

private fun public(error: ClientException): CountersignException = when (error) {
    is ClientException.Unreachable ->
        PublicClientException.Unreachable(error.code, error.text, error.reason, error.retryAfter)
    is ClientException.Untrusted -> PublicClientException.Untrusted(error.code, error.text, error.reason)
    is ClientException.Refused -> PublicClientException.Refused(error.code, error.text, public(error.refusal))
    is ClientException.Unsaved -> PublicClientException.Unsaved(error.code, error.text, error.reason)
    is ClientException.Unfit -> PublicClientException.Unfit(error.code, error.text, error.reason)
}

private fun public(error: SessionException): Throwable = when (error) {
    is SessionException.Damaged -> PublicSessionException.Damaged(error.code, error.text)
    is SessionException.NewerVersion -> PublicSessionException.NewerVersion(error.code, error.text)
    is SessionException.AnotherProduct -> PublicSessionException.AnotherProduct(error.code, error.text, error.held)
    is SessionException.Storage ->
        error.thrown?.let(Thrown::take) ?: PublicSessionException.StorageFailed(error.code, error.text)
    is SessionException.Randomness -> PublicSessionException.NoRandomness(error.code, error.text)
    is SessionException.InsideStorage -> PublicSessionException.InsideStorage(error.code, error.text)
}

private fun public(error: ImportException): CountersignException = when (error) {
    is ImportException.Document -> invalid(error.code, error.refusal, error.text)
    is ImportException.AnotherProduct -> PublicImportException.AnotherProduct(error.code, error.text, error.licensed)
    is ImportException.Superseded ->
        PublicImportException.Superseded(error.code, error.text, error.revision, error.newest)
    is ImportException.NotFitting -> PublicImportException.NotFitting(error.code, error.text)
}
