"""Prints every public name of the package with its signature: bindings/python/surface.txt.

    python bindings/python/tests/surface.py > bindings/python/surface.txt
"""

import enum
import inspect

import countersign


def lines():
    for name in sorted(countersign.__all__):
        value = getattr(countersign, name)
        if inspect.isclass(value):
            bases = ", ".join(base.__name__ for base in value.__bases__ if not base.__name__.startswith("_"))
            yield f"class {name}({bases})"
            yield from sorted(f"    {member}" for member in members(value))
        elif callable(value):
            yield f"def {name}{inspect.signature(value)}"
        else:
            yield f"{name}: {type(value).__name__}"


def members(kind):
    if issubclass(kind, enum.Enum):
        yield from (f"{member.name} = {member.value!r}" for member in kind)
        return
    yield f"def __init__{inspect.signature(kind.__init__)}"
    for base in kind.__mro__:
        if base.__module__.split(".")[0] != "countersign":
            continue
        yield from (
            f"{name}: {stated}"
            for name, stated in vars(base).get("__annotations__", {}).items()
            if not name.startswith("_") and not isinstance(vars(base).get(name), property)
        )
    found = {name for base in kind.__mro__ if base.__module__.split(".")[0] == "countersign" for name in vars(base)}
    for name in sorted(found):
        value = inspect.getattr_static(kind, name)
        if name.startswith("_") and name not in SPECIAL:
            continue
        if isinstance(value, property):
            setter = "" if value.fset is None else ", to be set"
            yield f"{name}: {inspect.signature(value.fget).return_annotation}{setter}"
        elif isinstance(value, classmethod):
            yield f"classmethod {name}{inspect.signature(value.__func__)}"
        elif inspect.isfunction(value):
            word = "async def" if inspect.iscoroutinefunction(value) else "def"
            yield f"{word} {name}{inspect.signature(value)}"


SPECIAL = {"__aenter__", "__aexit__", "__bool__", "__enter__", "__exit__"}

if __name__ == "__main__":
    print("\n".join(lines()))
