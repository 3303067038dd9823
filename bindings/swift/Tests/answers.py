"""Signs the answers that the vectors of decisions take the time from, one line of JSON: by its moment,
a lease that echoes the nonce of the tests. With the program that made the vectors, since nothing in
Swift signs."""

import datetime
import json
import pathlib

import jws

VECTORS = pathlib.Path(__file__).resolve().parents[3] / "tests" / "vectors"
NONCE = jws.b64url(bytes(range(16)))


def answer(issued_at):
    signed_at = int(datetime.datetime.fromisoformat(issued_at).timestamp())
    claims = {
        "ver": 1, "jti": "lease-1", "activation": "seat-1", "iss": "acme", "aud": "editor", "license": "lic-1",
        "rev": 1, "instance": {"kind": "machine", "value": "m-1"}, "iat": signed_at, "exp": signed_at + 1,
        "renew_at": signed_at, "fence": 1, "nonce": NONCE,
    }
    return jws.ACME.sign("lease", claims)


def moments():
    for path in sorted(VECTORS.glob("rules/*.json")):
        for row in json.loads(path.read_bytes())["rows"]:
            for step in row["clock"].get("steps", []):
                if "heal" in step:
                    yield step["heal"]["iat"]


print(json.dumps({moment: answer(moment) for moment in moments()}))
