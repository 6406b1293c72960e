"""Sitemaps of sitemaps: which are worth a visit."""

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
