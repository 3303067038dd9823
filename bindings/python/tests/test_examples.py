"""What people copy, run as it stands."""

import ast
import asyncio
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


README = (ROOT / "bindings" / "python" / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def ran(block, given):
    """What a block of the README leaves, once it ran as it stands in a program that has what is given."""
    code = compile(block, "README.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    left = dict(given)
    # One that awaits something is a coroutine.
    made = eval(code, left)
    if made is not None:
        asyncio.run(made)
    return left


def test_each_block_of_the_readme_is_run_here():
    assert [block.splitlines()[0] for block in BLOCKS] == ["from pathlib import Path", "import asyncio", "import sqlite3"]
    assert README.count("```") == 2 * len(BLOCKS)


def test_the_first_lines_of_the_readme_decide(tmp_path, monkeypatch, capsys):
    for name in ("editor.license", "trust.jwks"):
        shutil.copy(EXAMPLES / name, tmp_path)
    monkeypatch.chdir(tmp_path)
    first = BLOCKS[0]
    assert len([line for line in first.splitlines() if line]) == 10
    ran(first, {})
    assert capsys.readouterr().out == "None None\nallowed True\n"


def of_the_authority(block, authority, license_key):
    """The block with the address and the license key of this authority, which stand there for those of a vendor."""
    for shown, real in (("https://licenses.acme.example", authority.url), ("ACME-7Q2M-9XKD-4TFW-H3PB", license_key)):
        assert block.count(f'"{shown}"') == 1
        block = block.replace(shown, real)
    return block


def test_the_lines_of_a_session_activate_it_and_take_it_up_again(authority, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    license_key, license_id = authority.issue("--seats", "1", *LEASED)
    given = {"countersign": countersign, "trust": countersign.TrustStore(authority.trust())}

    def runs(typed):
        left = ran(of_the_authority(BLOCKS[1], authority, typed), given)
        assert capsys.readouterr().out == "runs, exports included: True\n"
        return left

    # The second time with what was kept: the key that it would type is not asked for.
    for typed in (license_key, "ACME-NONE"):
        left = runs(typed)
    with countersign.Session("acme/editor", given["trust"], countersign.FileStorage("state")) as session:
        assert session.license.id == license_id
        with countersign.Client(authority.url, given["trust"]) as client:
            session.deactivate_blocking(client)
        # It holds the license still, and no seat.
        assert session.license.id == license_id and not session.decide()
    runs(license_key)
    with pytest.raises(countersign.SessionError):
        left["check"].allowed()


def test_the_storage_of_the_readme_keeps_a_session(authority, tmp_path):
    license_key, license_id = authority.issue("--seats", "1", *LEASED)
    trust = countersign.TrustStore(authority.trust())
    table = ran(BLOCKS[2], {"countersign": countersign})["Table"]
    with countersign.Session("acme/editor", trust, table(tmp_path / "kept")) as session:
        with countersign.Client(authority.url, trust) as client:
            session.activate_blocking(client, license_key)
            asyncio.run(session.refresh_now(client))
        assert session.is_kept and session.storage_failure is None
    with countersign.Session("acme/editor", trust, table(tmp_path / "kept")) as session:
        assert session.license.id == license_id and session.decide()


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
