"""Decides and keeps: from a page to an article in the database. The stages stand in ITEM_PIPELINES."""
