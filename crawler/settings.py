"""Settings, in the order of the data flow; only what differs from Scrapy's defaults.

``-s NAME=VALUE`` comes before the environment's ``NEWS_NAME``, which comes before this file. Paths start at the
working folder: NEWS_HOME, else the nearest folder upwards that has a scrapy.cfg.
"""

import os

from crawler import __version__, program

ROOT = program.working_folder() or program.CHECKOUT

BOT_NAME = "newscrawler"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"
COMMANDS_MODULE = "crawler.commands"

# What to watch: one topic for each seeds/*.toml
SPIDER_LOADER_CLASS = "crawler.spiderloader.SeedsLoader"
SEEDS_DIR = str(ROOT / "seeds")

# Who we are
CONTACT = ""  # mail address or URL for webmasters, added to the user agent by crawler/command.py
USER_AGENT = f"newscrawler/{__version__}"
ROBOTSTXT_USER_AGENT = "newscrawler"  # the name that robots.txt files know us by
ROBOTSTXT_OBEY = True  # Scrapy: False
COOKIES_ENABLED = False  # Scrapy: True; a reader without a past
DEFAULT_REQUEST_HEADERS = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
# Scrapy: also Accept-Language: en; ours is the language of the source, if it has one
REFERRER_POLICY = "no-referrer"  # Scrapy: full address on the same site

# How fast: the frontier gives one page a host at a time; Scrapy's own slots enforce the same once more
CONCURRENT_REQUESTS = 32  # requests at once; Scrapy: 16
CONCURRENT_REQUESTS_PER_DOMAIN = 1  # Scrapy: 8
DOWNLOAD_DELAY = 2  # seconds per host; Scrapy: 0
DOWNLOAD_DELAY_JITTER = 0  # Scrapy: .5, which would undercut a Crawl-delay
CRAWL_BUDGET = 1800  # seconds that a run may take before it leaves the rest to the next
SOURCE_BUDGET = 50_000  # new addresses that a run takes from the sitemaps of a source
SHARD = ""  # "2/3": this is the second of three machines that share the sources (scrapy crawl --shard)
SOURCE_BUDGET_BYTES = 50 * 1024**2  # of texts, raw pages and addresses that a run stores for a source; 0: no limit
HOST_BUDGET = 200  # requests per host and run
HOST_BUDGET_BYTES = 100 * 1024**2  # on the wire, per host and run
HOST_BUDGET_SECONDS = 600  # of waiting for answers, per host and run

# What is too much
DOWNLOAD_TIMEOUT = 30  # seconds; Scrapy: 180
DOWNLOAD_MAXSIZE = 10 * 1024**2  # bytes; Scrapy: 1 GiB; no article is larger
DOWNLOAD_FAIL_ON_DATALOSS = False  # Scrapy: True; a document that is complete all the same is used
DOWNLOAD_WARNSIZE = 0  # Scrapy: 32 MiB
REDIRECT_MAX_TIMES = 5  # Scrapy: 20
METAREFRESH_ENABLED = False  # Scrapy: True; a page that refreshes itself is an article all the same
RETRY_ENABLED = False  # Scrapy: True; the frontier asks again in a later run
HTTPERROR_ALLOW_ALL = True  # Scrapy: False; every status is an outcome that is written down
MEMUSAGE_LIMIT_MB = 1500  # Scrapy: no limit

# Where we connect to: public addresses, by http and https alone
ALLOWED_PRIVATE_NETWORKS: list[str] = []  # CIDRs, a list or comma-separated
TWISTED_DNS_RESOLVER = "crawler.resolver.AddressGuard"
REACTOR_THREADPOOL_MAXSIZE = 32  # Scrapy: 10; name look-ups at once
DOWNLOAD_VERIFY_CERTIFICATES = True  # Scrapy: False
DOWNLOAD_HANDLERS = {
    "http": "crawler.fetching.bounded_http.BoundedHttp",
    "https": "crawler.fetching.bounded_http.BoundedHttp",
    "data": None,
    "file": None,
    "ftp": None,
    "s3": None,
}

DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "crawler.middlewares.removed.Removed": 50,
    "crawler.middlewares.destinations.Destinations": 90,  # before robots.txt is asked for
    "crawler.middlewares.robots.Robots": 100,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "crawler.middlewares.unpacking.Unpacking": 590,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "crawler.middlewares.redirects.Redirects": 600,
    "crawler.middlewares.host_limits.HostLimits": 950,
}

# From page to article
READER_POOL = "pipelines.reading.pool.Pool"  # where pages and lists are read
EXTRACT_WORKERS = os.cpu_count() or 1  # processes of it; 0: in the crawling process
LANGUAGE_DETECTOR = "langdetect"  # or "py3langid" (an extra)
STORY_EMBEDDING = False  # sentence embeddings for stories across languages (an extra)
ITEM_PIPELINES = {
    "pipelines.gate.Gate": 50,
    "pipelines.workers.Extract": 100,
    "pipelines.memory.Memory": 150,
    "pipelines.store.Store": 400,
}
CONCURRENT_ITEMS = 1  # a response is one article
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 100 * 1024**2  # bytes; Scrapy: 5 MB, which stalls a batch of articles
WARN_ON_GENERATOR_RETURN_VALUE = False  # Scrapy: True, parses the spider's source for it

# Where it is kept
DATABASE = str(ROOT / "news.db")
ARCHIVE_PAGES = "stored"  # the raw pages of stored articles go into a web archive; or "read" (all read), or "none"
ARCHIVE_DIR = ""  # its folder; empty: beside the database, news.warc for news.db

# How it is shown
READER_LANGUAGES: list[str] = []  # of who reads pages and digests, the best first; empty: the browser's, none
READER_TIMEZONE = "UTC"  # in which pages and digests write times, as in America/Caracas
TRANSLATE = ""  # by what scrapy translate has headlines translated: an address (LibreTranslate's interface), a program
BROWSE_HOSTS: list[str] = []  # names that the web page answers to beside this machine's, a list or comma-separated

# What is said
EXTENSIONS_BASE = {  # Scrapy's without TelnetConsole and RemoteControl, which let others in, and load even when off
    "scrapy.extensions.corestats.CoreStats": 0,
    "scrapy.extensions.logcount.LogCount": 0,
    "scrapy.extensions.memusage.MemoryUsage": 0,
    "scrapy.extensions.closespider.CloseSpider": 0,
    "scrapy.extensions.throttle.AutoThrottle": 0,
}
EXTENSIONS = {
    "crawler.extensions.export.StoredArticles": 0,
    "crawler.extensions.outcomes.Outcomes": 10,
    "crawler.extensions.progress.Progress": 20,
    "crawler.extensions.moving.Moving": 25,
    "crawler.extensions.run_report.RunReport": 30,
}
LOG_LEVEL = "INFO"  # Scrapy: DEBUG
LOG_FORMATTER = "crawler.logs.Messages"
LOG_FORMAT = "%(asctime)s %(levelname)s %(message)s"
STATS_DUMP = False  # Scrapy: True
FEED_EXPORT_ENCODING = "utf-8"


def environment() -> dict[str, str]:
    """What the environment sets: the value of each ``NEWS_NAME`` by NAME. NEWS_HOME is no setting but the folder."""
    given = {name.removeprefix("NEWS_"): value for name, value in os.environ.items() if name.startswith("NEWS_")}
    return {name: value for name, value in given.items() if name != "HOME"}


_own = frozenset(name for name in globals() if name.isupper())  # before the environment adds any
globals().update(environment())
