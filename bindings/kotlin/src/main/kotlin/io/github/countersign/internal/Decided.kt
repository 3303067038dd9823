package io.github.countersign.internal

import java.nio.ByteOrder
import java.util.concurrent.atomic.AtomicReference

// What is asked most often, by the functions that generated code asks, in the same order. Generated code
// makes a structure anew for what comes of each call, which takes longer than the call itself.

internal fun License.decided(run: Run, context: Context): Decision = callWithHandle { license ->
    val decision = outcome { status ->
        UniffiLib.uniffi_countersign_fn_method_license_evaluate(license, lowered(run), lowered(context), status)
    }
    Decision(UniffiWithHandle, decision)
}

internal fun License.reported(run: Run, context: Context): String = callWithHandle { license ->
    val report = outcome { status ->
        UniffiLib.uniffi_countersign_fn_method_license_report(license, lowered(run), lowered(context), status)
    }
    text(report)
}

internal fun Check.decided(context: Context): Decision = callWithHandle { check ->
    val decision = outcome { status ->
        UniffiLib.uniffi_countersign_fn_method_check_evaluate(check, lowered(context), status)
    }
    Decision(UniffiWithHandle, decision)
}

internal fun Check.reported(context: Context): String = callWithHandle { check ->
    val report = outcome { status ->
        UniffiLib.uniffi_countersign_fn_method_check_report(check, lowered(context), status)
    }
    text(report)
}

internal fun lowered(run: Run): RustBuffer.ByValue = lowered(run, FfiConverterTypeRun)

internal fun lowered(context: Context): RustBuffer.ByValue = lowered(context, FfiConverterTypeContext)

private fun <T> lowered(value: T, converter: FfiConverter<T, RustBuffer.ByValue>): RustBuffer.ByValue {
    val size = converter.allocationSize(value).toLong()
    val buffer = spareOfThread.get().take(size)
        ?: outcome { status -> UniffiLib.ffi_countersign_rustbuffer_alloc(size, status) }
    try {
        val bytes = buffer.data!!.getByteBuffer(0, buffer.capacity).order(ByteOrder.BIG_ENDIAN)
        converter.write(value, bytes)
        buffer.len = bytes.position().toLong()
        return buffer
    } catch (failure: Throwable) {
        free(buffer)
        throw failure
    }
}

private fun text(buffer: RustBuffer.ByValue): String = try {
    val bytes = buffer.data?.getByteArray(0, buffer.len.toInt())
    if (bytes == null) "" else String(bytes, Charsets.UTF_8)
} finally {
    spareOfThread.get().give(buffer)
}

private fun free(buffer: RustBuffer.ByValue) = outcome { status -> UniffiLib.ffi_countersign_rustbuffer_free(buffer, status) }

/**
 * The buffer that a thread's last report came in, to pass its next arguments in: to free it and to make another
 * takes longer than a decision. Where the thread ends, it is freed as an object is that nobody holds.
 */
private class Spare {
    private val held = AtomicReference<RustBuffer.ByValue?>()

    init {
        val left = held
        UniffiLib.CLEANER.register(this) { left.getAndSet(null)?.let(::free) }
    }

    fun take(size: Long): RustBuffer.ByValue? = held.get()?.takeIf { it.capacity >= size }?.also { held.set(null) }

    fun give(buffer: RustBuffer.ByValue) {
        val last = if (buffer.capacity <= MOST_BYTES) held.getAndSet(buffer) else buffer
        last?.let(::free)
    }

    private companion object {
        const val MOST_BYTES = 16_384L
    }
}

private val spareOfThread = ThreadLocal.withInitial(::Spare)

/** What the call gives, or throws. */
internal inline fun <R> outcome(call: (UniffiRustCallStatus) -> R): R {
    val status = statusOfThread.get()
    val given = call(status)
    // Only failures are written, over the success that stands there before.
    if (status.pointer.getByte(0) != UNIFFI_CALL_SUCCESS) throw failure(status)
    return given
}

private fun failure(status: UniffiRustCallStatus): Exception {
    status.read()
    val failed = UniffiRustCallStatus.create(status.code, status.error_buf)
    status.pointer.setByte(0, UNIFFI_CALL_SUCCESS)
    return when {
        failed.isError() -> LicenseException.lift(failed.error_buf)
        failed.error_buf.len > 0 -> InternalException(FfiConverterString.lift(failed.error_buf))
        else -> InternalException("the library failed")
    }
}
