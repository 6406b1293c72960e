"""All outlets of the hostile web, and the good one that must not suffer from them."""

from __future__ import annotations

import gzip

import brotli

from crawler.fetching.unpacking import zstd
from tests.newsweb.hostile import Answer, Trap
from tests.newsweb.traps.addresses import mazes, pointers, redirects
from tests.newsweb.traps.answers import feed, says, story
from tests.newsweb.traps.bombs import bombs
from tests.newsweb.traps.pages import pages, strings
from tests.newsweb.traps.servers import liars, slow
from tests.newsweb.traps.walls import walls


def good() -> Trap:
    """The outlet that must not suffer: ten articles, one of them behind an honest gzip."""
    paths = [f"/{n}" for n in range(10)]
    answers: dict[str, Answer] = {path: says(story(f"{path[1:]} of the good news")) for path in paths}
    answers["/3"] = says(gzip.compress(story("3 of the good news").encode()), Content_Encoding="gzip")
    answers["/4"] = says(brotli.compress(story("4 of the good news").encode()), Content_Encoding="br")
    answers["/5"] = says(zstd.compress(story("5 of the good news").encode()), Content_Encoding="zstd")
    return Trap("good", answers | {"/feed.xml": feed(*paths)}, dict.fromkeys(paths, ("stored", "")), 12)


def traps() -> list[Trap]:
    """All of them, the good outlet among them."""
    kinds = (bombs, slow, redirects, pointers, mazes, pages, strings, liars, walls)
    found = [trap for kind in kinds for trap in kind()]
    return [*found[: len(found) // 2], good(), *found[len(found) // 2 :]]
