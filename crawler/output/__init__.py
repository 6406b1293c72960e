"""What is shown and written: rows for other programs, files that are there as a whole, foreign text on a terminal."""
