"""``newscrawler``: all commands of this project and of Scrapy, wherever the package is installed."""

from __future__ import annotations

import os
import sys
from configparser import ConfigParser
from difflib import get_close_matches
from pathlib import Path
from pkgutil import iter_modules
from typing import NoReturn

from crawler import __version__, commands, program

ABOUT = """newscrawler {version}: watches a topic across news outlets and keeps clean articles in one SQLite file

begin
  newscrawler init FOLDER --topic venezuela_russia    make a working folder with a topic that comes along
  newscrawler init FOLDER                             make one without a topic; newscrawler newtopic begins one

in a working folder, or with NEWS_HOME=FOLDER
  {commands}

Each says more about itself: newscrawler articles --help"""
SCRAPYS = ("bench", "check", "fetch", "list", "parse", "runspider", "settings", "shell", "version", "view")


def main() -> None:
    """Run the command that ``sys.argv`` names; exit code 2 and one line when there is none, or no working folder."""
    ours = sorted(module.name for module in iter_modules(commands.__path__))
    command = next((word for word in sys.argv[1:] if not word.startswith("-")), None)
    if command is None:
        if sys.argv[1:] == ["--version"]:
            print(f"newscrawler {__version__}")
        else:
            print(ABOUT.format(version=__version__, commands=_columns([name for name in ours if name != "init"])))
        sys.exit(0)
    if command not in ours and command not in SCRAPYS:
        likely = get_close_matches(command, [*ours, *SCRAPYS], 1)
        meant = f"did you mean {likely[0]}? " if likely else ""
        _exit(f'there is no command "{command}": {meant}"newscrawler" lists them')
    if command == "init":
        os.environ["SCRAPY_SETTINGS_MODULE"] = "crawler.settings"
    else:
        _enter(program.working_folder())
    from scrapy.cmdline import execute  # only now: it needs a tenth of a second

    execute()


def _enter(folder: Path | None) -> None:
    """Let Scrapy find the settings that ``folder``'s scrapy.cfg names."""
    if folder is None:
        _exit(
            'this is no working folder: make one with "newscrawler init FOLDER --topic venezuela_russia" and call'
            " newscrawler there, or name it in NEWS_HOME"
        )
    config = ConfigParser()
    if not config.read(folder / "scrapy.cfg") or not config.has_option("settings", "default"):
        _exit(f'{folder}: has no scrapy.cfg that names settings: make a working folder with "newscrawler init FOLDER"')
    os.environ.setdefault("SCRAPY_SETTINGS_MODULE", config.get("settings", "default"))
    sys.path.insert(0, str(folder))


def _columns(names: list[str]) -> str:
    return "\n  ".join(
        " ".join(f"{name:<10}" for name in names[at : at + 8]).rstrip() for at in range(0, len(names), 8)
    )


def _exit(message: str) -> NoReturn:
    print(f"newscrawler: {message}", file=sys.stderr)
    sys.exit(2)
