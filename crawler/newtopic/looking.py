"""Visit addresses in this process, and tell of each in their order what is there."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings
from scrapy.utils.reactor import install_reactor

from crawler import logs
from crawler.command import WrongUsage, fail
from crawler.newtopic.opml import subscribed
from crawler.newtopic.survey import OUT_OF_TIME, Finding, Survey
from crawler.newtopic.wish import read_addresses
from crawler.urls import page_key

STOPPED = "stopped before every address was looked at: nothing was written"
AT_ONCE, TIMEOUT = 100, 10  # of a list of subscriptions: requests at once, each to a host of its own; seconds
SECONDS = 40  # for a list; what was not looked at by then is taken as it is


@dataclass(frozen=True)
class Wanted:
    """Addresses to look at, among them those of a list of subscriptions."""

    addresses: Sequence[str]
    names: Mapping[str, str] = field(default_factory=dict)  # what the list calls those that came from it
    list_at: str | None = None  # where the list is, if it has to be fetched first

    @property
    def is_list(self) -> bool:
        """Whether there is a list: it has too many addresses to wait for each of them."""
        return bool(self.names or self.list_at)


def look(settings: Settings, wanted: Wanted, tell: Callable[[Finding], None]) -> list[Finding] | None:
    """What is at each address; ``tell`` is told each in its turn. None when the run was stopped.

    A list of subscriptions takes 50 seconds at most; WrongUsage when it cannot be read.
    """

    def told(finding: Finding) -> None:
        try:
            tell(finding)
        except BrokenPipeError:  # | head
            _stop()

    settings.setdict({"ITEM_PIPELINES": {}, "EXTENSIONS": {}, "LOG_LEVEL": "WARNING"}, priority="cmdline")
    if wanted.is_list:
        settings.setdict({"CONCURRENT_REQUESTS": AT_ONCE, "DOWNLOAD_TIMEOUT": TIMEOUT}, priority="cmdline")
    install_reactor(settings["TWISTED_REACTOR"])
    logs.configure(settings)
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(Survey)
    process.crawl(
        crawler,
        addresses=wanted.addresses,
        tell=told,
        names=wanted.names,
        list_at=wanted.list_at,
        seconds=SECONDS if wanted.is_list else None,
    )
    usual = {number: signal.signal(number, _stop) for number in (signal.SIGINT, signal.SIGTERM)}
    process.start(install_signal_handlers=False)  # Scrapy's wait for what is being downloaded
    for number, handler in usual.items():
        signal.signal(number, handler)
    spider, stats = crawler.spider, crawler.stats
    if not isinstance(spider, Survey) or stats is None:
        return None
    if spider.fault:
        raise WrongUsage(f"--opml {wanted.list_at}: {spider.fault}")
    if stats.get_value("finish_reason") == OUT_OF_TIME:
        spider.give_up()
    elif stats.get_value("finish_reason") != "finished" or len(spider.findings) < len(spider.addresses):
        return None
    return [spider.findings[address] for address in spider.addresses]


def read_list(written: str) -> Wanted:
    """What a list of subscriptions (OPML, a file or an address) subscribes to; WrongUsage when it is none."""
    if re.match("https?://", written, re.IGNORECASE):
        return Wanted((), list_at=read_addresses([written])[0])
    try:
        names = subscribed(Path(written).read_bytes())
    except OSError as error:
        raise WrongUsage(f"--opml {written}: cannot be read ({error.strerror}): give a file or an address") from None
    except ValueError as error:
        raise WrongUsage(f"--opml {written}: {error}") from None
    return Wanted(tuple(names), names)


def once_each(findings: Sequence[Finding]) -> tuple[list[Finding], list[Finding]]:
    """The findings with different addresses, and those that lead where an earlier one leads."""
    first: dict[str, Finding] = {}
    twins = [finding for finding in findings if first.setdefault(page_key(finding.address), finding) is not finding]
    return list(first.values()), twins


def _stop(*_: object) -> NoReturn:
    """Ctrl-C: end at once. Nothing is written yet, and a thread that waits for a name server would hold us up."""
    fail(1, STOPPED)
    os._exit(1)
