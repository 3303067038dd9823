#!/usr/bin/env bash
# Takes out of a library, in place, what the generator of the bindings read and nobody else needs.
set -euo pipefail

case $1 in
	*.dylib) strip -x "$1" ;;
	*) strip --strip-unneeded --remove-section=.uniffi "$1" ;;
esac
