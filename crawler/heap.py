"""What is done about memory: what stays is not looked at again and again, what is over is given back."""

from __future__ import annotations

import ctypes
import gc
import sys

OFTEN = 10_000  # new objects between two looks for garbage; Python: 700
LARGE = 1024**2  # bytes of a body after which it is worth the milliseconds


def keep_what_is_loaded() -> None:
    """Take all objects that there are now out of the search for garbage, a twelfth of a crawl's time; they stay.

    Processes that are forked afterwards share them.
    """
    _trim()
    gc.freeze()
    gc.set_threshold(OFTEN)


def give_back(size: int) -> None:
    """Free what reading a body of ``size`` bytes took, if that was much; glibc would keep most of it for ever."""
    if size > LARGE:
        gc.collect()
        _trim()


def _trim() -> None:
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):  # glibc has it
        trim(0)
