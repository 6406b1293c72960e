"""``scrapy newtopic``: what somebody wishes to watch, what is at the addresses given, and the seeds file for it."""
