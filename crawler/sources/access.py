"""By which way sources are asked: proxies, logins and languages, with the secrets that the environment has."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from crawler.seeds import SeedsError, Source, expand


class Access:
    """What requests for ``sources`` need; ``unusable`` tells for which nothing may be asked, and why."""

    def __init__(self, sources: Iterable[Source], environ: Mapping[str, str]):
        self.proxies: dict[str, str] = {}  # source -> address, which may hold a password
        self.logins: dict[str, str] = {}  # source -> its Authorization header, for its own host
        self.unusable: dict[str, str] = {}
        for source in sources:
            for key, value in (("proxy", source.proxy), ("login", source.login)):
                try:
                    if value and key == "proxy":
                        self.proxies[source.name] = expand(value, environ)
                    elif value:
                        encoded = base64.b64encode(expand(value, environ).encode()).decode("ascii")
                        self.logins[source.name] = f"Basic {encoded}"
                except SeedsError as error:
                    self.unusable[source.name] = f"its {key}: {error}"

    def meta(self, name: str) -> dict[str, str]:
        """What tells the downloader the proxy of a source."""
        return {"proxy": self.proxies[name]} if name in self.proxies else {}

    def headers(self, source: Source, url: str) -> dict[str, str]:
        """The language that we read and, for the source's own host, who we are."""
        headers = {"Accept-Language": source.language} if source.language else {}
        if source.name in self.logins and urlsplit(url).netloc == urlsplit(source.url).netloc:
            headers["Authorization"] = self.logins[source.name]
        return headers
