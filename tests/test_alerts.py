"""Alert rules: what they find, that each tells once, and that no spike is seen where there is none."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from crawler import clock
from crawler.alerts import messages, spikes
from crawler.alerts.deliveries import Deliveries
from crawler.alerts.rules import evaluate
from crawler.desk import beside
from crawler.digest import contents
from crawler.search.filters import Filters
from crawler.seeds import SeedsError, read_topic
from tests.newsroom import TOPIC, Newsroom

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def newsroom(tmp_path):
    room = Newsroom(tmp_path)
    yield room
    room.close()


def found(newsroom, rules, days=1):
    """What the rules find since so many days ago."""
    newsroom.alerts("json://127.0.0.1:1", rules=rules)
    since = clock.text(clock.now() - timedelta(days=days))
    topic = read_topic(newsroom.seeds, TOPIC)
    entries = contents.entries(newsroom.db.conn, TOPIC, since)
    return evaluate(newsroom.db.conn, topic, entries, since)


def rule(on, more=""):
    return f'[[alerts.rules]]\non = "{on}"\n{more}\n'


def titles(alerts):
    return sorted(alert.entry.title if alert.entry else alert.notice.title for alert in alerts)


def test_new_story_tells_stories_that_began_since(newsroom):
    newsroom.add("old", hours=30, title="Old")
    newsroom.add(
        "old", hours=2, outlet="pier", title="Old, told anew", url="https://pier.example/x", text="Other. " * 40
    )
    newsroom.db.conn.execute("UPDATE articles SET story_id = 1")
    newsroom.add("new", hours=3, title="New")
    assert titles(found(newsroom, rule("new story"))) == ["New"]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ('terms = ["cable*"]', ["Cables are laid"]),
        ('language = "ru"', ["Порт закрыт"]),
        ('terms = ["порт"]\nlanguage = "ru"', ["Порт закрыт"]),
        ('terms = ["порт"]\nlanguage = "en"', []),
        ("outlets = 2", []),
    ],
)
def test_terms_and_language_of_a_rule_hold_for_one_article(newsroom, more, expected):
    newsroom.add(1, title="Cables are laid")
    newsroom.add(2, title="Порт закрыт", language="ru", outlet="rada")
    assert titles(found(newsroom, rule("new story", more))) == expected


def test_outlets_are_counted_with_copies_and_only_those_that_satisfy_the_rule(newsroom):
    for outlet, language in (("quay", "en"), ("pier", "ru"), ("dock", "ru")):
        newsroom.add(1, outlet=outlet, language=language, hours=3, title="Ships")
    assert titles(found(newsroom, rule("outlets", "outlets = 3"))) == ["Ships"]
    assert not found(newsroom, rule("outlets", "outlets = 4"))
    assert not found(newsroom, rule("outlets", 'outlets = 3\nlanguage = "ru"'))
    (alert,) = found(newsroom, rule("outlets", 'outlets = 2\nlanguage = "ru"\nterms = ["ships"]'))
    assert alert.label == "Reached 2 outlets in ru, names ships"


SEARCH = 'search = "Cables"'


def test_a_saved_search_tells_a_story_once_also_one_that_was_told_before(newsroom):
    beside(newsroom.db.conn).save("cables", Filters(words="cable"))
    newsroom.add(1, hours=30, title="Cables of long ago")
    newsroom.add(2, hours=3, title="Ships")
    newsroom.add(3, hours=3, title="A cable is laid")
    assert untold(newsroom, rule("search", SEARCH)) == ['search "cables"']
    assert untold(newsroom, rule("search", SEARCH)) == []
    assert untold(newsroom, rule("search", SEARCH), only_alerts=False) == ["digest"]
    newsroom.add(2, hours=1, outlet="pier", title="Ships over the cable")
    (alert,) = (alert for alert in found(newsroom, rule("search", SEARCH)) if alert.entry.title == "Ships")
    assert alert.label == "Found by Cables"
    assert untold(newsroom, rule("search", SEARCH)) == ['search "cables"']
    assert untold(newsroom, rule("search", SEARCH)) == []


def test_other_conditions_hold_for_what_a_search_finds(newsroom):
    beside(newsroom.db.conn).save("cables", Filters(words="cable"))
    for outlet in ("quay", "pier"):
        newsroom.add(1, outlet=outlet, title="A cable is laid")
    assert titles(found(newsroom, rule("search", SEARCH + "\noutlets = 2"))) == ["A cable is laid"]
    assert not found(newsroom, rule("search", SEARCH + '\nlanguage = "ru"'))


def test_a_search_that_is_not_on_the_desk_is_told_with_its_rule(newsroom):
    with pytest.raises(
        SeedsError, match=r'rules\[2\].search: there is no saved search "Cables": keep one with "scrapy d'
    ):
        found(newsroom, rule("new story") + rule("search", SEARCH))


def untold(newsroom, rules, only_alerts=True, address="json://a"):
    """What an address is told now, by rule and subject; it is delivered."""
    since = clock.text(clock.now() - timedelta(days=1))
    entries = contents.entries(newsroom.db.conn, TOPIC, since)
    newsroom.alerts("json://127.0.0.1:1", rules=rules)
    now = evaluate(newsroom.db.conn, read_topic(newsroom.seeds, TOPIC), entries, since)
    deliveries = Deliveries(newsroom.db.conn, TOPIC, address)
    events = [event for item in messages.untold(deliveries, entries, now, only_alerts) for event in item.events]
    deliveries.confirm(deliveries.claim(events))
    return sorted(event.rule for event in events)


def test_a_story_is_told_again_only_when_a_rule_for_outlets_says_so(newsroom):
    rules = rule("new story") + rule("outlets", "outlets = 2") + rule("outlets", "outlets = 3")
    newsroom.add(1, hours=5)
    assert untold(newsroom, rules) == ["new story"]
    assert untold(newsroom, rules, only_alerts=False) == []  # the digest does not repeat it
    newsroom.add(1, hours=4, outlet="pier")
    assert untold(newsroom, rules, only_alerts=False) == ["outlets outlets 2"]
    assert untold(newsroom, rules, only_alerts=False) == []
    newsroom.add(1, hours=3, outlet="dock")
    newsroom.add(2, hours=3)
    assert untold(newsroom, rules, only_alerts=False) == ["digest", "new story", "outlets outlets 3"]
    assert untold(newsroom, rules, only_alerts=False) == []
    assert len(untold(newsroom, rules, only_alerts=False, address="json://b")) == 6


def test_the_same_rule_twice_tells_once(newsroom):
    newsroom.add(1)
    assert len(found(newsroom, rule("new story") * 2)) == 1


def source(newsroom, name, state, *, last_new="2026-01-01T00:00:00Z", last_ok=None, failures=0, seen_days=60):
    url = f"https://{name.split()[-1]}.example/feed"
    reason = None if state == "ok" else "because"
    first_seen = clock.text(clock.now() - timedelta(days=seen_days))
    newsroom.db.table("sources").insert(
        {"topic": TOPIC, "url": url, "name": name, "state": state, "reason": reason, "last_new": last_new,
         "last_ok": last_ok, "failures": failures}
    )  # fmt: skip
    newsroom.db.table("pages").insert(
        {"url": url, "key": url, "kind": "feed", "host": name, "state": "queued", "first_seen": first_seen}
    )


def test_sources_that_fell_silent_or_cannot_be_read_for_a_day_are_told_once(newsroom):
    recently = clock.text(clock.now() - timedelta(hours=2))
    source(newsroom, "silent", "silent")
    source(newsroom, "dead", "failing", last_ok="2026-01-02T00:00:00Z", failures=9)
    source(newsroom, "stillborn", "blocked", last_new=None, failures=9)
    source(newsroom, "hiccup", "failing", last_ok=recently, failures=2)
    source(newsroom, "fine", "ok", last_ok=recently)
    rules = rule("silent source")
    assert titles(found(newsroom, rules)) == [f"Silent source: {name}" for name in ("dead", "silent", "stillborn")]
    assert len(untold(newsroom, rules)) == 3
    newsroom.db.conn.execute("UPDATE sources SET state = 'silent' WHERE name = 'dead'")
    assert untold(newsroom, rules) == []
    newsroom.db.conn.execute("UPDATE sources SET last_new = '2026-02-01T00:00:00Z' WHERE name = 'dead'")
    assert len(untold(newsroom, rules)) == 1
    assert not found(newsroom, rule("silent source", 'language = "ru"'))


def history(days=30, a_day=6, seed=1):
    """Hours of publication of the days before, as many each day on average."""
    chance = Random(seed)
    hours = [
        day * 24 + chance.random() * 24 for day in range(1, days) for _ in range(chance.randint(a_day - 3, a_day + 3))
    ]
    return [NOW - timedelta(hours=h) for h in hours]


def judged(published, watched_days=60):
    return spikes.judge(sorted(published), NOW, NOW - timedelta(days=watched_days))


def hours_ago(count, span):
    return [NOW - timedelta(hours=span * (n + 1) / (count + 1)) for n in range(count)]


def test_a_day_with_far_more_articles_than_usual_is_a_spike():
    spike = judged(history() + hours_ago(40, 24))
    assert (spike.hours, spike.articles) == (24, 40) and 4 <= spike.usual <= 8 and spike.days == 28
    assert judged(history(a_day=40) + hours_ago(45, 5)).hours == 6  # a usual number for a whole day


@pytest.mark.parametrize("count", [0, 3, 6, 9, 12])
def test_usual_days_are_no_spike(count):
    assert judged(history() + hours_ago(count, 24)) is None


def test_a_few_articles_are_no_spike_where_there_are_none_usually():
    assert judged(hours_ago(9, 24)) is None
    assert judged(hours_ago(10, 24)) is not None


def test_nothing_is_said_before_a_week_of_watching():
    assert judged(history() + hours_ago(60, 24), watched_days=7) is None
    assert judged(history() + hours_ago(60, 24), watched_days=10) is not None


def fill(newsroom, seed=1):
    """Some articles on each of the last 28 days, and a source that was watched all the time."""
    source(newsroom, "The Quay", "ok")
    rows = []
    for number, moment in enumerate(history(seed=seed), 1000):
        at = clock.text(clock.now() - (NOW - moment))
        rows.append(bare(number, at, fetched=at))
    store(newsroom, rows)


def bare(number, published, *, fetched=None, source="The Quay", **more):
    url = f"https://a.example/{number}"
    fetched = fetched or clock.text(clock.now())
    return {"id": number, "url": url, "canonical_url": url, "text": "", "language": "en", "source": source,
            "published": published, "fetched": fetched, **more}  # fmt: skip


def store(newsroom, rows):
    newsroom.db.table("articles").insert_all(rows)
    newsroom.db.table("matches").insert_all({"article_id": row["id"], "topic": TOPIC} for row in rows)


def now(hours):
    return clock.text(clock.now() - timedelta(hours=hours))


def test_the_database_tells_a_spike_and_tells_it_once_a_day(newsroom):
    fill(newsroom)
    store(newsroom, [bare(number, now(2 + number / 5)) for number in range(60)])
    (alert,) = found(newsroom, rule("spike"))
    assert alert.notice.title == "More news than usual: 60 in 24 hours"
    assert "Usual are" in alert.notice.text
    assert untold(newsroom, rule("spike")) == ["spike"]
    assert untold(newsroom, rule("spike")) == []
    assert not found(newsroom, rule("spike", 'terms = ["nothing"]'))
    assert not found(newsroom, rule("spike", 'language = "ru"'))


@pytest.mark.parametrize(
    "flood",
    [
        lambda n: bare(n, None),  # undated
        lambda n: bare(n, clock.text(clock.now())[:10]),  # a date alone
        lambda n: bare(n, now(24 * 5 + n / 5)),  # a backlog, found now
        lambda n: bare(n, now(2 + n / 5), source="new"),  # from a source that is watched since yesterday
        lambda n: bare(n, now(2 + n / 5), duplicate_of=1000),  # copies
        lambda n: bare(n, now(-3)),  # from the future
        lambda n: bare(n, "today!T........Z"),  # by another program
    ],
    ids=["undated", "date alone", "backlog", "new source", "copies", "future", "no time"],
)
def test_what_only_looks_like_news_of_the_last_hours_is_no_spike(newsroom, flood):
    fill(newsroom)
    source(newsroom, "new", "ok", seen_days=1)
    store(newsroom, [flood(number) for number in range(60)])
    assert not found(newsroom, rule("spike"))


def test_the_command_shows_what_the_rules_find(newsroom):
    newsroom.add(1, title="Ships")
    newsroom.alerts("json://127.0.0.1:1", rules=rule("new story") + rule("outlets", "outlets = 1"))
    source(newsroom, "quiet", "silent")
    code, out, err = newsroom.ask("digest", "--topic", TOPIC, "-a", f"seeds={newsroom.seeds}", "--alerts")
    assert (code, err) == (0, "")
    assert out.count("Ships") == 1 and "**New story**" in out and "**Reached 1 outlet**" in out
    assert "Silent source" not in out
