"""Look up known vulnerabilities of the locked packages: ``python .ci/audit.py``, from the project's root.

Exit code 1 when a package has one. Where the index offers no advisories (no network, or a mirror without them) a line
says so, within seconds, and the exit code is 0: a build does not depend on somebody else's server.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

LOCK = Path("requirements-dev.lock")  # what running needs, and what tests need
PROBE = "scrapy"  # every index has it
FIRST_ANSWER, ALL_ANSWERS = 15, 300  # seconds


def audit(requirements: Path, seconds: float) -> list[dict[str, Any]] | None:
    """What pip-audit says of each package; None when it got no answer."""
    line = [sys.executable, "-m", "pip_audit", "-r", str(requirements), "--disable-pip", "--no-deps", "--timeout", "4"]
    line += ["--format", "json", "--progress-spinner", "off"]
    try:
        said = subprocess.run(line, capture_output=True, text=True, timeout=seconds, check=False).stdout
        return json.loads(said)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError):
        return None


def answered(packages: list[dict[str, Any]] | None) -> bool:
    """Whether there are advisories to ask for."""
    return any("vulns" in package for package in packages or ())


def found(packages: list[dict[str, Any]]) -> list[str]:
    """A line for each vulnerability."""
    return [
        f"{package['name']} {package['version']}: {vulnerability['id']},"
        f" fixed in {', '.join(vulnerability['fix_versions']) or 'no version yet'}"
        for package in packages
        for vulnerability in package.get("vulns", ())
    ]


def main() -> int:
    locked = next(line.split()[0] for line in LOCK.read_text().splitlines() if line.startswith(f"{PROBE}=="))
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as probe:
        probe.write(f"{locked}\n")
        probe.flush()
        packages = audit(Path(probe.name), FIRST_ANSWER)
    if answered(packages):
        packages = audit(LOCK, ALL_ANSWERS)
    if not answered(packages):
        sys.stdout.write(f"{LOCK} was not audited: the package index offers no advisories here\n")
        return 0
    assert packages
    lines = found(packages)
    unknown = sum("vulns" not in package for package in packages)
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.write(f"{LOCK}: {len(packages)} packages, {len(lines)} vulnerabilities, {unknown} not in the index\n")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
