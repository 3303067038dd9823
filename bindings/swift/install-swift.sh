#!/usr/bin/env bash
# Unpacks a Swift 6 toolchain into a folder (.tools/swift in this tree, unless one is named) and
# prints where its programs are. Where `swift` of that version or a newer one is on the PATH already,
# it prints that place and does nothing.
#
# The toolchain is the one of Debian trixie, with trixie's C library beside it, so that it runs on
# an older system. Nothing is installed into the system, no maintainer script runs, and no rights of
# root are needed. It takes 0.5 GB to fetch and 2 GB on disk.
set -euo pipefail

if found=$(command -v swift) && swift --version 2>&1 | grep -Eq 'Swift version ([6-9]|[1-9][0-9])\.'; then
	dirname "$found"
	exit
fi

default=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/.tools/swift
root=$(realpath --canonicalize-missing "${1:-$default}")
programs=$root/usr/libexec/swift/bin
libraries=$root/usr/lib/x86_64-linux-gnu
loader=$root/usr/lib64/ld-linux-x86-64.so.2
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# Programs find their loader by its full path: a tree that was moved needs them anew.
if [ "$(cat "$root/ready" 2> /dev/null)" = "$root" ]; then
	echo "$programs"
	exit
fi
if [ "$(dpkg --print-architecture 2> /dev/null)" != amd64 ] || [ ! -e "$keyring" ]; then
	echo "install Swift 6.0 or newer, with swift on the PATH (this script knows Debian on x86-64 only)" >&2
	exit 1
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
rm -rf "$root"
mkdir -p "$root" "$scratch"/{lists/partial,cache/archives/partial}
: > "$scratch/status"
apt=(
	apt-get --quiet=2 -o Dir::State::status="$scratch/status" -o Dir::State::lists="$scratch/lists"
	-o Dir::Cache="$scratch/cache" -o Dir::Etc::sourcelist="$scratch/sources.list"
	-o Dir::Etc::sourceparts=/dev/null -o APT::Sandbox::User="$(id -un)" -o APT::Update::Error-Mode=any
)

# A mirror is whichever of the system's own has trixie, signed by Debian.
found=
for mirror in $(apt-get indextargets --format '$(REPO_URI)' 'Component: main' | sort -u); do
	echo "deb [signed-by=$keyring] $mirror trixie main" > "$scratch/sources.list"
	if "${apt[@]}" update > /dev/null 2>&1; then
		found=$mirror
		break
	fi
done
if [ -z "$found" ]; then
	echo "no mirror in apt's configuration has Debian trixie: install Swift 6.0 or newer, with swift on the PATH" >&2
	exit 1
fi

"${apt[@]}" install --yes --no-install-recommends --download-only \
	base-files libc6-dev libstdc++-14-dev patchelf swiftlang > /dev/null
for package in "$scratch"/cache/archives/*.deb; do
	dpkg-deb --extract "$package" "$root"
	rm "$package"
done
rm -f "$programs"/lldb* "$programs"/{sourcekit-lsp,clangd} # 250 MB that only editors use

# The toolchain's programs run under the loader and the C library that were unpacked.
patchelf() { "$loader" --library-path "$libraries" "$root/usr/bin/patchelf" "$@"; }
swift_libraries=$root/usr/libexec/swift/lib/swift
for file in "$programs"/* "$root"/usr/libexec/swift/libexec/swift/linux/*; do
	if [ ! -f "$file" ] || [ -L "$file" ] || ! patchelf --print-interpreter "$file" > /dev/null 2>&1; then
		continue
	fi
	# One that does not name libstdc++ itself would find the system's older one through libFoundation.
	patchelf --print-needed "$file" | grep -q libstdc++ ||
		patchelf --add-needed libstdc++.so.6 --add-needed libgcc_s.so.1 "$file"
	patchelf --set-interpreter "$loader" --force-rpath \
		--set-rpath "$swift_libraries/linux:$swift_libraries/host:$libraries" "$file"
done

# And so does what it links: the linker is called through this.
rm -f "$programs/clang"
cat > "$programs/clang" <<END
#!/bin/bash
for argument in "\$@"; do
	case \$argument in -c | -E | -S | -fsyntax-only | --version | -\#\#\#) exec "$programs/clang-17" "\$@" ;; esac
done
exec "$programs/clang-17" --sysroot="$root" "\$@" -Wl,--dynamic-linker="$loader" \\
	-Wl,--disable-new-dtags -Wl,-rpath="$swift_libraries/linux:$libraries" \\
	-Wl,--no-as-needed -lstdc++ -lgcc_s -lm
END
chmod +x "$programs/clang"

"$programs/swiftc" --version > /dev/null 2>&1
echo "$root" > "$root/ready"
echo "$programs"
