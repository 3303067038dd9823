#!/usr/bin/env bash
# Installs the wheel in a fresh environment, as anybody would, has the example decide on a license file, and a
# type checker read a program that uses it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

wheel=$(bindings/python/wheel.sh)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-index "$wheel"
"$folder/venv/bin/python" -I examples/offline.py | tee "$folder/out"
grep -q '^100000 requests served, exports included: True$' "$folder/out"
# Its types are found by what was installed, and by nothing in the tree.
env -u MYPYPATH -u PYTHONPATH .tools/venv/bin/mypy --strict --config-file= --cache-dir "$folder/mypy" --python-executable "$folder/venv/bin/python" bindings/python/tests/typed.py

# What is packed as sources has the generator, without which no package comes of them.
.tools/venv/bin/maturin sdist --manifest-path bindings/Cargo.toml --out "$folder/sdist" > "$folder/log" 2>&1 || {
	cat "$folder/log" >&2
	exit 1
}
mkdir "$folder/sources"
tar --extract --gzip --file "$folder"/sdist/*.tar.gz --directory "$folder/sources" --strip-components 1
(cd "$folder/sources" && "${CARGO:-cargo}" metadata --locked --no-deps --format-version 1) > "$folder/packages"
grep -q '"name":"uniffi-bindgen"' "$folder/packages"
echo "$(basename "$wheel"): $(wc -c < "$wheel" | tr -d ' ') bytes"
