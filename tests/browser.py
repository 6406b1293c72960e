"""``scrapy browse`` in a process of its own, and a real browser to look at it; used by tests and screenshots."""

from __future__ import annotations

import os
import re
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).parent.parent
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-sync",
    "--no-first-run",
]


@dataclass
class Server:
    """The running command."""

    process: subprocess.Popen[str]
    address: str  # http://127.0.0.1:PORT

    def stop(self, number: int) -> tuple[int, str, str]:
        """Its exit code after that signal, and what it had said on both channels since it printed its address."""
        self.process.send_signal(number)
        try:
            out, err = self.process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        return self.process.returncode, out, err

    def kill(self) -> str:
        """End it at once; gives what it had said on standard error."""
        self.process.kill()
        return self.process.communicate()[1]


# Datasette leaves its connections to the end of the process, which Python 3.13 warns of.
STRICT = ("-W", "error", "-W", "ignore:unclosed database:ResourceWarning")


def start(database: Path, *options: str) -> Server:
    """Start the command on a free port and wait for the address that it prints; any warning of Python ends it."""
    process = subprocess.Popen(
        [sys.executable, *STRICT, "-m", "scrapy", "browse", "--port", "0", "-s", f"DATABASE={database}", *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    ready, _, _ = select.select([process.stdout], [], [], 60)
    said = process.stdout.readline() if ready else ""
    server = Server(process, "".join(re.findall(r"https?://[0-9.:]+", said)))
    if not server.address:
        raise RuntimeError(f"scrapy browse printed no address: {said}{server.kill()}")
    return server


@contextmanager
def served(database: Path, ended_by: int = signal.SIGTERM) -> Iterator[str]:
    """The address of the command while it runs; that signal must end it with exit code 0 and without a word."""
    server = start(database)
    try:
        yield server.address
    except BaseException:
        server.kill()
        raise
    code, out, err = server.stop(ended_by)
    assert (code, out, err) == (0, "", ""), f"exit code {code}: {out}{err}"


def chromium() -> str | None:
    """The browser of this machine."""
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


@contextmanager
def browser(executable: str) -> Iterator[Browser]:
    """A headless browser."""
    arguments = [*ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable, args=arguments)
        try:
            yield opened
        finally:
            opened.close()


@dataclass
class Watched:
    """A page of the browser, and all that it asked for and complained of."""

    page: Page
    address: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))
        self.page.on("popup", lambda popup: self.complaints.append(f"popup: {popup.url}"))

    def go(self, path: str) -> int:
        """Open a page of the server; gives the status."""
        response = self.page.goto(self.address + path)
        assert response
        return response.status

    @property
    def path(self) -> str:
        """Where the page is, without the server's address."""
        return self.page.url.removeprefix(self.address)

    def abroad(self) -> list[str]:
        """What was asked for elsewhere."""
        return [url for url in self.requests if not url.startswith(f"{self.address}/")]

    def tab_to(self, selector: str, most: int = 300) -> None:
        """Press the tabulator until what ``selector`` names has the focus, and see that it can be seen to have it."""
        for _ in range(most):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("s => document.activeElement.matches(s)", selector):
                style = self.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                assert style != "none", f"the focus on {selector} cannot be seen"
                return
        raise AssertionError(f"{self.path}: {selector} cannot be reached with the tabulator")


def new_page(context: BrowserContext, address: str) -> Watched:
    """A page of a browser's context that looks at the server at ``address``."""
    return Watched(context.new_page(), address)
