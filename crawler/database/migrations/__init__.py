"""The schema of the database, as migrations: each runs once, in this order, in a transaction of its own.

Never change a migration that was released; add one. docs/schema.md explains every table and column. A migration makes
tables, columns and indexes, which takes no time; rows that have to follow are moved by one of ``data_migrations``.
"""

from __future__ import annotations

from sqlite_utils.migrations import Migrations

from crawler.database.migrations import (
    articles,
    captures,
    full_text,
    gists,
    pages,
    reading,
    rows,
    search_index,
    sources,
)
from crawler.database.migrations.rows import DataMigration

migrations = Migrations("newscrawler")
for step in (
    articles.articles_and_matches,
    pages.frontier,
    full_text.full_text,
    articles.near_duplicates,
    articles.repeated_blocks,
    articles.story_index,
    reading.deliveries,
    reading.web_page,
    pages.other_addresses,
    full_text.stems_and_facets,
    reading.views,
    pages.indexes_without_a_query,
    pages.removals,
    rows.progress_table,
    pages.unreadable_robots,
    reading.exports,
    articles.passages,
    pages.known_is_not_for_ever,
    captures.archived,
    captures.backfills,
    articles.origin_of_authors,
    articles.templates,
    sources.source_ids,
    sources.outcomes,
    sources.outcomes_of_other_addresses,
    articles.roles,
    full_text.words_of_old_articles,
    sources.entries_say_more,
    search_index.search_index,
    captures.reextractions,
    articles.stored,
    sources.outlets,
    sources.healed,
    search_index.totals,
    gists.gists,
):
    migrations()(step)

data_migrations: dict[str, DataMigration] = {  # name, as its migration gave it to ``rows.begin`` -> what it does
    "appeared": DataMigration("articles", articles.appeared),
    "partial copies": DataMigration("articles", articles.partial_copies),
    sources.PAGES: DataMigration("pages", sources.of_pages),
    sources.POLLS: DataMigration("polls", sources.of_polls),
    sources.OUTCOMES: DataMigration("pages", sources.outcomes_of_pages),
    sources.ARTICLES: DataMigration("articles", sources.names_of_articles),
    articles.STORED: DataMigration("articles", articles.stored_when_fetched),
    search_index.NAME: DataMigration("articles", search_index.of_articles),
}
