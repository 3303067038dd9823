"""Strips the library in a wheel of the symbols that its generator read, and records its new hash."""

import base64
import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile

STRIP = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "strip.sh")


def main(wheel: str) -> None:
    stripped = {}
    with zipfile.ZipFile(wheel) as old, tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(
        wheel + ".new", "w", zipfile.ZIP_DEFLATED, compresslevel=9
    ) as new:
        for item in old.infolist():
            content = old.read(item)
            if item.filename.endswith((".so", ".dylib")):
                path = os.path.join(folder, os.path.basename(item.filename))
                with open(path, "wb") as library:
                    library.write(content)
                subprocess.run([STRIP, path], check=True)
                with open(path, "rb") as library:
                    content = library.read()
                hashed = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
                stripped[item.filename] = f"{item.filename},sha256={hashed},{len(content)}"
            elif item.filename.endswith(".dist-info/RECORD"):
                lines = content.decode().splitlines()
                content = "".join(stripped.get(line.split(",")[0], line) + "\n" for line in lines).encode()
            new.writestr(item, content)
    os.replace(wheel + ".new", wheel)


if __name__ == "__main__":
    main(sys.argv[1])
