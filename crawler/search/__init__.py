"""Search: the full-text index, the query language, which articles a search finds, and how they are shown."""
