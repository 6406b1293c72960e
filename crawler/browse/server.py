"""Datasette over one database with our pages, on this machine alone unless told otherwise."""

from __future__ import annotations

import errno
import ipaddress
import signal
import socket
import ssl
from collections.abc import Callable, Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import uvicorn
from datasette.app import Datasette
from datasette.plugins import pm
from datasette.views import base

from crawler.assistants.mount import Mount
from crawler.browse import canned, spreadsheet
from crawler.browse.guard import FOR_PROGRAMS, HOST, Application, only_for_us
from crawler.browse.login import Login
from crawler.browse.page import Site
from crawler.browse.plugin import ADDRESSES, TAKEN, Pages
from crawler.database import is_frozen
from crawler.desk import Desk
from crawler.reader import ANYBODY, Reader
from crawler.seeds import Topic

INTERNAL = (  # tables that only the crawler reads
    "_sqlite_migrations",
    "article_index",
    "article_terms",
    "article_terms_before",
    "article_words",
    "article_words_before",
    "articles_fts_before",
    "exported",
    "fingerprinted",
    "fingerprints",
    "host_blocks",
    "hosts",
    "sqlite_sequence",
    "story_postings",
    "story_terms",
    "story_vectors",
)


class PortTaken(Exception):
    """Something else listens there; the message says what to do."""


class WrongAddress(Exception):
    """Nothing can be served there, or not so; the message says what would be right."""


def application(
    database: Path,
    topics: Mapping[str, Topic],
    hosts: Iterable[str] = (),
    login: Login | None = None,
    reader: Reader = ANYBODY,
    desk: Desk | None = None,
) -> Application:
    """The web application; it opens ``database`` for reading only, and shows nothing without ``login`` if there is one.

    It answers to the names in ``hosts``, too, and shows headlines and times for ``reader``. With
    ``desk`` readers may put marks there; the database is read all the same.
    """
    # Its own handler prints a traceback with all variables for every address that there is not.
    pm.unregister(name="datasette.handle_exception")
    base.csv = spreadsheet
    pages = Pages(Site(database.stem, topics, reader, desk), database)
    pm.register(pages)
    place = "immutables" if is_frozen(database) else "files"
    datasette = Datasette(
        **{place: [str(database)]},
        metadata={
            "databases": {database.stem: {"tables": _tables(), "queries": canned.shipped()}},
            "title": database.name,
        },
        settings={
            "default_cache_ttl": 0,  # a crawl may be running
            "sql_time_limit_ms": 5_000,
            "max_csv_mb": 0,  # no limit: everything may be exported
            "truncate_cells_html": 300,
        },
    )
    served = datasette.get_database(database.stem)
    if served.route in TAKEN:
        served.route += "_db"
    app = datasette.app()
    if find_spec("mcp"):
        app = Mount(app, FOR_PROGRAMS, database)
    return only_for_us(app, (pattern for _, pattern, _ in ADDRESSES), hosts, login)


def _tables() -> dict[str, dict[str, Any]]:
    hidden = {name: {"hidden": True} for name in INTERNAL}
    newest = {"sort_desc": "id"}
    return {
        **hidden,
        "articles": {**newest, "label_column": "title", "fts_table": "articles_fts", "fts_pk": "id"},
        "stories": {"sort_desc": "last_seen", "label_column": "title"},
        "polls": newest,
        "runs": newest,
    }


def listen(port: int, host: str = HOST) -> socket.socket:
    """A socket that listens on ``port`` of an address of this machine, 0 for any free one; PortTaken, WrongAddress."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError):
        raise WrongAddress(f"--host {host}: there is no such address: 0.0.0.0 is every one of this machine") from None
    opened = socket.socket(family, kind)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind(address)
        opened.listen()
    except OSError as error:
        opened.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(
                f"--port {port}: another program listens there: choose another one, as in --port {port + 1}"
            ) from None
        if error.errno == errno.EADDRNOTAVAIL:
            raise WrongAddress(
                f"--host {host}: is no address of this machine: 0.0.0.0 is every one that it has"
            ) from None
        raise PortTaken(f"--port {port}: cannot be listened on ({error.strerror}): choose one above 1023") from None
    return opened


def is_this_machine(opened: socket.socket) -> bool:
    """Whether only programs on this machine can reach the socket."""
    return ipaddress.ip_address(opened.getsockname()[0].partition("%")[0]).is_loopback


def serve(
    app: Application,
    opened: socket.socket,
    announce: Callable[[], object],
    certificate: tuple[Path, Path] | None = None,
) -> None:
    """Call ``announce``, then answer until Ctrl-C or SIGTERM; with a certificate and its key by TLS. WrongAddress."""
    config = uvicorn.Config(
        app,
        lifespan="on",
        ws="none",
        log_config=None,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,
        ssl_certfile=certificate[0] if certificate else None,
        ssl_keyfile=certificate[1] if certificate else None,
    )
    try:
        config.load()
    except (ssl.SSLError, OSError) as error:
        raise WrongAddress(f"--certificate, --key: cannot be used ({error}): both are files in PEM form") from None
    server = uvicorn.Server(config)
    for number in (signal.SIGINT, signal.SIGTERM):  # also before it runs, and after: it raises the signal again
        signal.signal(number, server.handle_exit)
    announce()
    server.run(sockets=[opened])
