#!/usr/bin/env bash
# Fetches packages of Debian, with those that they need and the system lacks, and unpacks them into a
# folder: `unpack-debian.sh FOLDER PATTERN PACKAGE...`. What the pattern names in full, as a regular
# expression, is fetched although the system may have it. Nothing is installed, no script of a package
# runs, and no rights of root are needed.
set -euo pipefail

root=$1 pattern=$2
shift 2
if ! command -v apt-get > /dev/null || ! command -v dpkg-deb > /dev/null; then
	exit 1
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch"/{lists/partial,cache/archives/partial}
# What is installed, without what it needs itself, which may be among what is fetched anew.
awk -v pattern="^Package: ($pattern)\$" '
	BEGIN { RS = ""; ORS = "\n\n"; FS = OFS = "\n" }
	$1 !~ pattern { gsub(/\n(Pre-Depends|Depends|Breaks|Conflicts):[^\n]*/, ""); print }
' /var/lib/dpkg/status > "$scratch/status"
apt=(
	apt-get --quiet=2 -o Dir::State::status="$scratch/status" -o Dir::State::lists="$scratch/lists"
	-o Dir::Cache="$scratch/cache" -o APT::Sandbox::User="$(id -un)" -o Debug::NoLocking=true
	-o APT::Update::Error-Mode=any
)
"${apt[@]}" update > /dev/null
"${apt[@]}" install --yes --no-install-recommends --download-only "$@" > /dev/null
rm -rf "$root"
mkdir -p "$root"
for package in "$scratch"/cache/archives/*.deb; do
	dpkg-deb --extract "$package" "$root"
	rm "$package"
done
