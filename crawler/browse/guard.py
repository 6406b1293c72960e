"""Who may ask the web page: its own pages and its reader, no other site; what its answers forbid."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from crawler.browse.login import Login, client

Application = Callable[[Any, Any, Any], Awaitable[None]]

HOST = "127.0.0.1"
NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})  # that a browser may call us by
OURS = frozenset({"same-origin", "none"})  # none: typed, or a bookmark (W3C Fetch Metadata)
ASKING = frozenset({"GET", "HEAD", "OPTIONS"})  # they change nothing
FOR_PROGRAMS = "/mcp"  # what is sent there may lack an Origin: programs have none
HEADERS = {
    "Referrer-Policy": "same-origin",  # no-referrer would make the Origin of our own forms "null"
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


def only_for_us(
    app: Application, pages: Iterable[str], hosts: Iterable[str] = (), login: Login | None = None
) -> Application:
    """``app``, closed to other sites; a link of theirs may lead to what matches one of ``pages`` (regexes), no further.

    That holds for sites that got hold of our address under a name of theirs (DNS rebinding), too: we answer to this
    machine's names, the address that was connected to, and ``hosts``. With ``login`` nothing is shown without it.
    """
    open_to_links = [re.compile(pattern) for pattern in pages]
    names = NAMES | {host.lower() for host in hosts}

    async def guarded(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return

        async def careful(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": list(_with_policy(message["headers"]))}
            await send(message)

        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        path, method = scope["path"], scope["method"]
        ours = any(pattern.match(path) for pattern in open_to_links)
        if refused := _no_host(headers, names, scope) or _foreign(headers, method, path, ours):
            status, why = refused
            named = [(b"content-type", b"text/plain; charset=utf-8")]
            await careful({"type": "http.response.start", "status": status, "headers": named})
            await careful({"type": "http.response.body", "body": why.encode()})
        elif login is None:
            await app(scope, receive, careful)
        elif not login.admits(headers, client(scope)) or (path, method) == ("/login", "POST"):
            await login.answer(scope, receive, careful)
        elif path == "/logout" and method == "POST":
            await login.leave(careful)
        else:
            await app({**scope, "logged_in": True}, receive, careful)

    return guarded


def _no_host(headers: Mapping[str, str], names: Iterable[str], scope: Any) -> tuple[int, str] | None:
    """Status and line for a request to a name that we do not answer to."""
    host = headers.get("host", "").lower()
    reached = str((scope.get("server") or ("",))[0])
    allowed = {*names, f"[{reached}]" if ":" in reached else reached}
    if host in allowed or host.rsplit(":", 1)[0] in allowed:
        return None
    return 421, f"Ask for http://{HOST}/ or http://localhost/ instead, or add this name to BROWSE_HOSTS.\n"


def _foreign(headers: Mapping[str, str], method: str, path: str, page_of_ours: bool) -> tuple[int, str] | None:
    """Status and line for a request that another site makes; None for one of ours."""
    host, site, origin = headers.get("host", ""), headers.get("sec-fetch-site"), headers.get("origin")
    same = origin in (f"http://{host}", f"https://{host}")
    followed = (  # a link, by its reader, to a page of ours
        method == "GET"
        and page_of_ours
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
    )
    foreign = site not in OURS if site else origin is not None and not same
    if foreign and not followed:
        return 403, "Another site asked for this: open it from the page itself, or type its address.\n"
    if method not in ASKING and not same and not (path == FOR_PROGRAMS and origin is None):
        return 403, "This changes something: send it from the page itself, with its Origin.\n"
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
