"""HTTP for the news web: one threading server an address, all on one port, with a log of every request.

The address a connection arrives at decides which outlet answers, never the Host header.
"""

from __future__ import annotations

import gzip
import socket
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple, Protocol

from tests.newsweb.outlet import Answer, Fault, Imprint


class CannotListen(Exception):
    """An address of the news web cannot be used; the message says which and what helps."""


class Site(Protocol):
    """What a server answers for: an outlet or the kiosk."""

    imprint: Imprint
    port: int
    fault: Fault | None

    def answer(self, path: str) -> Answer:
        """What it says to GET ``path``."""


class Request(NamedTuple):
    """One line of the log: ``host`` is the address asked, ``path`` has the query, ``status`` 0 means no answer.

    ``at_once`` counts the connections that were open to this host, this one included.
    """

    time: datetime
    host: str
    path: str
    status: int
    headers: dict[str, str]
    at_once: int = 1


class RequestLog:
    """Every request so far; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: list[Request] = []

    def add(self, line: Request) -> None:
        """Append one line."""
        with self._lock:
            self._lines.append(line)

    def lines(self) -> list[Request]:
        """A copy, in the order of arrival."""
        with self._lock:
            return list(self._lines)

    def clear(self) -> None:
        """Forget all, so that a test can look at one run."""
        with self._lock:
            self._lines.clear()


class Handler(BaseHTTPRequestHandler):
    """Answers for the outlet of the address that was connected to."""

    protocol_version = "HTTP/1.1"
    server: OutletServer

    def do_GET(self) -> None:
        """Fault, 304 or the page."""
        outlet, stop = self.server.outlet, self.server.stop
        fault = outlet.fault
        if fault and self.path.startswith(fault.below):
            if fault.hang:
                self._log(0)
                stop.wait(fault.hang)
                self.close_connection = True
                return
            self._send(Answer(fault.status, fault.body, "text/plain", fault.headers))
            return
        answer = outlet.answer(self.path)
        self._send(Answer(304, answer.body, modified=answer.modified) if self._knows(answer) else answer)

    do_HEAD = do_GET

    def _knows(self, answer: Answer) -> bool:
        """Whether the client's validators still hold (RFC 9110, 13.2.2)."""
        if answer.status != 200:
            return False
        if etags := self.headers.get("If-None-Match"):
            return answer.etag in [etag.strip() for etag in etags.split(",")]
        if answer.modified and (since := self.headers.get("If-Modified-Since")):
            return answer.modified.replace(microsecond=0) <= parsedate_to_datetime(since)
        return False

    def _send(self, answer: Answer) -> None:
        body = answer.body
        headers = {"Content-Type": answer.content_type, **answer.headers}
        if answer.status in (200, 304):
            headers["ETag"] = answer.etag
            if answer.modified:
                headers["Last-Modified"] = format_datetime(answer.modified.astimezone(UTC), usegmt=True)
        if answer.status == 304:
            del headers["Content-Type"]
            body = b""
        elif len(body) > 500 and "Content-Encoding" not in headers:
            headers["Vary"] = "Accept-Encoding"
            if "gzip" in self.headers.get("Accept-Encoding", ""):
                headers["Content-Encoding"] = "gzip"
                body = gzip.compress(body, 6, mtime=0)
        self._log(answer.status)
        self.send_response(answer.status)
        for name, value in headers.items():
            self.send_header(name, value)
        if answer.status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _log(self, status: int) -> None:
        address = self.server.outlet.imprint.address
        at_once = self.server.open_connections
        self.server.log.add(Request(datetime.now(UTC), address, self.path, status, dict(self.headers), at_once))

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on standard error: the log is in memory."""


class OutletServer(ThreadingHTTPServer):
    """The server of one outlet; ``close`` ends its idle connections too, so that nothing outlives a test."""

    daemon_threads = False  # so that close waits for them
    request_queue_size = 64

    def __init__(self, outlet: Site, port: int, log: RequestLog):
        self.outlet = outlet
        self.log = log
        self.stop = threading.Event()
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__((outlet.imprint.address, port), Handler)
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def open_connections(self) -> int:
        """How many clients are connected now."""
        with self._guard:
            return len(self._open)

    def start(self) -> None:
        """Answer from now on, in a thread of its own."""
        self._thread.start()

    def process_request(self, request, client_address):  # type: ignore[no-untyped-def]
        """Remember the connection, then hand it to a thread."""
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request):  # type: ignore[no-untyped-def]
        """Close the connection and forget it."""
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request, client_address):  # type: ignore[no-untyped-def]
        """A client that went away in the middle is what crash tests do; anything else is ours and shown."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def close(self) -> None:
        """Stop listening, end all connections and wait for their threads."""
        self.stop.set()
        if self._thread.is_alive():
            self.shutdown()
            self._thread.join()
        with self._guard:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # the client was faster
        self.server_close()


def listen(outlets: Sequence[Site], port: int, log: RequestLog) -> list[OutletServer]:
    """Servers bound to every outlet's address on one port (0: any that is free on all of them), not yet started."""
    attempts = 1 if port else 20
    for attempt in range(1, attempts + 1):
        servers: list[OutletServer] = []
        try:
            for outlet in outlets:
                servers.append(OutletServer(outlet, port or (servers[0].server_port if servers else 0), log))
        except OSError as error:
            address = outlets[len(servers)].imprint.address
            for server in servers:
                server.close()
            if attempt == attempts or not servers:
                raise CannotListen(
                    f"cannot listen on {address}, port {port or 'any'}: {error.strerror}. The news web needs "
                    f"addresses of 127.0.0.0/8; Linux has them all, on macOS add one: sudo ifconfig lo0 alias {address}"
                ) from error
        else:
            for server in servers:
                server.outlet.port = server.server_port
            return servers
    raise AssertionError("unreachable")
