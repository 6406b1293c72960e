"""The sources of a topic: which are due, what a visit brings, and what it says about the source."""
