#!/usr/bin/env bash
# Puts the package together as a wheel does, from the library that bindings/build.sh built, and prints the
# folder to import it from. With a profile as argument the library is built in that one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

bindings/build.sh "$@"
generated=$(bindings/build.sh --path)
package=$generated/package/countersign
rm -rf "$generated/package"
mkdir -p "$package/_uniffi"
cp -R bindings/python/src/countersign/. "$package/"
printf 'from .countersign_ffi import *  # NOQA\n' > "$package/_uniffi/__init__.py"
cp "$generated"/python/countersign_ffi.py "$generated"/lib/* "$package/_uniffi/"
echo "$generated/package"
