#!/usr/bin/env bash
# Builds the library, generates its Python module into the target folder, and runs the vectors
# through it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The generator runs for a second: without debug information it is built in half the time. That is
# how .ci/run builds everything, so that what is built already serves.
export CARGO_PROFILE_DEV_DEBUG=0
export CARGO_INCREMENTAL=0

cargo=${CARGO:-cargo}
venv=.tools/venv
"${MAKE:-make}" --quiet "$venv/ready"

"$cargo" rustc --quiet --package countersign-ffi --lib --crate-type cdylib
"$cargo" build --quiet --package countersign-bindgen

target=$("$cargo" metadata --no-deps --format-version 1 | "$venv/bin/python" -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
generated=$target/bindings/python
rm -rf "$generated"
case $(uname -s) in
	Darwin) library=libcountersign.dylib ;;
	*) library=libcountersign.so ;;
esac
"$target/debug/uniffi-bindgen" generate "$target/debug/$library" --config bindings/uniffi.toml \
	--language python --no-format --out-dir "$generated"
cp "$target/debug/$library" "$generated/"

# The tests sign an answer or two with the program that made the vectors.
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$generated:tests/vectors/make \
	exec "$venv/bin/python" -m pytest -q -p no:cacheprovider bindings/python/tests
