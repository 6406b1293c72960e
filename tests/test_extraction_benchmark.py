"""The benchmark measures what it is given, and says plainly which peer is missing."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from benchmarks import extraction

TEXT = [
    "The harbour of Port Amity was closed on Tuesday after a freighter lost its rudder there, the coast guard said.",
    "Tugs held the ship against the current for six hours while divers looked for damage below the waterline.",
    "The company that owns the freighter said that it would pay for the tugs and that nobody had been hurt.",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    body = "".join(f"<p>{line}</p>" for line in TEXT)
    head = "<head><title>Harbour closed</title></head>"
    html = f"<html>{head}<body><article><h1>Harbour closed</h1>{body}</article></body></html>"
    page = {"text": "\n".join(TEXT), "title": "Harbour closed", "language": "en", "url": "https://amity.example/a"}
    truth = {"a": page}
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "a.html.gz").write_bytes(gzip.compress(html.encode()))
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    return tmp_path


def test_our_text_and_title_of_an_easy_page_are_perfect(folder: Path):
    truth = json.loads((folder / "truth.json").read_text())
    scores = extraction.measure(folder, truth, ["ours", "trafilatura"])
    assert {name: scores["ours"]["a"][name] for name in ("precision", "recall", "accuracy", "title")} == {
        "precision": 1.0,
        "recall": 1.0,
        "accuracy": 1.0,
        "title": 1.0,
    }
    table = "\n".join(extraction.report(scores, truth, "language"))
    assert "en: 1 pages" in table
    assert "| ours | 1.000 [1.000, 1.000] |" in table
    assert "| trafilatura |" in table


def test_a_peer_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    def missing() -> extraction.Extractor:
        raise ImportError("No module named 'peer'")

    monkeypatch.setitem(extraction.EXTRACTORS, "peer", missing)
    assert dict(extraction.installed(["peer"])) == {}
    assert "peer: not installed" in capsys.readouterr().out


def test_pages_are_halved_by_host():
    halves = {extraction.group_of({"url": f"https://{letter}.example/a"}, "half") for letter in "abcdefgh"}
    assert halves == {"tuned", "not tuned"}
