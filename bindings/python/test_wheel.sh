#!/usr/bin/env bash
# Installs the wheel in a fresh environment, as anybody would, and has the example decide on a license file.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

wheel=$(bindings/python/wheel.sh)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-index "$wheel"
"$folder/venv/bin/python" -I examples/offline.py | tee "$folder/out"
grep -q '^100000 requests served, exports included: True$' "$folder/out"
"$folder/venv/bin/python" -I -c 'import countersign, pathlib; assert (pathlib.Path(countersign.__file__).parent / "py.typed").exists()'
echo "$(basename "$wheel"): $(wc -c < "$wheel" | tr -d ' ') bytes"
