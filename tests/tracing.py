"""Run commands of the project and write down every SQL statement that they run, wherever it comes from.

    python -m tests.tracing FILE COMMANDS

COMMANDS is a JSON list of lists of arguments of ``scrapy``; they run one after the other in this process, and only
the last may be a crawl. ``["browse", "/", "/sources"]`` asks the web page for these addresses, ``["mcp", "why
id_or_url=7"]`` the assistants' tools. FILE gets JSON:
``statements`` with their values filled in, each once; ``queries``: the named queries that were called; ``codes``: the
exit code of each command.
"""

from __future__ import annotations

import asyncio
import atexit
import functools
import inspect
import json
import sqlite3
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

# modules whose public functions ask the database
NAMED = ("crawler.database.queries", "crawler.search.results", "crawler.browse.queries")


def trace(path: Path) -> dict[str, Any]:
    """What this process asks from now on; written to ``path`` at its end."""
    seen: dict[str, Any] = {"statements": set(), "queries": set(), "codes": []}
    connect = sqlite3.connect

    def traced(*arguments: Any, **more: Any) -> sqlite3.Connection:
        connection = connect(*arguments, **more)
        connection.set_trace_callback(seen["statements"].add)
        return connection

    def write() -> None:
        path.write_text(json.dumps({name: sorted(values) for name, values in seen.items()}))

    sqlite3.connect = traced  # type: ignore[assignment]
    atexit.register(write)
    return seen


def named_queries(module: ModuleType) -> list[str]:
    """The public functions of a module that take a connection."""
    return [
        name
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__
        and not name.startswith("_")
        and "connection" in inspect.signature(function).parameters
    ]


def watch(module: ModuleType, called: set[str]) -> None:
    """Write down which named queries of a module are called."""

    def watched(name: str) -> Any:
        function = getattr(module, name)

        @functools.wraps(function)
        def call(*arguments: Any, **more: Any) -> Any:
            called.add(f"{module.__name__}.{name}")
            return function(*arguments, **more)

        return call

    for name in named_queries(module):
        setattr(module, name, watched(name))


def browse(database: Path, addresses: list[str]) -> None:
    """Ask the web page for ``addresses``; httpx.HTTPStatusError when one is not there."""
    import httpx

    from crawler.browse import server

    async def ask() -> None:
        transport = httpx.ASGITransport(server.application(database, {}))
        languages = {"Accept-Language": "es, en"}
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=languages) as client:
            for address in addresses:
                (await client.get(address, follow_redirects=True)).raise_for_status()

    asyncio.run(ask())


def assist(database: Path, calls: list[str]) -> None:
    """Ask the tools for assistants: ``NAME argument=value argument=value``."""
    from mcp import Client

    from crawler.assistants import tools

    async def ask() -> None:
        async with Client(tools.make(database)) as client:
            for call in calls:
                name, *values = call.split()
                result = await client.call_tool(name, dict(value.split("=", 1) for value in values))
                assert not result.is_error, result.content

    asyncio.run(ask())


def main() -> None:
    seen = trace(Path(sys.argv[1]))
    from scrapy.cmdline import execute
    from scrapy.utils.project import get_project_settings

    for module in NAMED:
        watch(__import__(module, fromlist=["*"]), seen["queries"])
    for command in json.loads(sys.argv[2]):
        if command[0] == "browse":
            browse(Path(get_project_settings()["DATABASE"]), command[1:])
            continue
        if command[0] == "mcp":
            assist(Path(get_project_settings()["DATABASE"]), command[1:])
            seen["codes"].append(0)
            continue
        try:
            execute(["scrapy", *command])
        except SystemExit as end:
            seen["codes"].append(end.code or 0)


if __name__ == "__main__":
    main()
