"""What is missing from a source that answers is its reason, in ``scrapy sources`` and in the alert."""

from __future__ import annotations

import json

import pytest

from tests.newsweb import NewsWeb, sitemaps
from tests.newsweb.outlet import Answer
from tests.watching import Watch, write_seeds

XML = "application/xml"
ALERT = '[alerts]\nurls = ["json://127.0.0.1:9"]\n[[alerts.rules]]\non = "silent source"\n'


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    folder = tmp_path_factory.mktemp("health")
    with NewsWeb() as web:
        pampas, gazeta, ledger = (web.outlet(key) for key in ("pampas", "gazeta", "ledger"))
        pages = [pampas.url_of(piece) for piece in list(pampas.pieces.values())[:3]]
        entries = "".join(
            f"<item><title>x</title><link>{link}</link></item>" for link in (*pages, "mailto:a@b.example")
        )
        pampas.files["/gaps.xml"] = Answer(200, f"<rss><channel>{entries}</channel></rss>".encode(), XML)
        nothing = "<item><title>x</title><link></link></item>" * 3
        pampas.files["/nothing.xml"] = Answer(200, f"<rss><channel>{nothing}</channel></rss>".encode(), XML)
        children = [(gazeta.url(path), None) for path in ("/there.xml", "/not-there.xml")]
        gazeta.files["/mapa.xml"] = Answer(200, sitemaps.index(children), XML)
        gazeta.files["/there.xml"] = Answer(200, b"<urlset><url><loc>/a</loc></url></urlset>", XML)
        seeds = write_seeds(
            folder / "seeds.toml",
            f'name = "gaps"\nurl = "{pampas.url("/gaps.xml")}"',
            f'name = "nothing"\nurl = "{pampas.url("/nothing.xml")}"',
            f'name = "children"\nurl = "{gazeta.url("/mapa.xml")}"',
            f'name = "well"\nurl = "{ledger.url(ledger.imprint.feed_path)}"',
        )
        seeds.write_text(seeds.read_text() + ALERT)
        watch = Watch(web, folder, seeds)
        for hours in (0, 2):  # the second time nothing has changed
            watch.run(hours, "-a", "now=1")
        yield watch


def test_what_is_missing_is_the_reason_whether_the_list_is_new_or_unchanged(watched):
    found = json.loads(watched.command("sources", "--format", "json", hours=3).stdout)
    states = {row["name"]: (row["state"], row["reason"]) for row in found}
    assert states["gaps"] == ("ok", "1 of 4 entries cannot be read")
    assert states["nothing"] == ("failing", "none of its 3 entries can be read")
    assert states["children"] == ("ok", "1 of its sitemaps cannot be read: the server answered 404")
    assert states["well"] == ("ok", None)
    assert not [row for row in found if row["state"] == "ok" and not row["last_ok"]]


def test_those_with_a_reason_come_before_those_without(watched):
    names = [row["name"] for row in json.loads(watched.command("sources", "--format", "json", hours=3).stdout)]
    assert names == ["nothing", "children", "gaps", "well"]


def test_the_alert_tells_it_once_whatever_the_numbers(watched):
    from crawler import database
    from crawler.alerts.rules import evaluate
    from crawler.seeds import read_topic

    topic = read_topic(watched.seeds, "venezuela_russia")
    connection = database.open_to_write(watched.database).conn
    alerts = evaluate(connection, topic, [], "2020-01-01T00:00:00Z")
    assert [alert.notice.title for alert in alerts if alert.notice] == [
        "Not all of a source: children",
        "Not all of a source: gaps",
    ]
    assert len({alert.subject for alert in alerts}) == 2 and not any("404" in alert.subject for alert in alerts)
    connection.close()
