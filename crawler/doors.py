"""Addresses that only pass the reader on to another one, which stands in them: nobody has to be asked for it."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote

# Doors by name: host and path -> the parameters in which the target may stand.
KNOWN = {
    ("www.google.com", "/url"): ("url", "q"),
    ("l.facebook.com", "/l.php"): ("u",),
    ("lm.facebook.com", "/l.php"): ("u",),
    ("vk.com", "/away.php"): ("to",),
    ("t.me", "/iv"): ("url",),
}
WORDS = (
    "redir redirect redirects redirector goto go out outbound away exit leave click clicks apiclick track tracking jump"
    " link links linkout external visit url r l lm"
)
DOOR = re.compile(rf"(?:{WORDS.replace(' ', '|')})(?:\.\w{{2,4}})?", re.IGNORECASE)
PARAMETERS = frozenset(
    "url u target dest destination redirect redirect_url redirecturl redirect_to goto to out link href".split()  # noqa: SIM905
)
NO_DOOR = re.compile(  # what does something with the address in it, and shows no article
    r"share|intent|log-?in|log-?out|sign|auth|oembed|embed|image|img|resize|thumb|photo|proxy|translat|print|valid|cache"
    r"|archive|save|submit|button|comment|subscri|regist|captcha|player|api$",
    re.IGNORECASE,
)
TAIL = re.compile(  # .../*https://host/path, /goto/https%3A%2F%2Fhost%2Fpath; some servers make one slash of two
    rf"(?:\*|/(?:{WORDS.replace(' ', '|')})(?:\.\w{{2,4}})?/)"
    r"(?P<target>https?(?::|%3a)(?:/|%2f){1,2}(?=[^/]*\.)[^/%].*)$",
    re.IGNORECASE,
)
WHOLE = re.compile(r"https?://[^/?#]", re.IGNORECASE)
WEB = re.compile(r"(https?):/{1,2}(?=[^/])", re.IGNORECASE)


def behind(host: str, path: str, query: str) -> str | None:
    """The address that the one of ``host``, ``path`` and ``query`` passes on to; None when it is no door."""
    low = f"{path}?{query}".lower()
    if "http" not in low:
        return None
    if found := TAIL.search(path):
        target = found["target"]
        whole = unquote(target) if "%2f" in target.lower() else target + (f"?{query}" if query else "")
        return WEB.sub(r"\1://", whole, count=1)
    if "http" not in query.lower():
        return None
    segments = [segment for segment in path.split("/") if segment]
    if any(map(NO_DOOR.match, segments)):
        return None
    named = KNOWN.get((host, path), ())
    is_door = (path == "/") or any(map(DOOR.fullmatch, segments)) or bool(DOOR.fullmatch(host.partition(".")[0]))
    for name, value in parse_qsl(query):
        if (name in named or (is_door and name.lower() in PARAMETERS)) and WHOLE.match(value):
            return value
    return None
