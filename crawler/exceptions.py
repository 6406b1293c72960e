"""Why a page does not become a stored article. ``state`` is what its row in ``pages`` will say."""

from __future__ import annotations

from scrapy.exceptions import DropItem


class Unwanted(DropItem):
    """A page that was read and will not be stored; an everyday outcome, logged at DEBUG."""

    state = "not_article"

    def __init__(self, reason: str):
        super().__init__(reason, log_level="DEBUG")
        self.reason = reason


class Irrelevant(Unwanted):
    """One side of the topic is never mentioned."""

    state = "irrelevant"


class WrongLanguage(Unwanted):
    """On topic, but in a language that the topic leaves out."""

    state = "language"


class Refused(Unwanted):
    """No article is on the page, or it could not be read: the state comes with the reason."""

    def __init__(self, state: str, reason: str):
        super().__init__(reason)
        self.state = state
