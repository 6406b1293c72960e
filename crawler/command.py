"""What our commands share: settings from options, one-line errors, exit codes."""

from __future__ import annotations

import argparse
import re
import sys
from abc import abstractmethod
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, ClassVar, NoReturn

from scrapy.commands import ScrapyCommand, ScrapyHelpFormatter
from scrapy.exceptions import UsageError
from scrapy.settings import SETTINGS_PRIORITIES, Settings, default_settings
from scrapy.utils.conf import arglist_to_dict

from crawler import platforms, program
from crawler import settings as project
from crawler.database import DatabaseError, Locked
from crawler.output import streams
from crawler.output.targets import WrongTarget
from crawler.seeds import SeedsError
from crawler.setting_values import WrongSetting, check, check_names


def _unquoted(choices: str) -> str:
    return choices.replace("'", "")


IN_PLAIN_WORDS = (  # what argparse and Scrapy say, and what it means
    (r"argument (-[-\w]+)(?:/-[-\w]+)*: ", r"\1: "),
    (r"invalid int value: '(.*)'", r'"\1" is not a whole number'),
    (r"expected one argument", "needs a value behind it"),
    (r"Unrecognized output format '(.*?)'.*", r'-o: "\1" is no format: let FILE end in .jsonl, .json, .csv or .xml'),
    (r"invalid choice: '(.*)' \(choose from (.*)\)", lambda found: f'"{found[1]}" is not one of {_unquoted(found[2])}'),
)


def _in_plain_words(message: str) -> str:
    for said, meant in IN_PLAIN_WORDS:
        message = re.sub(said, meant, message)
    return message


class WrongUsage(Exception):
    """The command line asks for something that there is not; the message says what there is."""


class HelpWithExamples(ScrapyHelpFormatter):
    """Help whose examples stay as they were written, a line each, with the name that the program was called by."""

    def format_help(self) -> str:
        return program.called(super().format_help())

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return text if "\n" in text else super()._fill_text(text, width, indent)


class NewsCommand(ScrapyCommand):
    """A command with one-line errors: exit code 2 for wrong usage or seeds, 1 when the database cannot be used."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_INSTALL_ROOT_HANDLER": False}  # crawler/logs.py has ours
    settings: Settings
    crawls = False  # whether it reads foreign pages in processes of their own
    examples: tuple[str, ...] = ()  # command lines that --help ends with

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        streams.guard()
        parser.add_argument(
            "-s", "--set", action="append", default=[], metavar="NAME=VALUE", help="set a setting, such as DATABASE"
        )
        parser.add_argument("-L", "--loglevel", metavar="LEVEL", help="log level (default: INFO)")
        parser.set_defaults(logfile=None, nolog=False, pidfile=None, pdb=False, profile=None)
        parser.error = self._usage  # type: ignore[method-assign]
        self._options = parser._option_string_actions
        self.add_arguments(parser)
        parser.formatter_class = HelpWithExamples
        if self.examples:
            parser.epilog = "\n  ".join(("Examples\n========", *self.examples))

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's own options and arguments to ``parser``."""

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        known = set(self.settings)
        try:
            given = arglist_to_dict(opts.set)
        except ValueError:
            self._usage("-s needs NAME=VALUE, as in -s DATABASE=news.db")
        self.settings.setdict(given, priority="cmdline")
        try:
            check_names(given, known)
            own = {*project._own, *dir(default_settings), "CLOCK_AHEAD"}
            check_names(project.environment(), own, prefix="NEWS_")
        except WrongSetting as error:
            self._usage(str(error))
        if opts.loglevel:
            self.settings.set("LOG_LEVEL", opts.loglevel.upper(), priority="cmdline")
        if unknown := [arg for arg in args if arg.startswith("-") and arg != "-"]:
            likely = get_close_matches(unknown[0].partition("=")[0], self._options, 1)
            meant = f"did you mean {likely[0]}? " if likely else ""
            self._usage(f'unknown option {unknown[0]}: {meant}"scrapy {self.name} --help" lists them')
        contact = self.settings["CONTACT"]
        if contact and self.settings.getpriority("USER_AGENT") == SETTINGS_PRIORITIES["project"]:
            self.settings.set("USER_AGENT", f"{self.settings['USER_AGENT']} (+{contact})", priority="project")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if self.crawls and (missing := platforms.lacking()):
            self.exitcode = fail(1, missing)
            return
        try:
            check(self.settings)
            self.exitcode = self.execute(args, opts)
            sys.stdout.flush()
        except (WrongUsage, WrongSetting, WrongTarget, SeedsError, UsageError) as error:
            self.exitcode = fail(2, _in_plain_words(str(error)))
        except DatabaseError as error:
            self.exitcode = fail(1, error)
        except Locked as error:
            self.exitcode = fail(0, error)
        except BrokenPipeError:  # | head
            streams.give_up_results()
        except streams.OutputLost as error:
            streams.give_up_results()
            self.exitcode = fail(1, error)
        except KeyboardInterrupt:
            self.exitcode = fail(1, "interrupted")

    @abstractmethod
    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        """Do the work; returns the exit code."""

    @property
    def name(self) -> str:
        """What the command is called."""
        return type(self).__module__.rpartition(".")[2]

    @property
    def database(self) -> Path:
        """The path of the database."""
        return Path(self.settings["DATABASE"])

    def _usage(self, message: str) -> NoReturn:
        sys.exit(fail(2, _in_plain_words(message)))


def meant(name: str, there: Iterable[str]) -> str:
    """``did you mean "lithium"? `` when one of the names that are there is like ``name``, else nothing."""
    names = {other.casefold(): other for other in there}
    likely = get_close_matches(name.casefold(), names, 1) or [other for other in names if name.casefold() in other][:1]
    return f'did you mean "{names[likely[0]]}"? ' if likely and name else ""


def no_topic(name: str, folder: Path, there: Iterable[str], or_else: str = "give -a seeds=FILE.toml") -> WrongUsage:
    """What to say when ``folder`` has no seeds file of that name; ``there`` are the names that it has."""
    if not folder.is_dir():
        return WrongUsage(f"the folder {folder} does not exist: name another with -s SEEDS_DIR=FOLDER")
    if names := sorted(there):
        said = f"{meant(name, names)}there is {', '.join(names)}; or {or_else}"
        return WrongUsage(f'there is no topic "{name}" in {folder}: {said}')
    return WrongUsage(f'there is no topic in {folder}: begin one with "scrapy newtopic {name}", or {or_else}')


def fail(code: int, message: object) -> int:
    """Say in one line what is wrong; returns ``code``."""
    print(program.called(f"scrapy: {message}"), file=sys.stderr)
    return code
