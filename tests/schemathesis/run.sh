#!/usr/bin/env bash
# Asks a running authority what its OpenAPI document allows, and what it does not, as each audience:
# no answer is of a server that failed, of a status that the document does not name, or of another
# form than it says. EXAMPLES (25) bounds the requests of each operation. First on SQLite, then on a
# PostgreSQL server of its own.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${CARGO:=cargo}" "${SCHEMATHESIS:=.tools/venv/bin/schemathesis}" "${EXAMPLES:=25}"

"$CARGO" build --quiet --package countersign-server
binary=${CARGO_TARGET_DIR:-target}/debug/countersign
SCHEMATHESIS=$(realpath --no-symlinks "$SCHEMATHESIS")
folder=$(mktemp -d)
server= cluster=
finish() {
    [ -z "$server" ] || kill "$server" 2> /dev/null || true
    [ -z "$cluster" ] || kill -INT "$cluster" 2> /dev/null || true
    wait
    rm -rf "$folder"
}
trap finish EXIT

database=()
if [ "${1:-sqlite}" = sqlite ]; then
    # The other one in a process of its own, which cleans up after itself.
    "$0" postgres &
    other=$!
else
    # It refuses to run as root, so root runs it as the user that its package made, or as nobody.
    bin=$(ls -d /usr/lib/postgresql/*/bin 2> /dev/null | tail -1 || true)
    as=()
    mkdir "$folder/cluster"
    if [ "$(id -u)" = 0 ]; then
        user=postgres
        id -u "$user" > /dev/null 2>&1 || user=nobody
        as=(setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups)
        chmod 755 "$folder"
        chown "$user" "$folder/cluster"
    fi
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    (cd "$folder/cluster" && PATH="$bin:$PATH" "${as[@]}" initdb --pgdata=data --username=postgres \
        --auth=trust --encoding=UTF8 --no-locale --no-sync > /dev/null)
    (cd "$folder/cluster" && exec env PATH="$bin:$PATH" "${as[@]}" postgres -D data -p "$port" \
        -h 127.0.0.1 -k "$folder/cluster" > "$folder/cluster.log" 2>&1) &
    cluster=$!
    for _ in $(seq 100); do
        PATH="$bin:$PATH" psql -h 127.0.0.1 -p "$port" -U postgres -d postgres -q \
            -c 'CREATE ROLE countersign LOGIN' -c 'CREATE DATABASE countersign OWNER countersign' \
            2> /dev/null && break
        sleep 0.1
    done
    database=(--database "postgres://countersign@127.0.0.1:$port/countersign")
fi

"$binary" serve --data "$folder" "${database[@]}" --listen 127.0.0.1:0 --log-level info \
    --address-rate 0 --license-key-rate 0 --api-key-rate 0 > "$folder/log" 2>&1 &
server=$!
url=
for _ in $(seq 100); do
    url=$(sed -n 's/.*listening on \(http:[^ ]*\)$/\1/p' "$folder/log")
    [ -z "$url" ] || break
    kill -0 "$server" || { cat "$folder/log" >&2; exit 1; }
    sleep 0.1
done
[ -n "$url" ] || { cat "$folder/log" >&2; exit 1; }

operator=$(cat "$folder/operator.key")
post() { # key, path, body
    "$(dirname "$SCHEMATHESIS")/python" - "$1" "$url$2" "$3" <<'PYTHON'
import sys, urllib.request
key, url, body = sys.argv[1:]
headers = {"X-API-Key": key, "Content-Type": "application/json"}
print(urllib.request.urlopen(urllib.request.Request(url, body.encode(), headers)).read().decode())
PYTHON
}
post "$operator" /api/v1/admin/brands '{"name":"Acme","slug":"acme"}' > /dev/null
brand=$(post "$operator" /api/v1/admin/api-keys '{"brand":"acme","scopes":["read","write"]}' \
    | sed -n 's/.*"key":"\([^"]*\)".*/\1/p')
post "$brand" /api/v1/brand/products '{"name":"Editor","slug":"editor"}' > /dev/null

run() { # paths, further arguments
    echo "--- $1"
    # It leaves reports where it runs.
    (cd "$folder" && timeout 240 "$SCHEMATHESIS" run "$url/api/openapi.json" \
        --include-path-regex "$1" --max-examples "$EXAMPLES" --seed 1 --no-color --generation-database none \
        --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
        --phases examples,coverage,fuzzing "${@:2}")
}
run '^/(health|ready|metrics)'
run '^/\.well-known/'
run '^/api/v1/product/'
run '^/api/v1/brand/' -H "X-API-Key: $brand"
run '^/api/v1/admin/' -H "X-API-Key: $operator"

if grep -E ' ERROR ' "$folder/log"; then
    echo "the log has errors" >&2
    exit 1
fi

if [ -n "${other:-}" ]; then
    wait "$other"
fi
