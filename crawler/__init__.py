"""Finds, fetches, asks and tells; docs/architecture.md says what lives in which room."""

__version__ = "0.2.0"
