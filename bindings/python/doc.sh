#!/usr/bin/env bash
# Writes the reference of the Python package into doc/python/ of the target folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

venv=.tools/venv
"${MAKE:-make}" --quiet "$venv/ready"
package=$(bindings/python/stage.sh)
out=$(dirname "$(bindings/build.sh --path)")/doc/python
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$package "$venv/bin/python" bindings/python/reference.py "$out"
echo "$out/index.html"
