"""``python -m tests.screenshots``: crawl the news web and draw each page of ``scrapy browse`` into docs/images/.

Each in light and dark, and in light on a phone of 390 pixels. Nothing is fetched from elsewhere.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.browser import Watched, browser, chromium, new_page, served
from tests.conftest import run
from tests.newsweb import NewsWeb

IMAGES = Path(__file__).parent.parent / "docs" / "images"
WIDE, PHONE = {"width": 1100, "height": 740}, {"width": 390, "height": 780}
HIGH = {"article": 540}  # text makes the largest files
STORY = "a[href^='/story/']"


def main() -> None:
    """Exits with code 1 without a browser or when the crawl failed."""
    executable = chromium()
    if executable is None:
        sys.exit("screenshots: no Chromium here: install it (on Debian: apt install chromium)")
    with tempfile.TemporaryDirectory(prefix="screenshots-") as folder:
        with NewsWeb() as web:
            crawled = run(web, Path(folder))
        if crawled.returncode:
            sys.exit(crawled.stderr)
        IMAGES.mkdir(parents=True, exist_ok=True)
        with served(Path(folder) / "news.db") as address, browser(executable) as opened:
            for name, scheme, size in (("light", "light", WIDE), ("dark", "dark", WIDE), ("phone", "light", PHONE)):
                context = opened.new_context(color_scheme=scheme, viewport=size)  # type: ignore[arg-type]
                draw(new_page(context, address), name)
                context.close()


def draw(watched: Watched, name: str) -> None:
    """One picture of each page, called ``browse-PAGE-NAME.png``."""
    watched.go("/")
    story = watched.page.get_attribute(f".major {STORY}, {STORY}", "href") or "/"
    watched.go(story)
    article = watched.page.get_attribute(".reports h3 a", "href") or "/"
    pages = {"front": "/", "story": story, "article": article, "search": "/search?q=acuerdo"}
    for page, path in {**pages, "sources": "/sources", "trends": "/trends"}.items():
        watched.go(path)
        target = IMAGES / f"browse-{page}-{name}.png"
        size = watched.page.viewport_size or PHONE
        high = HIGH.get(page, size["height"]) if size != PHONE else size["height"]
        watched.page.screenshot(path=target, clip={"x": 0, "y": 0, "width": size["width"], "height": high})
        sys.stdout.write(f"{target.relative_to(IMAGES.parent.parent)}: {target.stat().st_size // 1000} kB\n")


if __name__ == "__main__":
    main()
