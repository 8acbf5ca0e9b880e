"""Cells that a spreadsheet would run as a formula, disarmed on the way out and restored on the way in."""

from __future__ import annotations

STARTS = tuple("=+-@\t\r＝＋－＠")
GUARD = "'"


def disarm(cell: str) -> str:
    """*cell* with an apostrophe before it where a spreadsheet would take it for a formula."""
    return f"{GUARD}{cell}" if cell.startswith((*STARTS, *(GUARD + start for start in STARTS))) else cell


def restore(cell: str) -> str:
    """The cell that :func:`disarm` was given."""
    armed = cell.removeprefix(GUARD)
    return armed if armed != cell and armed.startswith((*STARTS, *(GUARD + s for s in STARTS))) else cell
