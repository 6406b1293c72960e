"""``scrapy add``: single pages, fetched at once or with the next crawl, whatever became of them before."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest

from crawler import database
from tests.conftest import ROOT, rows
from tests.newsroom import ask
from tests.newsweb.outlet import Answer

TOPIC = "venezuela_russia"


@pytest.fixture
def add(web, tmp_path):
    """The command line for a topic that watches one outlet of the news web alone."""
    seeds = tmp_path / "seeds.toml"
    head, *blocks = web.seeds(seeds).read_text(encoding="utf-8").split("[[sources]]")
    (one,) = [block for block in blocks if "Tepuy" in block]
    seeds.write_text(f"{head}[[sources]]{one}", encoding="utf-8")
    ours = ("-s", "DOWNLOAD_DELAY=0", "-s", "ALLOWED_PRIVATE_NETWORKS=127.0.0.0/8", "-s", "EXTRACT_WORKERS=0")
    return lambda command, *given: [
        command, TOPIC, *given, "-a", f"seeds={seeds}", *ours, "-s", f"DATABASE={tmp_path / 'news.db'}"
    ]  # fmt: skip


def run(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "scrapy", *arguments]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False)


def test_pages_are_fetched_at_once_and_no_others(add, web, tmp_path):
    stored = {page.outlet: page.url for page in web.truth.values() if page.fate == "stored" and not page.aliases}
    dropped = next(page.url for page in web.truth.values() if page.fate == "irrelevant")
    ours, others, elsewhere = stored["tepuy"], stored["meridian"], stored["lagoon"]
    web.outlet("pampas").files["/go"] = Answer(301, headers={"Location": elsewhere})
    leads = web.url("pampas", "/go")
    result = run(add("add", ours, others, dropped, leads))
    assert result.returncode == 0, result.stderr
    found = {row["url"]: row for row in rows(tmp_path / "news.db", "SELECT * FROM articles")}
    assert {url: row["source_id"] is not None for url, row in found.items()} == {
        ours: True,
        others: False,
        elsewhere: False,
    }
    assert found[ours]["source"] == "Diario El Tepuy"
    said = dict(line.split(": ", 1) for line in result.stdout.splitlines())
    assert list(said) == [ours, others, dropped, leads]
    for url, page in ((ours, ours), (others, others), (leads, elsewhere)):
        assert said[url] == f"stored as article {found[page]['id']}: {found[page]['title']}"
    assert said[dropped].startswith("irrelevant: no mention of ")
    assert len([request for request in web.requests if request.path != "/robots.txt"]) == 5
    assert rows(tmp_path / "news.db", "SELECT count(*) FROM polls")[0][0] == 0


def test_what_is_queued_is_fetched_by_the_next_crawl(add, web, tmp_path, monkeypatch):
    urls = [page.url for page in web.truth.values() if page.fate == "stored" and page.outlet in ("lagoon", "tepuy")][:2]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n# found today\n" + "\n".join(urls) + "\n"))
    queued = f'queued: the next "scrapy crawl {TOPIC}" fetches them\n'
    assert ask(*add("add", "--later")) == (0, "", f"2 pages {queued}")
    with database.only_crawl(tmp_path / "news.db"):
        assert ask(*add("add", urls[0])) == (0, "", f"another run holds the database; 1 page {queued}")
    assert not web.requests
    assert run(add("crawl")).returncode == 0
    assert {row["url"] for row in rows(tmp_path / "news.db", "SELECT url FROM articles")} >= set(urls)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name a topic and the pages"),
        ([TOPIC, "ftp://a.example/x"], "is no web address"),
        (["venezuela"], "did you mean"),
    ],
)
def test_a_mistake_is_one_line_that_names_it(arguments, said):
    code, out, err = ask("add", *arguments)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1 and said in err
