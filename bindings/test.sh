#!/usr/bin/env bash
# Runs the vectors through the generated Python module.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

venv=.tools/venv
"${MAKE:-make}" --quiet "$venv/ready"
bindings/build.sh
generated=$(bindings/build.sh --path)

# The tests sign an answer or two with the program that made the vectors. The module looks for the
# library beside itself.
cp "$generated"/lib/* "$generated/python/"
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$generated/python:tests/vectors/make \
	exec "$venv/bin/python" -m pytest -q -p no:cacheprovider bindings/python/tests
