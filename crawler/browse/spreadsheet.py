"""Datasette's CSV as ours: it writes with the module ``csv``, whose place this one takes there."""

from __future__ import annotations

import io
from typing import Any

from crawler.output.formats import SafeCsv


class writer:
    """``csv.writer`` to what has an asynchronous ``write``."""

    def __init__(self, out: Any):
        self._out = out

    def writerow(self, row: Any) -> Any:
        """What ``write`` gives: something to wait for."""
        line = io.StringIO()
        SafeCsv(line).writerow(row)
        return self._out.write(line.getvalue())
