"""Signs documents as docs/format.md has them, with PyCA cryptography, and names the test keys."""

import base64
import hashlib
import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def b64url(data: bytes) -> str:
    """Base64url without padding, RFC 7515 section 2."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Key:
    """A test key: its seed is the SHA-256 of its name, so that it is the same on every run."""

    def __init__(self, name: str):
        self.name = name
        self.seed = hashlib.sha256(b"countersign test key " + name.encode()).digest()
        self.private = Ed25519PrivateKey.from_private_bytes(self.seed)
        self.public = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.x = b64url(self.public)
        thumbprint = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": self.x}, separators=(",", ":"))
        self.kid = b64url(hashlib.sha256(thumbprint.encode()).digest())

    def jwk(self, **members) -> dict:
        """Its public half as a JWK, with members of docs/format.md section 3."""
        return {"kty": "OKP", "crv": "Ed25519", "x": self.x, "kid": self.kid, **members}

    def sign_bytes(self, header: bytes, claims: bytes) -> str:
        """The compact serialization over exactly these bytes."""
        signed = f"{b64url(header)}.{b64url(claims)}"
        return f"{signed}.{b64url(self.private.sign(signed.encode()))}"

    def sign(self, kind: str, claims: dict) -> str:
        """A document of that kind (`license`, `lease`, `statuslist`, `trust`) in the plain form."""
        header = {"alg": "EdDSA", "kid": self.kid, "typ": f"{kind}+jwt"}
        return self.sign_bytes(compact(header), compact(claims))


def compact(value) -> bytes:
    """JSON without blanks, in the order of its members."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


ACME = Key("acme")
"""Signs licenses, leases and status lists of the brand `acme`."""
