#!/usr/bin/env bash
# Holds the libraries that a product links to their sizes: one that verifies and decides, beside an
# empty one, and one that activates over HTTP as well; stripped and built for size (profile `size`).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

verifier_limit=$((700 * 1024))
client_limit=3000000
cargo=${CARGO:-cargo}
"$cargo" build --quiet --profile size --package countersign-size-empty --package countersign-size-verifier \
    --package countersign-size-client
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
client=$(size_of countersign_size_client)
ours=$((verifier - empty))
passed=0

# Prints a size beside its limit, and counts it where it is met.
hold() {
    printf '%s: %d bytes of at most %d\n' "$1" "$2" "$3"
    if [ "$2" -le "$3" ]; then
        passed=$((passed + 1))
    fi
}
printf 'empty library: %d bytes\nlibrary that verifies and decides, offline: %d bytes\n' "$empty" "$verifier"
hold 'of it ours' "$ours" "$verifier_limit"
hold 'library that activates, decides and renews over HTTP' "$client" "$client_limit"
printf '%d passed, %d failed\n' "$passed" $((2 - passed))
[ "$passed" = 2 ]
