#!/usr/bin/env bash
# Builds CountersignFFI.xcframework, for Apple's platforms, and the generated code beside it. It needs
# a Mac with Xcode. UNTESTED: the machines that test this repository run Linux.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

cargo=${CARGO:-cargo}
here=bindings/swift
# Rust's name of a target, and the group of targets that one slice of the framework holds.
slices=(
	"macos aarch64-apple-darwin x86_64-apple-darwin"
	"ios aarch64-apple-ios"
	"ios-simulator aarch64-apple-ios-sim x86_64-apple-ios"
	"tvos aarch64-apple-tvos"
	"tvos-simulator aarch64-apple-tvos-sim"
	"watchos aarch64-apple-watchos"
	"watchos-simulator aarch64-apple-watchos-sim"
	"visionos aarch64-apple-visionos"
	"visionos-simulator aarch64-apple-visionos-sim"
)

"$here/build.sh" size
target=$(dirname "$(bindings/build.sh --path)")
headers=$(mktemp -d)
trap 'rm -rf "$headers"' EXIT
cp "$here"/Sources/CountersignFFI/{CountersignFFI.h,module.modulemap} "$headers/"

libraries=()
for slice in "${slices[@]}"; do
	read -r -a names <<< "$slice"
	built=()
	for name in "${names[@]:1}"; do
		rustup target add "$name" # tvOS and watchOS, where Rust ships no library, need nightly and build-std
		"$cargo" rustc --config bindings/size.toml --profile size --target "$name" \
			--package countersign-ffi --lib --crate-type staticlib
		built+=("$target/$name/size/libcountersign.a")
	done
	mkdir -p "$target/xcframework/${names[0]}"
	lipo -create "${built[@]}" -output "$target/xcframework/${names[0]}/libcountersign.a"
	libraries+=(-library "$target/xcframework/${names[0]}/libcountersign.a" -headers "$headers")
done
rm -rf "$here/CountersignFFI.xcframework"
xcodebuild -create-xcframework "${libraries[@]}" -output "$here/CountersignFFI.xcframework"
