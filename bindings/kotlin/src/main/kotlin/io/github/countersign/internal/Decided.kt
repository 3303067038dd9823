package io.github.countersign.internal

import java.nio.ByteOrder

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
    val buffer = outcome { status -> UniffiLib.ffi_countersign_rustbuffer_alloc(size, status) }
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
    free(buffer)
}

private fun free(buffer: RustBuffer.ByValue) = outcome { status -> UniffiLib.ffi_countersign_rustbuffer_free(buffer, status) }

/** What the call gives, or throws. */
internal inline fun <R> outcome(call: (UniffiRustCallStatus) -> R): R {
    val status = ofThread.get()
    val given = call(status)
    // Only failures are written, over the success that stands there before.
    if (status.pointer.getByte(0) != UNIFFI_CALL_SUCCESS) throw failure(status)
    return given
}

/** Each thread has one, which is read and written only where a call failed. */
private val ofThread = ThreadLocal.withInitial {
    UniffiRustCallStatus().apply {
        write()
        setAutoSynch(false)
    }
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
