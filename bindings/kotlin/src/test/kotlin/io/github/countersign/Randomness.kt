package io.github.countersign

import com.sun.jna.Function
import com.sun.jna.Memory
import com.sun.jna.Native
import com.sun.jna.NativeLong
import com.sun.jna.Platform
import com.sun.jna.Pointer
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assumptions.assumeTrue

/**
 * Runs that on a thread that the kernel gives no random numbers, as in a sandbox that allows too little. It
 * cannot be undone, so the thread ends with it; no other one notices.
 */
fun withoutRandomness(block: () -> Unit) {
    val getrandom = mapOf("amd64" to 318, "aarch64" to 278)[System.getProperty("os.arch")]
    assumeTrue(Platform.isLinux() && getrandom != null, "the number of the system call is not known here")
    var thrown: Throwable? = null
    val thread = Thread {
        thrown = runCatching {
            // What a thread draws once, for its maps, it has drawn by then.
            block()
            refuse(getrandom!!)
            block()
        }.exceptionOrNull()
    }
    thread.start()
    thread.join()
    thrown?.let { throw it }
}

/** Has that system call fail on this thread: `seccomp(2)`, by a filter of four steps. */
private fun refuse(number: Int) {
    val steps = listOf(
        Step(LOAD_NUMBER, 0, 0, 0),
        Step(IS_EQUAL, 0, 1, number),
        Step(GIVE, 0, 0, REFUSED or EIO),
        Step(GIVE, 0, 0, ALLOWED),
    )
    val code = Memory(8L * steps.size)
    steps.forEachIndexed { at, step ->
        code.setShort(8L * at, step.operation)
        code.setByte(8L * at + 2, step.ifTrue)
        code.setByte(8L * at + 3, step.ifFalse)
        code.setInt(8L * at + 4, step.value)
    }
    val filter = Memory(2L * Native.POINTER_SIZE)
    filter.setShort(0, steps.size.toShort())
    filter.setPointer(Native.POINTER_SIZE.toLong(), code)
    assertEquals(0, prctl(NO_NEW_PRIVILEGES, NativeLong(1), Pointer.NULL))
    assertEquals(0, prctl(SECCOMP, NativeLong(BY_FILTER), filter))
}

private fun prctl(what: Int, first: NativeLong, second: Pointer?): Int {
    val nothing = NativeLong(0)
    return Function.getFunction("c", "prctl").invokeInt(arrayOf(what, first, second ?: nothing, nothing, nothing))
}

private class Step(val operation: Short, val ifTrue: Byte, val ifFalse: Byte, val value: Int)

private const val LOAD_NUMBER: Short = 0x20
private const val IS_EQUAL: Short = 0x15
private const val GIVE: Short = 0x06
private const val REFUSED = 0x00050000
private const val ALLOWED = 0x7fff0000
private const val EIO = 5
private const val NO_NEW_PRIVILEGES = 38
private const val SECCOMP = 22
private const val BY_FILTER = 2L
