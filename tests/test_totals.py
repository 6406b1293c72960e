"""Totals: what the page says is what SQL counts, at any size, and never a cap."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from crawler.search import finding
from crawler.search import totals as counting
from crawler.search.filters import Filters
from tests.test_finding import CONDITIONS, MANY, expected, many, wanted  # noqa: F401


def counted(connection, filters):
    return counting.totals(finding.search(connection, filters))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(filters=wanted)
def test_totals_and_facets_are_what_sql_counts(many, filters):  # noqa: F811
    right = expected(many, replace(filters, limit=None), CONDITIONS.get(filters.words, ""))
    found = counted(many, filters)
    assert found.total == len(right) and not found.within
    marks = ", ".join(map(str, right))
    for kind, column in (("language", "language"), ("source", "source"), ("day", "substr(published, 1, 10)")):
        sql = f"SELECT {column}, count(*) FROM articles WHERE id IN ({marks}) GROUP BY 1"
        assert found.counts[kind] == dict(map(tuple, many.execute(sql).fetchall()))


@pytest.mark.parametrize("words", ["", "common", "seldom", "common -seldom", "title:common"])
@pytest.mark.parametrize("more", [{}, {"copies": True}, {"language": "ru"}, {"since": "2000-01-01"}])
def test_beyond_what_is_counted_one_by_one_the_total_is_exact_and_the_rest_about(many, monkeypatch, words, more):  # noqa: F811
    filters = Filters(words=words, limit=None, **more)
    exact = counted(many, filters)
    monkeypatch.setattr(counting, "COUNTED", 10)
    monkeypatch.setattr(counting, "SAMPLED", 1_000)
    about = counted(many, filters)
    assert about.total == exact.total
    if exact.total > 2_000:
        assert 0.02 < about.within < 0.05
        for kind in ("language", "source"):
            for value, number in exact.counts[kind].items():
                assert abs(about.counts[kind][value] - number) < 3 * about.within * exact.total


def test_paging_reaches_every_article_once_whatever_the_order(many):  # noqa: F811
    for more in ({}, {"newest": True}, {"by_score": True}):
        filters = Filters(words="common", **more)
        everything = finding.find(many, replace(filters, limit=None)).numbers
        assert len(everything) == len(set(everything)) == counted(many, filters).total > 0.8 * MANY
        for limit in (20, finding.CANDIDATES + 7, len(everything) - 1):
            assert finding.find(many, replace(filters, limit=limit)).numbers == everything[:limit]
