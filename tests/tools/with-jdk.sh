#!/usr/bin/env bash
# Runs a command that finds a JDK, 17 or newer, and Maven: `with-jdk.sh COMMAND...`. A JAVA_HOME that names
# no such JDK does not count. What is not on the PATH is unpacked into .tools/ of this tree: the JDK from
# the packages of Debian, Maven from its archive in Maven Central. Where that does not work, they are
# installed into the system.
set -euo pipefail

MAVEN=3.9.16
MAVEN_SHA512=831a8591fe20c8243b1dbe7d71e3244f31d1665b0804b2e825e38cbbe5ce0cafb8338851f90780735568773e0a6cd07bbec107cda0b896b008b861075358b6f6

# Maven runs in the JDK of JAVA_HOME where that is set, and in the one of the PATH else.
if [ -n "${JAVA_HOME:-}" ]; then
	PATH=$JAVA_HOME/bin:$PATH
fi
has_jdk() {
	local compiler=${JAVA_HOME:+$JAVA_HOME/bin/}javac
	command -v "$compiler" > /dev/null && [[ $("$compiler" -version 2>&1) =~ ^javac\ (1[7-9]|[2-9][0-9]) ]]
}
if ! has_jdk; then
	PATH=${PATH#"${JAVA_HOME:+$JAVA_HOME/bin:}"}
	unset JAVA_HOME
fi
has_maven() { command -v mvn > /dev/null; }
if has_jdk && has_maven; then
	exec "$@"
fi

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tools=$(cd "$here/../.." && pwd)/.tools

install_into_system() {
	if ! command -v apt-get > /dev/null; then
		echo "install a JDK, 17 or newer, and Maven (macOS: brew install openjdk maven)" >&2
		exit 1
	fi
	echo "$1 cannot be unpacked into $tools: it is installed into the system" >&2
	shift
	local as_root
	as_root=$(test "$(id -u)" = 0 || echo sudo)
	$as_root apt-get update --quiet=2
	DEBIAN_FRONTEND=noninteractive $as_root apt-get install --quiet=2 --yes default-jdk-headless maven
	exec "$@"
}

unpack_jdk() {
	local root=$tools/jdk home link target
	"$here/unpack-debian.sh" "$root" '(default|openjdk-[0-9]+)-(jdk|jre)(-headless)?' default-jdk-headless || return
	home=$(ls -d "$root"/usr/lib/jvm/*/bin/javac | tail -n 1) || return
	home=$(dirname "$(dirname "$(realpath "$home")")")
	# What it is set up by is elsewhere in the system, and here beside it.
	find "$home" -lname '/etc/*' | while read -r link; do
		target=$(readlink "$link")
		[ ! -e "$root$target" ] || ln -sfn "$root$target" "$link"
	done
	"$home/bin/java" "$here/CertificateStore.java" "$home/lib/security/cacerts" || return
	echo "$home" > "$root/ready"
}

unpack_maven() {
	local root=$tools/maven
	rm -rf "$root"
	mkdir -p "$root"
	python3 "$here/maven_archive.py" "$MAVEN" "$MAVEN_SHA512" > "$root.tar.gz" || return
	tar --extract --gzip --file "$root.tar.gz" --directory "$root" --strip-components 1 || return
	rm "$root.tar.gz"
	echo "$MAVEN" > "$root/ready"
}

if ! has_jdk; then
	# Some of it is linked by its full path: a tree that was moved needs it anew.
	home=$(cat "$tools/jdk/ready" 2> /dev/null || true)
	[[ $home == "$tools"/* ]] && [ -x "$home/bin/javac" ] || unpack_jdk || install_into_system "a JDK" "$@"
	JAVA_HOME=$(cat "$tools/jdk/ready")
	export JAVA_HOME PATH=$JAVA_HOME/bin:$PATH
	has_jdk
fi
if ! has_maven; then
	[ "$(cat "$tools/maven/ready" 2> /dev/null)" = "$MAVEN" ] || unpack_maven || install_into_system Maven "$@"
	export PATH=$tools/maven/bin:$PATH
fi
exec "$@"
