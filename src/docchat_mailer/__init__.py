"""Turns a folder of Markdown series into feeds, pages and letters, each part to each reader once, on time."""

__version__ = "0.1.0"
