"""The web page: a plugin of Datasette (plugin.py) and its pages, each a function of what was asked."""
