"""One concern of a request each, plugged into Scrapy's downloader in the order of the settings."""
