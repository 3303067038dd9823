#!/usr/bin/env bash
# Holds libraries to their size, stripped and built for size (profile `size`), beside an empty one of Rust:
# one of Rust that verifies and decides, and that of the other languages, without and with the client.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

cargo=${CARGO:-cargo}
target=$("$cargo" metadata --no-deps --format-version 1 | python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
stripped=$(mktemp)
trap 'rm -f "$stripped"' EXIT

size_of() {
    for library in "$target/size/lib$1.so" "$target/size/lib$1.dylib"; do
        case $library in
            *.so) flags=--strip-unneeded ;;
            *) flags=-x ;;
        esac
        if [ -f "$library" ]; then
            strip "$flags" -o "$stripped" "$library"
            wc -c < "$stripped" | tr -d ' '
            return
        fi
    done
    echo "no library of $1 in $target/size" >&2
    return 1
}

passed=0
failed=0
hold() { # what, its bytes, the most
    printf '%-58s %8d bytes of at most %d\n' "$1:" "$2" "$3"
    if [ "$2" -le "$3" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
}

"$cargo" build --quiet --profile size --package countersign-size-empty --package countersign-size-verifier \
    --package countersign-size-client
empty=$(size_of countersign_size_empty)
verifier=$(size_of countersign_size_verifier)
printf '%-58s %8d bytes\n' 'an empty library:' "$empty"
hold 'what verifies and decides, in Rust' $((verifier - empty)) $((700 * 1024))
hold 'what activates, decides and renews over HTTP, in Rust' "$(size_of countersign_size_client)" 3000000

bindings() {
    "$cargo" rustc --quiet --profile size --package countersign-ffi --lib --crate-type cdylib "$@"
}
bindings --no-default-features
library=$(size_of countersign)
hold 'what verifies and decides, for other languages' $((library - empty)) $((850 * 1024))
# As the wheel has it.
bindings
library=$(size_of countersign)
hold 'the same with the client' $((library - empty)) 3200000

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
