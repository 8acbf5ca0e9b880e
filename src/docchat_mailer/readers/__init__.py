"""The use cases around subscribers: add, list, import, export, remove."""
