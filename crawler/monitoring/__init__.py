"""Whether all is well: the state of runs, sources, queue and disk, what is wrong with it, and both for a monitor."""
