"""Reads the code that UniFFI generated, and writes it so that what is passed to a call is held as what the
call is made on: until its handle was copied, and with an exception where it was closed. Otherwise the
handle of something that was freed, by hand or by the collector, is followed into memory that is another's.
Where the code is not as expected here, it writes nothing and fails."""

import sys

FOUND = "        return value.uniffiCloneHandle()\n"
HELD = "        return value.callWithHandle { it }\n"

code = sys.stdin.read()
passed, made = code.count(FOUND), code.count("    fun uniffiCloneHandle(): Long {\n")
if passed == 0 or passed != made:
    sys.exit(f"lowering.py: {made} classes, of which {passed} are passed as expected: the generator is another one")
sys.stdout.write(code.replace(FOUND, HELD))
