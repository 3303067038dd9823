#!/usr/bin/env bash
# Builds the package, tests it, installs it into the local Maven repository, and runs the examples that
# use it from there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

cargo=${CARGO:-cargo}
# Half the work of such a short run is the compiler of the JVM that it runs in.
export MAVEN_OPTS=${MAVEN_OPTS--XX:+UseSerialGC -XX:TieredStopAtLevel=1}
mvn=(mvn --batch-mode --no-transfer-progress)
"$cargo" build --quiet --package countersign-server
./build.sh
target=$(dirname "$(../build.sh --path)")
"${mvn[@]}" -Dgenerated="$target/bindings" -Doutput="$target/kotlin" -Dauthority="$target/debug/countersign" install

cd ../../examples/kotlin
folder=$(mktemp -d)
service=
finish() {
	[ -z "$service" ] || kill "$service" 2> /dev/null || true
	wait
	rm -rf "$folder"
}
trap finish EXIT

"${mvn[@]}" --quiet compile exec:java -Doutput="$target/kotlin-example" > "$folder/offline"
grep -q 'export is on' "$folder/offline"
grep -q '"allowed":true' "$folder/offline"

PORT=0 "${mvn[@]}" --quiet exec:java -Doutput="$target/kotlin-example" -Dexec.mainClass=ServiceKt > "$folder/service" &
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
