"""Our pages as a plugin of Datasette: their addresses, a read-only connection, ``stem()`` in SQL, errors."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from datasette import hookimpl
from datasette.app import Datasette
from datasette.utils import sqlite_timelimit
from datasette.utils.asgi import Base400, Request, Response
from datasette.views.base import DatasetteError
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from crawler import database
from crawler.browse import limits, page, queries
from crawler.browse.article import article
from crawler.browse.desk import LARGEST, change, desk_page
from crawler.browse.download import FORMS, Download
from crawler.browse.find import find, newest_feed, search_filters
from crawler.browse.front import front
from crawler.browse.guard import POLICY
from crawler.browse.health import sources
from crawler.browse.page import Asked, NotThere, Page, Site
from crawler.browse.story import story
from crawler.browse.terms import terms
from crawler.browse.trends import trends
from crawler.command import WrongUsage
from crawler.database import DatabaseError
from crawler.monitoring import prometheus
from crawler.monitoring import state as monitoring
from crawler.monitoring.faults import Bounds, faults
from crawler.reader import ANYBODY, Reader
from crawler.search.parser import WrongQuery, parse

logger = logging.getLogger(__name__)

TIME_LIMIT = 10  # seconds that the making of a page may take
LONGEST_WORDS = 1_000  # characters that ``stem`` looks at
AT_ONCE = 3  # pages that are made at the same time
HEADERS = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
ADDRESSES: tuple[tuple[str, str, Callable[[sqlite3.Connection, Asked, Site], Page]], ...] = (
    ("front", r"^/$", front),
    ("front", r"^/topic/(?P<topic>[a-z0-9_-]+)$", front),
    ("story", r"^/story/(?P<story>[0-9]+)$", story),
    ("article", r"^/article/(?P<article>[0-9]+)$", article),
    ("search", r"^/search$", find),
    ("sources", r"^/sources$", sources),
    ("trends", r"^/trends$", trends),
    ("trends", r"^/terms$", terms),
    ("desk", r"^/desk$", desk_page),
)
METRICS = r"^/-/metrics$"
DOWNLOAD = rf"^/search\.(?P<form>{'|'.join(FORMS)})$"
FEED = r"^/search\.atom$"
# No database may be called so in addresses.
TAKEN = {"desk", "topic", "story", "article", "search", "sources", "trends", "terms", "login", "logout", "mcp"}


class Pages:
    """The plugin; it belongs to one Datasette, of one database."""

    __name__ = "crawler.browse"  # the package whose templates and static files Datasette takes

    def __init__(self, site: Site, path: Path):
        self.site = site
        self.path = path
        # Threads of their own: whoever asks Datasette for something slow keeps nobody from these pages.
        self._threads = ThreadPoolExecutor(AT_ONCE, "pages")
        self._downloads = ThreadPoolExecutor(AT_ONCE, "downloads")

    @hookimpl
    def register_routes(self) -> list[tuple[str, Callable[..., Awaitable[Response]]]]:
        """Our addresses, which come before Datasette's own."""
        ours = [(pattern, self._view(name, build)) for name, pattern, build in ADDRESSES]
        return [*ours, (METRICS, self._metrics), (DOWNLOAD, self._download), (FEED, self._feed)]

    @hookimpl
    def skip_csrf(self, datasette: Datasette, scope: Any) -> bool:
        """Forms of the desk have no token: guard.py has checked where they come from."""
        return bool(scope["path"] == "/desk")

    @hookimpl
    def prepare_connection(self, conn: sqlite3.Connection, database: str) -> None:
        """Nothing is written through it, and SQL knows ``stem``."""
        if database == "_internal":
            return
        conn.create_function("stem", 1, stem, deterministic=True)
        conn.execute("PRAGMA query_only = 1")
        limits.bound(conn)

    @hookimpl
    def prepare_jinja2_environment(self, env: Any) -> None:
        """How our templates write times, numbers and languages."""
        env.filters |= {
            "time": _time,
            "local_day": _local_day,
            "day_name": page.day_name,
            "number": page.number,
            "count": page.count,
            "language_name": _language_name,
        }

    @hookimpl
    def extra_css_urls(self, datasette: Datasette) -> list[str]:
        """Datasette's tables as lists."""
        return [datasette.urls.static_plugins("crawler.browse", "data.css")]

    @hookimpl
    def menu_links(self) -> list[dict[str, str]]:
        """The way back from Datasette's own pages."""
        names = {"/": "Front page", "/search": "Search", "/trends": "Trends", "/sources": "Sources"}
        return [{"href": href, "label": label} for href, label in names.items()]

    @hookimpl
    def handle_exception(self, datasette: Datasette, request: Request, exception: Exception) -> Any:
        """Say what is wrong, in Datasette's own words where it has some; a bug goes to the log."""

        async def answer() -> Response:
            title, status, message = None, 500, "This page could not be made. The log says why."
            if isinstance(exception, DatasetteError):
                title, status, message = exception.title, exception.status, exception.message
                message = Markup(message) if exception.message_is_html else message
            elif isinstance(exception, Base400):
                status, message = exception.status, exception.args[0]
            elif isinstance(exception, sqlite3.DataError | MemoryError):
                status, message = 400, "This takes too much memory: ask for smaller values, or for fewer of them."
            elif isinstance(exception, sqlite3.Error | DatabaseError):
                message = f"The database cannot be read: {exception}."
                logger.error("%s: %s", request.path, exception)
            else:
                logger.error("%s: a bug in the web page", request.path, exc_info=exception)
            info = {"ok": False, "error": message, "status": status, "title": title}
            if request.path.endswith(".json"):
                return Response.json(info, status=status)
            if status == 404:
                return await self._missing(datasette, request, "There is no such page.")
            return Response.html(await datasette.render_template("error.html", info, request=request), status=status)

        return answer

    def _view(self, name: str, build: Callable[[sqlite3.Connection, Asked, Site], Page]) -> Callable[..., Any]:
        async def view(request: Request, datasette: Datasette) -> Response:
            if request.method == "POST":
                return await self._change(datasette, request, name)
            asked = Asked(
                request.url_vars,
                _query(request),
                page.reader(request.headers.get("accept-language", "")),
                self._whom(request),
            )

            def read() -> tuple[Page, list[str]]:
                with database.reading(self.path) as db, sqlite_timelimit(db.conn, TIME_LIMIT * 1000):
                    return build(db.conn, asked, self.site), queries.topics(db.conn)

            deadline = limits.Deadline()
            loop = asyncio.get_running_loop()
            timer = loop.call_later(TIME_LIMIT, deadline.stop)
            try:
                found, topics = await loop.run_in_executor(self._threads, deadline.run, read)
            except NotThere as error:
                return await self._missing(datasette, request, str(error))
            except (limits.TooLong, DatabaseError) as error:
                if isinstance(error, DatabaseError) and str(error.__cause__) != "interrupted":
                    raise
                said = "This takes too long: ask for fewer days or narrower words."
                return await self._missing(datasette, request, said, "Too much", 503)
            finally:
                timer.cancel()
            return await self._answer(datasette, request, found, name, topics)

        return view

    async def _change(self, datasette: Datasette, request: Request, name: str) -> Response:
        """What a form of ours changes on the desk; the page that shows it comes next."""
        desk = self.site.desk
        size = request.headers.get("content-length", "")
        if name != "desk" or desk is None:
            return await self._missing(datasette, request, "Nothing can be changed here.", "Not allowed", 405)
        if not size.isdecimal() or int(size) > LARGEST:
            return await self._missing(datasette, request, "This is too long: shorten it.", "Too much", 413)
        form = {key: value.replace("\0", "") for key, value in (await request.post_vars()).items()}

        def write() -> str:
            with database.reading(self.path) as db:
                return change(db.conn, desk, form)

        try:
            where = await asyncio.get_running_loop().run_in_executor(self._threads, write)
        except (ValueError, WrongUsage) as error:
            return await self._missing(datasette, request, f"Not done: {error}.", "Not done", 400)
        return Response.redirect(where, 303)

    def _whom(self, request: Request) -> Reader:
        """Who is meant by the settings, or whom the browser tells of."""
        known = self.site.reader
        return known if known.languages else replace(known, languages=_accepted(request))

    async def _metrics(self, request: Request) -> Response:
        """What a monitor asks for, behind the same checks as the pages."""

        def read() -> str:
            with database.reading(self.path) as db, sqlite_timelimit(db.conn, TIME_LIMIT * 1000):
                state = monitoring.read(db.conn, self.path, self.site.topics)
                return prometheus.text(state, faults(state, Bounds()))

        said = await asyncio.get_running_loop().run_in_executor(self._threads, read)
        return Response(said, headers=HEADERS, content_type=prometheus.CONTENT_TYPE)

    async def _download(self, request: Request, datasette: Datasette) -> Any:
        """All of a search, as a file; those beyond AT_ONCE wait for their turn."""
        try:
            filters = search_filters(_query(request))
            parse(filters.words or "x")
        except (WrongQuery, WrongUsage) as error:
            return Response.text(f"{error}\n", 400)
        return Download(self.path, filters, request.url_vars["form"], request.receive, self._downloads)

    async def _feed(self, request: Request, datasette: Datasette) -> Response:
        """The newest of a search, as a feed that goes on at another address."""
        query = _query(request)
        place = f"{request.scheme}://{request.host}"

        def read() -> str:
            with database.reading(self.path) as db, sqlite_timelimit(db.conn, TIME_LIMIT * 1000):
                return newest_feed(db.conn, query, place)

        try:
            said = await asyncio.get_running_loop().run_in_executor(self._threads, read)
        except (WrongQuery, WrongUsage) as error:
            return Response.text(f"{error}\n", 400)
        return Response(said, headers=HEADERS, content_type="application/atom+xml; charset=utf-8")

    async def _missing(
        self, datasette: Datasette, request: Request, message: str, title: str = "Not found", status: int = 404
    ) -> Response:
        return await self._answer(datasette, request, Page("missing.html", title, {"message": message}), status=status)

    async def _answer(
        self,
        datasette: Datasette,
        request: Request,
        found: Page,
        name: str = "",
        topics: Sequence[str] = (),
        status: int = 200,
    ) -> Response:
        data = datasette.urls.database(self.site.database)
        topic = found.topic if len(topics) > 1 else None  # the only topic need not be named in addresses
        titled = found.topic or (topics[0] if len(topics) == 1 else None)
        within = f"?{urlencode({'topic': topic})}" if topic else ""
        home = f"/topic/{quote(topic, safe='')}" if topic else "/"
        shown = {
            **found.shown,
            "reader": page.reader(request.headers.get("accept-language", "")),
            "whom": self._whom(request),
            "title": found.title,
            "topic": found.topic,
            "topic_title": self.site.title(titled) if titled else None,
            "chosen_topic": topic,
            "here": name,
            "home": home,
            "navigation": [
                (home, "front", "Front page"),
                (f"/search{within}", "search", "Search"),
                (f"/trends{within}", "trends", "Trends"),
                (f"/sources{within}", "sources", "Sources"),
                *([("/desk", "desk", "Desk")] if self.site.desk else []),
            ],
            "desk": self.site.desk,
            "data": data,
            "data_links": found.data_links(data) if found.sql else [],
        }
        return Response.html(await datasette.render_template(found.template, shown, request=request), status, HEADERS)


def _accepted(request: Request) -> tuple[str, ...]:
    return page.accepted(request.headers.get("accept-language", ""))


@pass_context
def _time(context: Context, written: str | None, form: str = "full") -> Markup:
    return page.time(written, form, context.get("whom", ANYBODY))


@pass_context
def _local_day(context: Context, written: str) -> str:
    reader: Reader = context.get("whom", ANYBODY)
    return reader.day(written)


def _query(request: Request) -> dict[str, str]:
    """What was asked, stripped, without what is empty."""
    return {key: value for key in request.args if (value := request.args[key].replace("\0", "").strip())}


@pass_context
def _language_name(context: Context, code: str) -> str:
    return page.language_name(code, context.get("reader", "en"))


def stem(words: str | None) -> str | None:
    """What ``articles_fts MATCH`` has to be given to find ``words`` in any of their forms; NULL for NULL."""
    if words is None:
        return None
    if not isinstance(words, str | int | float) or len(str(words)) > LONGEST_WORDS:
        return '""'
    try:
        return parse(str(words)).expression()
    except WrongQuery:
        return '""'  # finds nothing
