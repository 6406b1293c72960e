"""Young articles are looked at again: corrections are kept beside the first text, removals are marked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from crawler.schedule.revisits import MILESTONES, next_revisit
from tests.newsweb import NewsWeb
from tests.newsweb.outlet import Answer
from tests.watching import Watch, story, write_seeds

NOON = datetime(2024, 7, 1, 12, tzinfo=UTC)


def test_milestones_count_from_publication_and_lie_after_now():
    published, fetched = "2024-07-01T12:00:00Z", "2024-07-01T12:05:00Z"
    visits, now = [], NOON
    while due := next_revisit(published, fetched, now):
        visits.append(now := datetime.fromisoformat(due))
    assert [visit - NOON for visit in visits] == list(MILESTONES)
    assert next_revisit(published, fetched, NOON + timedelta(hours=7)) == "2024-07-02T12:00:00Z"
    assert next_revisit(published, fetched, NOON + timedelta(days=8)) is None


def test_without_a_time_of_day_they_count_from_the_first_fetch():
    assert next_revisit("2024-06-01", "2024-07-01T12:05:00Z", NOON) == "2024-07-01T13:05:00Z"
    assert next_revisit(None, "2024-07-01T12:05:00Z", NOON) == "2024-07-01T13:05:00Z"


class Liar(Answer):
    """An answer with the validators of another one."""

    @property
    def etag(self) -> str:
        return self.headers["ETag"]


@pytest.fixture(scope="module")
def week(tmp_path_factory):
    """Articles of one outlet, visited at their milestones while they change, disappear, or only seem unchanged."""
    folder = tmp_path_factory.mktemp("week")
    with NewsWeb() as web:
        pampas = web.outlet("pampas")
        for slug in list(pampas.pieces):
            pampas.withdraw(slug)
        urls = {
            slug: pampas.publish(slug, *story(slug), hours=0.5)
            for slug in ("calm", "corrected", "removed", "frozen", "renamed")
        }
        frozen = pampas.answer(pampas.path_of(pampas.pieces["frozen"]))
        seeds = write_seeds(folder / "seeds.toml", f'name = "pampas"\nurl = "{pampas.url("/feed/")}"\nevery = "30d"')
        watch = Watch(web, folder, seeds)
        runs = [watch.run()]
        pampas.revise("corrected", text=story("correction")[1])
        pampas.revise("renamed", title="Another headline")
        pampas.withdraw("removed")
        # A server that says "not modified" for ever: whatever it is asked with, it has the old validators.
        path, text = pampas.path_of(pampas.pieces["frozen"]), story("thaw")[1]
        pampas.revise("frozen", text=text)
        pampas.surfaces = {**pampas.surfaces, path: lambda outlet: _lying(outlet, path, frozen)}
        for hours in (0.6, 5.6, 5.9, 23.6, 167.6, 400):
            runs.append(watch.run(hours))
        yield SimpleNamespace(watch=watch, runs=runs, urls=urls, thaw=text)


def _lying(outlet, path, frozen):
    surfaces, outlet.surfaces = outlet.surfaces, {}
    try:
        honest = outlet.answer(path)
    finally:
        outlet.surfaces = surfaces
    return Liar(**{**vars(honest), "modified": frozen.modified, "headers": {"ETag": frozen.etag}})


def test_articles_are_looked_at_again_after_an_hour_six_hours_a_day_and_a_week_and_at_no_other_time(week):
    path = week.urls["calm"].partition("127.0.0.16")[2].partition("/")[2]
    asked = [[r.status for r in run.requests if r.path == f"/{path}"] for run in week.runs]
    assert [len(statuses) for statuses in asked] == [1, 1, 1, 0, 1, 1, 0]
    assert asked[1:3] == [[304], [304]]


def test_a_changed_text_becomes_the_current_one_and_the_first_is_kept(week):
    rows = week.watch.rows(
        "SELECT number, r.text, a.text AS current FROM revisions r JOIN articles a ON a.id = article_id"
        " WHERE url = ? ORDER BY number",
        week.urls["corrected"],
    )
    assert [row["text"].split() for row in rows] == [story(s)[1].split() for s in ("corrected", "correction")]
    assert rows[0]["current"] == rows[1]["text"]


def test_a_changed_headline_is_a_revision(week):
    titles = week.watch.column(
        "SELECT r.title FROM revisions r JOIN articles a ON a.id = article_id WHERE url = ? ORDER BY number",
        week.urls["renamed"],
    )
    assert titles == [story("renamed")[0], "Another headline"]


def test_what_was_taken_off_the_web_is_gone_and_its_text_stays(week):
    (row,) = week.watch.rows(
        "SELECT state, pages.reason, articles.text FROM pages JOIN articles ON articles.id = article_id"
        " WHERE pages.url = ?",
        week.urls["removed"],
    )
    assert (row["state"], row["reason"]) == ("gone", "the server answered 410")
    assert row["text"].split() == story("removed")[1].split()


def test_a_server_that_says_not_modified_for_ever_is_asked_without_validators_from_time_to_time(week):
    (text,) = week.watch.column("SELECT text FROM articles WHERE url = ?", week.urls["frozen"])
    assert text.split() == week.thaw.split()
