"""Memory that large pages and lists took is given back to the system; glibc would keep most of it for ever."""

from __future__ import annotations

import ctypes
import gc
import sys

LARGE = 1024**2  # bytes of a body after which it is worth the milliseconds


def give_back(size: int) -> None:
    """Free what reading a body of ``size`` bytes took, if that was much."""
    if size > LARGE:
        gc.collect()
        if sys.platform == "linux":
            ctypes.CDLL(None).malloc_trim(0)
