"""What every worker process begins with: loaded once, by the process that all of them are forked from.

Loading takes as long as reading thirty pages. The process does nothing else: it has no thread, no socket of the
crawler and no database, so nothing is in the middle of anything when it forks.
"""

import gc

from pipelines import extract, relevance, repeated  # noqa: F401
from pipelines.language import classifier

classifier("langdetect")
gc.freeze()  # workers share this memory for as long as their garbage collectors leave it alone
