"""Prints the public surface out of a symbol graph: each declaration on a line, by its path, sorted."""

import json
import pathlib
import sys

graph = json.loads(pathlib.Path(sys.argv[1]).read_bytes())
names = {symbol["identifier"]["precise"]: ".".join(symbol["pathComponents"]) for symbol in graph["symbols"]}
lines = set()
for symbol in graph["symbols"]:
    # What a conformance brings along is said by the conformance.
    if "::SYNTHESIZED::" not in symbol["identifier"]["precise"]:
        declaration = "".join(part["spelling"] for part in symbol["declarationFragments"])
        lines.add(f"{'.'.join(symbol['pathComponents'])}: {' '.join(declaration.split())}")
for relation in graph["relationships"]:
    target = names.get(relation["target"], relation.get("targetFallback", relation["target"]))
    # Whether a value can be copied as it lies in memory, the compiler infers from what is private.
    inferred = target in ("Swift.Copyable", "Swift.BitwiseCopyable", "Swift.Escapable")
    if relation["kind"] == "conformsTo" and relation["source"] in names and not inferred:
        lines.add(f"{names[relation['source']]}: conforms to {target}")
print("\n".join(sorted(lines)))
