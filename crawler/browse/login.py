"""A password for the web page: who has it gets a signed cookie, or sends it with each request."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from markupsafe import escape

from crawler import clock

COOKIE = "news_login"
LASTS = 30 * 24 * 3600  # seconds that a cookie is good for
LONGEST_FORM = 4_096  # bytes
SHORTEST = 12  # characters of a password
WRONG, WHILE = 10, 60  # passwords that an address may get wrong within so many seconds
REMEMBERED = 10_000  # wrong ones that are counted
STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:24rem;margin:4rem auto;padding:0 1rem}"
    "label,input,button{display:block;font:inherit}input{width:100%;box-sizing:border-box;margin:.25rem 0 1rem}"
)
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; style-src 'sha256-{_HASH}'"
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Log in</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<style>{style}</style></head>
<body><main><h1>Log in</h1>
{said}<form method="post" action="/login"><input type="hidden" name="next" value="{onward}">
<label for="password">Password or token</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Log in</button></form></main></body></html>
"""


class NoSecret(Exception):
    """The secret or the password cannot be read or made; the message names the file and the remedy."""


def secret_of(database: Path) -> str:
    """The token that is kept beside ``database`` and read by its owner alone, made when there is none; NoSecret."""
    path = database.with_name(f"{database.name}.secret")
    try:
        if not path.exists():
            draft = path.with_name(f"{path.name}.{os.getpid()}")
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(32) + "\n")
            draft.replace(path)
        token, mode = path.read_text(encoding="utf-8").strip(), path.stat().st_mode
    except (OSError, UnicodeDecodeError) as error:
        raise NoSecret(f"{path}: cannot be used ({error}): it holds the token of the web page") from None
    if mode & 0o077:
        raise NoSecret(f"{path}: others can read it: delete it, and a new one is made")
    if len(token) < SHORTEST:
        raise NoSecret(f"{path}: holds no token: delete it, and a new one is made")
    return token


def password_in(path: Path) -> str:
    """The first line of the file; NoSecret when it is too short to be a password."""
    try:
        password = next(iter(path.read_text(encoding="utf-8").splitlines()), "").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise NoSecret(f"{path}: cannot be read ({error})") from None
    if len(password) < SHORTEST:
        raise NoSecret(f"{path}: the first line must be a password of {SHORTEST} characters or more")
    return password


class Login:
    """Asks for one password; cookies are good as long as the secret and the password stay the same."""

    def __init__(self, password: str, secret: str):
        self._password = password.encode()
        self._key = hashlib.sha256(f"{secret}\n{password}".encode()).digest()
        self._wrong: deque[tuple[float, str]] = deque(maxlen=REMEMBERED)

    def admits(self, headers: Mapping[str, str], address: str) -> bool:
        """Whether a request with those headers, from that address, has a good cookie or ``Bearer PASSWORD``."""
        kind, _, given = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            return self._right(given.strip(), address)
        crumbs = (crumb.strip().partition("=") for crumb in headers.get("cookie", "").split(";"))
        return any(self._signed(value) for name, _, value in crumbs if name == COOKIE)

    async def answer(self, scope: Any, receive: Any, send: Any) -> None:
        """What somebody gets who has no cookie, or sends the form."""
        if scope["path"] == "/login" and scope["method"] == "POST":
            await self._form(scope, receive, send)
            return
        if scope["method"] in ("GET", "HEAD") and b"text/html" in dict(scope["headers"]).get(b"accept", b""):
            onward = "/" if scope["path"] in ("/login", "/logout") else _address(scope)
            await _send(send, 401, _page(onward))
            return
        said = "Log in first: open this address in a browser, or send Authorization: Bearer TOKEN.\n"
        await _send(send, 401, said, [(b"www-authenticate", b"Bearer")])

    async def leave(self, send: Any) -> None:
        """Take the cookie back."""
        await _send(send, 303, "", [(b"location", b"/"), (b"set-cookie", f"{COOKIE}=; Path=/; Max-Age=0".encode())])

    async def _form(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while len(body) <= LONGEST_FORM:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        given: dict[str, list[str]] = {}
        if len(body) <= LONGEST_FORM:
            try:
                given = parse_qs(body.decode("utf-8", "replace"), max_num_fields=9)
            except ValueError:  # more fields than that
                given = {}
        onward, password, address = given.get("next", ["/"])[0], given.get("password", [""])[0], client(scope)
        locked = self._locked(address)
        if self._right(password.strip(), address):
            lives = int(clock.now().timestamp()) + LASTS
            cookie = f"{COOKIE}={lives}.{self._mac(str(lives))}; Path=/; Max-Age={LASTS}; HttpOnly; SameSite=Lax"
            secure = "; Secure" if scope["scheme"] == "https" else ""
            headers = [(b"location", _inside(onward).encode()), (b"set-cookie", f"{cookie}{secure}".encode())]
            await _send(send, 303, "", headers)
        elif locked:
            await _send(send, 429, _page(onward, f"Too many wrong passwords: wait {WHILE} seconds."))
        else:
            await _send(send, 401, _page(onward, "That is not the password."))

    def _right(self, given: str, address: str) -> bool:
        if self._locked(address):
            return False
        right = hmac.compare_digest(given.encode(), self._password)
        if not right:
            self._wrong.append((time.monotonic(), address))
        return right

    def _locked(self, address: str) -> bool:
        since = time.monotonic() - WHILE
        while self._wrong and self._wrong[0][0] < since:
            self._wrong.popleft()
        return sum(who == address for _, who in self._wrong) >= WRONG

    def _signed(self, value: str) -> bool:
        lives, _, mac = value.partition(".")
        good = hmac.compare_digest(mac.encode(), self._mac(lives).encode())
        return good and int(lives) > clock.now().timestamp()

    def _mac(self, lives: str) -> str:
        return hmac.new(self._key, lives.encode(), "sha256").hexdigest()


def client(scope: Any) -> str:
    """The address that a request came from."""
    return str((scope.get("client") or ("",))[0])


def _address(scope: Any) -> str:
    query = scope.get("query_string", b"").decode("latin-1")
    raw = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1").partition("?")[0]
    return f"{raw}?{query}" if query else raw


def _inside(address: str) -> str:
    """``address`` when it is a path on this server, else ``/``."""
    good = address.isascii() and address.isprintable() and " " not in address and "\\" not in address
    return address if good and address.startswith("/") and not address.startswith("//") else "/"


def _page(onward: str, said: str = "") -> str:
    problem = f'<p role="alert">{escape(said)}</p>\n' if said else ""
    return PAGE.format(style=STYLE, said=problem, onward=escape(_inside(onward)))


async def _send(send: Any, status: int, body: str, headers: list[tuple[bytes, bytes]] | None = None) -> None:
    kind = b"text/html; charset=utf-8" if body.startswith("<!") else b"text/plain; charset=utf-8"
    named = [(b"content-type", kind), (b"content-security-policy", POLICY.encode()), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": [*named, *(headers or [])]})
    await send({"type": "http.response.body", "body": body.encode()})
