"""What is done about memory: what stays is not looked at again and again, what is over is given back."""

from __future__ import annotations

import ctypes
import gc
import sys

OFTEN = 10_000  # new objects between two looks for garbage; Python: 700
MMAP_THRESHOLD = -3  # the parameter of mallopt(3) that is called M_MMAP_THRESHOLD
LARGE = 1024**2  # bytes of a body after which it is worth the milliseconds


def keep_what_is_loaded() -> None:
    """Take all objects that there are now out of the search for garbage, a twelfth of a crawl's time; they stay.

    Processes that are forked afterwards share them.
    """
    _keep_bodies_apart()
    _trim()
    gc.freeze()
    gc.set_threshold(OFTEN)


def give_back(size: int) -> None:
    """Free what reading a body of ``size`` bytes took, if that was much; glibc would keep most of it for ever."""
    if size > LARGE:
        gc.collect()
        _trim()


def _keep_bodies_apart() -> None:
    """Let glibc give each body pages of its own, which go back when it is freed; by itself it stops that after one."""
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):
        mallopt(MMAP_THRESHOLD, LARGE)


def _trim() -> None:
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):  # glibc has it
        trim(0)
