"""Reads the code that UniFFI generated, and writes it so that a call ends when its task is cancelled: a
future that is cancelled is ready at once, with a status of its own (docs/decisions/0031). Where the code
is not as expected here, it writes nothing and fails."""

import re
import sys

code = sys.stdin.read()
calls = code.count("await uniffiRustCallAsync(")


def change(times, found, replacement):
    global code
    code, changed = re.subn(found, replacement, code, flags=re.MULTILINE | re.DOTALL)
    if changed != times or times == 0:
        sys.exit(f"cancelling.py: `{found}` occurs {changed} times, not {times}: the generator is another one")


change(calls, r"^( +)freeFunc: (\w+_rust_future_)free_(\w+),\n", r"\g<0>\1cancelFunc: \2cancel_\3,\n")
change(1, r"^    freeFunc: \(UInt64\) -> \(\),\n", r"\g<0>    cancelFunc: @escaping @Sendable (UInt64) -> (),\n")
change(
    1,
    r"await (withUnsafeContinuation \{\n[^}]*\}[^}]*?)\n        \}\n    \} while pollResult",
    r"await withTaskCancellationHandler(operation: {\n            await \1\n            }\n"
    r"        }, onCancel: { cancelFunc(rustFuture) })\n    } while pollResult",
)
change(1, r'fatalError\("Cancellation not supported yet"\)', "throw CancellationError()")
sys.stdout.write(code)
