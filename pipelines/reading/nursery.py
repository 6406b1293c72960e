"""What every worker process begins with: loaded once, by the process that all of them are forked from.

Loading takes as long as reading thirty pages. The process does nothing else: it has no thread, no socket of the
crawler and no database, so nothing is in the middle of anything when it forks.
"""

import atexit
import os
import shutil

from trafilatura.external import jt_stoplist_init

from crawler import discovery  # noqa: F401
from crawler.heap import keep_what_is_loaded
from crawler.urls import publisher
from pipelines import extract, relevance, repeated  # noqa: F401
from pipelines.language import classifier
from pipelines.reading import SOCKET_FOLDER

if folder := os.environ.pop(SOCKET_FOLDER, None):  # which the crawler removes, unless it was killed
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
jt_stoplist_init()
classifier("langdetect")
publisher("example.com")  # loads the list of suffixes
keep_what_is_loaded()
