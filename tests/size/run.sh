#!/usr/bin/env bash
# Holds the library that a product links to its size: one that verifies and decides, beside an empty
# one, both stripped and built for size (profile `size`).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

limit=$((700 * 1024))
cargo=${CARGO:-cargo}
"$cargo" build --quiet --profile size --package countersign-size-empty --package countersign-size-verifier
target=$("$cargo" metadata --no-deps --format-version 1 | python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')

size_of() {
    for library in "$target/size/lib$1.so" "$target/size/lib$1.dylib"; do
        if [ -f "$library" ]; then
            wc -c < "$library" | tr -d ' '
            return
        fi
    done
    echo "no library of $1 in $target/size" >&2
    return 1
}
empty=$(size_of countersign_size_empty)
verifier=$(size_of countersign_size_verifier)
ours=$((verifier - empty))
printf 'empty library: %d bytes\nlibrary that verifies and decides: %d bytes\nours: %d bytes of at most %d\n' \
    "$empty" "$verifier" "$ours" "$limit"
if [ "$ours" -le "$limit" ]; then
    echo '1 passed, 0 failed'
else
    echo '0 passed, 1 failed'
    exit 1
fi
