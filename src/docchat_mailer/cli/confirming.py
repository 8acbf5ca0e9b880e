"""What reaches people is confirmed by typing how many they are."""

from __future__ import annotations

import sys

import click

from docchat_mailer.errors import TemporaryError, UsageError


def confirm_count(count: int, what: str, *, yes: bool, expected: int | None) -> None:
    """Go on only if the operator knows that *count* people are reached.

    Raises TemporaryError where the number expected is another, UsageError where nobody can be asked.
    """
    if expected is not None and expected != count:
        raise TemporaryError(
            f"{count} {what}, not {expected}",
            why="the number has changed",
            fix=f"look again, then --count {count}",
        )
    if yes:
        if expected is None:
            raise UsageError("--yes needs --count", why=f"{count} {what}", fix=f"--yes --count {count}")
        return
    if not sys.stdin.isatty():
        raise UsageError(f"{count} {what}", why="nobody is here to be asked", fix=f"--yes --count {count}")
    typed = click.prompt(f"{count} {what}. Type {count} to go on", err=True)
    if typed.strip() != str(count):
        raise TemporaryError(f"{count} {what}; {typed!r} was typed", fix="nothing was done; try again")
