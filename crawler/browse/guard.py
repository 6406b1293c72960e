"""Who may ask the web page on this machine: its own pages and its reader, no other site; what its answers forbid."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

Application = Callable[[Any, Any, Any], Awaitable[None]]

HOST = "127.0.0.1"
NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})  # that a browser may call us by
OURS = frozenset({"same-origin", "none"})  # none: typed, or a bookmark (W3C Fetch Metadata)
HEADERS = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
NOTHING = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
POLICY = f"{NOTHING}; style-src 'self'; img-src 'self'; form-action 'self'"
OF_DATASETTE = (  # its pages have scripts and styles inside them, with names of tables and columns in them
    f"{NOTHING}; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'"
)


def only_for_us(app: Application, pages: Iterable[str]) -> Application:
    """``app``, closed to other sites; a link of theirs may lead to what matches one of ``pages`` (regexes), no further.

    That holds for sites that got hold of our address under a name of theirs (DNS rebinding), too.
    """
    open_to_links = [re.compile(pattern) for pattern in pages]

    async def guarded(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        ours = any(pattern.match(scope["path"]) for pattern in open_to_links)
        if refused := _refusal(headers, scope["method"], ours):
            status, why = refused
            named = [(b"content-type", b"text/plain; charset=utf-8")]
            await send({"type": "http.response.start", "status": status, "headers": named})
            await send({"type": "http.response.body", "body": why.encode()})
            return

        async def careful(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": list(_with_policy(message["headers"]))}
            await send(message)

        await app(scope, receive, careful)

    return guarded


def _refusal(headers: Mapping[str, str], method: str, page_of_ours: bool) -> tuple[int, str] | None:
    """Status and line for a request that is not from here; None for one that is."""
    host = headers.get("host", "")
    if host.rsplit(":", 1)[0] not in NAMES and host not in NAMES:
        return 421, f"Ask for http://{HOST}/ or http://localhost/ instead.\n"
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    followed = (  # a link, by its reader, to a page of ours
        method == "GET"
        and page_of_ours
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
    )
    foreign = site not in OURS if site else origin not in (None, f"http://{host}", f"https://{host}")
    if foreign and not followed:
        return 403, "Another site asked for this: open it from the page itself, or type its address.\n"
    return None


def _with_policy(headers: Iterable[tuple[bytes, bytes]]) -> Iterable[tuple[bytes, bytes]]:
    """``headers`` with what every answer forbids; what they say of that themselves counts."""
    given = {name.lower(): value for name, value in headers}
    html = given.get(b"content-type", b"").startswith(b"text/html")
    more = HEADERS | {"Content-Security-Policy": OF_DATASETTE if html else NOTHING}
    yield from given.items()
    for name, value in more.items():
        if name.lower().encode() not in given:
            yield name.lower().encode(), value.encode()
