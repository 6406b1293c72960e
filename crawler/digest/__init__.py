"""What happened, by story: read from the database (contents.py), shown as text, Markdown, HTML mail or Atom feed."""
