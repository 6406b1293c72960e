"""What happened, by story (entry.py): read (contents.py), shown as text, Markdown, HTML mail or Atom feed."""
