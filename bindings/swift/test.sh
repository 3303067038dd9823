#!/usr/bin/env bash
# Builds the library and the package, and runs their tests, the public surface and the example. With
# `--record` it writes api.txt anew instead.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

cargo=${CARGO:-cargo}
here=bindings/swift
venv=.tools/venv
"${MAKE:-make}" --quiet "$venv/ready"
PATH=$("$here/install-swift.sh"):$PATH

surface=$(mktemp -d)
trap 'rm -rf "$surface"' EXIT
# What it says is of interest where it fails.
built() {
	if ! swift build "$@" > "$surface/build" 2>&1; then
		cat "$surface/build" >&2
		exit 1
	fi
}

"$here/build.sh"
built --package-path "$here" --build-tests

# The public surface: each declaration on a line, as the compiler tells it.
"$here/symbols.sh" "$surface"
"$venv/bin/python" "$here/surface.py" "$surface/Countersign.symbols.json" > "$surface/api.txt"
if [ "${1:-}" = --record ]; then
	cp "$surface/api.txt" "$here/api.txt"
	exit
fi
if ! diff --unified=0 "$here/api.txt" "$surface/api.txt"; then
	echo "the public surface is not that of $here/api.txt; if it is to be, run $here/test.sh --record" >&2
	exit 1
fi

"$cargo" build --quiet --package countersign-server
target=$(dirname "$(bindings/build.sh --path)")
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=tests/vectors/make \
	"$venv/bin/python" "$here/Tests/answers.py" > "$surface/answers.json"
COUNTERSIGN_TEST_ANSWERS=$surface/answers.json COUNTERSIGN_TEST_AUTHORITY=$target/debug/countersign \
	COUNTERSIGN_TEST_PYTHON=$venv/bin/python PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$PWD/tests/vectors/make \
	swift test --quiet --package-path "$here" --skip-build --disable-swift-testing

# Its reference has no warnings.
"$here/doc.sh" > /dev/null

# The example, as who copies it builds it.
example=examples/swift/editor
built --package-path "$example"
editor() { "$example/.build/debug/editor" "$@"; }
told=$(editor "examples/editor.license")
expected="lic-2041 of acme/editor allows it
exports as long as it runs
1000 pages exported"
if [ "$told" != "$expected" ]; then
	printf 'the example says\n%s\nand not\n%s\n' "$told" "$expected" >&2
	exit 1
fi
if editor "examples/editor.license" shop.example.org > "$surface/told" 2>&1; then
	echo "the example allows a domain that is not licensed" >&2
	exit 1
fi
grep -q '^domain_not_licensed: ' "$surface/told"

# A library of another version is refused before anything else is asked of it. This one is in front of
# the real one, and tells a version alone.
cc -shared -fPIC -o "$surface/another.so" -x c - <<'END'
#include <stdint.h>
struct buffer {
	uint64_t capacity, length;
	const uint8_t *data;
};
struct buffer uniffi_countersign_fn_func_library_version(void *status) {
	(void)status;
	return (struct buffer){5, 5, (const uint8_t *)"9.9.9"};
}
void ffi_countersign_rustbuffer_free(struct buffer buffer, void *status) { (void)buffer, (void)status; }
END
if LD_PRELOAD=$surface/another.so editor examples/editor.license > "$surface/told" 2>&1; then
	echo "a library of another version is not refused" >&2
	exit 1
fi
grep -q '^library_mismatch: the library is of version 9.9.9, and this package of ' "$surface/told"

# A fault of the library is told from what it refuses. This one panics, as Rust tells it, where keys are read.
cc -shared -fPIC -o "$surface/failing.so" -x c - <<'END'
#include <stdint.h>
struct buffer {
	uint64_t capacity, length;
	const uint8_t *data;
};
uint64_t uniffi_countersign_fn_constructor_truststore_new(struct buffer keys, int8_t *status) {
	(void)keys;
	*status = 2;
	return 0;
}
END
if LD_PRELOAD=$surface/failing.so editor examples/editor.license > "$surface/told" 2>&1; then
	echo "a library that fails goes unnoticed" >&2
	exit 1
fi
grep -q '^library_failed: the library failed: ' "$surface/told"

# The commands of README.md, as they stand there: the package as it ships, and the example with it.
awk '/^```/ { inside = /^```sh$/; blocks += inside; next } inside && blocks == 1' "$here/README.md" > "$surface/commands"
grep -q 'swift run editor' "$surface/commands"
told=$(bash -euo pipefail "$surface/commands" 2> "$surface/told" | tail -n 3) || { cat "$surface/told" >&2; exit 1; }
if [ "$told" != "$expected" ]; then
	printf 'with the library that ships the example says\n%s\nand not\n%s\n' "$told" "$expected" >&2
	exit 1
fi

# What that package carries is held to the limit of tests/size/run.sh, and what cannot be built here is built
# of the same profile.
bytes=$(wc -c < "$here/lib/libcountersign.so" | tr -d ' ')
if [ "$bytes" -gt 3200000 ]; then
	echo "the library that ships has $bytes bytes, of at most 3200000" >&2
	exit 1
fi
if grep -nE -e '--releas[e]|/build\.sh"? releas[e]' Makefile bindings/*/*.sh bindings/*/README.md; then
	echo "what packages carry is built of the profile size" >&2
	exit 1
fi
