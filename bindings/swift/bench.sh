#!/usr/bin/env bash
# Prints what calls through the binding cost, with library and package built as they ship.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

here=bindings/swift
PATH=$("$here/install-swift.sh"):$PATH
FEATURES=bench "$here/build.sh" size
COUNTERSIGN_BENCH=1 swift build --package-path "$here" -c release --product CountersignBench >&2
"$here/.build/release/CountersignBench"
