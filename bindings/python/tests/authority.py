"""An authority of the tests' own: the program `countersign`, on a free port of this machine."""

import json
import os
import re
import subprocess
import time
import urllib.request

BINARY = os.environ.get("COUNTERSIGN_BINARY", "countersign")


class Authority:
    """Started at once, and again after `stop`, at the same address."""

    def __init__(self, folder):
        self.folder = folder
        self.address = "127.0.0.1:0"
        self.log = folder / "log"
        self.start()
        self._command("brand", "create", "acme")
        self._command("product", "create", "editor", "--brand", "acme")

    def start(self):
        with self.log.open("w") as log:
            limits = ["--address-rate", "0", "--license-key-rate", "0"]
            self.process = subprocess.Popen(
                [BINARY, "serve", "--data", self.folder, "--listen", self.address, "--log-level", "info", *limits],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + 60
        while not (found := re.search(r"listening on http://(\S+)", self.log.read_text())):
            assert self.process.poll() is None and time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)
        self.address = found[1]

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=60)

    @property
    def url(self):
        return f"http://{self.address}"

    def trust(self):
        """What a product ships: the keys of the brand."""
        with urllib.request.urlopen(f"{self.url}/.well-known/acme/jwks.json") as answer:
            return answer.read().decode()

    def issue(self, *terms):
        """A license key, and the id of its license."""
        issued = json.loads(
            self._command("license", "issue", "--brand", "acme", "--product", "editor", "--email", "a@b.example", *terms)
        )
        return issued["license_key"]["key"], issued["licenses"][0]["id"]

    def suspend(self, license_id):
        self._command("license", "suspend", license_id, "--brand", "acme")

    def _command(self, *words):
        command = [BINARY, *words, "--data", self.folder, "--json"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout
