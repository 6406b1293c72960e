"""``scrapy merge TARGET.db SHARD.db...``: databases of several machines become one."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from crawler import database
from crawler.captures import Captures, folder_of
from crawler.command import NewsCommand, WrongUsage
from crawler.digest.wording import count
from crawler.output.terminal import safe_line


class Command(NewsCommand):
    """Brings together what shards found; what is there already stays, so the same line may be given every night."""

    examples = (
        "scrapy merge news.db one.db two.db three.db     one database of three machines' (scrapy crawl --shard)",
        "scrapy merge news.db old.db                     or of one that was kept apart until now",
    )

    def syntax(self) -> str:
        return "TARGET.db SHARD.db..."

    def short_desc(self) -> str:
        return "Merge the databases of several machines into one"

    def long_desc(self) -> str:
        return (
            "TARGET.db is made if it is not there. Each SHARD.db is only read, also while a crawl writes to it. "
            "Articles come with their earlier texts, matches and pages; their copies and stories are found across "
            "machines. Raw pages are copied from SHARD.warc beside SHARD.db into the archive of TARGET.db. What is "
            "there already stays: after an interruption, or every night, the same line does what is left."
        )

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if len(args) < 2:
            raise WrongUsage('name the database to merge into and others, as in "scrapy merge news.db one.db two.db"')
        target, *shards = (Path(arg) for arg in args)
        for shard in shards:
            if shard.resolve() == target.resolve():
                raise WrongUsage(f"{shard}: cannot be merged into itself: name another database")
        self.settings.set("DATABASE", str(target), priority="cmdline")
        counts = self._merge(target, list(dict.fromkeys(shards)))
        self._report(target, counts)
        return 0

    def _merge(self, target: Path, shards: list[Path]) -> Counter[str]:
        from pipelines.archive import Archive
        from pipelines.merge import Merge
        from pipelines.merge.part import Part
        from pipelines.stories import embedding

        with ExitStack() as stack:
            read = [(shard, stack.enter_context(database.reading(shard))) for shard in shards]
            parts = [Part(db, shard.with_suffix(".warc")) for shard, db in read]
            stack.enter_context(database.only_crawl(target))
            db = stack.enter_context(database.made(target))
            captures = Captures(db.conn, folder_of(self.settings), self.settings["ARCHIVE_PAGES"], "merge")
            stack.callback(captures.close)
            encode = embedding.load() if self.settings.getbool("STORY_EMBEDDING") else None
            merge = Merge(Archive(db, encode), captures, parts, self._tell)
            merge.all()
            return merge.counts

    def _tell(self, counts: Counter[str]) -> None:
        if sys.stderr.isatty():
            told = f"{count(counts['articles'], 'article')}, {count(counts['pages'], 'page')}"
            print(f"\r{told}", end="", file=sys.stderr, flush=True)

    def _report(self, target: Path, counts: Counter[str]) -> None:
        """What was new; that nothing was is worth no line of cron's."""
        if sys.stderr.isatty():
            print(file=sys.stderr)
        elif not any(counts[what] for what in ("articles", "texts", "pages", "raw pages")):
            return
        told = ", ".join(count(counts[what], what[:-1]) for what in ("articles", "pages", "raw pages"))
        changed = count(counts["texts"], "further text")
        print(f"{safe_line(str(target))}: {told} new, {changed} of known articles", file=sys.stderr)
        if missing := counts["raw pages missing"]:
            where = "copy the folder SHARD.warc beside SHARD.db and merge again"
            print(f"{count(missing, 'raw page')} not found in the archives of the shards: {where}", file=sys.stderr)
