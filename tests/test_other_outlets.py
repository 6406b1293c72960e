"""Outlets that announce what they have in ways of their own, over days: all that matters is found, and found once."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from itertools import count
from types import SimpleNamespace

import pytest

from tests.newsweb.outlet import Answer
from tests.smallworld import World, atom, feed, page, to
from tests.watching import Watch, write_seeds

SITES = ("index", "mover", "session", "liar", "homemade")
RELEVANT, OTHERS = 4, 2
TERMS = 'venezuela = ["venezuel*"]\nrussia = ["russia*"]'


def off_topic(site, number):
    said = "of the harbour festival, said its baker to the town council."
    text = f"<p>The bakery of {site} has sold loaf {number} {said}</p>"
    html = f"<html><head><title>Loaf {number} of {site}</title></head><body><article><h1>Loaf {number} of {site}</h1>"
    return Answer(200, (html + text * 12 + "</article>").encode())


def put(site, name, numbers, path):
    """Relevant articles and others at the addresses that ``path`` gives."""
    for number in numbers:
        relevant = number % (RELEVANT + OTHERS) < RELEVANT
        site.pages[path(number)] = page(f"{name} {number}") if relevant else off_topic(name, number)


def listed(kind, addresses):
    child = "url" if kind == "urlset" else "sitemap"
    inside = "".join(f"<{child}><loc>{address}</loc></{child}>" for address in addresses)
    return Answer(200, f"<{kind}>{inside}</{kind}>".encode(), "application/xml")


def front(links):
    body = "".join(f'<div><a href="{url}">{title}</a><p>Read on.</p></div>' for url, title in links)
    return Answer(200, f"<html><head><title>Front</title></head><body>{body}</body></html>".encode())


def story_path(number):
    return f"/2026/story-{number}"


def publish(world, numbers):
    """What each outlet has up to now, in its own way."""
    numbers = list(numbers)
    index, mover, session, liar, homemade = (world[name] for name in SITES)
    for name in ("index", "mover", "session", "liar"):
        put(world[name], name, numbers, story_path)
    put(homemade, "homemade", numbers, lambda number: f"/index.php?id={100 + number}")
    here = range(max(numbers) + 1)
    robots = f"User-agent: *\nDisallow: /private/\nSitemap: {index.url('/content/list.xml')}\n"
    index.pages["/robots.txt"] = Answer(200, robots.encode(), "text/plain")
    index.pages["/content/list.xml"] = listed(
        "sitemapindex", [index.url("/content/a.xml"), index.url("/content/b.xml")]
    )
    index.pages["/content/a.xml"] = listed("urlset", [index.url(story_path(n)) for n in here if n % 2])
    index.pages["/content/b.xml"] = listed("urlset", [index.url(story_path(n)) for n in here if not n % 2])
    index.pages["/"] = front([])
    mover.pages["/feed"] = feed(*(mover.url(story_path(n)) for n in here))
    sid = count()
    session.pages["/feed"] = lambda: feed(*(session.url(f"{story_path(n)}?sid={next(sid):08x}") for n in here))
    liar.pages["/feed"] = lambda: atom(*(liar.url(story_path(n)) for n in here), updated=datetime.now(UTC))
    homemade.pages["/"] = front(
        [(f"index.php?cat={n}", f"Section {n}") for n in range(3)]
        + [(f"index.php?id={100 + n}", f"A long headline of article number {n} of the homemade outlet") for n in here]
    )


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    folder = tmp_path_factory.mktemp("others")
    with World(*SITES, "newhome") as world:
        every = {"index": "/", "homemade": "/"}
        sources = [f'name = "{name}"\nurl = "{world[name].url(every.get(name, "/feed"))}"' for name in SITES]
        watch = Watch(world, folder, write_seeds(folder / "seeds.toml", *sources, terms=TERMS))
        size = RELEVANT + OTHERS
        publish(world, range(size))
        first = watch.run()
        quiet = watch.run(0.9, "-a", "now=1")
        publish(world, range(size, 2 * size))
        second = watch.run(13)
        mover, newhome = world["mover"], world["newhome"]
        newhome.pages |= mover.pages
        newhome.pages["/feed"] = feed(*(newhome.url(story_path(n)) for n in range(2 * size)))
        mover.pages = {}
        mover.otherwise = lambda path: to(newhome.url(path))
        later = [watch.run(hours) for hours in (30, 200)]
        yield SimpleNamespace(world=world, watch=watch, first=first, quiet=quiet, second=second, later=later)


def asked(run, world, name):
    address = world[name].imprint.address
    return [request.path for request in run.requests if request.host == address and request.path != "/robots.txt"]


def is_article(path):
    return "story-" in path or "?id=" in path


def test_all_that_is_relevant_is_stored_once_and_nothing_else(watched):
    rows = watched.watch.rows("SELECT source, title, duplicate_of FROM articles")
    assert Counter(row["source"] for row in rows) == dict.fromkeys(SITES, 2 * RELEVANT)
    assert len({row["title"] for row in rows}) == len(rows)
    assert {row["duplicate_of"] for row in rows} == {None}


def test_a_run_without_news_asks_once_for_each_list(watched):
    for name in SITES:
        lists = [
            path for path in asked(watched.quiet, watched.world, name) if "story-" not in path and "id=" not in path
        ]
        assert max(Counter(lists).values(), default=0) <= 1, (name, lists)


def test_requests_for_each_relevant_article_stay_few(watched):
    for run in (watched.first, watched.second):
        assert len(run.asked()) <= 3.2 * RELEVANT * len(SITES), Counter(run.asked())


def test_articles_are_asked_again_at_their_own_times_whatever_the_outlet_says(watched):
    """An outlet that says it has changed everything, or gives everything a new address, gains nothing by it."""
    read = dict.fromkeys(SITES, 0)
    for run in (watched.quiet, watched.second, *watched.later):
        for name in SITES:
            read[name] += sum(map(is_article, asked(run, watched.world, name)))
    usual = read["homemade"]
    assert read["liar"] <= 1.5 * usual, read
    assert read["session"] <= 2 * usual, read


def test_who_moves_to_another_host_takes_its_articles_along(watched):
    urls = watched.watch.column("SELECT url FROM articles WHERE source = 'mover'")
    new = watched.world["newhome"].imprint.address
    assert {url.split("/")[2].partition(":")[0] for url in urls} == {new}
