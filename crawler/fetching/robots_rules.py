"""What a robots.txt says to one crawler (RFC 9309), read as Google's own parser reads it.

Its product token alone names a group, other records end none, the longest pattern decides and ``allow`` wins a tie.
Two things are read as the RFC has them and not as Google: letters that are percent-encoded without need are letters,
and a literal ``*`` or ``$`` is percent-encoded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 500 * 1024  # bytes that a crawler must read of a robots.txt (RFC 9309, 2.5); rules behind them do not count

TOKEN = re.compile("[A-Za-z_-]*")  # RFC 9309, 2.2.1: "newscrawler/0.1.0" and "NewsCrawler bot" name newscrawler
USER_AGENT = ("user-agent", "useragent", "user agent")
DISALLOW = ("disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw")
ESCAPED = re.compile("%([0-9a-fA-F]{2})|[^!-~]")
BEFORE_PATH = re.compile("^[a-z]+://[^/?]*", re.IGNORECASE)
UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")  # RFC 3986, 2.3


@dataclass(frozen=True)
class Pattern:
    """A path with ``*`` for anything and ``$`` for the end; ``length`` tells which of two is more specific."""

    allow: bool
    length: int
    beginning: str
    others: tuple[str, ...]  # what follows, each behind a *
    ending: bool  # nothing may follow

    @classmethod
    def read(cls, allow: bool, written: str) -> Pattern:
        path = normalised(written)
        ending = path.endswith("$")
        beginning, *others = (path[:-1] if ending else path).replace("$", "%24").split("*")
        return cls(allow, len(path), beginning, tuple(others), ending)

    def matches(self, path: str) -> bool:
        if not self.others:
            return path == self.beginning if self.ending else path.startswith(self.beginning)
        if not path.startswith(self.beginning):
            return False
        at, end = len(self.beginning), len(path)
        if self.ending:
            end -= len(self.others[-1])
            if end < at or not path.endswith(self.others[-1]):
                return False
        for part in self.others[:-1] if self.ending else self.others:  # the first place is as good as any other
            if (at := path.find(part, at, end)) < 0:
                return False
            at += len(part)
        return True


class RobotsRules:
    """The rules of a robots.txt (``text``) for the crawler that calls itself ``agent`` (its version does not matter).

    ``crawl_delay`` is in seconds, None when none is asked for.
    """

    def __init__(self, text: str, agent: str):
        own = token(agent)
        rules: dict[bool, list[Pattern]] = {True: [], False: []}  # for us by name; for everybody
        delays: dict[bool, float] = {}
        named: set[bool] = set()  # whom the group is for: us, everybody, or neither
        named_ever = in_rules = False
        for key, value in records(text):
            if key.startswith(USER_AGENT):
                if in_rules:
                    named, in_rules = set(), False
                if value == "*" or re.match(r"\*\s", value):
                    named.add(False)
                elif own and token(value) == own:
                    named.add(True)
                    named_ever = True
            elif key.startswith(("allow", *DISALLOW)):
                in_rules = True
                allow = key.startswith("allow")
                for pattern in _patterns(allow, value) if named else ():
                    for whom in named:
                        rules[whom].append(pattern)
            elif key == "crawl-delay" and (delay := _seconds(value)):
                delays |= dict.fromkeys(named, delay)
        self.crawl_delay = delays.get(named_ever)
        self._rules = sorted(rules[named_ever], key=lambda rule: (-rule.length, not rule.allow))

    def allowed(self, url: str) -> bool:
        """Whether the crawler may ask for ``url``, an address of the host whose robots.txt this is."""
        path = normalised(BEFORE_PATH.sub("", url.partition("#")[0]))
        if not path.startswith("/"):
            path = f"/{path}"
        path = path.replace("*", "%2A").replace("$", "%24")
        return next((rule.allow for rule in self._rules if rule.matches(path)), True)


def token(agent: str) -> str:
    """The product token at the beginning of a user agent, in lower case."""
    found = TOKEN.match(agent.strip())
    return found[0].lower() if found else ""


def normalised(path: str) -> str:
    """``path`` percent-encoded in one way: what is not ASCII is, letters and digits are not, with capital digits."""

    def written(found: re.Match[str]) -> str:
        if code := found[1]:
            return letter if (letter := chr(int(code, 16))) in UNRESERVED else f"%{code.upper()}"
        return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "replace"))

    return ESCAPED.sub(written, path)


def records(text: str) -> Iterator[tuple[str, str]]:
    """The ``key: value`` lines of a robots.txt, keys in lower case; a line ends at CR, LF or both.

    As Google does, a forgotten colon is read, as in ``sitemap https://...``.
    """
    for line in re.split(r"[\r\n]", text.lstrip("\ufeff")):
        said = line.partition("#")[0].strip()
        key, colon, value = said.partition(":")
        words = said.split(None, 2)
        if len(words) == 2 and (not colon or re.match("https?:", words[1], re.IGNORECASE)) and ":" not in words[0]:
            key, value = words
        elif not colon:
            continue
        if key:
            yield key.strip().lower(), value.strip()


def whole_lines(body: bytes, broke_off: bool = False) -> bytes:
    """As much of a robots.txt as counts: its first 500 KiB, without a line that is not whole."""
    if len(body) <= LONGEST and not broke_off:
        return body
    body = body[:LONGEST]
    return body[: max(body.rfind(b"\n"), body.rfind(b"\r")) + 1]


def _patterns(allow: bool, value: str) -> Iterator[Pattern]:
    if value:
        yield Pattern.read(allow, value)
    folder, slash, name = value.rpartition("/")
    if allow and slash and name.startswith("index.htm"):  # whoever opens the file means its folder, too
        yield Pattern.read(True, f"{folder}/$")


def _seconds(value: str) -> float | None:
    found = re.match(r"\d{1,6}(?:\.\d{1,6})?(?!\S)", value)
    return float(found[0]) if found else None
