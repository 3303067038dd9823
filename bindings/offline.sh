#!/usr/bin/env bash
# Builds the smallest library of other languages, which verifies and decides and has no client, and prints
# where it is. Modules are generated from it as from any other; bindings/strip.sh makes it what ships. Ends
# with 3 where the source of the standard library cannot be had.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cargo=${CARGO:-cargo}
source=$(rustc --print sysroot)/lib/rustlib/src/rust/library
if [ ! -d "$source" ] && ! rustup component add rust-src >&2; then
	echo "the source of Rust's standard library is missing: it is the component rust-src of rustup" >&2
	exit 3
fi
host=$(rustc --version --verbose | sed -n 's/^host: //p')
# To compile the standard library is not stable in cargo: the compiler of all else is told to do it here, and
# here alone.
RUSTC_BOOTSTRAP=1 "$cargo" rustc --quiet --config bindings/offline.toml --profile size --target "$host" \
	--package countersign-ffi --lib --crate-type cdylib --no-default-features \
	-- -C linker="$PWD/bindings/linker.sh" >&2
target=$("$cargo" metadata --no-deps --format-version 1 | python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
for library in "$target/$host/size/libcountersign.so" "$target/$host/size/libcountersign.dylib"; do
	if [ -f "$library" ]; then
		echo "$library"
		exit
	fi
done
echo "no library in $target/$host/size" >&2
exit 1
