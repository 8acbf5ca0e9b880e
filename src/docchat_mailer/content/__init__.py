"""Files become nouns: posts and series.toml are read, Markdown becomes HTML and plain text."""
