"""A bug, wherever it is, costs what it touches and one line; secrets cost nothing and are in no line at all."""

import base64
import json
import socket

import pytest

from crawler import settings
from tests.conftest import rows, run, same
from tests.newsweb import NewsWeb

OUTLETS = ["tepuy", "lagoon", "vestnik", "pampas"]
WITH_BUGS = {
    "spider": ("SPIDER_MODULES", "tests.faulty"),
    "stage": ("ITEM_PIPELINES", json.dumps({**settings.ITEM_PIPELINES, "tests.faulty.Stage": 350})),
    "extension": ("EXTENSIONS", json.dumps({**settings.EXTENSIONS, "tests.faulty.Extension": 40})),
}
SPOILT = {"spider": "127.0.0.12", "stage": "127.0.0.13", "extension": "nobody"}  # whose pages meet the bug


@pytest.fixture(scope="module")
def calm(tmp_path_factory):
    """A seeds file, and the articles of a run without a bug."""
    folder = tmp_path_factory.mktemp("calm")
    with NewsWeb() as web:
        seeds = web.seeds(folder / "seeds.toml", OUTLETS)
        assert run(seeds, folder).returncode == 0
        yield seeds, same(folder / "news.db")[0]


@pytest.mark.parametrize("where", WITH_BUGS)
def test_a_bug_is_a_line_an_exit_code_and_nothing_that_stops_the_rest(where, calm, tmp_path):
    seeds, articles = calm
    name, value = WITH_BUGS[where]
    result = run(seeds, tmp_path, "-s", f"{name}={value}")
    path = tmp_path / "news.db"
    assert result.returncode == 1
    met = rows(path, "SELECT url, state, due FROM pages WHERE reason LIKE 'a bug: LookupError: the % stumbles%'")
    lines = [line for line in result.stderr.splitlines() if "stumbles" in line]
    assert len(lines) == max(1, len(met))
    assert all("(-L DEBUG shows where)" in line for line in lines)
    assert all(any(f" {page['url']}: " in line for line in lines) for page in met)
    assert "Traceback" not in result.stderr
    assert f"{len(lines)} unexpected errors" in result.stderr
    (ended,) = rows(path, "SELECT reason, counts FROM runs")
    assert (ended["reason"], json.loads(ended["counts"])["surprises"]) == ("finished", len(lines))
    assert {page["state"] for page in met} <= {"failed"} and all(page["due"] for page in met)
    assert same(path)[0] == [article for article in articles if SPOILT[where] not in article[0]]


def test_debug_shows_where_a_bug_is(calm, tmp_path):
    name, value = WITH_BUGS["stage"]
    result = run(calm[0], tmp_path, "-s", f"{name}={value}", "-L", "DEBUG")
    assert result.returncode == 1
    assert "Traceback (most recent call last):" in result.stderr
    assert 'raise LookupError("the stage stumbles' in result.stderr


def test_without_a_bug_no_surprise_is_counted(crawled):
    _, result, path = crawled
    assert result.returncode == 0 and "unexpected error" not in result.stderr
    assert "surprises" not in json.loads(rows(path, "SELECT counts FROM runs")[0]["counts"])


def test_the_password_of_a_proxy_is_in_no_line_at_any_level_and_not_in_the_database(tmp_path, crawl, query):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound, but it does not listen
        proxy = f"http://reader:ochre-lantern@127.0.0.1:{nobody.getsockname()[1]}"
        seeds = tmp_path / "proxied.toml"
        seeds.write_text(
            'title = "Proxied"\n[terms]\nall = ["*"]\n'
            '[[sources]]\nname = "Far away"\nurl = "http://127.0.0.9/feed.xml"\nproxy = "${FAR_PROXY}"\n'
            '[[sources]]\nname = "Far and safe"\nurl = "https://127.0.0.10/feed.xml"\nproxy = "${FAR_PROXY}"\n'
        )
        result = crawl(seeds, "-a", "now=1", "-L", "DEBUG", topic="proxied", FAR_PROXY=proxy)
    assert "Far away" in result.stderr and "Far and safe" in result.stderr
    secrets = ["ochre-lantern", base64.b64encode(b"reader:ochre-lantern").decode()]
    kept = "\n".join(
        str(tuple(row)) for table in ("pages", "sources", "polls", "runs") for row in query(f"SELECT * FROM {table}")
    )
    for secret in secrets:
        assert secret not in result.stderr + result.stdout
        assert secret not in kept
