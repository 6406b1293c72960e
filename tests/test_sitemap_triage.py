"""Sitemaps of sitemaps: which are worth a visit."""

from datetime import UTC, datetime

import pytest

from crawler.discovery.sitemap_triage import DEEPEST, MOST_CHILDREN, worth_a_visit
from crawler.items import Found


def sitemap(name, modified=None):
    return Found(f"https://a.example/{name}.xml", kind="sitemap", modified=modified)


PAGE = Found("https://a.example/story-1")


def test_a_short_list_is_visited_as_a_whole():
    found = [sitemap("b"), PAGE, sitemap("a")]
    assert worth_a_visit(found, 0) == found


def test_too_deep_a_list_gives_its_pages_alone():
    assert worth_a_visit([sitemap("b"), PAGE], DEEPEST) == [PAGE]


def test_of_too_many_those_changed_last_are_kept_then_news_then_both_ends():
    many = [sitemap(str(n)) for n in range(10 * MOST_CHILDREN)]
    many[500] = sitemap("fresh", "2024-07-01")
    many[501] = sitemap("news-500")
    kept = worth_a_visit([*many, PAGE], 0)
    assert PAGE in kept and len(kept) == MOST_CHILDREN + 1
    assert {many[0], many[-1], many[500], many[501]} <= set(kept)
    assert many[400] not in kept
    assert kept == [item for item in [*many, PAGE] if item in kept], "the publisher's order was lost"


@pytest.mark.parametrize(
    "name",
    (
        "author-sitemap", "category-sitemap2", "post_tag-sitemap", "page-sitemap", "wp-sitemap-taxonomies-category-1",
        "wp-sitemap-users-1", "wp-sitemap-posts-page-1", "sitemap_tags", "sitemap-images", "sitemap-autores",
    ),
)  # fmt: skip
def test_what_lists_no_articles_by_its_name_is_left_out_beside_what_may(name):
    posts = sitemap("wp-sitemap-posts-post-1")
    assert worth_a_visit([sitemap(name), posts], 0) == [posts]
    assert worth_a_visit([sitemap(name)], 0) == [sitemap(name)]


@pytest.mark.parametrize("name", ["video-news", "sitemap-articles", "sitemap-page-2", "local-3", "tagus", "posts-1"])
def test_what_may_list_articles_stays(name):
    assert worth_a_visit([sitemap(name), sitemap("b")], 0) == [sitemap(name), sitemap("b")]


def test_months_and_years_before_max_age_are_left_out_unless_they_are_all_there_is():
    oldest = datetime(2026, 6, 15, tzinfo=UTC)
    names = ["2025", "sitemap-2026-05", "sitemap_202604", "2026/04/30"]
    kept = [sitemap("2026"), sitemap("sitemap-2026-06"), sitemap("2026/07/01"), sitemap("s-20261"), PAGE]
    assert worth_a_visit([*map(sitemap, names), *kept], 0, oldest) == kept
    assert worth_a_visit([sitemap("2024"), sitemap("2025")], 0, oldest) == [sitemap("2025")]
    assert worth_a_visit([*map(sitemap, names), *kept], 0) == [*map(sitemap, names), *kept]
