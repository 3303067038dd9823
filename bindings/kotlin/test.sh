#!/usr/bin/env bash
# Builds the package and its reference, tests it, and runs the examples that use it. What Maven fetches for that
# lands in the user's own repository, as ever; the package is not installed there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

cargo=${CARGO:-cargo}
target=$(dirname "$(../build.sh --path)")

# The package is installed into a repository of this tree, which shares all else with the user's.
users=$HOME/.m2/repository
repository=$target/kotlin-repository
mkdir -p "$repository/io/github"
for shared in "$users"/* "$users"/io/* "$users"/io/github/*; do
	name=${shared#"$users"/}
	case $name in
		io | io/github | io/github/countersign) ;;
		*) [ ! -e "$shared" ] || [ -e "$repository/$name" ] || ln -sfn "$shared" "$repository/$name" ;;
	esac
done

# Half the work of such a short run is the compiler of the JVM that it runs in. By itself that one keeps too little
# room for the compiler of Kotlin, which it runs slowly then.
export MAVEN_OPTS="${MAVEN_OPTS--XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=160m} -Dmaven.repo.local=$repository"
mvn=(mvn --batch-mode --no-transfer-progress)
folder=$(mktemp -d)
service=
finish() {
	[ -z "$service" ] || kill "$service" 2> /dev/null || true
	wait
	rm -rf "$folder"
}
trap finish EXIT

"$cargo" build --quiet --package countersign-server
./build.sh
"${mvn[@]}" -Ppublish -Dgenerated="$target/bindings" -Doutput="$target/kotlin" -Dauthority="$target/debug/countersign" install
for classifier in '' -sources -javadoc; do
	ls "$repository"/io/github/countersign/countersign/*/countersign-*[0-9]"$classifier".jar > /dev/null
done
if [ -n "$(find "$users/io/github/countersign" -newer "$folder" 2> /dev/null)" ]; then
	echo "the test wrote into $users" >&2
	exit 1
fi

# An older JDK is told which one is needed.
if "${mvn[@]}" --quiet -Djava.version=11.0.20 validate > "$folder/jdk"; then
	echo 'the build goes on in an older JDK' >&2
	exit 1
fi
grep -q 'JDK 17 or newer' "$folder/jdk"

# A JAVA_HOME of an older JDK, or of none, does not reach Maven. One that serves does.
mkdir -p "$folder/older/bin"
printf '#!/bin/sh\necho javac 11.0.20\n' > "$folder/older/bin/javac"
chmod +x "$folder/older/bin/javac"
home_of() { JAVA_HOME=$1 ../../tests/tools/with-jdk.sh sh -c 'javac -version >&2; echo "${JAVA_HOME:-}"' 2> "$folder/javac"; }
for home in "$folder/older" "$folder/none"; do
	[ "$(home_of "$home")" != "$home" ]
	grep -Eq '^javac (1[7-9]|[2-9][0-9])' "$folder/javac"
done
serves=$(dirname "$(dirname "$(realpath "$(command -v javac)")")")
[ "$(home_of "$serves")" = "$serves" ]

# The examples as somebody has them who copied them, and started with the command that they name.
mkdir "$folder/examples"
cp -R ../../examples/{kotlin,editor.license,trust.jwks} "$folder/examples/"
cd "$folder/examples/kotlin"
mvn -q exec:java > "$folder/offline"
grep -q 'export is on' "$folder/offline"
grep -q '"allowed":true' "$folder/offline"

: > "$folder/service"
PORT=0 mvn -q exec:java -Dexec.mainClass=ServiceKt >> "$folder/service" &
service=$!
url=
for _ in $(seq 1800); do
	url=$(sed -n 's/.*listening on //p' "$folder/service")
	[ -z "$url" ] || break
	kill -0 "$service"
	sleep 0.1
done
ask() {
	python3 - "$url$1" <<-'PYTHON'
	import sys, urllib.error, urllib.request
	try:
	    print(urllib.request.urlopen(sys.argv[1], timeout=10).status)
	except urllib.error.HTTPError as refused:
	    print(refused.code)
	PYTHON
}
test "$(ask /)" = 200
test "$(ask /export)" = 200
test "$(ask /print)" = 403
echo 'examples of Kotlin: 5 passed, 0 failed'
