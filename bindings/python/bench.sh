#!/usr/bin/env bash
# Prints what the Python package costs, of the library that ships and the feature that has empty calls.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

package=$(FEATURES=bench bindings/python/stage.sh size)
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$package exec "${PYTHON:-python3}" bindings/python/bench.py
