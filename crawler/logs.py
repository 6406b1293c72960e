"""Log lines: ours at INFO, Scrapy's own account of its start and end only at DEBUG."""

from __future__ import annotations

import logging
import sys

from scrapy.settings import SETTINGS_PRIORITIES, Settings

CHATTY = ("scrapy", "twisted", "asyncio", "filelock", "pebble", "trafilatura", "htmldate", "courlan")


def configure(settings: Settings) -> None:
    """Send log lines to standard error, or to LOG_FILE, as LOG_LEVEL and LOG_FORMAT say.

    On a terminal the progress line tells what INFO would, so only warnings are shown, unless LOG_LEVEL is given.
    """
    if not settings.getbool("LOG_ENABLED"):
        logging.root.addHandler(logging.NullHandler())
        return
    level = settings["LOG_LEVEL"]
    if sys.stderr.isatty() and settings.getpriority("LOG_LEVEL") == SETTINGS_PRIORITIES["project"]:
        level = "WARNING"
    handler: logging.Handler
    if settings["LOG_FILE"]:
        handler = logging.FileHandler(settings["LOG_FILE"], encoding=settings["LOG_ENCODING"])
    else:
        handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(settings["LOG_FORMAT"], settings["LOG_DATEFORMAT"]))
    handler.setLevel(level)
    if handler.level > logging.DEBUG:
        handler.addFilter(_worth_reading)
    logging.root.addHandler(handler)


def _worth_reading(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING or not record.name.startswith(CHATTY)
