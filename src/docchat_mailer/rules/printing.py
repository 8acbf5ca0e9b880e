"""Words of strangers made harmless: what a relay or a bounce says is kept as plain text of one line."""

from __future__ import annotations


def printable(text: str) -> str:
    """*text* with a space for each line break and tab, and U+FFFD for whatever else cannot be printed.

    It can then stand in a database, a log and a terminal: PostgreSQL's texts hold no NUL, UTF-8 no lone
    surrogate, and an ESC would begin a command to the terminal.  Its length stays.
    """
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else " " if letter.isspace() else "\N{REPLACEMENT CHARACTER}"
        for letter in text
    )
