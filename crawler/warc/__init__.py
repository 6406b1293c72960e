"""Web archives (WARC, WACZ): their records read one by one whatever is damaged beside them, written, and located.

The records are those of ISO 28500:2017 (WARC 1.1). It knows neither database nor topics.
"""
