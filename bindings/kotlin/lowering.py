"""Reads the code that UniFFI generated, and writes it so that what is passed to a call is held as what the
call is made on: until its handle was copied, and with an exception where it was closed. Otherwise the
handle of something that was freed, by hand or by the collector, is followed into memory that is another's.

A handle is copied with a status that the thread keeps: a call has one or two of them, and to make a structure
for each takes longer than the call.

Where the code is not as expected here, it writes nothing and fails."""

import sys

FOUND = "        return value.uniffiCloneHandle()\n"
HELD = "        return value.callWithHandle { it }\n"

MADE = "    fun uniffiCloneHandle(): Long {\n"
COPIED = """            throw InternalException("uniffiCloneHandle() called on NoHandle object");
        }
        return uniffiRustCall() { status ->
"""
KEPT = COPIED.replace("uniffiRustCall() {", "copied {")

STATUS = """
/** Each thread has one, which is read and written only where a call failed. */
internal val statusOfThread: ThreadLocal<UniffiRustCallStatus> = ThreadLocal.withInitial {
    UniffiRustCallStatus().apply {
        write()
        setAutoSynch(false)
    }
}

/** A handle once more. Nothing else is called meanwhile. */
private inline fun copied(copy: (UniffiRustCallStatus) -> Long): Long {
    val status = statusOfThread.get()
    val handle = copy(status)
    if (status.pointer.getByte(0) != UNIFFI_CALL_SUCCESS) {
        statusOfThread.remove()
        throw InternalException("a handle is not copied")
    }
    return handle
}
"""

code = sys.stdin.read()
passed, made, copied = code.count(FOUND), code.count(MADE), code.count(COPIED)
if passed == 0 or not passed == made == copied:
    sys.exit(f"lowering.py: {made} classes, of which {passed} are passed and {copied} copied as expected: the generator is another one")
sys.stdout.write(code.replace(FOUND, HELD).replace(COPIED, KEPT) + STATUS)
