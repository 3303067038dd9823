#!/usr/bin/env bash
# Builds the wheel into the folder wheels/ of the target folder, of the profile `size`, strips the library
# in it, and prints the wheel's name. ZIG=1 builds one for every Linux since 2014, with the compiler `ziglang`
# of the package index.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

venv=.tools/venv
"${MAKE:-make}" --quiet "$venv/ready"
target=$(dirname "$(bindings/build.sh --path)")
wheels=$target/wheels
rm -rf "$wheels"
portable=()
if [ -n "${ZIG:-}" ]; then
	"$venv/bin/python" -m pip install --quiet --disable-pip-version-check ziglang
	portable=(--zig --compatibility manylinux2014)
	# Zig takes symbols for debug information, and the generator reads them.
	export CARGO_PROFILE_SIZE_STRIP=none
fi
# maturin takes the target folder from cargo, and looks for the tools beside itself.
PATH=$PWD/$venv/bin:$PATH "$venv/bin/maturin" build --quiet --manifest-path bindings/Cargo.toml --profile size \
	--config bindings/size.toml --out "$wheels" ${portable[@]+"${portable[@]}"} \
	-- -C linker="$PWD/bindings/linker.sh" >&2
wheel=$(ls "$wheels"/*.whl)
# The generator has read it by now.
"$venv/bin/python" bindings/python/strip_wheel.py "$wheel"
echo "$wheel"
