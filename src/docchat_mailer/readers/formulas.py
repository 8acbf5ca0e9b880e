"""Cells that a spreadsheet would run as a formula, disarmed on the way out and restored on the way in."""

from __future__ import annotations

STARTS = tuple("=+-@\t\r＝＋－＠")
GUARD = "'"


def disarm(cell: str) -> str:
    """*cell* with an apostrophe before it where a spreadsheet would take it for a formula.

    A cell that has apostrophes already gets one more, so that :func:`restore` is exact.
    """
    return f"{GUARD}{cell}" if _armed(cell) else cell


def restore(cell: str) -> str:
    """The cell that :func:`disarm` was given."""
    return cell[1:] if cell.startswith(GUARD) and _armed(cell) else cell


def _armed(cell: str) -> bool:
    return cell.lstrip(GUARD).startswith(STARTS)
