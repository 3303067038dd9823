"""The reference is built without a warning, shows all that is public, and reads like Python."""

import html
import inspect
import pathlib
import re
import subprocess
import sys

import countersign
import pytest

REFERENCE = pathlib.Path(__file__).resolve().parents[1] / "reference.py"
RUST = ["Option<", "Result<", "Some(", "Vec<", "&str", "::", "[`", "](", "countersign._", "ffi", "uniffi", "untyped"]


@pytest.fixture(scope="module")
def entries(tmp_path_factory):
    """Each entry of the reference, as HTML, by its name."""
    pytest.importorskip("pdoc")
    folder = tmp_path_factory.mktemp("reference")
    ran = subprocess.run([sys.executable, REFERENCE, folder], capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
    page = (folder / "countersign.html").read_text()
    assert "countersign.html" in (folder / "index.html").read_text()
    # Sources are folded away, and are not read here.
    page = re.sub(r"<(style|script|svg)\b.*?</\1>|<div class=\"pdoc-code codehilite\">.*?</pre></div>", "", page, flags=re.DOTALL)
    found = re.split(r'<(?:section|div) id="([\w.]+)"', page)
    return {"": found[0]} | dict(zip(found[1::2], found[2::2], strict=True))


def names():
    """All that is public, by the name of its entry."""
    for name in countersign.__all__:
        value = getattr(countersign, name)
        if name == "__version__":
            continue
        yield name
        members = dir(value) if inspect.isclass(value) else []
        for member in members:
            if not member.startswith("_") and not hasattr(Exception, member):
                yield f"{name}.{member}"
        for base in value.__mro__ if inspect.isclass(value) else []:
            if base.__module__.startswith("countersign"):
                yield from (f"{name}.{field}" for field in vars(base).get("__annotations__", {}) if not field.startswith("_"))


def test_every_public_name_has_an_entry_with_docs(entries):
    wanted = set(names())
    assert {"License.verify", "Check.allowed", "Session.activate", "LicenseError.code", "Pin.of", "Run.counts"} <= wanted
    assert [name for name in sorted(wanted) if 'class="docstring"' not in entries.get(name, "")] == []


def test_every_constructor_with_words_of_its_own_shows_them(entries):
    for name in ("Client", "Session", "TrustStore", "LicenseKey", "ClockGuard", "FileStorage", "MemoryStorage"):
        assert 'class="docstring"' in entries[f"{name}.__init__"]


def test_nothing_in_it_reads_like_rust(entries):
    found = []
    for name, entry in entries.items():
        text = html.unescape(re.sub(r"<[^>]+>", "", entry))
        found += [(name, word) for word in RUST if word in text]
    assert found == []
