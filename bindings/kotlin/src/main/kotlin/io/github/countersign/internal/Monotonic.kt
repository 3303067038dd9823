package io.github.countersign.internal

import com.sun.jna.Function
import com.sun.jna.NativeLong
import com.sun.jna.Platform
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.time.Duration

/**
 * A clock that only ever goes on. [System.nanoTime] stands still while the machine sleeps, but on Windows; so
 * on Linux, Android and Apple's systems it is the one of C that does not.
 */
internal object Monotonic {
    /** `CLOCK_BOOTTIME` of Linux, and `CLOCK_MONOTONIC` of macOS. */
    private val clock: Int? = when {
        Platform.isLinux() || Platform.isAndroid() -> 7
        Platform.isMac() -> 6
        else -> null
    }

    private val read: Function? = try {
        clock?.let { Function.getFunction("c", "clock_gettime") }
    } catch (_: UnsatisfiedLinkError) {
        null
    }

    /** Numbers of [System.nanoTime] may be below zero. */
    private val started = System.nanoTime()

    // Chosen once: the two begin at different moments.
    private val countsSleep = counted() != null

    fun now(): Duration = counted().takeIf { countsSleep } ?: Duration.ofNanos(System.nanoTime() - started)

    private fun counted(): Duration? {
        val time = ByteArray(2 * NativeLong.SIZE)
        if (read == null || read.invokeInt(arrayOf(clock, time)) != 0) return null
        val parts = ByteBuffer.wrap(time).order(ByteOrder.nativeOrder())
        return when (NativeLong.SIZE) {
            Int.SIZE_BYTES -> Duration.ofSeconds(parts.int.toLong(), parts.int.toLong())
            else -> Duration.ofSeconds(parts.long, parts.long)
        }
    }
}
