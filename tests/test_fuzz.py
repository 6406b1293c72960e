"""Everything that reads what others wrote, fed with a minute of wrong input; FUZZ_SECONDS=600 feeds it for longer.

What was found so far is tried again each time, as small as it can be said.
"""

import json
import os
import signal
import subprocess
import sys
import time
from random import Random

import pytest

from crawler.discovery.feeds import read_feed
from tests.conftest import ROOT
from tests.fuzzing.__main__ import source
from tests.fuzzing.mutator import mutant
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


FOUND = {
    "half a pair in a feed": ("read_feed", b'<rss n=""><item><e></link>&#xD800;'),
    "half a pair in a sitemap": ("read_sitemap", b'<urlset xmlns="&#55296;"><url><y'),
    "a word of one sign that becomes letters": ("queries", "℡".encode()),
    "a word with a long tail of signs took a minute": ("queries", b"x" + b"\xc2\x91" * 60_000),
    "an address with spaces inside took a second": ("addresses", b"http://a.example/" + b" " * 3_000 + b"x"),
    "a long number below /amp/ took three seconds": ("addresses", b"http://a.example/amp/" + b"1" * 3_900 + b"/x/"),
    "spaces inside structured data took minutes": ("jsonld", b'{"a": 1' + b" " * 200_000 + b"}"),
    "many small blocks of structured data took minutes": ("jsonld", b"{}" * 200_000),
    "a page in an encoding of Python's own": ("metadata", rb"<meta charset=unicode_escape><title>\{</title>"),
}


@pytest.mark.parametrize("what", FOUND)
def test_what_was_found_stays_found(what):
    name, body = FOUND[what]
    TARGETS[name].make()(body, Random(0))


@pytest.mark.parametrize(
    "reference", ["&#0;", "&#x0;", "&#8;", "&#xD800;", "&#57343;", "&#xFFFE;", "&#65535;", "&#x1b;"]
)
def test_a_reference_to_no_character_costs_no_entry_of_a_feed(reference):
    item = f"<item><title>Two{reference} ships</title><link>https://a.example/ships</link></item>"
    assert [(found.url, found.title) for found in read_feed(f"<rss>{item}</rss>".encode(), "https://a.example/")] == [
        ("https://a.example/ships", "Two ships")
    ]


def test_an_input_is_the_same_each_time_it_is_made():
    target = TARGETS["read_feed"]
    made = [mutant(source("read_feed", 7, number), target.corpus(), target.longest) for number in (3, 4, 3)]
    assert made[0] == made[2] != made[1]
