"""Who reads pages and digests: the languages they know, the best first, and their time zone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import TypeVar
from zoneinfo import ZoneInfo

from scrapy.settings import Settings

from crawler import clock

T = TypeVar("T")


@dataclass(frozen=True)
class Reader:
    """Somebody for whom a story is headed and times are written; without languages by its first report, in UTC."""

    languages: tuple[str, ...] = ()
    zone: tzinfo = UTC

    @classmethod
    def from_settings(cls, settings: Settings) -> Reader:
        """The reader that READER_LANGUAGES and READER_TIMEZONE describe, which are known to be right."""
        named = settings["READER_TIMEZONE"]
        languages = tuple(language.strip().lower() for language in settings.getlist("READER_LANGUAGES"))
        return cls(languages, UTC if named == "UTC" else ZoneInfo(named))

    @property
    def gists(self) -> tuple[str, ...]:
        """The languages in which translations are of use; they are made into the first."""
        return self.languages or ("en",)

    def best(self, things: Iterable[T], language: Callable[[T], str]) -> T | None:
        """The first of the ``things`` in the best language that any of them has; None when they have none of them."""
        firsts: dict[str, T] = {}
        for thing in things:
            firsts.setdefault(language(thing), thing)
        return next((firsts[known] for known in self.languages if known in firsts), None)

    def local(self, written: str) -> datetime:
        """The moment that the database wrote, in the reader's zone; a date alone stays. ValueError for others."""
        moment = clock.moment(written)
        return moment.replace(tzinfo=self.zone) if len(written) <= 10 else moment.astimezone(self.zone)

    def day(self, written: str) -> str:
        """The day of that moment, ``2024-07-01``; what is no time stays as it is."""
        try:
            return self.local(written).date().isoformat()
        except ValueError:
            return written[:10]

    def zone_at(self, moment: datetime) -> str:
        """What the zone is called then: ``UTC``, ``CET``, ``UTC-04``."""
        name = moment.tzname() or "UTC"
        return f"UTC{name}" if name[0] in "+-" else name


ANYBODY = Reader()
