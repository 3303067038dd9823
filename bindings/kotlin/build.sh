#!/usr/bin/env bash
# Builds the library, and puts it where the package finds it: beside the generated code, under the name
# that JNA looks for. With a profile as argument it builds in that one, `dev` unless stated.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

../build.sh "${1:-dev}"
generated=$(../build.sh --path)
case $(uname -s)-$(uname -m) in
	Linux-x86_64) platform=linux-x86-64 library=libcountersign.so ;;
	Linux-aarch64) platform=linux-aarch64 library=libcountersign.so ;;
	Darwin-x86_64) platform=darwin-x86-64 library=libcountersign.dylib ;;
	Darwin-arm64) platform=darwin-aarch64 library=libcountersign.dylib ;;
	*) echo "JNA's name of $(uname -s)-$(uname -m) is not known here" >&2; exit 1 ;;
esac
resources=$generated/kotlin-resources/$platform
mkdir -p "$resources"
if [ "$generated/lib/$library" -nt "$resources/$library" ]; then
	cp "$generated/lib/$library" "$resources/"
	../strip.sh "$resources/$library"
fi
