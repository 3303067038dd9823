#!/usr/bin/env bash
# Tests the Python package, put together from a library of the profile `dev`: its types, every vector, and
# whole lives of sessions against a real authority. Arguments go to pytest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

export CARGO_PROFILE_DEV_DEBUG=0
export CARGO_INCREMENTAL=0
venv=.tools/venv
"${MAKE:-make}" --quiet "$venv/ready"
package=$(bindings/python/stage.sh)
"${CARGO:-cargo}" build --quiet --package countersign-server --bin countersign
COUNTERSIGN_BINARY=$(dirname "$(bindings/build.sh --path)")/debug/countersign

export COUNTERSIGN_BINARY PYTHONDONTWRITEBYTECODE=1
# Type checkers find the package where pyproject.toml says; the tests sign an answer or two with the program
# that made the vectors.
export MYPYPATH=$package PYTHONPATH=$package:tests/vectors/make
"$venv/bin/mypy"
"$venv/bin/stubtest" countersign --mypy-config-file bindings/python/stubtest.ini --allowlist bindings/python/stubtest.allow
"$venv/bin/pyright" --pythonpath "$venv/bin/python"
exec "$venv/bin/python" -m pytest -q -p no:cacheprovider bindings/python/tests "$@"
