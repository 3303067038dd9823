#!/usr/bin/env bash
# Writes the symbol graph of the public module, once it is built, into a folder.
set -euo pipefail
out=$1
cd "$(dirname "${BASH_SOURCE[0]}")"

triple=$(swiftc -print-target-info | sed -n 's/^ *"triple": "\(.*\)",$/\1/p' | head -1)
swift symbolgraph-extract -module-name Countersign -minimum-access-level public \
	-target "$triple" -I "$(swift build --show-bin-path)/Modules" -output-dir "$out" \
	-Xcc -fmodule-map-file="$PWD/Sources/CountersignFFI/module.modulemap" \
	-Xcc -fmodule-map-file="$PWD/Sources/CountersignWord/include/module.modulemap"
