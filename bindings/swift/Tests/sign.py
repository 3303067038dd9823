"""Signs what the tests of codes need, with the program that made the vectors, since nothing in Swift
signs: `sign.py license|lease|statuslist [CLAIMS]`, where claims in JSON take the place of the usual
ones. `sign.py jwk` prints the key that it signs with, which may sign anything, and `sign.py newer`
reads the state of a session and prints it as a newer release would write it."""

import hashlib
import hmac
import json
import sys

import jws

SIGNED_AT = 1767225600  # 2026-01-01
CLAIMS = {
    "license": {"ver": 1, "jti": "lic-1", "iss": "acme", "aud": "editor", "iat": SIGNED_AT, "rev": 1},
    "lease": {
        "ver": 1, "jti": "lease-1", "activation": "seat-1", "iss": "acme", "aud": "editor", "license": "lic-1",
        "rev": 1, "instance": {"kind": "machine", "value": "m-1"}, "iat": SIGNED_AT, "exp": SIGNED_AT + 60,
        "renew_at": SIGNED_AT + 30, "fence": 1, "nonce": jws.b64url(bytes(range(16))),
    },
    "statuslist": {
        "ver": 1, "iss": "acme", "sub": "https://licenses.acme.example/statuses", "iat": SIGNED_AT,
        "status_list": {"bits": 2, "lst": "eNrbuRgAAhcBXQ"},
    },
}


def newer(state):
    stated = state.splitlines()[0].replace('"version":1', '"version":2')
    code = hmac.digest(b"countersign session state", stated.encode(), hashlib.sha256)
    return f"{stated}\n{code.hex()}"


match sys.argv[1:]:
    case ["jwk"]:
        print(json.dumps(jws.ACME.jwk()))
    case ["newer"]:
        print(newer(sys.stdin.read()))
    case [kind, *changed]:
        print(jws.ACME.sign(kind, CLAIMS[kind] | json.loads(changed[0] if changed else "{}")))
