"""The tools inside another web application: loaded, which takes a second, when somebody first asks for them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

Application = Callable[[Any, Any, Any], Awaitable[None]]


class Mount:
    """``app`` with the tools for ``database`` at ``path``; its lifespan ends theirs."""

    def __init__(self, app: Application, path: str, database: Path):
        self.app, self.path, self.database = app, path, database
        self._loading: asyncio.Task[Application] | None = None
        self._ended = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer as an ASGI application."""
        if scope["type"] == "lifespan":
            try:
                await self.app(scope, receive, send)
            finally:
                self._ended.set()
                if self._running:
                    await self._running
        elif scope["path"] != self.path:
            await self.app(scope, receive, send)
        else:
            if self._loading is None:
                self._loading = asyncio.create_task(self._load())
            tools = await asyncio.shield(self._loading)
            await tools(scope, receive, send)

    async def _load(self) -> Application:
        server, tools = await asyncio.to_thread(self._make)
        ready = asyncio.Event()

        async def run() -> None:
            async with server.session_manager.run():
                ready.set()
                await self._ended.wait()

        self._running = asyncio.create_task(run())
        await ready.wait()
        return tools

    def _make(self) -> tuple[Any, Application]:
        from crawler.assistants import tools  # an extra

        server = tools.make(self.database)
        return server, tools.mounted(server, self.path)
