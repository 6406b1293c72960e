"""The tools as MCP offers them, over standard input and output or mounted in the web page's server."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any, Literal

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from pydantic import Field
from starlette.applications import Starlette

from crawler import __version__, database
from crawler.assistants import answers, quoting, raw_sql
from crawler.browse import limits
from crawler.database import DatabaseError

SECONDS = 10  # that an answer may take
AT_ONCE = 3  # answers that are made at the same time
STEPS = 10_000  # of SQLite between two looks at the clock
REQUEST = 100_000  # bytes
INSTRUCTIONS = (
    "A database of news articles that a crawler collected by topic, with copies and stories (one event across outlets"
    f" and languages). {quoting.ABOUT} Cite url, source and published. published is UTC, or a day alone; null where"
    " nobody knows. A search shows originals; copies of a text are listed with its article."
)

Words = Annotated[
    str,
    Field(
        description='What must occur: all words in any inflected form; OR, -word, "a phrase", title:word. Empty: all.'
    ),
]
Topic = Annotated[str | None, Field(description="Only articles of this topic; sources lists topics")]
Language = Annotated[str | None, Field(description="ISO 639-1, as in es; und: not known")]
Source = Annotated[str | None, Field(description="Only this source, by its name")]
When = Annotated[str | None, Field(description="A time ago as in 12h, 7d, 2w, or a day as in 2026-07-01 (UTC)")]
Role = Annotated[
    Literal["subject", "mention"] | None, Field(description="Only what is about the topic, or only mentions it")
]
IdOrUrl = Annotated[str, Field(description="Number of an article, or an address")]


def make(path: Path, allow_sql: bool = False) -> MCPServer[Any]:
    """The server of the tools; ``allow_sql`` adds one that takes SQL."""
    ask = _Asked(path).ask
    server: MCPServer[Any] = MCPServer("newscrawler", version=__version__, instructions=INSTRUCTIONS)

    @server.tool(structured_output=False)
    async def search(
        words: Words = "",
        topic: Topic = None,
        language: Language = None,
        source: Source = None,
        since: When = None,
        until: When = None,
        role: Role = None,
        order: Literal["best", "newest", "score"] = "best",
        copies: Annotated[bool, Field(description="Copies of the same text, too")] = False,
        limit: Annotated[int, Field(ge=1, description=f"At most {answers.ROWS}")] = 10,
        skip: Annotated[int, Field(ge=0, description=f"Results to pass over: {answers.BEHIND} at most")] = 0,
    ) -> str:
        """Find articles: best first when there are words, else newest first. Texts: article; the event: story."""
        asked = {
            "words": words,
            "topic": topic,
            "language": language,
            "source": source,
            "since": since,
            "until": until,
            "role": role,
            "all_copies": copies,
        }
        wanted = _filters(asked, limit, newest=order == "newest", by_score=order == "score")
        return await ask(lambda db: answers.search(db, wanted, skip), "articles")

    @server.tool(structured_output=False)
    async def story(id: Annotated[int, Field(ge=1, lt=2**63, description="Number of a story, from search")]) -> str:
        """One event: which outlets reported it, in which languages, who was first, who copied whom."""
        return await ask(lambda db: answers.story(db, id), "reports")

    @server.tool(structured_output=False)
    async def article(
        id_or_url: IdOrUrl,
        begin: Annotated[int, Field(ge=0, description="Character of the text to begin at")] = 0,
        characters: Annotated[int, Field(ge=1, description=f"Of the text; at most {answers.LONGEST:,}")] = 4_000,
    ) -> str:
        """One article: a part of its text, authors, date and where it is from, what matched, its copies."""
        return await ask(lambda db: answers.article(db, id_or_url, begin, characters), "copies")

    @server.tool(structured_output=False)
    async def sources(
        topic: Topic = None,
        state: Literal["new", "ok", "failing", "blocked", "silent", "disabled"] | None = None,
        name: Annotated[str | None, Field(description="Only sources whose name has this in it")] = None,
    ) -> str:
        """The outlets that are watched, and their health: last success, last new article, expected articles a day."""
        return await ask(lambda db: answers.sources(db, topic, state, name), "sources")

    @server.tool(structured_output=False)
    async def why(id_or_url: IdOrUrl) -> str:
        """Why an address is stored (which terms hit, for which topic), or why it is not."""
        return await ask(lambda db: answers.why(db, id_or_url), "topics")

    @server.tool(structured_output=False)
    async def counts(
        words: Words = "",
        topic: Topic = None,
        language: Language = None,
        source: Source = None,
        since: When = None,
        until: When = None,
        role: Role = None,
        period: Literal["day", "week", "month"] = "day",
        by: Literal["language", "source", "topic"] | None = None,
    ) -> str:
        """How many articles (originals) a day, week or month match, also by language, source or topic."""
        asked = {
            "words": words,
            "topic": topic,
            "language": language,
            "source": source,
            "since": since,
            "until": until,
            "role": role,
        }
        wanted = _filters(asked, None)
        return await ask(lambda db: answers.counts(db, wanted, period, by), "counts")

    if allow_sql:

        @server.tool(structured_output=False)
        async def sql(query: Annotated[str, Field(max_length=5_000, description="One SELECT of SQLite")]) -> str:
            """Ask the database itself; its tables are documented in docs/schema.md, sqlite_master lists them."""
            return await ask(lambda db: raw_sql.run(db, query), "quoted_rows")

    return server


def mounted(server: MCPServer[Any], path: str) -> Starlette:
    """The web application of the tools at ``path``; whoever mounts it checks Host and Origin, and runs its lifespan."""
    return server.streamable_http_app(
        streamable_http_path=path,
        json_response=True,
        stateless_http=True,
        max_request_body_size=REQUEST,
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )


def _filters(asked: dict[str, Any], limit: int | None, **more: Any) -> Any:
    try:
        return answers.filters(asked, limit, **more)
    except answers.Refused as error:
        raise ToolError(str(error)) from None


class _Asked:
    """Makes answers in threads of its own, each with a connection and a deadline."""

    def __init__(self, path: Path):
        self.path = path
        self._threads = ThreadPoolExecutor(AT_ONCE, "assistants")

    async def ask(self, work: Callable[[sqlite3.Connection], dict[str, Any]], rows: str) -> str:
        """What ``work`` finds, as JSON; of ``rows`` as many as have room. ToolError when it cannot be answered."""
        deadline = limits.Deadline()
        end = time.monotonic() + SECONDS

        def read() -> str:
            with database.reading(self.path) as db:
                db.conn.set_progress_handler(lambda: time.monotonic() > end, STEPS)
                return quoting.answer(work(db.conn), rows)

        loop = asyncio.get_running_loop()
        timer = loop.call_later(SECONDS, deadline.stop)
        try:
            return await loop.run_in_executor(self._threads, deadline.run, read)
        except answers.Refused as error:
            raise ToolError(str(error)) from None
        except (limits.TooLong, DatabaseError) as error:
            if isinstance(error, DatabaseError) and str(error.__cause__) != "interrupted":
                raise ToolError(str(error)) from None
            said = f"this takes more than {SECONDS} seconds: ask for fewer days or narrower words"
            raise ToolError(said) from None
        finally:
            timer.cancel()
