"""The commands of ``scrapy`` in this project, one a file, named as the file."""
