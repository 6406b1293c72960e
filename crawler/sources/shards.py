"""``--shard K/N``: several machines share the sources of a topic by registered domain, each with its own database."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace

from crawler.seeds import Topic
from crawler.urls import publisher, site_of


@dataclass(frozen=True)
class Shard:
    """The part of machine ``number`` of ``of``, counted from 1."""

    number: int
    of: int

    @classmethod
    def read(cls, written: str) -> Shard | None:
        """The shard that is written as ``2/3``; None for an empty text. ValueError says what would be right."""
        if not written:
            return None
        found = re.fullmatch(r"(\d{1,4})/(\d{1,4})", written)
        if not found or not 1 <= int(found[1]) <= int(found[2]):
            raise ValueError(f'"{written}" is no shard: write 2/3 for the second of three machines')
        return cls(int(found[1]), int(found[2]))

    def has(self, url: str) -> bool:
        """Whether the source of ``url`` belongs to this machine: all of a registered domain go to one."""
        digest = hashlib.blake2b(_domain(url).encode(), digest_size=8).digest()
        return int.from_bytes(digest) % self.of == self.number - 1

    def part(self, topic: Topic) -> Topic:
        """``topic`` with the sources of this machine; the others are disabled, with a note that says who asks them."""
        note = f"belongs to another machine (--shard {self.number}/{self.of})"
        sources = (
            source if not source.enabled or self.has(source.url) else replace(source, enabled=False, note=note)
            for source in topic.sources
        )
        return replace(topic, sources=tuple(sources))

    def slower(self, topic: Topic) -> Slower:
        """How much slower hosts are asked than if this machine were alone; ``topic`` is this machine's part."""
        return Slower(self.of, frozenset(_domain(source.url) for source in topic.sources if source.enabled))


@dataclass(frozen=True)
class Slower:
    """How much slower a host is asked: not at all one of our own ``domains``, else by the number of ``machines``."""

    machines: int = 1
    domains: frozenset[str] = frozenset()

    def __call__(self, host: str) -> int:
        return self.machines if self.machines > 1 and _domain(f"http://{host}/") not in self.domains else 1


def _domain(url: str) -> str:
    return publisher(site_of(url))
