#!/usr/bin/env bash
# Holds libraries to their size, stripped and built for size as packages of other languages are: one of Rust
# that verifies and decides, one of Rust that asks an authority, and that of the other languages, without
# and with the client. What verifies and decides in Rust is counted beside an empty library of Rust.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

cargo=${CARGO:-cargo}
target=$("$cargo" metadata --no-deps --format-version 1 | python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

stripped() { # a library
    cp "$1" "$folder/"
    bindings/strip.sh "$folder/${1##*/}"
    wc -c < "$folder/${1##*/}" | tr -d ' '
}
size_of() {
    for library in "$target/size/lib$1.so" "$target/size/lib$1.dylib"; do
        if [ -f "$library" ]; then
            stripped "$library"
            return
        fi
    done
    echo "no library of $1 in $target/size" >&2
    return 1
}

passed=0
failed=0
# The size that is held is the one that is said second where the empty library is taken off.
hold() { # what, its bytes, the most, what is taken off
    local bytes=$(($2 - ${4:-0}))
    printf '%-52s %8d bytes' "$1:" "$2"
    [ -z "${4:-}" ] || printf ', %d beside the empty one' "$bytes"
    printf ', of at most %d\n' "$3"
    if [ "$bytes" -le "$3" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
}

build=(--quiet --config bindings/size.toml --profile size)
"$cargo" build "${build[@]}" --package countersign-size-empty --package countersign-size-verifier \
    --package countersign-size-client
empty=$(size_of countersign_size_empty)
printf '%-52s %8d bytes\n' 'an empty library:' "$empty"
hold 'what verifies and decides, in Rust' "$(size_of countersign_size_verifier)" $((700 * 1024)) "$empty"
hold 'what activates, decides and renews, in Rust' "$(size_of countersign_size_client)" 3000000

bindings() {
    "$cargo" rustc "${build[@]}" --package countersign-ffi --lib --crate-type cdylib "$@" \
        -- -C linker="$PWD/bindings/linker.sh"
}
if offline=$(bindings/offline.sh); then
    hold 'what verifies and decides, for other languages' "$(stripped "$offline")" 800000
elif [ $? = 3 ]; then
    # With the standard library as it is shipped, which nobody here can make smaller.
    bindings --no-default-features
    offline=$target/size/libcountersign.so
    hold 'what verifies and decides, with the std that ships' "$(size_of countersign)" $((800 * 1024)) "$empty"
else
    exit 1
fi
# What the smallest library is to have; the next one takes its place.
if [ -f "$offline" ]; then
    smallest_descriptions=$(nm -a "$offline" 2> /dev/null | grep -c UNIFFI_META_ || true)
    smallest_loads=$(python3 -c 'import ctypes, sys; ctypes.CDLL(sys.argv[1]).ffi_countersign_uniffi_contract_version(); print("yes")' "$offline")
fi
# As the wheel has it.
bindings
hold 'the same with the client' "$(size_of countersign)" 3200000

# What nobody calls is not exported, what generates code still finds it, and no program has it.
holds() { # what is wrong otherwise, the condition
    if test "${@:2}"; then
        passed=$((passed + 1))
    else
        echo "$1" >&2
        failed=$((failed + 1))
    fi
}
count() { # of what, the options of nm, the library
    nm $2 "$3" 2> /dev/null | grep -c "$1" || true
}
library=$target/size/libcountersign.so
if [ -f "$library" ]; then
    holds 'the library exports descriptions' "$(count UNIFFI_META_ -D "$library")" = 0
    holds 'the library has lost its descriptions' "$(count UNIFFI_META_ -a "$library")" -gt 0
    holds 'the smallest library has lost its descriptions' "${smallest_descriptions:-0}" -gt 0
    holds 'the smallest library does not load' "${smallest_loads:-no}" = yes
    holds 'what is stripped has descriptions' "$(readelf -SW "$folder/libcountersign.so" | grep -c uniffi || true)" = 0
    holds 'the library signs for TLS, and a client has no key' "$(count RsaSigner -a "$library")" = 0
fi

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
