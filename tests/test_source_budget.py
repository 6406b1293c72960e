"""One source may announce millions of addresses: a run takes so many of them, and the next one goes on."""

from itertools import pairwise

from tests.newsweb import NewsWeb
from tests.newsweb.outlet import Answer

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
