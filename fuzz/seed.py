#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets, fuzz/corpus/<target>, from tests/vectors.

Each seed is named after the hash of its bytes, so that writing them again changes nothing and what
a fuzzer found beside them stays.
"""

import base64
import hashlib
import json
from datetime import datetime
from pathlib import Path

FUZZ = Path(__file__).parent
VECTORS = FUZZ.parent / "tests" / "vectors"
# Longer ones slow the fuzzer down, and what they show is a limit that the vectors themselves prove.
MAX_SEED = 4 * 1024


def main():
    count = 0
    for target, seeds in SEEDS.items():
        folder = FUZZ / "corpus" / target
        folder.mkdir(parents=True, exist_ok=True)
        for seed in set(seeds()):
            if len(seed) <= MAX_SEED:
                (folder / hashlib.sha256(seed).hexdigest()[:32]).write_bytes(seed)
                count += 1
    print(f"{count} seeds for {len(SEEDS)} targets")


def rows(pattern):
    for path in sorted(VECTORS.glob(pattern)):
        yield from json.loads(path.read_text())["rows"]


def texts(pattern, *members):
    for row in rows(pattern):
        for member in members:
            if isinstance(row.get(member), str):
                yield row[member].encode()


def documents():
    yield from texts("rules/*.json", "license", "lease", "statuses")
    yield from texts("signed/*.json", "text", "held")
    for row in rows("signed/*.json"):
        if "base64" in row:
            yield base64.b64decode(row["base64"])


def parts(index):
    """The header (0) or claims (1) of every document that has them."""
    for document in documents():
        part = document.strip().split(b".")
        if len(part) == 3:
            try:
                yield base64.b64decode(part[index] + b"==", altchars=b"-_", validate=True)
            except ValueError:
                pass  # A vector that is refused for its encoding.


def key_sets():
    keys = json.loads((VECTORS / "keys.json").read_text())
    for trust in keys["trust"].values():
        yield json.dumps(trust).encode()
        for key in trust["keys"]:
            yield key["x"].encode()
            yield key.get("kid", "").encode()


def domain_patterns():
    yield from (pattern + b"\nexample.com" for pattern in texts("names/domain_patterns.json", "pattern"))
    yield from matches("domain", "names/domain_patterns.json")


def addresses():
    yield from texts("names/addresses.json", "pattern", "address")
    yield from matches("address", "names/addresses.json")


def matches(member, pattern):
    for row in rows(pattern):
        if "patterns" in row:
            yield "\n".join([*row["patterns"], row[member]]).encode()


def status_lists():
    for claims in parts(1):
        try:
            entries = json.loads(claims)["status_list"]
            packed = base64.b64decode(entries["lst"] + "==", altchars=b"-_")
        except (ValueError, KeyError, TypeError, RecursionError):
            continue  # Another kind, or a vector that is refused.
        form = {1: 0, 2: 1, 4: 2, 8: 3}.get(entries.get("bits"), 4)
        yield bytes([0x82 + form]) + packed  # 0x82 is 0 modulo 5
        yield bytes([form]) + packed


def clock_states():
    """States as their members may be, and the readings of the vectors after them."""
    for row in rows("rules/clock.json"):
        readings, moments = b"", []
        for step in row["clock"].get("steps", []):
            ((kind, value),) = step.items()
            operation = {"documents": 1, "restart": 3, "restart_unsaved": 3}.get(kind, 0)
            wall = value.get("wall") if isinstance(value, dict) else value
            if isinstance(wall, str):
                seconds = int(datetime.fromisoformat(wall).timestamp())
                monotonic = value["monotonic"] if isinstance(value, dict) else 0
                readings += bytes([operation]) + seconds.to_bytes(8, "little") + monotonic.to_bytes(8, "little")
                moments.append(seconds)
        names = ["seen", "candidate", "documents", "documents_advanced", "ignored", "trusted"]
        state = {"ver": 1, **dict(zip(names, moments)), "suspect": len(moments) * 900, "plausible": 3599}
        yield json.dumps(state).encode() + b"\n" + readings


def json_texts():
    yield from parts(0)
    yield from parts(1)
    yield from key_sets()


def activations():
    """What a request holds, and documents one behind the other, as an answer has them."""
    request = {"ver": 1, "brand": "acme", "product": "editor", "license_key": "ACME-1"}
    for kind in ["domain", "host", "machine"]:
        instance = {"kind": kind, "value": "a.example.com"}
        yield json.dumps({**request, "instance": instance, "nonce": "A" * 22}).encode()
    for row in rows("rules/*.json"):
        members = [row.get(member) for member in ["license", "lease", "statuses"]]
        yield "".join(text for text in members if isinstance(text, str)).encode()


SEEDS = {
    "activation": activations,
    "address": addresses,
    "claims": lambda: parts(1),
    "clock_state": clock_states,
    "document": documents,
    "domain": lambda: texts("names/domains.json", "text"),
    "json": json_texts,
    "key_set": key_sets,
    "license_key": lambda: texts("names/license_keys.json", "text", "prefix", "shown"),
    "pattern": domain_patterns,
    "status_list": status_lists,
}

if __name__ == "__main__":
    main()
