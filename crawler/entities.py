"""Character references of HTML, resolved whatever they say."""

from __future__ import annotations

import html
import re

NO_CHARACTER = re.compile(r"&#[0-9]{20,};?")  # a number so long that Python refuses to read it


def unescaped(text: str) -> str:
    """``text`` with its references as the characters that they stand for; U+FFFD for a number that is none."""
    return html.unescape(NO_CHARACTER.sub("\ufffd", text))
