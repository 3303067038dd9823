"""Reads and writes licenses with PyJWT.

    with_pyjwt.py read TOKEN JWKS CLAIMS      exit status 0: genuine, with these claims; 1: forged
    with_pyjwt.py write KEY JWKS CLAIMS       prints a license of these claims, signed by the key
"""

import json
import sys
from pathlib import Path

import jwt


def read(token: str, jwks: dict, claims: dict) -> int:
    header = jwt.get_unverified_header(token)
    assert header == {"alg": "EdDSA", "kid": header["kid"], "typ": "license+jwt"}, header
    key = jwt.PyJWKSet.from_dict(jwks)[header["kid"]]
    try:
        found = jwt.decode(token, key, algorithms=["EdDSA"], audience="editor", issuer="acme")
    except jwt.InvalidSignatureError:
        return 1
    assert found == claims, found
    return 0


def write(key: str, jwks: dict, claims: dict) -> int:
    header = {"kid": jwks["keys"][0]["kid"], "typ": "license+jwt"}
    print(jwt.encode(claims, key, algorithm="EdDSA", headers=header))
    return 0


def main() -> int:
    verb, what, jwks, claims = sys.argv[1:]
    act = {"read": read, "write": write}[verb]
    text = Path(what).read_text().strip()
    return act(text, json.loads(Path(jwks).read_text()), json.loads(Path(claims).read_text()))


if __name__ == "__main__":
    # Python gives 1 for an exception of its own, which here means forged.
    try:
        sys.exit(main())
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(3)
