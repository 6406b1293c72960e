"""The outlets and their ways: address, language, feed, paths, robots.txt, and the layout that each is drawn with."""

from __future__ import annotations

from tests.newsweb.layouts import lagoon, tepuy, vestnik
from tests.newsweb.outlet import Imprint

IMPRINTS = (
    Imprint(
        "tepuy",
        "Diario El Tepuy",
        "127.0.0.11",
        "es",
        tepuy.render,
        "/{section}/{slug}_{id}.html",
        feed="rss",
        feed_path="/rss/",
        front=tepuy.front,
        tracking="?utm_source=rss&utm_medium=feed&utm_campaign=portada",
        utc_offset=-4,
        seed={"language": "es", "timezone": "America/Caracas"},
    ),
    Imprint(
        "lagoon",
        "Lagoon Wire 24",
        "127.0.0.12",
        "en",
        lagoon.render,
        "/{year}/{month:02}/{day:02}/{slug}/",
        feed="rss",
        robots="User-agent: *\nDisallow: /wp-admin/\nAllow: /wp-admin/admin-ajax.php\n",
        seed={"note": "machine-translated copies"},
    ),
    Imprint(
        "vestnik",
        "Вестник залива",
        "127.0.0.13",
        "ru",
        vestnik.render,
        "/{section}/{id}.htm",
        feed="rdf",
        feed_path="/export/rdf.xml",
        tracking="?from=rss",
        charset="windows-1251",
        utc_offset=3,
        seed={"language": "ru", "timezone": "Europe/Moscow"},
    ),
)
