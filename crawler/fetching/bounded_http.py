"""HTTP as Scrapy speaks it, with a bound that Twisted lacks: how much may come before the body.

Without it a server that sends header after header, or "100 Continue" after "100 Continue", takes memory and all the
time of the crawling process as fast as the network gives it, until DOWNLOAD_TIMEOUT.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from crawler.fetching.chunks import make_lenient
from crawler.fetching.outcome import BadAnswer
from crawler.stopping import hurry

MOST = 128 * 1024  # bytes before the body; news servers send 1 to 10 kB
IDLE = 10  # seconds that a connection is kept for the next page of its host; Twisted: 240, a file each, on any number
# of hosts


class BoundedHttp(HTTP11DownloadHandler):
    """The download handler for http and https; the address guard works with this kind of handler alone."""

    def __init__(self, crawler: Crawler):
        super().__init__(crawler)
        self._pool.cachedConnectionTimeout = IDLE
        self._connections: WeakSet[Any] = WeakSet()
        crawler.signals.connect(self.give_up, hurry)
        unbounded, connections = self._pool._factory, self._connections

        class Factory(unbounded):  # type: ignore[misc, valid-type]
            """Builds connections that end when too much comes before a body."""

            def buildProtocol(self, address: Any) -> Any:
                connection = bounded(super().buildProtocol(address))
                connections.add(connection)
                return connection

        self._pool._factory = Factory

    def give_up(self) -> None:
        """End every connection: the run is told to stop, and what was asked for stays due."""
        for connection in list(self._connections):
            if connection.transport:
                connection.transport.abortConnection()


def bounded(connection: Any) -> Any:
    """``connection`` (an HTTP11ClientProtocol), bounded in what it reads before the body of each response."""
    request, data_received = connection.request, connection.dataReceived
    came: int | None = None  # bytes since the request; None once its headers are complete

    def ask(asked: Any) -> Deferred[Any]:
        nonlocal came
        came = 0
        response = request(asked)
        make_lenient(connection._parser)
        return response.addBoth(answered)

    def answered(result: Any) -> Any:
        nonlocal came
        over, came = came is not None and came > MOST, None
        if over and isinstance(result, Failure):
            return Failure(BadAnswer(f"more than {MOST // 1024} kB of headers"))
        return result

    def receive(data: bytes) -> None:
        nonlocal came
        if came is not None:
            came += len(data)
            if came > MOST:
                connection.transport.abortConnection()
                return
        data_received(data)

    connection.request, connection.dataReceived = ask, receive
    return connection
