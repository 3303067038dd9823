"""The package names the library that it cannot use, and keeps to one however often it is imported."""

import os
import pathlib
import shutil
import subprocess
import sys

import countersign
import pytest
from test_vectors import TRUST

PACKAGE = pathlib.Path(countersign.__file__).parent


IMPORTED = """
import sys
try:
    import countersign
except ImportError as error:
    sys.exit(f"{error.code}: {error}")
"""


def imported(folder):
    """What comes of an import of the package in that folder: the code of the process, and the error's with its text."""
    ran = subprocess.run(
        [sys.executable, "-c", IMPORTED],
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return ran.returncode, ran.stderr.strip().splitlines()[-1] if ran.stderr else ""


@pytest.fixture
def copied(tmp_path):
    """A copy of the package, and its library."""
    shutil.copytree(PACKAGE, tmp_path / "countersign")
    (library,) = (path for path in (tmp_path / "countersign" / "_uniffi").iterdir() if "countersign." in path.name)
    return tmp_path, library


def changed(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_a_copy_is_imported(copied):
    assert imported(copied[0]) == (0, "")


def test_a_library_that_is_missing_is_named(copied):
    folder, library = copied
    library.unlink()
    code, said = imported(folder)
    assert code == 1 and said.startswith("library_missing: ") and str(library) in said


def test_a_library_that_is_none_is_named(copied):
    folder, library = copied
    library.unlink()
    library.write_text("none")
    code, said = imported(folder)
    assert code == 1 and said.startswith("library_missing: ") and str(library) in said


def of_another_contract(folder):
    generated = folder / "countersign" / "_uniffi" / "countersign_ffi.py"
    changed(generated, "bindings_contract_version = ", "bindings_contract_version = 1")


def test_a_library_of_another_version_is_named_with_both(copied):
    folder, library = copied
    of_another_contract(folder)
    changed(folder / "countersign" / "_library.py", f'__version__ = "{countersign.__version__}"', '__version__ = "9.9.9"')
    code, said = imported(folder)
    assert code == 1 and said.startswith("library_mismatch: ")
    assert "9.9.9" in said and countersign.__version__ in said and str(library) in said


def test_a_library_of_another_contract_is_named(copied):
    folder, library = copied
    of_another_contract(folder)
    code, said = imported(folder)
    assert code == 1 and said.startswith("library_mismatch: ") and str(library) in said and "contract" in said


IMPORTED_ANEW = """
import importlib, sys
import countersign

class Noting:
    def __init__(self):
        self.saved = 0

    def load(self, name):
        return None

    def save(self, name, text):
        self.saved += 1

def session(package):
    storage = type("Own", (Noting, package.Storage), {})()
    return storage, package.Session("acme/editor", package.TrustStore(sys.argv[1]), storage)

first, one = session(countersign)
if sys.argv[2] == "purged":
    for name in [name for name in sys.modules if name.split(".")[0] == "countersign"]:
        del sys.modules[name]
    import countersign as again
    assert again is not countersign
else:
    again = importlib.reload(countersign)
second, other = session(again)
first.saved = second.saved = 0
one.save()
assert first.saved and not second.saved, (first.saved, second.saved)
first.saved = 0
other.save()
assert second.saved and not first.saved, (first.saved, second.saved)
one.close()
other.close()
print("each its own")
"""


@pytest.mark.parametrize("way", ["purged", "reloaded"])
def test_a_session_keeps_its_storage_where_the_package_is_imported_anew(way):
    ran = subprocess.run(
        [sys.executable, "-c", IMPORTED_ANEW, TRUST["acme"].to_jwks(), way], capture_output=True, text=True, timeout=60
    )
    assert (ran.returncode, ran.stdout) == (0, "each its own\n"), ran.stderr
