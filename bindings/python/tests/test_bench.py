"""What prints the costs of calls runs, of the library without empty calls."""

import pathlib
import re
import subprocess
import sys

BENCH = pathlib.Path(__file__).resolve().parents[1] / "bench.py"


def test_every_call_that_is_measured_is_called():
    ran = subprocess.run([sys.executable, BENCH, "2"], capture_output=True, text=True, timeout=300)
    assert (ran.returncode, ran.stderr) == (0, "")
    costs = re.findall(r"^(\S.*?) {2,}(\d+) ", ran.stdout, re.MULTILINE)
    assert len(costs) == 10 and all(int(cost) for _, cost in costs)
    assert "aims: prepared check " in ran.stdout
