"""What became of a request, in words and as a state: pure functions from a response or an error."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from OpenSSL import SSL
from scrapy import exceptions
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from service_identity import VerificationError
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.web._newclient import ParseError

from crawler import clock
from crawler.fetching import walls

FORBIDDEN = "robots.txt does not allow it"
RETRY_AFTER_CAP = timedelta(hours=24)
BLOCK_PAUSE = timedelta(hours=24)
LARGEST_ARTICLE, MOST_TAGS = 5 * 1024**2, 100_000  # bytes, tags
REDIRECTS = (301, 302, 303, 307, 308)
WALLED = (202, 203, 401, 402, 403, 405, 406, 418, 429, 451, 503)  # statuses that challenges come with, besides 200


@dataclass(frozen=True)
class Outcome:
    """The state that a page ends in and why; ``retry`` is when to ask again, None for never."""

    state: str
    reason: str
    retry: timedelta | None = None
    status: int | None = None
    unreachable: bool = False  # no connection was made: it may be our own network
    pause_host: bool = False  # the whole host asked us to wait
    host: str | None = None  # whom it concerns, when a redirect led elsewhere


class Removed(IgnoreRequest):
    """It was removed on request: nobody may ask for it."""


class RobotsForbidden(IgnoreRequest):
    """robots.txt does not want us there."""


class RobotsUnreadable(IgnoreRequest):
    """robots.txt exists, as far as we know, and could not be read: nobody is asked until it can (RFC 9309)."""

    def __init__(self, reason: str, cause: Exception | None = None, wait: timedelta | None = None):
        super().__init__(reason)
        self.cause = cause
        self.wait = wait


class NotNow(IgnoreRequest):
    """The host of a request may be asked, but not before ``wait`` has passed."""

    def __init__(self, reason: str, wait: timedelta):
        super().__init__(reason)
        self.wait = wait


class CookieWall(IgnoreRequest):
    """A host that lets nobody in without the cookies of an earlier visit."""


class BadAnswer(IgnoreRequest):
    """What came cannot be used: broken, or beyond a bound; ``final`` when asking again would bring the same."""

    def __init__(self, reason: str, final: bool = False):
        super().__init__(reason)
        self.final = final


def header(response: Response, name: str) -> str | None:
    """The value of a response's header."""
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """How long the host asks us to wait, from its Retry-After header (RFC 9110, 10.2.3); None without one.

    ``value`` is seconds or an HTTP date, ``now`` aware UTC; a past date gives zero, a long one a day.
    """
    if not value:
        return None
    try:
        wait = timedelta(seconds=int(value)) if value.strip().isdecimal() else _until(value, now)
    except (ValueError, OverflowError):
        return None
    return min(max(wait, timedelta()), RETRY_AFTER_CAP)


def max_age(cache_control: str | None) -> float | None:
    """Seconds that a response stays fresh, as its Cache-Control header says; None when it does not."""
    value = (cache_control or "").lower()
    found = re.search(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,9})", value)
    return float(found[1]) if found and "no-cache" not in value and "no-store" not in value else None


def _until(http_date: str, now: datetime) -> timedelta:
    date = parsedate_to_datetime(http_date)
    return (date if date.tzinfo else date.replace(tzinfo=UTC)) - now


def leads_out_of_the_web(response: Response) -> bool:
    """Whether a response's Location is an address that we do not ask for, such as ``file:`` or ``javascript:``."""
    scheme = re.match(r"\s*([a-z][a-z0-9+.-]*):", header(response, "Location") or "", re.IGNORECASE)
    return bool(scheme and scheme[1].lower() not in ("http", "https"))


def of_response(response: Response) -> Outcome | None:
    """What a response's headers and status decide; None when its body has to be read."""
    wait = retry_after(header(response, "Retry-After"), clock.now())
    if wall := walls.admitted(response):
        return Outcome("blocked", f"{wall} ({response.status})", wait or BLOCK_PAUSE, response.status)
    if response.status in REDIRECTS and leads_out_of_the_web(response):
        return Outcome("failed", "led to an address that is neither http nor https", status=response.status)
    return of_status(response.status, response.body, wait)


def of_status(status: int, body: bytes, wait: timedelta | None) -> Outcome | None:
    """What a response's status decides; None when its body has to be read. ``wait`` is its Retry-After."""
    if status == 200 and body.strip():
        return None
    if status in (404, 410):
        return Outcome("gone", f"the server answered {status}", status=status)
    if status in WALLED and (wall := walls.wall_in(body)):
        pause = status == 429 or (status == 503 and wait is not None)
        return Outcome("blocked", f"{wall} ({status})", wait or BLOCK_PAUSE, status, pause_host=pause)
    if status == 429:
        return Outcome("queued", "too many requests (429)", wait or timedelta(hours=1), status, pause_host=True)
    if status in (401, 402, 403, 451):
        return Outcome("blocked", f"the server refused us ({status})", wait or BLOCK_PAUSE, status)
    if status in (200, 202, 204) and not body.strip():
        return Outcome("blocked", f"empty answer ({status})", wait or BLOCK_PAUSE, status)
    if status >= 500 or status == 408:
        pause = wait is not None and status == 503
        return Outcome("queued", f"server error ({status})", wait or timedelta(hours=1), status, pause_host=pause)
    if 200 <= status < 300:
        return None
    return Outcome("failed", f"unexpected answer ({status})", status=status)


def of_size(body: bytes) -> Outcome | None:
    """What it means that a page is larger than any article; None when it is not.

    The largest of 217 real articles had 2.2 MB and 8,100 tags; with these bounds a worker stays well below its
    limits of time and memory.
    """
    if len(body) > LARGEST_ARTICLE:
        return Outcome("not_article", f"larger than any article: {len(body) / 1024**2:.1f} MB", status=200)
    if (tags := body.count(b"<")) > MOST_TAGS:
        return Outcome("not_article", f"larger than any article: {tags:,} tags", status=200)
    return None


def of_unreadable(reason: str, status: int) -> Outcome:
    """What it means that a source's body is no source; ``reason`` is what ``discover`` said."""
    if reason.startswith("a page that blocks robots"):
        return Outcome("blocked", reason, BLOCK_PAUSE, status)
    return Outcome("not_article", reason, status=status)


def of_error(error: BaseException, url: str, refused: Mapping[str, str]) -> Outcome:
    """What a download that gave no response means. ``refused`` tells why the address guard turned a host down."""
    host = urlsplit(url).hostname or ""
    if isinstance(error, Removed):
        return Outcome("gone", str(error))
    if isinstance(error, RobotsForbidden):
        return Outcome("blocked", str(error), timedelta(days=7))
    if isinstance(error, RobotsUnreadable):
        cause = of_error(error.cause, url, refused) if error.cause else None
        if cause and (cause.unreachable or host in refused):
            return cause
        reason = f"robots.txt could not be read: {cause.reason}" if cause else str(error)
        return Outcome("queued", reason, error.wait or timedelta(hours=1), pause_host=True)
    if isinstance(error, CookieWall):
        return Outcome("blocked", str(error), BLOCK_PAUSE)
    if isinstance(error, NotNow):
        return Outcome("queued", str(error), error.wait)
    if isinstance(error, BadAnswer):
        return Outcome("failed" if error.final else "queued", str(error), None if error.final else timedelta(hours=1))
    if isinstance(error, exceptions.CannotResolveHostError):
        if host in refused:
            return Outcome("failed", refused[host])
        return Outcome("queued", f"{host} cannot be found (DNS)", timedelta(hours=1), unreachable=True)
    if isinstance(error, exceptions.DownloadConnectionRefusedError):
        return Outcome("queued", f"{host} refused the connection", timedelta(hours=1), unreachable=True)
    if isinstance(error, exceptions.DownloadTimeoutError):
        return Outcome("queued", f"{host} did not answer in time", timedelta(hours=1), unreachable=True)
    if isinstance(error, exceptions.DownloadCancelledError):
        return Outcome("failed", "the answer is larger than DOWNLOAD_MAXSIZE")
    if isinstance(error, exceptions.UnsupportedURLSchemeError):
        return Outcome("failed", "led to an address that is neither http nor https")
    if isinstance(error, IgnoreRequest):
        return Outcome("failed", str(error) or "ignored")
    if isinstance(error, exceptions.ResponseDataLossError):
        return Outcome("queued", "the answer broke off", timedelta(hours=1))
    if isinstance(error, exceptions.DownloadFailedError) and (fault := _not_http(error)):
        return Outcome("queued", fault, timedelta(hours=1))
    unreachable = isinstance(error, exceptions.DownloadFailedError | OSError)
    said = _not_connected(error, host) or f"download failed: {' '.join(str(error).split()) or type(error).__name__}"
    return Outcome("queued", said[:200], timedelta(hours=1), unreachable=unreachable)


def _reasons(error: BaseException) -> list[BaseException]:
    """What Twisted says of an exchange that failed."""
    return [reason.value for reason in getattr(error.__cause__, "reasons", None) or ()]


def _not_http(error: BaseException) -> str | None:
    """What was wrong with the answer on a connection that held; None when the connection was at fault."""
    reasons = _reasons(error)
    if any(isinstance(reason, ParseError | ValueError | KeyError) for reason in reasons):
        return "the answer is not HTTP"
    return "the server hung up" if any(isinstance(reason, ConnectionDone) for reason in reasons) else None


def _not_connected(error: BaseException, host: str) -> str | None:
    """What was wrong with the connection; None when only the error itself can say it."""
    for reason in _reasons(error):
        if isinstance(reason, VerificationError):
            return f"the certificate of {host} is for another host"
        if isinstance(reason, SSL.Error):
            said = ", ".join(part[-1] for part in reason.args[0]) if reason.args else ""
            if "certificate verify failed" in said:
                return f"the certificate of {host} is not valid: expired, self-signed, or our clock is wrong"
            return f"no secure connection to {host}: {said or 'it hung up'}"
        if isinstance(reason, ConnectionLost):
            return f"{host} broke off the connection"
    return None
