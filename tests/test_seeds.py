"""Seeds files: what a right one means, and the one line that a wrong one is answered with."""

import re
import textwrap
from dataclasses import fields
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from crawler.seeds import Alerts, Rule, SeedsError, Source, Topic, duration, expand, read_topic, topic_paths

WHOLE = """
title = "Lithium in South America"
languages = ["en", "es"]
max_age = "30d"

[terms]
lithium = ["lithium", "litio*"]
places = ["bolivia*", "salar de uyuni"]

[[sources]]
name = "Example Daily"
url = "https://example.com/feed/"
kind = "feed"
language = "en"
timezone = "America/La_Paz"
every = "30m"
proxy = "http://${PROXY_USER}@proxy.example:3128"
max_age = "2w"
enabled = false
note = "slow"
pages = 5
urls = ["https://example.com/rss.xml", "http://example.org/"]
outlet = "Example"
given = ["places"]
include = ["/minería/", "*/oil-*.html$"]
exclude = ["/sport/"]
quiet = "60d"
checked = 2026-09-24

[[sources]]
name = "El Ejemplo"
url = "https://ejemplo.example/minería"

[alerts]
urls = ["mailto://${MAIL}", "${HOOK}"]

[[alerts.rules]]
on = "outlets"
outlets = 3
terms = ["litio*"]
language = "es"

[[alerts.rules]]
on = "silent source"
"""

SMALL = """
[terms]
any = ["*"]

[[sources]]
name = "One"
url = "https://one.example/feed"

[[sources]]
name = "Two"
url = "https://two.example/feed"
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write a seeds file into ``seeds/`` of the current folder and give its path."""
    (tmp_path / "seeds").mkdir()
    monkeypatch.chdir(tmp_path)

    def write(content: str | bytes, name: str = "lithium.toml") -> Path:
        path = tmp_path / "seeds" / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def complaint(path: Path, name: str | None = None) -> str:
    with pytest.raises(SeedsError) as caught:
        read_topic(path, name)
    return str(caught.value)


def test_every_key_arrives(write):
    path = write(WHOLE)
    topic = read_topic(path)
    assert (topic.name, topic.title, topic.path) == ("lithium", "Lithium in South America", path)
    assert (topic.languages, topic.max_age) == (("en", "es"), timedelta(days=30))
    assert topic.terms.groups == {"lithium": ("lithium", "litio*"), "places": ("bolivia*", "salar de uyuni")}
    assert topic.sources == (
        Source(
            name="Example Daily",
            url="https://example.com/feed/",
            kind="feed",
            language="en",
            timezone="America/La_Paz",
            every=timedelta(minutes=30),
            proxy="http://${PROXY_USER}@proxy.example:3128",
            max_age=timedelta(days=14),
            enabled=False,
            note="slow",
            pages=5,
            urls=("https://example.com/rss.xml", "http://example.org/"),
            outlet="Example",
            given=("places",),
            include=("/minería/", "*/oil-*.html$"),
            exclude=("/sport/",),
            quiet=timedelta(days=60),
            checked=date(2026, 9, 24),
        ),
        Source(name="El Ejemplo", url="https://ejemplo.example/minería"),
    )
    assert topic.alerts == Alerts(
        urls=("mailto://${MAIL}", "${HOOK}"),
        rules=(Rule(on="outlets", outlets=3, terms=("litio*",), language="es"), Rule(on="silent source")),
    )


def test_what_is_left_out_means_no_limit(write):
    topic = read_topic(write(SMALL, "rare_earths.toml"))
    assert (topic.title, topic.languages, topic.max_age, topic.alerts) == ("rare earths", (), None, Alerts())


def test_a_given_name_goes_before_the_files(write):
    assert read_topic(write(SMALL, "My Draft (2).toml"), "draft").name == "draft"


def test_a_byte_order_mark_is_no_mistake(write):
    assert read_topic(write(b"\xef\xbb\xbf" + WHOLE.encode())).title == "Lithium in South America"


def test_secrets_are_not_in_the_printed_form(write):
    shown = repr(read_topic(write(WHOLE)))
    assert "PROXY_USER" not in shown and "mailto" not in shown


SYNTAX = [
    ("max_age = 30d", "line 2, column 13: Expected newline or end of document after a statement: write one key a line"),
    ("title = Lithium", 'line 2, column 9: Invalid value: put text in double quotes, as in title = "..."'),
    ('languages = ["en", "es"', "line 3, the end of the file: Unclosed array: close the list with ]"),
    ('title = "Lithium\n', "line 2, column 17: Illegal character"),
    ("title", "Expected '=' after a key in a key/value pair: write key = \"value\""),
    ('title = "a"\ntitle = "b"', "line 3, column 12: Cannot overwrite a value: name each key and each [table] once"),
    ("[terms]\n[terms]", "line 3, column 7: Cannot declare ('terms',) twice: name each key"),
]


@pytest.mark.parametrize(("content", "expected"), SYNTAX)
def test_a_syntax_error_is_told_with_its_line_and_what_to_do(write, content, expected):
    message = complaint(write("\n" + content + "\n"))
    assert message.startswith("seeds/lithium.toml: line ")
    assert expected in message


# what is wrong in the small file -> the message, after the file's name
WRONG = [
    # unknown keys
    ('max_agee = "30d"' + SMALL, 'unknown key "max_agee": did you mean "max_age"?'),
    (
        "colour = 1" + SMALL,
        'unknown key "colour": known are title, languages, max_age, role, min_score, terms, sources, alerts',
    ),
    ('role = "all"\n' + SMALL, 'role "all" is not one of subject, mention'),
    ("min_score = 4\n" + SMALL, "min_score is 4: write a number from 0 to 1"),
    ('min_score = "x"\n' + SMALL, "min_score is no number"),
    (SMALL + 'urll = "x"', 'sources[2] has an unknown key "urll": did you mean "url"? (name "Two")'),
    (SMALL + '[alerts]\nurl = ["mailto://a"]', 'alerts has an unknown key "url": did you mean "urls"?'),
    (
        SMALL + '[alerts]\nurls = ["mailto://a"]\n[[alerts.rules]]\non = "spike"\noutlet = 3',
        'alerts.rules[1] has an unknown key "outlet": did you mean "outlets"?',
    ),
    # missing
    (
        SMALL.replace('url = "https://two.example/feed"', ""),
        'sources[2] has no "url": add url = "https://..." (name "Two")',
    ),
    (SMALL.replace('name = "Two"', ""), 'sources[2] has no "name": add name = "..."'),
    ('[terms]\nany = ["*"]', 'no sources: add [[sources]] with name = "..." and url = "https://..."'),
    ("sources = []\n" + '[terms]\nany = ["*"]', "no sources: add [[sources]]"),
    (SMALL.replace('[terms]\nany = ["*"]', ""), "no [terms]: add [terms] and below it a group"),
    (SMALL.replace('any = ["*"]', ""), "terms has no group: add one, as in russia ="),
    (SMALL + "[alerts]", 'alerts has no "urls": add urls = ["mailto://..."]'),
    (SMALL + '[alerts]\nurls = ["mailto://a"]\n[[alerts.rules]]', 'alerts.rules[1] has no "on": add on = "new story"'),
    (
        SMALL + '[alerts]\nurls = ["mailto://a"]\n[[alerts.rules]]\non = "outlets"',
        'alerts.rules[1] has no "outlets": add outlets = 3',
    ),
    (
        SMALL + '[alerts]\nurls = ["mailto://a"]\n[[alerts.rules]]\non = "search"',
        'alerts.rules[1] has no "search": add search = "oil", a search that "scrapy desk save oil WORDS" has kept',
    ),
    # empty
    ('title = " "' + SMALL, 'title is empty: write title = "..."'),
    ("languages = []" + SMALL, 'languages is empty: write languages = ["en", "es"], or leave it out to keep all'),
    (SMALL.replace('["*"]', "[]"), 'terms.any is empty: write any = ["..."]'),
    (SMALL.replace("any", '""'), "terms has a group without a name: name it"),
    (SMALL.replace("Two", ""), 'sources[2].name is empty: write name = "..."'),
    (SMALL.replace("https://two.example/feed", ""), 'sources[2].url is empty: write url = "https://..."'),
    (SMALL + "[alerts]\nurls = []", 'alerts.urls is empty: write urls = ["mailto://..."]'),
    # terms
    (SMALL.replace('"*"', '"..."'), 'terms.any[1] "..." has no letter or digit: name a word'),
    (SMALL.replace('"*"', '"a", "*zuela"'), 'terms.any[2] "*zuela" has a "*" before its end: only the end of a word'),
    (SMALL.replace('"*"', '"-plátano maduro"'), 'terms cannot be used: group "any" has no term that counts: add one'),
    # values
    (SMALL + 'kind = "rs"', 'sources[2].kind "rs" is not one of feed, sitemap, section, page: write kind = "feed"'),
    (SMALL + 'kind = "Sitemaps"', 'sitemap, section, page: write kind = "sitemap" (name "Two")'),
    (SMALL.replace("https://two", "ftp://two"), 'sources[2].url "ftp://two.example/feed" does not begin with http://'),
    (SMALL.replace("https://two", "two"), 'sources[2].url "two.example/feed" does not begin with http:// or https://'),
    (SMALL.replace("https://two.example", "https://"), 'sources[2].url "https:///feed" names no host'),
    (
        SMALL.replace("two.example", "two.example:port"),
        'sources[2].url "https://two.example:port/feed" is no web addre',
    ),
    (SMALL.replace("two.example", "[two"), 'sources[2].url "https://[two/feed" is no web address'),
    (SMALL.replace("two.example/", "two.example/a b"), "has a space in it: write %20 instead"),
    ('languages = ["en", "eng"]' + SMALL, 'languages[2] "eng" is no ISO 639-1 code: did you mean "en"?'),
    ('languages = ["EN"]' + SMALL, 'languages[1] "EN" is no ISO 639-1 code: did you mean "en"?'),
    ('languages = ["zh-cn"]' + SMALL, 'languages[1] "zh-cn" is no ISO 639-1 code: did you mean "zh"?'),
    ('languages = ["xx"]' + SMALL, 'languages[1] "xx" is no ISO 639-1 code: write two letters, as in "es"'),
    ('languages = ["und"]' + SMALL, 'languages[1] "und" is no language: leave it out'),
    (SMALL + 'language = "jp"', 'sources[2].language "jp" is no ISO 639-1 code: did you mean "ja"?'),
    (SMALL + 'timezone = "Caracas"', 'timezone "Caracas" is no IANA time zone: did you mean "America/Caracas"?'),
    (SMALL + 'timezone = "america/caracas"', 'did you mean "America/Caracas"?'),
    (SMALL + 'timezone = "America"', 'sources[2].timezone "America" is no IANA time zone'),
    (SMALL + 'timezone = "../../etc/passwd"', "is no IANA time zone"),
    ('max_age = "30 days"' + SMALL, 'max_age "30 days" is not a number with m, h, d, w or y: write max_age = "30d"'),
    ('max_age = "0d"' + SMALL, 'max_age "0d" is not between 1 minute and 100 years: write max_age = "30d"'),
    (SMALL + 'every = "-5m"', 'sources[2].every "-5m" is not a number with m, h, d, w or y: write every = "30m"'),
    (SMALL + 'every = "999999999w"', "is not between 1 minute and 100 years"),
    (
        SMALL + 'proxy = "socks://secret@host"',
        'sources[2].proxy is no http:// or https:// address: write proxy = "${NAME}"',
    ),
    (
        SMALL.replace("https://", "https://me:secret@"),
        'url has a user or a password in it: take them out and write login = "${NAME}"',
    ),
    (SMALL + 'login = "me:secret"', 'sources[2].login names no variable: write login = "${NAME}" and export NAME='),
    (SMALL + 'login = "${secret"', "sources[2].login names no variable"),
    (SMALL + 'proxy = "${secret"', "sources[2].proxy is no http:// or https:// address"),
    (
        SMALL + '[alerts]\nurls = ["secret"]',
        'alerts.urls[1] is no Apprise address: write "${NAME}" or an address as in',
    ),
    (
        SMALL + '[alerts]\nurls = ["mailto://a"]\n[[alerts.rules]]\non = "new storys"',
        'on "new storys" is not one of new story, outlets, search, spike, silent source: write on = "new story"',
    ),
    (
        SMALL + '[alerts]\nurls = ["mailto://a"]\n[[alerts.rules]]\non = "spike"\noutlets = 0',
        "alerts.rules[1].outlets is 0: write outlets = 3",
    ),
    (
        SMALL + '[alerts]\nurls = ["mailto://a"]\n[[alerts.rules]]\non = "spike"\nterms = ["-a b"]',
        "alerts.rules[1].terms has no term that counts: add one without a minus",
    ),
    (
        SMALL + '[alerts]\nurls = ["mailto://a"]\n[[alerts.rules]]\non = "silent source"\noutlets = 2',
        'alerts.rules[1].outlets cannot be with on = "silent source": take it out',
    ),
    (
        SMALL + '[alerts]\nurls = ["mailto://a"]\n[[alerts.rules]]\non = "spike"\nsearch = "oil"',
        'alerts.rules[1].search cannot be with on = "spike": write on = "search", or take it out',
    ),
    (
        SMALL + '[alerts]\nurls = ["mailto://a"]\n[[alerts.rules]]\non = "spike"\nterms = ["!"]',
        'alerts.rules[1].terms[1] "!" has no letter or digit: name a word',
    ),
    (SMALL + 'include = "/world/"', 'sources[2].include is text, not a list: write include = ["/world/"]'),
    (SMALL + "exclude = []", 'sources[2].exclude is empty: write exclude = ["/world/"]'),
    (SMALL + 'include = ["world"]', 'sources[2].include[1] "world" is no path: write "/world/" or "*/world/"'),
    (SMALL + 'quiet = "often"', 'sources[2].quiet "often" is not a number with m, h, d, w or y: write quiet = "60d"'),
    (SMALL + 'checked = "2026-09-24"', "sources[2].checked is text, not a date: write checked = 2026-09-24"),
    (SMALL + "checked = 2026-09-24T10:00:00", "sources[2].checked is a time, not a date: write checked"),
    (SMALL + 'given = ["any", "mine"]', 'sources[2].given[2] "mine" is no group of the topic: write given = ["any"]'),
    (SMALL + 'given = "any"', 'sources[2].given is text, not a list: write given = ["..."]'),
    (SMALL + 'outlet = " "', 'sources[2].outlet is empty: write outlet = "..."'),
    (SMALL + 'urls = "https://a.example"', 'sources[2].urls is text, not a list: write urls = ["https://..."]'),
    (SMALL + 'urls = ["a.example"]', 'sources[2].urls[1] "a.example" does not begin with http:// or https://: write'),
    (SMALL + 'urls = ["https://me:secret@a.example"]', "sources[2].urls[1] has a user or a password in it"),
    (SMALL + 'urls = ["https://one.example/feed"]', "sources[2].urls[1] is the url of sources[1] too: keep one"),
    (SMALL + 'urls = ["https://two.example/feed"]', "sources[2].urls[1] is the url of sources[2] too: keep one"),
    (SMALL + "pages = 0", "sources[2].pages is 0: write a number from 1 to 100, as in pages = 5"),
    (SMALL + 'pages = "5"', "sources[2].pages is text, not a number: write pages = 5"),
    # duplicates
    (SMALL.replace("Two", "ONE"), 'sources[2].name "ONE" is the name of sources[1] too: name it otherwise'),
    (SMALL.replace("two.example", "one.example"), "sources[2].url is the url of sources[1] too: keep one of the two"),
    # types
    ("title = 5" + SMALL, 'title is a number, not text: write title = "..."'),
    ("max_age = 30" + SMALL, 'max_age is a number, not text: write max_age = "30d"'),
    ("max_age = 2024-07-01" + SMALL, "max_age is a date, not text"),
    ('languages = "en"' + SMALL, 'languages is text, not a list: write languages = ["en", "es"]'),
    ("languages = [1]" + SMALL, "languages[1] is a number, not text: write"),
    (SMALL.replace('["*"]', '"*"'), 'terms.any is text, not a list: write any = ["..."]'),
    (SMALL.replace('["*"]', "[[]]"), "terms.any[1] is a list, not text"),
    (SMALL.replace('["*"]', "{}"), 'terms cannot be used: group "any" has no term that counts: add one'),
    (SMALL.replace('["*"]', '{weak = "a"}'), 'terms.any.weak is text, not a list: write weak = ["..."]'),
    (
        SMALL.replace('["*"]', '{any = ["a"], strong = ["b"]}'),
        'terms.any has an unknown key "strong": known are any, weak',
    ),
    (SMALL.replace('["*"]', '{any = ["a"], sp = ["b"]}'), 'terms.any.sp "sp" is no ISO 639-1 code'),
    (SMALL.replace('["*"]', '{any = ["a"], least = 0}'), "terms.any.least is 0: write least = 1 or more"),
    (SMALL.replace('["*"]', '{any = ["a"], least = "2"}'), "terms.any.least is text, not a"),
    (SMALL.replace('["*"]', '{any = ["-"]}'), 'terms.any.any[1] "-" has no letter or digit'),
    (SMALL.replace('any = ["*"]', 'not = {any = ["a"]}'), "terms has no group beside not: add one"),
    (SMALL.replace('["*"]', '["*"]\nnot = {weak = ["a"]}'), "terms.not.weak keeps a text out by itself"),
    ("terms = 1\n" + SMALL.replace('[terms]\nany = ["*"]', ""), "terms is a number, not a table: write [terms]"),
    ("[[terms]]\n" + SMALL.replace("[terms]", "[[terms]]"), "terms is a list, not a table: write [terms]"),
    (SMALL.replace('[[sources]]\nname = "Two"', "[x]\n[[y]]"), 'unknown key "x"'),
    ('[terms]\nany = ["*"]\n[sources]\nname = "One"', "sources is a table, not a list of tables: write [[sources]]"),
    ("sources = [1]\n[terms]\nany = ['*']", "sources[1] is a number, not a table: write [[sources]] above each"),
    (SMALL + 'enabled = "no"', "sources[2].enabled is text, not true or false: write enabled = false"),
    (SMALL + "enabled = 0", "sources[2].enabled is a number, not true or false"),
    (SMALL + "name = []".replace("name", "note"), "sources[2].note is a list, not text"),
    (SMALL + "every = 30", 'sources[2].every is a number, not text: write every = "30m" (name "Two")'),
    ("alerts = true\n" + SMALL, "alerts is true or false, not a table: write [alerts]"),
    (
        SMALL + '[alerts]\nurls = ["mailto://a"]\n[[alerts.rules]]\non = "spike"\noutlets = true',
        "alerts.rules[1].outlets is true or false, not a number: write outlets = 3",
    ),
    (SMALL + '[alerts]\nurls = ["mailto://a"]\nrules = [1]', "alerts.rules[1] is a number, not a table"),
]


@pytest.mark.parametrize(("content", "expected"), WRONG)
def test_a_mistake_is_told_with_file_place_and_remedy_in_one_line(write, content, expected):
    message = complaint(write(content))
    assert message.startswith("seeds/lithium.toml: ")
    assert expected in message
    assert "\n" not in message
    assert "secret" not in message


def test_values_with_line_breaks_do_not_break_the_line(write):
    message = complaint(write(SMALL + '"a\\nb" = 1'))
    assert 'unknown key "a b"' in message
    assert "has a line break" in complaint(write(SMALL.replace("Two", "Two\\nlines")))


def test_long_values_are_cut(write):
    assert len(complaint(write(SMALL + f'kind = "{"x" * 5000}"'))) < 300


def test_a_file_that_is_not_utf_8_is_told_with_the_line(write):
    message = complaint(write(b'title = "ok"\nnote = "' + "Венесуэла".encode("windows-1251") + b'"'))
    assert message == "seeds/lithium.toml: line 2 is not UTF-8: save the file with that encoding"


def test_a_missing_file_a_folder_and_an_impossible_path_are_told(write, tmp_path):
    assert complaint(tmp_path / "seeds" / "none.toml") == "seeds/none.toml: no such file: check the path"
    (tmp_path / "seeds" / "folder.toml").mkdir()
    assert complaint(tmp_path / "seeds" / "folder.toml").startswith("seeds/folder.toml: cannot be read (")
    assert "cannot be read" in complaint(Path("a\0b.toml"), "a")


def test_deep_nesting_and_endless_numbers_are_told(write):
    assert "nested too deeply" in complaint(write("a = " + "[" * 100_000))
    assert "cannot be read" in complaint(write("a = " + "9" * 10_000))


@pytest.mark.parametrize("stem", ["My Topic", "Lithium", "литий", "a.b", "a'b"])
def test_a_topic_is_named_so_that_it_can_be_typed(write, stem):
    message = complaint(write(SMALL, f"{stem}.toml"))
    assert message.startswith(f'seeds/{stem}.toml: a topic cannot be called "{stem}": use only a-z, 0-9, _ and -')


def test_a_file_elsewhere_is_named_in_full(write, tmp_path, monkeypatch):
    path = write("x")
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    assert complaint(path).startswith(f"{path}: ")


def test_topics_are_the_toml_files_of_the_folder(tmp_path):
    for name in ("b.toml", "a.toml", "README.md", ".c.toml", "d.toml~"):
        (tmp_path / name).write_text("broken [")
    assert topic_paths(tmp_path) == {"a": tmp_path / "a.toml", "b": tmp_path / "b.toml"}
    assert topic_paths(tmp_path / "none") == {}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("30m", timedelta(minutes=30)),
        ("24h", timedelta(days=1)),
        ("7d", timedelta(days=7)),
        ("2w", timedelta(days=14)),
    ],
)
def test_durations(value, expected):
    assert duration(value) == expected


@given(st.text(max_size=12))
@example("١d")
@example("1d\n")
@example("9999999999d")
def test_any_text_is_a_positive_duration_or_refused(value):
    try:
        assert duration(value) > timedelta(0)
    except ValueError:
        assert not re.fullmatch("[1-9][0-9]{0,3}[mhdwy]", value)


def test_variables_are_filled_in_from_the_environment():
    assert expand("http://${USER_1}:${P}@proxy", {"USER_1": "me", "P": "s3"}) == "http://me:s3@proxy"
    assert expand("mailto://$HOME", {"HOME": "x"}) == "mailto://$HOME"


@pytest.mark.parametrize("environ", [{}, {"TOKEN": ""}])
def test_a_variable_that_is_not_set_is_named(environ):
    with pytest.raises(SeedsError, match="environment variable TOKEN is not set: export TOKEN="):
        expand("tgram://${TOKEN}/1", environ)


# seeds/README.md is true.

README = (Path(__file__).parent.parent / "seeds" / "README.md").read_text(encoding="utf-8")
NAMES = ("The Other Post", "Mining Post", "Example Daily")  # as in the complaints that it shows


def test_the_readme_explains_every_key():
    for owner, prefix in ((Topic, ""), (Source, ""), (Alerts, ""), (Rule, "rules.")):
        for key in {field.name for field in fields(owner)} - ({"name", "path"} if owner is Topic else set()):
            assert re.search(rf"^\| `\[*{re.escape(prefix + key)}\]*` \|", README, re.MULTILINE), key


def test_the_readmes_example_is_a_topic_and_its_alerts_fit_it(write):
    topic, tables, alerts = (textwrap.dedent(block) for block in re.findall(r"```toml\n(.*?)```", README, re.DOTALL))
    assert read_topic(write(topic + alerts)).alerts.rules[0].outlets == 3
    terms = read_topic(write(f'{tables}\n[[sources]]\nname = "a"\nurl = "https://a.example/"\n')).terms
    assert terms.depends_on_language and terms.hits("Rusia", "Sechin") and not terms.hits("", "Sechin, Sechin")


def test_the_readmes_complaints_are_what_is_printed(write):
    one, two, three = (f'[[sources]]\nname = "{name}"\nurl = "https://{n}.example/"\n' for n, name in enumerate(NAMES))
    head = '[terms]\nany = ["*"]\n'
    missing = complaint(write(head + one + two + three.replace('url = "https://2.example/"', "")))
    unknown = complaint(write(head + one + two + 'langauge = "en"\n' + three))
    assert f"    {missing}\n    {unknown}\n" in README


# Whatever the file holds, reading it gives a topic or SeedsError.


def read_or_refuse(folder: Path, content: bytes) -> None:
    path = folder / "fuzzed.toml"
    path.write_bytes(content)
    try:
        read_topic(path)
    except SeedsError as error:
        assert str(error).isprintable()
        assert str(error).count(": ") >= 2


fuzz = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@given(content=st.binary())
@fuzz
def test_arbitrary_bytes_never_raise_anything_else(tmp_path, content):
    read_or_refuse(tmp_path, content)


@given(
    edits=st.lists(
        st.tuples(
            st.integers(0, len(WHOLE)), st.integers(0, 12), st.text(max_size=5) | st.sampled_from("\"[]{}=\n,'*$")
        ),
        min_size=1,
        max_size=4,
    )
)
@fuzz
def test_damaged_files_never_raise_anything_else(tmp_path, edits):
    text = WHOLE
    for place, length, put in edits:
        text = text[:place] + put + text[place + length :]
    read_or_refuse(tmp_path, text.encode("utf-8", "surrogatepass"))


values = st.recursive(
    st.integers() | st.booleans() | st.floats() | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=6,
)


def toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(c):08x}" for c in value) + '"'
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(inner)}" for key, inner in value.items()) + "}"
    return repr(value)


@given(line=st.sampled_from([line for line in WHOLE.splitlines() if " = " in line]), value=values)
@fuzz
def test_a_value_of_any_shape_never_raises_anything_else(tmp_path, line, value):
    key = line.partition(" = ")[0]
    read_or_refuse(tmp_path, WHOLE.replace(line, f"{key} = {toml(value)}", 1).encode())


def test_a_language_that_no_text_tells_is_told_when_the_file_is_read(tmp_path, caplog):
    path = tmp_path / "ports.toml"
    path.write_text('languages = ["en", "gl", "sr"]\n' + SMALL, encoding="utf-8")
    caplog.set_level("INFO")
    assert read_topic(path).languages == ("en", "gl", "sr")
    said = f'{path}: language "gl" cannot be told from a text: kept are pages that declare it'
    assert [record.getMessage() for record in caplog.records] == [said]
