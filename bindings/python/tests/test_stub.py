"""The stub says what the source says. stubtest compares names and parameters at run time; types it cannot see."""

import ast
import pathlib

import countersign

PACKAGE = pathlib.Path(countersign.__file__).parent
# What a stub leaves to `object`, which has them too.
INHERITED = {"__reduce__", "__repr__", "__str__"}
# How copies are refused, which adds nothing to what one may call.
COPIED = {"_Bound", "_Shared"}
# What the package makes by itself takes values of the library, which nobody else has.
NEVER = {"inner: ffi.Check", "inner: ffi.SessionCheck", "inner: ffi.ClockReading", "inner: ffi.Decision", "*_: object"}


def stated(tree):
    """Every public name of a module and of its classes, with its types."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield signature(node)
        elif isinstance(node, ast.ClassDef):
            named = [ast.unparse(base) for base in node.bases]
            bases = ", ".join(base for base in named if base not in COPIED)
            yield f"{decorators(node)}class {node.name}({bases})"
            for member in node.body:
                if isinstance(member, (ast.FunctionDef, ast.AsyncFunctionDef)) and is_public(member.name):
                    yield f"{node.name}: {signature(member)}"
                elif isinstance(member, ast.AnnAssign) and is_public(member.target.id):
                    yield f"{node.name}: {ast.unparse(member)}"
                elif isinstance(member, ast.Assign) and is_public(member.targets[0].id):
                    yield f"{node.name}: {ast.unparse(member)}"


def is_public(name):
    return not name.startswith("_") or name.endswith("__") and name not in INHERITED | {"__slots__"}


def signature(node):
    word = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    return f"{decorators(node)}{word} {node.name}({ast.unparse(node.args)}) -> {ast.unparse(node.returns)}"


def decorators(node):
    return "".join(f"@{ast.unparse(decorator)} " for decorator in node.decorator_list)


def as_a_stub_says_it(line):
    for parameter in NEVER:
        line = line.replace(parameter, parameter.split(":")[0] + ": Never")
    return line.replace("(cls: type[D], ", "(cls, ").replace("-> D", "-> Self") if ": type[D]" in line else line


def test_the_stub_has_the_types_of_the_source():
    stub = set(stated(ast.parse((PACKAGE / "__init__.pyi").read_text())))
    public = set(countersign.__all__) | {"_Document", "_Kept"}
    source = set()
    for module in PACKAGE.glob("_*.py"):
        tree = ast.parse(module.read_text())
        tree.body = [node for node in tree.body if getattr(node, "name", None) in public]
        source |= {as_a_stub_says_it(line) for line in stated(tree)}
    assert len(stub) > 300
    assert sorted(stub) == sorted(source)


def test_the_stub_has_no_docs_of_its_own():
    for node in ast.walk(ast.parse((PACKAGE / "__init__.pyi").read_text())):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            assert ast.get_docstring(node) is None, node.name
