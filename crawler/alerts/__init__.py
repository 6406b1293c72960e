"""``[alerts]`` of a seeds file: what is worth telling (rules.py), to whom it was told, and how it is sent."""
