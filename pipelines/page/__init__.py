"""A page before anything is decided: decoded, parsed once, its paragraphs and titles, and lists of phrases."""
