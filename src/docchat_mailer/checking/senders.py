"""SPF: who may send for a domain, and whether a receiver can find that out (RFC 7208)."""

from __future__ import annotations

from collections.abc import Iterator

from docchat_mailer.model.codes import finding
from docchat_mailer.model.finding import Finding
from docchat_mailer.model.naming import Resolver
from docchat_mailer.model.series import Source

LOOKUPS = 10
"""Terms that ask the DNS in one evaluation (RFC 7208 section 4.6.4)."""

ASKING = frozenset({"include", "a", "mx", "ptr", "exists"})
"""Mechanisms that count; ``redirect`` does too."""


def sender_policy(domain: str, resolver: Resolver) -> Iterator[Finding]:
    """What to change in the SPF record of *domain*."""
    where = Source(path=domain)
    records = _records(domain, resolver)
    if not records:
        yield finding("C831", where, "there is no SPF record", domain=domain)
        return
    if len(records) > 1:
        yield finding("C832", where, f"there are {len(records)} SPF records")
        return
    asked = _lookups(domain, resolver, LOOKUPS + 1)
    if asked > LOOKUPS:
        yield finding("C833", where, f"its SPF record needs more than {LOOKUPS} look-ups")
    if {"all", "+all"} & set(records[0].lower().split()[1:]):
        yield finding("C834", where, "its SPF record ends in +all")


def _records(name: str, resolver: Resolver) -> list[str]:
    return [text for text in resolver.look_up(name, "TXT") if text.lower().split(" ")[0] == "v=spf1"]


def _lookups(name: str, resolver: Resolver, left: int) -> int:
    """Look-ups that an evaluation of *name* may need; counting ends at *left*, and so do circles."""
    asked = 0
    for record in _records(name, resolver)[:1]:
        for term in record.lower().split()[1:]:
            kind, target = _term(term)
            if kind not in ASKING | {"redirect"} or asked >= left:
                continue
            asked += 1
            follows = kind in {"include", "redirect"} and target and "%" not in target
            if follows and asked < left:
                asked += _lookups(target, resolver, left - asked)
    return asked


def _term(term: str) -> tuple[str, str]:
    """A mechanism or modifier and what it points to."""
    bare = term.lstrip("+-~?")
    if bare.startswith("redirect="):
        return "redirect", bare.removeprefix("redirect=")
    kind, _, target = bare.partition(":")
    return kind.partition("/")[0], target
