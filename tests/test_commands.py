"""Asking the database: articles, show, try and sources, with the real commands."""

import csv
import io
import json
import sqlite3
import subprocess
import sys
from itertools import pairwise

import pytest

from tests.conftest import ROOT, rows
from tests.newsroom import ask as run_here


@pytest.fixture
def ask(scrapy, crawled):
    """Run a command on the crawled database."""
    return lambda *arguments, **more: scrapy(*arguments, "-s", f"DATABASE={crawled[2]}", **more)


def test_articles_are_listed_newest_first_and_copies_are_left_out(ask, crawled):
    listed = json.loads(ask("articles", "--format", "json", "--limit", "100").stdout)
    expected = rows(
        crawled[2],
        "SELECT id FROM articles WHERE duplicate_of IS NULL ORDER BY coalesce(published, fetched) DESC, id DESC",
    )
    assert [article["id"] for article in listed] == [row["id"] for row in expected]
    everything = json.loads(ask("articles", "--format", "json", "--limit", "100", "--all-copies").stdout)
    assert len(everything) == rows(crawled[2], "SELECT count(*) FROM articles")[0][0] > len(listed)


def test_json_keys_are_the_columns_and_lists_are_lists(ask, crawled):
    article = json.loads(ask("articles", "--format", "json", "--limit", "1").stdout)[0]
    columns = [row["name"] for row in rows(crawled[2], "PRAGMA table_info(articles)")]
    assert list(article) == columns
    assert isinstance(article["authors"], list)


def test_words_are_found_in_any_form_and_highlighted(ask):
    found = json.loads(ask("articles", "зерновыми", "терминалами", "--format", "json").stdout)
    assert found and {article["language"] for article in found} == {"ru"}
    table = ask("articles", "terminal", "--language", "es").stdout
    assert "terminal" in table.lower()


@pytest.mark.parametrize(
    ("option", "column", "value"), [("--language", "language", "pt"), ("--source", "source", None)]
)
def test_filters_keep_only_what_they_name(ask, crawled, option, column, value):
    value = value or rows(crawled[2], "SELECT source FROM articles")[0]["source"]
    found = json.loads(ask("articles", option, value, "--format", "json", "--all-copies").stdout)
    assert found and {article[column] for article in found} == {value}


def test_since_and_until_divide_the_articles(ask):
    def count(*more):
        return len(json.loads(ask("articles", "--format", "json", "--limit", "200", *more).stdout))

    assert count("--since", "7d") + count("--until", "7d") == count()
    assert count("--since", "5m") == 0


def test_every_format_can_be_read_again(ask):
    lines = ask("articles", "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line)["id"] for line in lines]
    table = list(csv.DictReader(io.StringIO(ask("articles", "--format", "csv").stdout)))
    assert [int(row["id"]) for row in table] == [json.loads(line)["id"] for line in lines]
    assert ask("articles", "--format", "md").stdout.startswith("- [")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--since", "yesterday"], "--since yesterday: write it like 30m, 12h, 7d, 2w or 2024-07-01"),
        (["--limit", "0"], "--limit 0: give a number of 1 or more"),
        (["oil", "(gas"], '"(" at character 5 is never closed: add a )'),
        (["--colour"], "unknown option --colour"),
    ],
)
def test_a_wrong_question_is_one_line(ask, arguments, said):
    result = ask("articles", *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1 and said in result.stderr


def test_without_a_database_every_command_says_how_to_get_one(scrapy):
    for arguments in (["articles"], ["show", "1"], ["sources"]):
        result = scrapy(*arguments)
        assert result.returncode == 1
        assert len(result.stderr.splitlines()) == 1 and "scrapy crawl" in result.stderr


def test_show_tells_all_of_an_article(ask, crawled):
    row = rows(crawled[2], "SELECT * FROM articles WHERE duplicate_of IS NOT NULL")[0]
    shown = ask("show", str(row["id"]))
    assert shown.returncode == 0
    for part in (row["title"], row["url"], row["language"], "venezuela_russia", row["duplicate_kind"]):
        assert part in shown.stdout.replace("\n", " ")
    assert ask("show", row["url"]).stdout == shown.stdout


def test_show_tells_why_an_address_was_not_stored(ask, crawled):
    page = rows(crawled[2], "SELECT * FROM pages WHERE state = 'irrelevant'")[0]
    shown = ask("show", page["url"])
    assert shown.returncode == 0
    said = [f"not stored: {page['url']}", "state                irrelevant", f"reason               {page['reason']}"]
    assert shown.stdout.splitlines()[:3] == said
    for part in ("irrelevant", page["reason"], page["found_on"]):
        assert part in shown.stdout.replace("\n", " ")
    unknown = ask("show", "https://nobody.example/never")
    assert unknown.returncode == 1 and "never heard of https://nobody.example/never" in unknown.stderr


def test_show_diff_marks_what_changed_word_by_word(scrapy, crawled, tmp_path):
    path = tmp_path / "revised.db"
    with sqlite3.connect(crawled[2]) as source, sqlite3.connect(path) as copy:
        source.backup(copy)
        copy.execute(
            "INSERT INTO revisions SELECT article_id, 2, seen, kind, title || '!', replace(text, ' ', '  '), 'x'"
            " FROM revisions WHERE article_id = 1 AND number = 1"
        )
    source.close()
    copy.close()
    shown = scrapy("show", "1", "--diff", "-s", f"DATABASE={path}").stdout
    assert "revision 1 -> 2" in shown and "headline changed" in shown and "{+" in shown


def test_try_shows_every_stage_and_writes_nothing(scrapy, crawled, tmp_path):
    web = crawled[0]
    url, truth = next((url, truth) for url, truth in web.truth.items() if truth.fate == "stored")
    seeds = web.seeds(tmp_path / "seeds.toml")
    arguments = ("-a", f"seeds={seeds}", "-s", "ALLOWED_PRIVATE_NETWORKS=127.0.0.0/8")
    result = scrapy("try", "venezuela_russia", url, *arguments)
    assert result.returncode == 0, result.stderr
    for part in (
        "fetch      200",
        "gate       passed",
        f"title: {truth.title}",
        "relevance",
        f"language   {truth.language}",
        "would be stored",
    ):
        assert part in result.stdout
    assert not (tmp_path / "news.db").exists()
    refused = scrapy("try", "venezuela_russia", url, "-a", f"seeds={seeds}")
    assert refused.returncode == 1 and "ALLOWED_PRIVATE_NETWORKS" in refused.stdout
    assert refused.stdout.endswith("outcome    failed\n")


def test_try_ends_when_nobody_reads_what_it_says(crawled, tmp_path):
    web = crawled[0]
    line = [sys.executable, "-m", "scrapy", "try", "venezuela_russia", next(iter(web.truth))]
    line += ["-a", f"seeds={web.seeds(tmp_path / 'seeds.toml')}", "-s", "ALLOWED_PRIVATE_NETWORKS=127.0.0.0/8"]
    with subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode is not None


def test_try_says_at_which_stage_a_crawl_would_turn_a_page_away(scrapy, crawled, tmp_path):
    web = crawled[0]
    url = next(url for url, truth in web.truth.items() if truth.fate == "stored")
    seeds = tmp_path / "opera.toml"
    seeds.write_text('[terms]\nplace = ["tarragona"]\n[[sources]]\nname = "A"\nurl = "https://a.example/"\n')
    arguments = ("-a", f"seeds={seeds}", "-s", "ALLOWED_PRIVATE_NETWORKS=127.0.0.0/8")
    shown = scrapy("try", "opera", url, *arguments).stdout
    assert "\ngate       no mention of place anywhere on the page: a crawl reads no further\n" in shown
    assert "\noutcome    irrelevant: no mention of place" in shown


def test_sources_shows_the_health_of_each(ask, crawled):
    listed = json.loads(ask("sources", "--format", "json").stdout)
    assert {row["name"] for row in listed} == {row["name"] for row in rows(crawled[2], "SELECT name FROM sources")}
    assert sum(row["stored"] for row in listed) > 0
    table = ask("sources").stdout
    assert all(row["name"] in table for row in listed if row["state"] != "disabled")


def test_list_names_the_topics(scrapy):
    assert scrapy("list").stdout.split() == ["venezuela_russia"]


def test_help_teaches_every_command():
    commands = sorted(path.stem for path in (ROOT / "crawler" / "commands").glob("[a-z]*.py"))
    assert len(commands) >= 10
    for command in commands:
        code, out, _ = run_here(command, "--help")
        assert code == 0 and f"\n  scrapy {command} " in out
        headings = {above for above, line in pairwise(out.splitlines()) if line and not line.strip("=")}
        assert headings <= {"Usage", "Positional Arguments", "Options", "Examples"}, command
        assert len(out.partition("Options")[0].split()) > 30, command


def test_articles_are_chosen_and_ordered_by_how_much_they_are_about_the_topic(ask, crawled):
    matches = rows(crawled[2], "SELECT article_id, score, role, parts FROM matches")
    chosen = json.loads(
        ask("articles", "--role", "mention", "--all-copies", "--format", "json", "--limit", "99").stdout
    )
    assert {row["id"] for row in chosen} == {row["article_id"] for row in matches if row["role"] == "mention"} != set()
    best = json.loads(ask("articles", "--by-score", "--min-score", ".4", "--all-copies", "--format", "json").stdout)
    scores = {row["article_id"]: row["score"] for row in matches}
    assert [scores[row["id"]] for row in best] == sorted((s for s in scores.values() if s >= 0.4), reverse=True)[:20]
    assert ask("articles", "--min-score", "4").returncode == 2
    shown = ask("show", str(best[0]["id"])).stdout
    assert "subject, " in shown and " of 10 points: the title names " in shown


def test_one_event_is_one_story_across_outlets_and_languages(ask, crawled):
    web = crawled[0]
    about = json.loads(ask("articles", "--stories", "--format", "json", "--limit", "100").stdout)
    stories = json.loads(ask("articles", "--stories", "--role", "mention", "--format", "json", "--limit", "100").stdout)
    subjects = {row[0] for row in rows(crawled[2], "SELECT article_id FROM matches WHERE role = 'subject'")}
    assert 0 < len(about) < len(stories)
    assert all(subjects & {report["id"] for report in story["reports"]} for story in about)
    assert sum(len(story["reports"]) for story in stories) == len(rows(crawled[2], "SELECT 1 FROM articles"))
    for event in ("grain-terminal", "direct-flight"):
        told = {address for url, t in web.truth.items() if t.event == event for address in (url, *t.aliases)}
        (story,) = [story for story in stories if told.intersection(report["url"] for report in story["reports"])]
        assert {report["url"] for report in story["reports"]} <= told
        assert story["languages"] == ["en", "es", "pt", "ru"]
        assert story["outlets"] >= 5
        first = min(story["reports"], key=lambda report: report["published"])
        assert story["first_report"] == first
    assert story["title"] in ask("articles", "--stories").stdout


def test_show_tells_what_joins_the_reports_of_a_story(ask, crawled):
    row = rows(
        crawled[2],
        "SELECT id FROM articles WHERE language = 'ru' AND story_id = (SELECT id FROM stories ORDER BY outlets DESC)",
    )[0]
    shown = " ".join(ask("show", str(row["id"])).stdout.split())
    assert "same story" in shown and "; in common: " in shown


def test_show_says_who_carries_a_wire_story(scrapy, crawled, tmp_path):
    path = tmp_path / "wire.db"
    with sqlite3.connect(crawled[2]) as source, sqlite3.connect(path) as copy:
        source.backup(copy)
        number, original = copy.execute(
            "SELECT id, duplicate_of FROM articles WHERE duplicate_of IS NOT NULL"
        ).fetchone()
        copy.execute("UPDATE articles SET agency = 'EFE' WHERE id = ?", (original,))
    source.close()
    copy.close()
    shown = scrapy("show", str(number), "-s", f"DATABASE={path}").stdout
    assert "EFE, carried by 2 outlets" in shown


def test_the_database_is_opened_without_what_only_tables_of_numbers_need():
    """sqlite-utils would load pandas; other code of the process may still do so."""
    code = "import sys, crawler.database; print({'numpy', 'pandas'} & set(sys.modules)); import numpy"
    assert subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True) == "set()\n"
