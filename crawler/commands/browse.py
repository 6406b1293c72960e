"""``scrapy browse``: read the database in a web browser."""

from __future__ import annotations

import argparse
import socket
import sys
from pathlib import Path

from crawler import database, logs
from crawler.browse.login import Login, NoSecret, password_in, secret_of
from crawler.command import NewsCommand, WrongUsage, fail
from crawler.desk import Desk, place_of
from crawler.reader import Reader
from crawler.seeds import SeedsError, Topic, read_topic, topic_paths


class Command(NewsCommand):
    """Serve the web page until Ctrl-C; exit code 0 then."""

    def syntax(self) -> str:
        return "[--port 8001] [--writable] [--host ADDRESS]"

    def short_desc(self) -> str:
        return "Read the database in a web browser: stories, articles, search, trends, sources, SQL"

    def long_desc(self) -> str:
        return (
            "Starts Datasette with our pages and prints their address: http://127.0.0.1:8001/. Only this machine can "
            "reach it, and it only reads: a crawl may run beside it, and a page shows what is stored when it is asked "
            "for. From another machine: ssh -L 8001:127.0.0.1:8001 HOST, or --host ADDRESS, which asks for a login: "
            "docs/sharing.md. --writable opens the desk, a file of its own (scrapy desk). Datasette's tables, SQL, CSV "
            "and JSON are behind the links at the foot of each page. Ctrl-C ends it."
        )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8001, help="port on this machine, 0 for any (default: 8001)")
        parser.add_argument("--host", metavar="ADDRESS", help="listen there, 0.0.0.0 for everywhere; needs a login")
        parser.add_argument("--writable", action="store_true", help="open the desk: stars, notes, tags, saved searches")
        parser.add_argument("--password-file", metavar="FILE", type=Path, help="the login's password: its first line")
        parser.add_argument("--certificate", metavar="FILE", type=Path, help="for https: certificate chain, PEM")
        parser.add_argument("--key", metavar="FILE", type=Path, help="its private key, PEM")
        parser.add_argument(
            "--plain-http", action="store_true", help="without https although others may listen on the network"
        )

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if args:
            raise WrongUsage(f"{args[0]}: browse takes no words: search on the page itself")
        if not 0 <= opts.port <= 65535:
            raise WrongUsage(f"--port {opts.port}: give a number from 1 to 65535, or 0 for any free port")
        if (opts.certificate is None) != (opts.key is None):
            raise WrongUsage("--certificate and --key belong together: give both files, or none")
        database.open_to_read(self.database).close()  # says what is wrong with it before anything is served
        logs.configure(self.settings)
        from crawler.browse import server  # Datasette takes a second to load

        try:
            opened = server.listen(opts.port, opts.host or server.HOST)
        except server.PortTaken as error:
            return fail(1, error)
        except server.WrongAddress as error:
            raise WrongUsage(str(error)) from None
        certificate = (opts.certificate, opts.key) if opts.key else None
        if not (server.is_this_machine(opened) or certificate or opts.plain_http):
            opened.close()
            raise WrongUsage(
                f"--host {opts.host}: by plain http others on the network could read the password: give --certificate "
                "and --key, or put a proxy with https before --host 127.0.0.1, or add --plain-http"
            )
        try:
            login, how = self._login(opts)
            hosts, reader = self.settings.getlist("BROWSE_HOSTS"), Reader.from_settings(self.settings)
            desk = Desk(place_of(self.database)) if opts.writable else None
            app = server.application(self.database, self._topics(), hosts, login, reader, desk)
            can = "with a desk" if desk else "read-only"
            said = f"{self.database} is on {_address(opened, opts)} ({can}, {how}). Ctrl-C ends it."
            server.serve(app, opened, lambda: print(said, flush=True), certificate)
        except server.WrongAddress as error:
            raise WrongUsage(str(error)) from None
        return 0

    def _login(self, opts: argparse.Namespace) -> tuple[Login | None, str]:
        """What asks for the password, and how to say so; nothing does without --host or --password-file."""
        if opts.host is None and opts.password_file is None:
            return None, "on this machine alone"
        try:
            secret = secret_of(self.database)
            if opts.password_file is None:
                return Login(secret, secret), f"log in with the token in {self.database}.secret"
            return Login(password_in(opts.password_file), secret), f"log in with the password in {opts.password_file}"
        except NoSecret as error:
            raise WrongUsage(str(error)) from None

    def _topics(self) -> dict[str, Topic]:
        """The topics of the seeds folder, for their titles and exceptions; one that cannot be read is left out."""
        topics = {}
        for name, path in topic_paths(self.settings["SEEDS_DIR"]).items():
            try:
                topics[name] = read_topic(path)
            except SeedsError as error:
                print(f"scrapy: {error}", file=sys.stderr)
        return topics


def _address(opened: socket.socket, opts: argparse.Namespace) -> str:
    """Where a browser finds the page."""
    host, port = opened.getsockname()[:2]
    return f"http{'s' if opts.key else ''}://{f'[{host}]' if ':' in host else host}:{port}/"
