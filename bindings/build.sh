#!/usr/bin/env bash
# Builds the library and generates the modules of all three languages into the target folder, under
# bindings/: python/, kotlin/ and swift/, and the library itself in lib/. What is there already is kept
# where nothing changed. With a profile as argument it builds in that one, `dev` unless stated, and with
# features as well where FEATURES names some; with `--path` it only prints where that folder is.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The generator runs for a second: without debug information it is built in half the time. That is
# how .ci/run builds everything, so that what is built already serves.
export CARGO_PROFILE_DEV_DEBUG=0
export CARGO_INCREMENTAL=0

cargo=${CARGO:-cargo}
target=$("$cargo" metadata --no-deps --format-version 1 | sed -E 's/.*"target_directory":"([^"]*)".*/\1/')
generated=$target/bindings
if [ "${1:-}" = --path ]; then
	echo "$generated"
	exit
fi
profile=${1:-dev}
config=()
case $profile in
	dev) folder=debug ;;
	size) folder=size config=(--config bindings/size.toml) ;;
	*) folder=$profile ;;
esac
case $(uname -s) in
	Darwin) library=libcountersign.dylib ;;
	*) library=libcountersign.so ;;
esac

"$cargo" rustc --quiet ${config[@]+"${config[@]}"} --package countersign-ffi --lib --crate-type cdylib \
	--profile "$profile" --features "${FEATURES:-}" -- -C linker="$PWD/bindings/linker.sh"
"$cargo" build --quiet --package countersign-bindgen
built=$target/$folder/$library
mkdir -p "$generated/lib"
if cmp -s "$built" "$generated/lib/$library"; then
	exit
fi
# The library comes last: that it is there says that all is.
rm -rf "$generated"/{python,kotlin,swift,lib}
for language in python kotlin swift; do
	"$target/debug/uniffi-bindgen" generate "$built" --config bindings/uniffi.toml \
		--language "$language" --no-format --out-dir "$generated/$language" > /dev/null
done
kotlin=$generated/kotlin/io/github/countersign/internal/countersign_ffi.kt
"${PYTHON:-python3}" bindings/kotlin/lowering.py < "$kotlin" > "$kotlin.new"
mv "$kotlin.new" "$kotlin"
mkdir -p "$generated/lib"
cp "$built" "$generated/lib/"
