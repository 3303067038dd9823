#!/usr/bin/env bash
# Puts the library, and the code that is generated from it, where Package.swift looks for them. With a
# profile of cargo's as argument the library is built in that one, `dev` unless stated.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

bindings/build.sh "${1:-dev}"
generated=$(bindings/build.sh --path)

# What has not changed is left alone, so that nothing is compiled again. A library that is in use is
# replaced, and not written to.
place() {
	if ! cmp -s "$1" "bindings/swift/$2"; then
		mkdir -p "$(dirname "bindings/swift/$2")"
		cp "$1" "bindings/swift/$2.new"
		mv "bindings/swift/$2.new" "bindings/swift/$2"
	fi
}
mkdir -p "$generated/swift-lib"
for library in "$generated"/lib/libcountersign.*; do
	stripped=$generated/swift-lib/${library##*/}
	cp "$library" "$stripped"
	bindings/strip.sh "$stripped"
	place "$stripped" "lib/${library##*/}"
done
place "$generated/swift/CountersignFFI.h" Sources/CountersignFFI/CountersignFFI.h
place "$generated/swift/CountersignFFI.modulemap" Sources/CountersignFFI/module.modulemap
patched=$(mktemp)
trap 'rm -f "$patched"' EXIT
"${PYTHON:-python3}" bindings/swift/cancelling.py < "$generated/swift/CountersignGenerated.swift" > "$patched"
place "$patched" Sources/CountersignGenerated/CountersignGenerated.swift
