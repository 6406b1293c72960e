"""Pages that stand in front of the news."""

from __future__ import annotations

from collections.abc import Iterator

from tests.newsweb.hostile import Trap
from tests.newsweb.traps.answers import (
    feed,
    says,
)

CLOUDFLARE = (
    "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body><h1>amity.example</h1>"
    '<script>(function(){window._cf_chl_opt = {cType: "managed"};'
    'a.src = "/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1"}())</script></body></html>'
)
CAPTCHA = (
    "<html><head><title>amity.example</title></head><body><p>Press and hold the button to go on.</p>"
    '<div class="g-recaptcha" data-sitekey="x"></div><script src="https://www.google.com/recaptcha/api.js"></script>'
)
CONSENT = (
    "<html><head><title>We value your privacy</title></head><body><h1>We value your privacy</h1>"
    "<p>We and our 812 partners use cookies.</p><form action=/yes><button>Accept all</button></form></body></html>"
)
SHELL = (
    '<html><head><script>document.cookie="__test=1; path=/";location.href="/?ok=1"</script></head>'
    "<body><noscript>Please turn on JavaScript</noscript></body></html>"
)


def walls() -> Iterator[Trap]:
    """Pages that stand in front of the news."""
    for name, page, statuses in (
        ("challenge", CLOUDFLARE, (200, 403, 503, 202, 429)),
        ("captcha", CAPTCHA, (200, 403)),
        ("consent wall", CONSENT, (200,)),
        ("shell", SHELL, (200,)),
    ):
        for status in statuses:
            wall = says(page, status=status)
            blocked = ("blocked", name if status != 200 or name == "consent wall" else "")
            yield Trap(f"{name} {status}", {"/feed.xml": feed("/a"), "/a": wall}, {"/a": blocked})
            yield Trap(f"{name} {status} as source", {"/": wall}, {"/": blocked}, 3, "/")
