"""``scrapy browse``: read the database in a web browser."""

from __future__ import annotations

import argparse
import sys

from crawler import database, logs
from crawler.command import NewsCommand, WrongUsage, fail
from crawler.seeds import SeedsError, Topic, read_topic, topic_paths


class Command(NewsCommand):
    """Serve the web page until Ctrl-C; exit code 0 then."""

    def syntax(self) -> str:
        return "[--port 8001]"

    def short_desc(self) -> str:
        return "Read the database in a web browser: stories, articles, search, trends, sources, SQL"

    def long_desc(self) -> str:
        return (
            "Starts Datasette with our pages and prints their address: http://127.0.0.1:8001/. Only this machine can "
            "reach it, and it only reads: a crawl may run beside it, and a page shows what is stored when it is asked "
            "for. From another machine: ssh -L 8001:127.0.0.1:8001 HOST. Datasette's tables, SQL, CSV and JSON are "
            "behind the links at the foot of each page. Ctrl-C ends it."
        )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8001, help="port on this machine, 0 for any (default: 8001)")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if args:
            raise WrongUsage(f"{args[0]}: browse takes no words: search on the page itself")
        if not 0 <= opts.port <= 65535:
            raise WrongUsage(f"--port {opts.port}: give a number from 1 to 65535, or 0 for any free port")
        database.open_to_read(self.database).close()  # says what is wrong with it before anything is served
        logs.configure(self.settings)
        from crawler.browse import server  # Datasette takes a second to load

        try:
            opened = server.listen(opts.port)
        except server.PortTaken as error:
            return fail(1, error)
        app = server.application(self.database, self._topics())
        where = f"http://{server.HOST}:{opened.getsockname()[1]}/"
        said = f"{self.database} is on {where} (read-only, on this machine alone). Ctrl-C ends it."
        server.serve(app, opened, lambda: print(said, flush=True))
        return 0

    def _topics(self) -> dict[str, Topic]:
        """The topics of the seeds folder, for their titles and exceptions; one that cannot be read is left out."""
        topics = {}
        for name, path in topic_paths(self.settings["SEEDS_DIR"]).items():
            try:
                topics[name] = read_topic(path)
            except SeedsError as error:
                print(f"scrapy: {error}", file=sys.stderr)
        return topics
