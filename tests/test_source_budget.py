"""One source may announce millions of addresses: a run takes so many of them, and the next one goes on."""

from itertools import pairwise

from crawler.frontier.shares import Shares
from tests.newsweb import NewsWeb
from tests.newsweb.outlet import Answer
from tests.smallworld import World, feed
from tests.watching import Watch, write_seeds

SITEMAPS, ENTRIES, BUDGET = 6, 30, 50


def listed(kind, addresses):
    child = "url" if kind == "urlset" else "sitemap"
    inside = "".join(f"<{child}><loc>{address}</loc></{child}>" for address in addresses)
    return Answer(200, f"<{kind}>{inside}</{kind}>".encode(), "application/xml")


def test_a_source_cannot_queue_more_than_its_budget_in_a_run_and_nothing_of_it_is_lost(tmp_path, crawl, query):
    seeds = tmp_path / "endless.toml"
    with NewsWeb() as web:
        tepuy, lagoon = web.outlet("tepuy"), web.outlet("lagoon")
        for number in range(SITEMAPS):
            entries = [web.url("tepuy", f"/{number}/{entry}") for entry in range(ENTRIES)]
            tepuy.files[f"/map-{number}.xml"] = lagoon.files[f"/map-{number}.xml"] = listed("urlset", entries)
        maps = [web.url("lagoon" if number % 2 else "tepuy", f"/map-{number}.xml") for number in range(SITEMAPS)]
        tepuy.files["/index.xml"] = listed("sitemapindex", maps)
        seeds.write_text(
            '[terms]\nany = ["*"]\n[[sources]]\nname = "Endless"\n'
            f'url = "{web.url("tepuy", "/index.xml")}"\nkind = "sitemap"\n'
        )
        found = []
        while not found or found[-1] < SITEMAPS * ENTRIES:
            settings = ("-s", f"SOURCE_BUDGET={BUDGET}", "-s", "HOST_BUDGET=12")
            result = crawl(seeds, *settings, *([] if found else ["-a", "now=1"]), topic="endless")
            found.append(query("SELECT count(*) FROM pages WHERE kind = 'article'")[0][0])
            said = f"Endless: its sitemaps announce more than the {BUDGET} new addresses that a run takes"
            assert (said in result.stderr) == (found[-1] < SITEMAPS * ENTRIES), result.stderr
            assert len(found) < 2 * SITEMAPS * ENTRIES / BUDGET
    assert max(after - before for before, after in pairwise([0, *found])) <= BUDGET


def test_a_source_cannot_store_more_than_its_bytes_in_a_run_and_the_next_one_goes_on(tmp_path):
    """Texts, raw pages and addresses count; other sources of the run are not held up."""
    with World("large", "small") as world:
        for name, number in (("large", 12), ("small", 2)):
            paths = [f"/{name}-{each}" for each in range(number)]
            for path in paths:
                world[name].article(path, path)
            world[name].pages["/feed"] = feed(*map(world[name].url, paths))
        sources = (f'name = "{name}"\nurl = "{world[name].url()}"' for name in ("large", "small"))
        watch = Watch(world, tmp_path, write_seeds(tmp_path / "seeds.toml", *sources))
        stored = "SELECT source, count(*) FROM articles GROUP BY source ORDER BY source"
        kept = []
        while not kept or kept[-1]["large"] < 12:
            run = watch.run(len(kept), "-s", "SOURCE_BUDGET_BYTES=40000", "-s", "CONCURRENT_REQUESTS=1")
            kept.append(dict(map(tuple, watch.rows(stored))))
            assert kept[-1]["large"] == 12 or "large has stored all that it may in one run" in run.said
            assert len(kept) < 6
        assert kept[0]["large"] < 12 and kept[0]["small"] == 2
        assert len(kept) > 1


def test_no_budget_of_bytes_is_no_limit():
    shares = Shares(8, most_bytes=0)
    shares.stored("any", 10**12)
    assert not shares.used_up("any") and shares.full() == []
