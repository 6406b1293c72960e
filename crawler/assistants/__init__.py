"""Tools for assistants that speak MCP: what is stored, asked for in bounded answers; texts are marked as foreign."""
