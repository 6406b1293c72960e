"""The spider of every topic, and beside it sites that need code of their own."""
