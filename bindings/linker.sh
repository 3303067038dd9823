#!/usr/bin/env bash
# Links the library for rustc (`-C linker=`), smaller than rustc does. UniFFI exports its descriptions of
# the interface, which only the generator reads: here they are exported no more, and put into a section
# `.uniffi` that no process loads and bindings/strip.sh takes out. Functions that are equal become one.
# Where files are not ELF, or a linker knows no scripts, it links as rustc says.
set -euo pipefail

linker=(cc)
# What maturin would have linked with.
for name in "${!CARGO_TARGET_@}"; do
	case $name=${!name} in
		*_LINKER=*zig*) linker=("${!name}") ;;
	esac
done
exports=
scripts=yes
for argument in "$@"; do
	case $argument in
		-Wl,--version-script=*) exports=${argument#*=} ;;
		-fuse-ld=lld) [ "${linker[0]}" != cc ] || linker+=(-Wl,--icf=all) ;;
		-fuse-ld=gold | -fuse-ld=mold) scripts= ;;
	esac
done
if [ -n "$exports" ] && [ -n "$scripts" ]; then
	# It is rustc's own, for this call alone.
	sed -i '/UNIFFI_META_/d' "$exports"
	linker+=(-Wl,--script="$(dirname "${BASH_SOURCE[0]}")/linker.ld")
fi
exec "${linker[@]}" "$@"
