"""What a run says and writes down of itself, plugged into Scrapy."""
