"""sqlite-utils without pandas and numpy, which it loads wherever they are installed: a second of every command."""

import sys

_left_out = {name: None for name in ("numpy", "pandas") if name not in sys.modules}
sys.modules.update(_left_out)  # type: ignore[arg-type]  # None: it cannot be imported
try:
    import sqlite_utils as sqlite_utils
finally:
    for _name in _left_out:
        del sys.modules[_name]
