"""What people copy, run as it stands."""

import importlib.util
import pathlib
import re
import shutil
import subprocess
import sys

import countersign
import pytest
from test_session import LEASED

ROOT = pathlib.Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "examples"


def blocks():
    return re.findall(r"```python\n(.*?)```", (ROOT / "bindings" / "python" / "README.md").read_text(), re.DOTALL)


def test_the_first_lines_of_the_readme_decide(tmp_path, monkeypatch, capsys):
    for name in ("editor.license", "trust.jwks"):
        shutil.copy(EXAMPLES / name, tmp_path)
    monkeypatch.chdir(tmp_path)
    first = blocks()[0]
    assert len([line for line in first.splitlines() if line]) == 10
    exec(compile(first, "README.md", "exec"), {})
    assert capsys.readouterr().out == "None None\nallowed True\n"


def test_the_other_lines_of_the_readme_name_what_there_is():
    for block in blocks()[1:]:
        for name in re.findall(r"countersign\.(\w+)", block):
            assert hasattr(countersign, name), name
        for name in re.findall(r"session\.(\w+)", block):
            assert hasattr(countersign.Session, name), name


def test_the_offline_example_decides_on_a_license_file():
    ran = subprocess.run([sys.executable, EXAMPLES / "offline.py"], check=True, capture_output=True, text=True)
    lines = ran.stdout.splitlines()
    assert lines[0].startswith("lic-2041 for acme/editor, signed 2026-01-01 by ")
    outcomes = [re.split(r" {2,}", line, maxsplit=2) for line in lines[1:-1]]
    assert [(outcome[1], [code for code in re.findall(r"(\w+): ", outcome[2] if outcome[2:] else "")]) for outcome in outcomes] == [
        ("allowed", []),
        ("denied", ["domain_not_licensed"]),
        ("denied", ["not_stated"]),
        ("denied", ["wrong_product", "entitlement_missing"]),
        ("allowed", []),
    ]
    assert lines[-1] == "100000 requests served, exports included: True"


def test_the_web_service_needs_a_license(authority, tmp_path, monkeypatch):
    testclient = pytest.importorskip("fastapi.testclient")
    (tmp_path / "trust.jwks").write_text(authority.trust())
    monkeypatch.setenv("COUNTERSIGN_URL", authority.url)
    monkeypatch.setenv("COUNTERSIGN_TRUST", str(tmp_path / "trust.jwks"))
    monkeypatch.setenv("COUNTERSIGN_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("ADMIN_TOKEN", "of-the-administrator")
    spec = importlib.util.spec_from_file_location("fastapi_service", EXAMPLES / "fastapi_service.py")
    service = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = service
    spec.loader.exec_module(service)
    plain, _ = authority.issue("--lease", "7")
    exporting, _ = authority.issue(*LEASED)

    with testclient.TestClient(service.app) as browser:
        denied = browser.get("/documents")
        assert (denied.status_code, denied.json()["detail"][0]["code"]) == (402, "not_activated")
        for headers in ({}, {"Authorization": "Bearer of-somebody"}, {"Authorization": "Bearer "}):
            refused = browser.post("/license", json={"license_key": plain}, headers=headers)
            assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert browser.get("/documents").status_code == 402
        browser.headers["Authorization"] = "Bearer of-the-administrator"
        mistyped = browser.post("/license", json={"license_key": plain[:-1] + ("0" if plain[-1] != "0" else "1")})
        assert (mistyped.status_code, mistyped.json()["detail"]["code"]) == (422, "invalid_license_key")
        unknown = browser.post("/license", json={"license_key": "NONE-OF-OURS"})
        assert (unknown.status_code, unknown.json()["detail"]["code"]) == (422, "license_key_not_found")
        assert browser.post("/license", json={"license_key": plain}).json() == {"activated": True}
        assert browser.get("/documents").json()["documents"] == ["one", "two"]
        assert browser.get("/export").status_code == 402
        browser.post("/license", json={"license_key": exporting})
        assert browser.get("/export").json() == {"export": "all of it"}
    authority.stop()
    try:
        with testclient.TestClient(service.app) as browser:
            assert browser.get("/export").status_code == 200
            browser.headers["Authorization"] = "Bearer of-the-administrator"
            assert browser.post("/license", json={"license_key": plain}).status_code == 503
            # A service without a token has no administrator.
            monkeypatch.setenv("ADMIN_TOKEN", "")
            assert browser.post("/license", json={"license_key": plain}).status_code == 401
            browser.headers["Authorization"] = "Bearer "
            assert browser.post("/license", json={"license_key": plain}).status_code == 401
    finally:
        authority.start()
