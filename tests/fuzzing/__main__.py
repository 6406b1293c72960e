"""Run targets for some time; exit code 1 when an input breaks a promise, with the command that repeats it."""

from __future__ import annotations

import argparse
import faulthandler
import json
import os
import random
import resource
import signal
import sys
import time
import traceback
import warnings
from pathlib import Path

from tests.fuzzing.mutator import mutant
from tests.fuzzing.targets import TARGETS, Check

MEMORY = 1024**3  # bytes of data; more for an input of 400 kB is a finding
MOST_FINDINGS = 5


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzzing", description=__doc__)
    parser.add_argument("target", nargs="*", choices=[[], *TARGETS], help="default: all of them")
    parser.add_argument("--seconds", type=float, default=60, help="for all targets together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--most", type=int, default=10**9, help="inputs of a target")
    parser.add_argument("--only", type=int, help="the number of one input, to repeat it with its traceback")
    parser.add_argument("--smallest", action="store_true", help="with --only: make the input small, and print it")
    parser.add_argument("--mark", type=Path, help="a file that always says which input is tried")
    return parser.parse_args()


def source(name: str, seed: int, number: int) -> random.Random:
    """What decides about one input."""
    return random.Random(f"{name} {seed} {number}")


def place(error: BaseException) -> tuple[str, str, int]:
    """Where an error came from; two inputs with the same place are one finding."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return type(error).__name__, last.filename, last.lineno or 0


def attempt(check: Check, body: bytes, chance: random.Random) -> BaseException | None:
    """The error that an input brings out; None for a promise that was kept."""
    try:
        check(body, chance)
    except Exception as error:
        return error
    return None


def run(name: str, seconds: float, seed: int, most: int, mark: Path | None) -> dict[str, object]:
    """Try inputs one after another for so long."""
    target = TARGETS[name]
    corpus, check = target.corpus(), target.make()
    findings: dict[tuple[str, str, int], dict[str, object]] = {}
    slowest, slow_input, number = 0.0, 0, 0
    file = os.open(mark, os.O_WRONLY | os.O_CREAT) if mark else None
    end = time.monotonic() + seconds
    while time.monotonic() < end and number < most and len(findings) < MOST_FINDINGS:
        chance = source(name, seed, number)
        body = mutant(chance, corpus, target.longest)
        if file is not None:
            os.pwrite(file, f"{number:12}".encode(), 0)
        begun = time.process_time()
        error = attempt(check, body, chance)
        if (took := time.process_time() - begun) > slowest:
            slowest, slow_input = took, number
        if error is not None:
            said = f"{type(error).__name__}: {str(error)[:300]}"
            again = f"python -m tests.fuzzing {name} --seed {seed} --only {number}"
            findings.setdefault(place(error), {"error": said, "repeat": again})
        number += 1
    return {
        "target": name,
        "inputs": number,
        "slowest": round(slowest, 3),
        "slow_input": slow_input,
        "findings": list(findings.values()),
    }


def smallest(check: Check, body: bytes, state: object) -> bytes:
    """A part of ``body`` that still brings out an error at the same place."""

    def fails(part: bytes) -> tuple[str, str, int] | None:
        chance = random.Random()
        chance.setstate(state)
        error = attempt(check, part, chance)
        return place(error) if error else None

    wanted, size = fails(body), len(body) // 2
    while size:
        at = 0
        while at < len(body):
            part = body[:at] + body[at + size :]
            if fails(part) == wanted:
                body = part
            else:
                at += size
        size //= 2
    return body


def main() -> int:
    faulthandler.register(signal.SIGUSR1)
    warnings.simplefilter("error")
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    given = _arguments()
    names = given.target or list(TARGETS)
    if given.only is not None:
        (name,) = names
        chance = source(name, given.seed, given.only)
        target = TARGETS[name]
        body, check = mutant(chance, target.corpus(), target.longest), target.make()
        state = chance.getstate()
        if given.smallest:
            sys.stdout.write(f"{smallest(check, body, state)!r}\n")
            chance.setstate(state)
        check(body, chance)
        return 0
    found = 0
    whole = sum(TARGETS[name].share for name in names)
    for name in names:
        result = run(name, given.seconds * TARGETS[name].share / whole, given.seed, given.most, given.mark)
        sys.stdout.write(f"{json.dumps(result)}\n")
        sys.stdout.flush()
        found += len(result["findings"])
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
