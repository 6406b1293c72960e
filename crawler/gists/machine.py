"""The translator that TRANSLATE names: a service with LibreTranslate's interface, or a program."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Protocol
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from crawler.seeds import SeedsError, expand

SECONDS = 60  # that one article may take
ANSWER = 1_000_000  # bytes of a service's answer


class Gist(NamedTuple):
    """The headline and the first paragraph of an article."""

    title: str
    text: str


class NotTranslated(Exception):
    """The machine did not do it; the message says why."""


class WrongTranslator(Exception):
    """TRANSLATE cannot be used; the message says what would be right."""


class Machine(Protocol):
    """Who translates."""

    name: str  # as it is shown beside what it made

    def translate(self, original: Gist, source: str, target: str) -> Gist:
        """``original`` in the language ``target``; NotTranslated."""


def named(written: str, environment: Mapping[str, str] = os.environ) -> Machine:
    """The machine that TRANSLATE names; ``${NAME}`` is filled from the environment. WrongTranslator."""
    try:
        filled = expand(written, environment).strip()
    except SeedsError as error:
        raise WrongTranslator(f"TRANSLATE: {error}") from None
    if filled.startswith(("http://", "https://")):
        return Service(filled)
    return Program(filled)


class Service:
    """LibreTranslate, or what answers as it does; ``api_key`` in the address is sent as it wants it."""

    def __init__(self, address: str):
        parts = urlsplit(address)
        self.key = dict(parse_qsl(parts.query)).get("api_key")
        path = parts.path if parts.path.strip("/") else "/translate"
        self.address = urlunsplit((parts.scheme, parts.netloc, path, "", ""))
        self.name = f"LibreTranslate at {parts.netloc.rpartition('@')[2]}"

    def translate(self, original: Gist, source: str, target: str) -> Gist:
        """Ask for both texts at once."""
        asked = {"q": list(original), "source": source, "target": target, "format": "text"}
        body = json.dumps(asked | ({"api_key": self.key} if self.key else {})).encode()
        request = urllib.request.Request(self.address, body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                read = answer.read(ANSWER + 1)
        except urllib.error.HTTPError as error:
            with error:
                raise NotTranslated(f"{self.name}: answers {error.code}{_why(error.read(ANSWER))}") from None
        except (OSError, ValueError) as error:
            raise NotTranslated(f"{self.name}: cannot be asked ({error})") from None
        try:
            title, text = json.loads(read)["translatedText"]
            return _made(str(title), str(text))
        except (ValueError, TypeError, KeyError, RecursionError):
            raise NotTranslated(f"{self.name}: what it answers has no translatedText with two texts") from None


class Program:
    """A program that reads a headline, an empty line and a paragraph, and writes the same in another language."""

    def __init__(self, command: str):
        try:
            self.words = shlex.split(command)
        except ValueError as error:
            raise WrongTranslator(f"TRANSLATE: {command}: {error}: write it as a shell would read it") from None
        if not self.words:
            raise WrongTranslator("TRANSLATE is empty: name an address or a program")
        self.name = Path(self.words[0]).name

    def translate(self, original: Gist, source: str, target: str) -> Gist:
        """Run it; ``{source}`` and ``{target}`` in its arguments are the languages."""
        words = [word.replace("{source}", source).replace("{target}", target) for word in self.words]
        try:
            done = subprocess.run(
                words,
                input=f"{original.title}\n\n{original.text}\n".encode("utf-8", "replace"),
                capture_output=True,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise NotTranslated(f"{self.name}: takes more than {SECONDS} seconds") from None
        except OSError as error:
            raise NotTranslated(f"{self.name}: cannot be run ({error.strerror}): name a program") from None
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise NotTranslated(f"{self.name}: ends with exit code {done.returncode}{': ' + said[-1] if said else ''}")
        title, _, text = done.stdout[:ANSWER].decode("utf-8", "replace").strip().partition("\n")
        return _made(title, text)


def _made(title: str, text: str) -> Gist:
    made = Gist(" ".join(title.split()), " ".join(text.split()))
    if not made.title:
        raise NotTranslated("the translation is empty")
    return made


def _why(body: bytes) -> str:
    try:
        return f": {json.loads(body)['error']}"
    except (ValueError, TypeError, KeyError):
        return ""
