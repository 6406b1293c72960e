"""What the system has to offer: what is stored can be read on every one, crawling needs more."""

from __future__ import annotations

import multiprocessing.context
import os
import signal
from importlib.util import find_spec

NEEDED = {  # what runs that read foreign pages cannot do without
    "fork": hasattr(os, "fork") and hasattr(multiprocessing.context, "ForkServerContext"),
    "limits of CPU time": hasattr(signal, "setitimer"),
    "limits of memory": find_spec("resource") is not None,
    "locks of files that go with their process": find_spec("fcntl") is not None,
}


def lacking() -> str | None:
    """What is missing here for a crawl, and what to do, in one line; None where all is there."""
    if not (missing := [name for name, there in NEEDED.items() if not there]):
        return None
    return f"this system has no {', '.join(missing)}: crawl on Linux or macOS, in WSL or in a container (README)"
