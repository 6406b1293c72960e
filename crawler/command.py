"""What our commands share: settings from options, one-line errors, exit codes."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NoReturn

from scrapy.commands import ScrapyCommand, ScrapyHelpFormatter
from scrapy.exceptions import UsageError
from scrapy.settings import SETTINGS_PRIORITIES, Settings
from scrapy.utils.conf import arglist_to_dict

from crawler.database import DatabaseError, Locked
from crawler.resolver import networks, unguarded
from crawler.seeds import SeedsError


class WrongUsage(Exception):
    """The command line asks for something that there is not; the message says what there is."""


class HelpWithExamples(ScrapyHelpFormatter):
    """Help whose examples stay as they were written, a line each."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return text if "\n" in text else super()._fill_text(text, width, indent)


class NewsCommand(ScrapyCommand):
    """A command with one-line errors: exit code 2 for wrong usage or seeds, 1 when the database cannot be used."""

    requires_project = True
    requires_crawler_process = False
    settings: Settings
    examples: tuple[str, ...] = ()  # command lines that --help ends with

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "-s", "--set", action="append", default=[], metavar="NAME=VALUE", help="set a setting, such as DATABASE"
        )
        parser.add_argument("-L", "--loglevel", metavar="LEVEL", help="log level (default: INFO)")
        parser.set_defaults(logfile=None, nolog=False, pidfile=None, pdb=False, profile=None)
        parser.error = self._usage  # type: ignore[method-assign]
        self.add_arguments(parser)
        if self.examples:
            parser.formatter_class = HelpWithExamples
            parser.epilog = "\n  ".join(("Examples\n========", *self.examples))

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's own options and arguments to ``parser``."""

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        try:
            self.settings.setdict(arglist_to_dict(opts.set), priority="cmdline")
        except ValueError:
            self._usage("-s needs NAME=VALUE")
        if opts.loglevel:
            self.settings.set("LOG_LEVEL", opts.loglevel.upper(), priority="cmdline")
        if unknown := [arg for arg in args if arg.startswith("-") and arg != "-"]:
            self._usage(f'unknown option {unknown[0]}: see "scrapy {self.name} --help"')
        contact = self.settings["CONTACT"]
        if contact and self.settings.getpriority("USER_AGENT") == SETTINGS_PRIORITIES["project"]:
            self.settings.set("USER_AGENT", f"{self.settings['USER_AGENT']} (+{contact})", priority="project")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        try:
            networks(self.settings.getlist("ALLOWED_PRIVATE_NETWORKS"))
            if hole := unguarded(self.settings.getdict("DOWNLOAD_HANDLERS"), self.settings["TWISTED_DNS_RESOLVER"]):
                raise WrongUsage(hole)
            self.exitcode = self.execute(args, opts)
        except (WrongUsage, SeedsError, UsageError, ValueError) as error:
            if isinstance(error, ValueError) and "ALLOWED_PRIVATE_NETWORKS" not in str(error):
                raise
            self.exitcode = fail(2, error)
        except DatabaseError as error:
            self.exitcode = fail(1, error)
        except Locked as error:
            self.exitcode = fail(0, error)
        except BrokenPipeError:  # | head
            sys.stderr.close()
        except KeyboardInterrupt:
            self.exitcode = fail(1, "interrupted")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        """Do the work; returns the exit code."""
        raise NotImplementedError

    @property
    def name(self) -> str:
        """What the command is called."""
        return type(self).__module__.rpartition(".")[2]

    @property
    def database(self) -> Path:
        """The path of the database."""
        return Path(self.settings["DATABASE"])

    def _usage(self, message: str) -> NoReturn:
        sys.exit(fail(2, message))


def fail(code: int, message: object) -> int:
    """Say in one line what is wrong; returns ``code``."""
    print(f"scrapy: {message}", file=sys.stderr)
    return code
