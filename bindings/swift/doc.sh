#!/usr/bin/env bash
# Writes the reference of the package, as a DocC archive that any web server can serve, into the target
# folder. Warnings are refused.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

here=bindings/swift
PATH=$("$here/install-swift.sh"):$PATH
"$here/build.sh"
swift build --quiet --package-path "$here" --target Countersign

graph=$(mktemp -d)
trap 'rm -rf "$graph"' EXIT
"$here/symbols.sh" "$graph"
out=$(dirname "$(bindings/build.sh --path)")/doc/swift
rm -rf "$out"
mkdir -p "$(dirname "$out")"
docc convert "$here/Sources/Countersign/Countersign.docc" --additional-symbol-graph-dir "$graph" \
	--fallback-display-name Countersign --fallback-bundle-identifier countersign \
	--warnings-as-errors --output-path "$out" > /dev/null
echo "$out/documentation/countersign/index.html"
