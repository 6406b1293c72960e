"""An address of ``[alerts] urls``, written to through Apprise; of the address only its kind is ever shown."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import apprise  # slow to import: only what sends imports this module
from apprise import NotifyFormat, PersistentStoreMode

from crawler.seeds import SeedsError

ANSWER = re.compile(r"\berror=(\d{3})\b")  # in what Apprise logs of an HTTP request
MARGIN = 64  # characters of a message that are left for what a service adds
ROOM_OF_A_MAIL = 32_768  # characters; Apprise's default for services that know no limit
FORMATS = {"html": NotifyFormat.HTML, "markdown": NotifyFormat.MARKDOWN, "text": NotifyFormat.TEXT}


class Sender:
    """One address; ``place`` says where it stands, as in ``alerts.urls[2]``. SeedsError if Apprise knows no such."""

    def __init__(self, place: str, address: str):
        self.shown = place
        with _quietly():
            try:
                service = apprise.Apprise.instantiate(address, asset=_asset())
            except Exception as error:  # a plugin's; its message may hold the address
                raise SeedsError(f"{place}: Apprise cannot read it ({type(error).__name__})") from None
        if not isinstance(service, apprise.NotifyBase):
            remedy = "see https://github.com/caronc/apprise/wiki for how the service is written"
            raise SeedsError(f"{place}: no address that Apprise knows: {remedy}")
        self.shown = f"{place} ({address.partition(':')[0].lower()}://...)"
        self.service = service

    @property
    def form(self) -> str:
        """The form that suits the service: html for mail, markdown or html if the address asks for it, else text."""
        wanted = self.service.resolve_format(None)
        if wanted == NotifyFormat.HTML and self._limit >= ROOM_OF_A_MAIL:
            return "html"
        if wanted == NotifyFormat.MARKDOWN == self.service.resolve_format(NotifyFormat.TEXT):
            return "markdown"
        return "text"

    @property
    def room(self) -> int | None:
        """How many characters a message may have; None for no limit."""
        return None if self._limit >= ROOM_OF_A_MAIL else self._limit - MARGIN

    @property
    def _limit(self) -> int:
        return int(self.service.body_maxlen)

    def send(self, title: str, body: str, form: str) -> str | None:
        """Send one message; None when it was accepted, else why not."""
        with _quietly() as answers:
            try:
                accepted = self.service.notify(title=title, body=body, body_format=FORMATS[form])
            except Exception as error:  # a plugin's; its message may hold the address
                return f"Apprise failed ({type(error).__name__})"
        if accepted:
            return None
        return f"the server answered {answers[-1]}" if answers else "it was not reached or did not accept the message"


def _asset() -> apprise.AppriseAsset:
    """Apprise writes only to the address: no pictures from elsewhere, no redirects, no files, no keys of its own."""
    return apprise.AppriseAsset(
        app_id="newscrawler",
        app_desc="news crawler",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        http_redirects=False,
        pgp_autogen=False,
        pem_autogen=False,
        async_mode=False,
        storage_mode=PersistentStoreMode.MEMORY,
    )


class _Answers(logging.Handler):
    """Keeps the status codes that Apprise tells of and nothing else."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)  # below it Apprise tells the message itself
        self.codes: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.codes += ANSWER.findall(record.getMessage())


@contextmanager
def _quietly() -> Iterator[list[str]]:
    """Nothing that a library logs or warns of gets out: it may hold the address. Gives the status codes in it."""
    root = logging.getLogger()
    answers = _Answers()
    handlers, root.handlers = root.handlers, [answers]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield answers.codes
    finally:
        root.handlers = handlers
