"""A digest, and what the alert rules find, for every address that was not told yet."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterator

from crawler import clock
from crawler.alerts import messages
from crawler.alerts.deliveries import Deliveries
from crawler.alerts.messages import Item
from crawler.alerts.rules import evaluate
from crawler.desk import Saved, muted, news
from crawler.digest import contents, wording
from crawler.digest.entry import Digest, Entry
from crawler.reader import ANYBODY, Reader
from crawler.seeds import Topic, expand

logger = logging.getLogger(__name__)


class NotSent(Exception):
    """An address did not accept a message; the next sending tries again."""


class Sending:
    """What there is to tell of ``topic`` since a moment, in ``form`` (None: as each service likes), for ``reader``.

    Only stories that ``search`` finds, if there is one.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        topic: Topic,
        since: str,
        limit: int,
        only_alerts: bool = False,
        form: str | None = None,
        reader: Reader = ANYBODY,
        search: Saved | None = None,
    ):
        self.connection = connection
        self.topic = topic
        self.since = since
        self.limit = limit
        self.only_alerts = only_alerts
        self.form = form
        self.reader = reader
        stories = contents.entries(connection, topic.name, since, topic.shown, reader)
        self.entries, self.muted = muted.without(connection, stories)
        if search:
            self.entries = news.chosen(connection, search, self.entries, since)
        self.found = evaluate(connection, topic, self.entries, since)

    def to(self, place: int) -> Iterator[str]:
        """Send what the address at ``place`` was not told, and say what was sent.

        NotSent when it fails, SeedsError when the address is wrong; neither names more of it than its kind.
        """
        from crawler.alerts.sender import Sender

        address = expand(self.topic.alerts.urls[place], os.environ).strip()
        sender = Sender(f"alerts.urls[{place + 1}]", address)
        deliveries = Deliveries(self.connection, self.topic.name, address)
        if interrupted := deliveries.interrupted():
            logger.warning(
                "%s: %s may have been sent or not when the program was killed: not sent again",
                sender.shown,
                wording.count(interrupted, "event"),
            )
        items = messages.untold(deliveries, self.entries, self.found, self.only_alerts)
        more = max(0, len(items) - self.limit)
        frame = Digest(
            self.topic.name,
            self.topic.title,
            self.since,
            clock.text(clock.now()),
            more=more,
            muted=self.muted,
            reader=self.reader,
        )
        items = [self._complete(item) for item in items[: self.limit]]
        form = self.form or sender.form
        for message in messages.pack(frame, items, form, sender.room):
            claimed = deliveries.claim(message.events)
            if why := sender.send(message.title, message.body, form):
                deliveries.release(claimed)
                raise NotSent(f"{sender.shown}: not sent, {why}: the next --send tries again")
            deliveries.confirm(claimed)
            yield f"{sender.shown}: sent {message.title}"

    def _complete(self, item: Item) -> Item:
        if isinstance(item.thing, Entry):
            return item._replace(thing=contents.completed(self.connection, item.thing))
        return item
