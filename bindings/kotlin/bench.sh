#!/usr/bin/env bash
# Prints what a call costs, of the library as it ships with the feature that has empty calls.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

FEATURES=bench ./build.sh size
target=$(dirname "$(../build.sh --path)")
mvn --batch-mode --no-transfer-progress --quiet -Pbench -Dgenerated="$target/bindings" -Doutput="$target/kotlin" \
	test-compile org.codehaus.mojo:exec-maven-plugin:3.5.0:exec -Dexec.executable=java -Dexec.classpathScope=test \
	-Dexec.args="-Dworkspace=$(cd ../.. && pwd) -cp %classpath io.github.countersign.Bench"
