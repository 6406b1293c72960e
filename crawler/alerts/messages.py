"""Which stories and notices an address is still to be told, and in which messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from crawler.alerts.deliveries import DIGEST, Deliveries, Event, of_story
from crawler.alerts.rules import Alert
from crawler.digest import wording
from crawler.digest.entry import Digest, Entry, Notice
from crawler.digest.html import as_html
from crawler.digest.text import as_markdown, as_text

RENDERERS: dict[str, Callable[[Digest], str]] = {"html": as_html, "markdown": as_markdown, "text": as_text}


class Item(NamedTuple):
    """Something to tell, and the events that are told by it."""

    thing: Entry | Notice
    events: tuple[Event, ...]


class Message(NamedTuple):
    """What is sent at once."""

    title: str
    body: str
    events: tuple[Event, ...]


def labelled(alerts: list[Alert]) -> list[Entry]:
    """The stories that the rules have found, each once, with what they say of it."""
    entries = dict.fromkeys(alert.entry for alert in alerts if alert.entry)
    return [replace(entry, labels=_labels(alerts, entry)) for entry in entries]


def _labels(alerts: list[Alert], entry: Entry) -> tuple[str, ...]:
    return tuple(dict.fromkeys(alert.label for alert in alerts if alert.entry is entry))


def untold(deliveries: Deliveries, entries: list[Entry], alerts: list[Alert], only_alerts: bool) -> list[Item]:
    """What an address was not told yet: notices, stories that a rule has found, and others unless ``only_alerts``."""
    items = [
        Item(alert.notice, (Event(alert.rule, alert.subject),))
        for alert in alerts
        if alert.notice and not deliveries.has_told(alert.rule, alert.subject, alert.again_after)
    ]
    found: list[Item] = []
    plain: list[Item] = []
    for entry in entries:
        told = deliveries.rules_that_told(entry)
        rules = [
            alert
            for alert in alerts
            if alert.entry is entry and not (told if alert.needs_new_story else alert.rule in told)
        ]
        events = [of_story(alert.rule, entry) for alert in rules]
        if not told and not only_alerts:
            events.append(of_story(DIGEST, entry))
        if events:
            labelled = replace(entry, labels=_labels(rules, entry))
            (found if rules else plain).append(Item(labelled, tuple(dict.fromkeys(events))))
    return items + found + plain


def pack(frame: Digest, items: list[Item], form: str, room: int | None) -> Iterator[Message]:
    """``items`` in as few messages of at most ``room`` characters as their order allows; ``frame`` is the empty digest.

    What does not fit into a message by itself is cut.
    """
    batch: list[Item] = []
    for item in items:
        if batch and room is not None and len(_render(frame, [*batch, item], form)) > room:
            yield _message(frame, batch, form, room)
            batch = []
        batch.append(item)
    if batch:
        yield _message(frame, batch, form, room)


def _message(frame: Digest, batch: list[Item], form: str, room: int | None) -> Message:
    body = _render(frame, batch, form)
    if room is not None and len(body) > room:
        body = body[: room - 1] + "…"
    events = tuple(event for item in batch for event in item.events)
    return Message(wording.heading(_filled(frame, batch)), body, events)


def _render(frame: Digest, batch: list[Item], form: str) -> str:
    return RENDERERS[form](_filled(frame, batch))


def _filled(frame: Digest, batch: list[Item]) -> Digest:
    return replace(
        frame,
        entries=[item.thing for item in batch if isinstance(item.thing, Entry)],
        notices=[item.thing for item in batch if isinstance(item.thing, Notice)],
    )
