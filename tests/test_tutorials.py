"""The tutorials, walked through in a copy of the project with the real commands and the news web."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.newsweb import NewsWeb
from tests.newsweb.outlet import Answer
from tests.walkthrough import Command, NewFile, not_printed, steps, walk

TUTORIALS = ROOT / "docs" / "tutorials"
ENVIRONMENT = {
    "NEWS_DOWNLOAD_DELAY": "0",
    "NEWS_ALLOWED_PRIVATE_NETWORKS": "127.0.0.0/8",
    "NEWS_EXTRACT_WORKERS": "0",
    "NEWS_LOG_LEVEL": "WARNING",
    "PYTHONDONTWRITEBYTECODE": "",  # every command but the first starts faster for it
}
PARTS = ("crawler", "pipelines", "seeds", "deploy", "tests", "scrapy.cfg", "pyproject.toml", "README.md")


def copy_of_the_project(folder: Path) -> None:
    """The files of a checkout that commands and tests need, in ``folder``."""
    folder.mkdir()
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / part)
        else:
            shutil.copy(ROOT / part, folder)
    (folder / ".venv").symlink_to(sys.prefix)


def addresses(web: NewsWeb, project: Path) -> dict[str, str]:
    """What the tutorials write -> what it is here."""
    names = {("bitacora" if key == "pampas" else key): key for key in web.outlets}
    real = {f"https://{name}.example": web.url(key, "") for name, key in names.items()}
    real |= {f"{name}.example": web.outlet(key).imprint.address for name, key in names.items()}
    return {
        **real,
        "https://closed.example": "http://127.0.0.250:9",
        "closed.example": "127.0.0.250",
        "/srv/news": str(project),
    }


def publish(web: NewsWeb) -> None:
    """Serve the difficult source, with the page that its tutorial shows."""
    tutorial = (TUTORIALS / "a-difficult-source.md").read_text(encoding="utf-8")
    page = next(step.text for step in steps(tutorial) if isinstance(step, NewFile) and step.path.endswith(".html"))
    title = "Un silo flotante llega a Maracaibo con 900 toneladas de maíz"
    other = page.replace("1042", "1043").replace(title, "El faro cumple cien años").replace("maíz", "arena")
    seconds = int(web.base.timestamp()) - 3600
    notes = [{"id": 1042, "titulo": title, "hora": seconds}, {"id": 1043, "titulo": "El faro", "hora": seconds - 60}]
    web.outlet("pampas").files |= {
        "/nota/1042": Answer(200, page.encode()),
        "/nota/1043": Answer(200, other.encode()),
        "/api/notas.json": Answer(200, json.dumps({"notas": notes}).encode(), "application/json"),
    }


@pytest.fixture
def copied(tmp_path):
    """A copy of the project."""
    copy_of_the_project(tmp_path / "news")
    return tmp_path / "news"


@pytest.fixture(scope="module")
def served():
    with NewsWeb(abroad=True) as web:
        publish(web)
        yield web


@pytest.mark.parametrize("tutorial", sorted(TUTORIALS.glob("*.md")), ids=lambda path: path.stem)
def test_a_tutorial_does_what_it_says(tutorial, copied, served):
    done = walk(tutorial.read_text(encoding="utf-8"), copied, addresses(served, copied), ENVIRONMENT)
    assert len(done) >= 5


def test_the_code_that_a_tutorial_shows_passes_what_is_asked_of_all_code(copied):
    tutorial = (TUTORIALS / "a-difficult-source.md").read_text(encoding="utf-8")
    shown = [step for step in steps(tutorial) if isinstance(step, NewFile) and step.path.endswith(".py")]
    for step in shown:
        (copied / step.path).write_text(step.text, encoding="utf-8")
    for check in (["check"], ["format", "--check"]):
        line = [sys.executable, "-m", "ruff", *check, *(step.path for step in shown)]
        result = subprocess.run(line, cwd=copied, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout


TUTORIAL = """
Write `seeds/x.toml` with a title:

```toml
title = "x"
```

Then, at the end of `seeds/x.toml`:

```toml
[terms]
```

```console
$ scrapy list  # all topics
x
...
$ scrapy crawl \\
    nothing
$ echo $?
2
```
"""


def test_steps_are_files_and_commands_with_what_they_print():
    first, second, listing, crawl = steps(TUTORIAL)
    assert first == NewFile("seeds/x.toml", 'title = "x"\n', appended=False)
    assert second == NewFile("seeds/x.toml", "[terms]\n", appended=True)
    assert listing == Command("scrapy list", ["x"], 0)
    assert crawl == Command("scrapy crawl      nothing", [], 2)


@pytest.mark.parametrize(
    ("shown", "printed", "missing"),
    [
        (["a", "b"], "a\nand\nb\n", None),
        (["b", "a"], "a\nb\n", "a"),
        (["| 2 | stored |"], "│  2   │ stored │", None),
        (["| 2 | stored |"], "│  3   │ stored │", "| 2 | stored |"),
        (["7  2026-07-01 12:00  es  Title"], "15  2025-01-01 09:09  es  Title", None),
        (["fetch 200, ..."], "fetch 200, 18 bytes", None),
        (["fetch 200, ..."], "fetch 404, 18 bytes", "fetch 200, ..."),
    ],
)
def test_what_is_shown_must_be_printed_in_its_order(shown, printed, missing):
    assert not_printed(shown, printed) == missing


def test_a_tutorial_that_shows_what_is_not_printed_fails(tmp_path):
    with pytest.raises(AssertionError, match="does not print"):
        walk("```console\n$ echo one\ntwo\n```\n", tmp_path, {}, {})
    with pytest.raises(AssertionError, match="exit code 3"):
        walk("```console\n$ exit 3\n```\n", tmp_path, {}, {})
