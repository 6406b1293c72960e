"""Sites without a feed: front page and sitemaps are followed together, and what brings nothing sleeps."""

from __future__ import annotations

from html import escape

import pytest

from tests.newsweb import NewsWeb, sitemaps
from tests.newsweb.outlet import Answer
from tests.watching import Watch, story, write_seeds

XML = "application/xml"


class Site:
    """An outlet without a feed; ``shown`` is how many articles its front page links to."""

    def __init__(self, web, folder, shown, named="", places=("/todo.xml",)):
        self.outlet = web.outlet("pampas")
        self.shown = shown
        self.outlet.files["/feed/"] = Answer(404)
        self.outlet.surfaces = {"/": self.front, **dict.fromkeys(places, self.sitemap)}
        self.outlet.files["/robots.txt"] = Answer(200, f"User-agent: *\nDisallow:\n{named}".encode(), "text/plain")
        seeds = write_seeds(folder / "seeds.toml", f'name = "pampas"\nurl = "{self.outlet.url("/")}"')
        self.watch = Watch(web, folder, seeds)

    def front(self, outlet):
        links = "".join(
            f'<h2><a href="{outlet.path_of(piece)}">{escape(piece.title)}</a></h2>'
            for piece in list(outlet.pieces.values())[: self.shown]
        )
        return Answer(
            200, f"<html><title>Pampas</title><body><main>{links or '<p>Hola</p>'}</main></body></html>".encode()
        )

    def sitemap(self, outlet):
        listed = [(outlet.url_of(piece), outlet.published(piece)) for piece in outlet.pieces.values()]
        body = sitemaps.index(listed).decode().replace("sitemapindex", "urlset").replace("sitemap>", "url>")
        return Answer(200, body.encode(), XML)

    def published(self):
        return {self.outlet.url_of(piece) for piece in self.outlet.pieces.values()}

    def stored(self):
        return set(self.watch.column("SELECT url FROM pages WHERE article_id IS NOT NULL"))


@pytest.fixture
def site(tmp_path):
    with NewsWeb() as web:
        yield lambda *arguments, **more: Site(web, tmp_path, *arguments, **more)


def index_of(site, *children):
    listed = [(site.outlet.url(child), None) for child in children]
    site.outlet.files["/mapa.xml"] = Answer(200, sitemaps.index(listed), XML)


def test_a_front_page_and_what_robots_txt_names_are_followed_together(site):
    pampas = site(2, "Sitemap: /mapa.xml\n")
    index_of(pampas, "/todo.xml", "/author-sitemap.xml", "/2019-04.xml")
    first = pampas.watch.run(0)
    assert pampas.stored() == pampas.published()
    asked = [path.partition("/")[2] for path in first.asked()]
    assert {"mapa.xml", "todo.xml", ""} <= set(asked) and not {"author-sitemap.xml"} & set(asked)
    assert len(asked) == len(set(asked))
    second = pampas.watch.run(2, "-a", "now=1").asked()
    assert len(second) == len(set(second)) <= 3, "more than one request a listing"
    assert pampas.watch.rows("SELECT kind, address FROM sources")[0]["kind"] == "section"


def test_a_front_page_that_links_to_nothing_leaves_it_to_the_sitemap(site):
    pampas = site(0, "Sitemap: /nothing.xml\nSitemap: /todo.xml\n")
    pampas.watch.run(0)
    assert pampas.stored() == pampas.published()
    row = pampas.watch.rows("SELECT kind, address, state FROM sources")[0]
    assert (row["kind"], row["address"], row["state"]) == ("sitemap", pampas.outlet.url("/todo.xml"), "ok")
    assert pampas.watch.run(1, "-a", "now=1").asked() == ["127.0.0.16/todo.xml"]


@pytest.mark.parametrize("shown", [0, 2])
def test_a_sitemap_that_nobody_names_is_found_at_a_usual_place(site, shown):
    pampas = site(shown, places=("/wp-sitemap.xml",))
    pampas.watch.run(0)
    assert pampas.stored() == pampas.published()


def test_what_is_redundant_sleeps_and_what_brings_far_more_takes_over(site):
    pampas = site(3, "Sitemap: /todo.xml\n")
    pampas.watch.run(0)
    asked = [pampas.watch.run(24 * day, "-a", "now=1").asked() for day in (1, 2, 3, 4, 5, 6)]
    lists = [[path for path in run if path in ("127.0.0.16/", "127.0.0.16/todo.xml")] for run in asked]
    assert len(lists[4]) == 2
    assert lists[5] == ["127.0.0.16/"], "the sitemap brings nothing and does not sleep"
    held = dict(pampas.outlet.pieces)
    for day in (10, 12, 14):
        for number in range(4):
            pampas.outlet.publish(f"day-{day}-{number}", *story(f"{day}-{number}", paragraphs=2), hours=0.0)
        fresh = {slug: piece for slug, piece in pampas.outlet.pieces.items() if slug not in held}
        pampas.outlet.pieces = {**held, **fresh}  # the front page stays as it was
        pampas.watch.run(24 * day, "-a", "now=1")
    pampas.watch.run(24 * 16, "-a", "now=1")
    row = pampas.watch.rows("SELECT kind, address, state FROM sources")[0]
    assert (row["kind"], row["address"]) == ("sitemap", pampas.outlet.url("/todo.xml"))
    assert "127.0.0.16/" not in pampas.watch.run(24 * 18, "-a", "now=1").asked()
    assert pampas.stored() == pampas.published()


def test_a_site_that_gets_a_sitemap_later_is_searched_once_more(site):
    pampas = site(2, places=())
    pampas.watch.run(0)
    assert len(pampas.stored()) == 2
    pampas.outlet.surfaces = {**pampas.outlet.surfaces, "/sitemap.xml": pampas.sitemap}
    pampas.watch.run(30, "-a", "now=1")
    assert len(pampas.stored()) == 2, "the site was searched at every visit"
    pampas.watch.change("UPDATE pages SET hints = json_set(hints, '$.visits', 63) WHERE kind = 'section'")
    pampas.shown = 3
    pampas.watch.run(60, "-a", "now=1")
    assert pampas.stored() == pampas.published()
