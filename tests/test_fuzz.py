"""Everything that reads what others wrote, fed with a minute of wrong input; FUZZ_SECONDS=600 feeds it for longer.

What was found so far is tried again each time, as small as it can be said.
"""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.conftest import ROOT
from tests.fuzzing.targets import TARGETS

SECONDS = float(os.environ.get("FUZZ_SECONDS", "60"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
HANGS = 120  # seconds after which an input will never be done
MOST = int(os.environ.get("FUZZ_MOST", "4000"))  # inputs of a target; a fast machine tries no others than a slow one


@pytest.mark.parametrize("name", TARGETS)
def test_whatever_is_fed_gives_what_is_promised_or_the_documented_error(name, tmp_path):
    mark = tmp_path / "number"
    options = ["--seconds", str(SECONDS * TARGETS[name].share), "--seed", str(SEED), "--most", str(MOST)]
    line = [sys.executable, "-m", "tests.fuzzing", name, *options, "--mark", str(mark)]
    with subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as fuzzer:
        number, since = "", time.monotonic()
        while fuzzer.poll() is None:
            time.sleep(0.1)
            tried = mark.read_text().strip() if mark.exists() else ""
            if tried != number:
                number, since = tried, time.monotonic()
            elif time.monotonic() - since > HANGS:
                fuzzer.send_signal(signal.SIGUSR1)  # it says where it is
                time.sleep(1)
                fuzzer.kill()
        said, errors = fuzzer.communicate()
    assert fuzzer.returncode in (0, 1), f"--seed {SEED} --only {number} ends or hangs the fuzzer of {name}:\n{errors}"
    result = json.loads(said)
    assert result["findings"] == []
    assert result["inputs"] > 10
