"""Log lines: ours at INFO, Scrapy's own account of its start and end only at DEBUG; one line for each surprise."""

from __future__ import annotations

import copy
import logging
import sys
from pathlib import Path
from typing import Any

from scrapy.logformatter import LogFormatter, LogFormatterResult
from scrapy.settings import SETTINGS_PRIORITIES, Settings

from crawler.database.commits import NotWritten
from crawler.output.targets import need_harmless
from crawler.output.terminal import safe_line
from crawler.setting_values import WrongSetting

CHATTY = ("scrapy", "twisted", "asyncio", "filelock", "pebble", "mcp", "trafilatura", "htmldate", "courlan")


def configure(settings: Settings) -> None:
    """Send log lines to standard error, or to LOG_FILE, as LOG_LEVEL and LOG_FORMAT say.

    On a terminal the progress line tells what INFO would, so only warnings are shown, unless LOG_LEVEL is given.
    WrongSetting when LOG_FILE cannot be written.
    """
    if not settings.getbool("LOG_ENABLED"):
        logging.root.addHandler(logging.NullHandler())
        return
    level = settings["LOG_LEVEL"]
    if sys.stderr.isatty() and settings.getpriority("LOG_LEVEL") == SETTINGS_PRIORITIES["project"]:
        level = "WARNING"
    handler: logging.Handler
    if settings["LOG_FILE"]:
        need_harmless("LOG_FILE", settings["LOG_FILE"], Path(settings["DATABASE"]))
        try:
            handler = LogFile(settings["LOG_FILE"], encoding=settings["LOG_ENCODING"])
        except OSError as error:
            remedy = "check that its folder exists and that you may write there"
            raise WrongSetting(
                f"LOG_FILE {settings['LOG_FILE']}: cannot be written ({error.strerror}): {remedy}"
            ) from None
    else:
        handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(level)
    debug = handler.level <= logging.DEBUG
    formatter = logging.Formatter if debug else OneLine
    handler.setFormatter(formatter(settings["LOG_FORMAT"], settings["LOG_DATEFORMAT"]))
    if not debug:
        handler.addFilter(_worth_reading)
    logging.root.addHandler(handler)
    logging.root.setLevel(handler.level)  # Python: WARNING
    logging.getLogger("scrapy.crawler").addFilter(_louder_when_told_to_stop)


class LogFile(logging.FileHandler):
    """LOG_FILE; when its disk is full that is said once, and the run goes on without it."""

    _lost = False

    def handleError(self, record: logging.LogRecord) -> None:
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)
        elif not self._lost:
            self._lost = True
            why = f"cannot be written ({error.strerror}): free some space, the run goes on without it"
            sys.stderr.write(f"LOG_FILE {self.baseFilename}: {why}\n")


def _louder_when_told_to_stop(record: logging.LogRecord) -> bool:
    """Who presses Ctrl-C sees that it was heard, and that a second one ends the run at once."""
    if record.levelno == logging.INFO and str(record.msg).startswith("Received"):
        record.levelno, record.levelname = logging.WARNING, "WARNING"
    return True


def _worth_reading(record: logging.LogRecord) -> bool:
    if record.exc_info and isinstance(record.exc_info[1], NotWritten):  # the run's last line says it once for all
        return False
    return record.levelno >= logging.WARNING or not record.name.startswith(CHATTY)


class OneLine(logging.Formatter):
    """A traceback becomes the name and text of its exception; the whole of it is for LOG_LEVEL=DEBUG."""

    def format(self, record: logging.LogRecord) -> str:
        record = copy.copy(record)
        what = ""
        if record.exc_info and record.exc_info[1]:
            error = record.exc_info[1]
            what = f": {type(error).__name__}: {error} (-L DEBUG shows where)"
            if record.name == "asyncio":  # "Task exception was never retrieved", and the task's insides
                record.msg, record.args = "an unexpected error", ()
        record.exc_info = record.exc_text = None
        return safe_line(super().format(record).partition("\nTraceback")[0] + what)


class Surprises(logging.Handler):
    """Counts what nobody expected, wherever in Scrapy, Twisted or our own rooms it came up: errors with a traceback."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.count = 0
        logging.root.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.count += bool(record.exc_info)


class Messages(LogFormatter):
    """What Scrapy says of a bug: the address, not the whole item."""

    def item_error(self, item: Any, exception: BaseException, response: Any, spider: Any) -> LogFormatterResult:
        address = item.claim.url if hasattr(item, "claim") else str(response)
        return {"level": logging.ERROR, "msg": "%(url)s: a bug in the pipelines", "args": {"url": address}}

    def spider_error(self, failure: Any, request: Any, response: Any, spider: Any) -> LogFormatterResult:
        return {"level": logging.ERROR, "msg": "%(url)s: a bug in the spider", "args": {"url": request.url}}
