#!/usr/bin/env bash
# Runs a command that finds the programs of a PostgreSQL server: `with-postgres.sh COMMAND...`. Where
# the system has none, those of Debian are unpacked into .tools/postgres of this tree; they are found
# on the PATH. Where that does not work either, they are installed into the system.
set -euo pipefail

if ls /usr/lib/postgresql/*/bin/initdb > /dev/null 2>&1 || command -v initdb > /dev/null; then
	exec "$@"
fi

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)/.tools/postgres

# Each program is called through one of the same name that names the libraries beside it. They find
# each other, and what else they read, from where they are.
unpack() {
	"$here/unpack-debian.sh" "$root" 'postgresql(-client)?(-[0-9]+)?' postgresql || return
	rm -rf "$root"/usr/lib/*/libLLVM* "$root"/usr/lib/llvm-* "$root"/usr/lib/postgresql/*/lib/llvmjit*
	local libraries program
	libraries=$(find "$root/usr/lib" "$root/lib" -maxdepth 1 -name '*-linux-gnu*' 2> /dev/null | paste -sd :)
	mkdir -p "$root/bin"
	for program in "$root"/usr/lib/postgresql/*/bin/*; do
		cat > "$root/bin/${program##*/}" <<-END
			#!/bin/sh
			LD_LIBRARY_PATH="$libraries\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}" exec "$program" "\$@"
		END
		chmod +x "$root/bin/${program##*/}"
	done
}

# The server refuses to run as root: so does this, as whoever the tests run it as.
works() {
	local as=()
	[ "$(id -u)" != 0 ] || as=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
	"${as[@]}" "$root/bin/postgres" --version > /dev/null 2>&1 && "${as[@]}" "$root/bin/initdb" --version > /dev/null 2>&1
}

# It names the libraries by their full path: a tree that was moved needs it anew.
if [ "$(cat "$root/ready" 2> /dev/null)" != "$root" ]; then
	if unpack && works; then
		echo "$root" > "$root/ready"
	elif command -v apt-get > /dev/null; then
		echo "PostgreSQL cannot be unpacked into $root: it is installed into the system" >&2
		rm -rf "$root"
		as_root=$(test "$(id -u)" = 0 || echo sudo)
		# The tests start servers of their own; the package is kept from starting one.
		$as_root mkdir -p /etc/postgresql-common
		test -e /etc/postgresql-common/createcluster.conf ||
			echo "create_main_cluster = false" | $as_root tee /etc/postgresql-common/createcluster.conf > /dev/null
		$as_root apt-get update --quiet=2
		DEBIAN_FRONTEND=noninteractive $as_root apt-get install --quiet=2 --yes postgresql
		exec "$@"
	else
		echo "install a PostgreSQL server, 14 or newer, with initdb on the PATH (macOS: brew install postgresql@17)" >&2
		exit 1
	fi
fi
PATH=$root/bin:$PATH exec "$@"
