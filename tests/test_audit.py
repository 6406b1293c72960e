"""The audit of the locked packages: a vulnerability fails it, a missing service does not."""

import runpy

from tests.conftest import ROOT

AUDIT = runpy.run_path(str(ROOT / ".ci" / "audit.py"))
KNOWN = {"id": "PYSEC-2026-1", "fix_versions": ["2.0", "1.9.1"], "description": "x", "aliases": []}


def test_a_vulnerability_is_named_with_what_fixes_it():
    packages = [
        {"name": "good", "version": "1.0", "vulns": []},
        {"name": "bad", "version": "1.0", "vulns": [KNOWN, {**KNOWN, "id": "PYSEC-2026-2", "fix_versions": []}]},
        {"name": "unheard-of", "skip_reason": "not found"},
    ]
    assert AUDIT["answered"](packages)
    assert AUDIT["found"](packages) == [
        "bad 1.0: PYSEC-2026-1, fixed in 2.0, 1.9.1",
        "bad 1.0: PYSEC-2026-2, fixed in no version yet",
    ]


def test_an_index_without_advisories_is_told_from_packages_without_vulnerabilities():
    assert not AUDIT["answered"](None)
    assert not AUDIT["answered"]([{"name": "scrapy", "skip_reason": "Dependency not found on PyPI"}])
    assert AUDIT["answered"]([{"name": "scrapy", "version": "2.19.0", "vulns": []}])


def test_the_package_that_is_asked_for_first_is_locked():
    assert any(line.startswith(f"{AUDIT['PROBE']}==") for line in (ROOT / AUDIT["LOCK"]).read_text().splitlines())
