"""HTTP as we speak it: what may come back, how it is unpacked, and what became of a request."""
