"""What may be wrong with the DNS: of the domain that letters come from, and of the relay they go through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import ip_address

from docchat_mailer.checking.senders import sender_policy
from docchat_mailer.errors import TemporaryError
from docchat_mailer.model.codes import finding
from docchat_mailer.model.finding import Finding
from docchat_mailer.model.naming import Kind, Resolver
from docchat_mailer.model.series import Source

POLICIES = frozenset({"none", "quarantine", "reject"})
REMOVED = ("pct", "rf", "ri")
"""Tags of RFC 7489 that RFC 9989 took out."""


def domain_findings(domain: str, replies: Sequence[str], resolver: Resolver) -> list[Finding]:
    """What to change at *domain*, which letters come from, and at those that take *replies* and bounces.

    A resolver that does not answer ends the questions with a finding, since nothing is known then.
    """
    found: list[Finding] = []
    try:
        found += sender_policy(domain, resolver)
        found += _dmarc(domain, resolver)
        for name in dict.fromkeys((domain, *replies)):
            found += _mailbox(name, resolver)
    except TemporaryError as exc:
        found.append(finding("C830", Source(path=domain), exc.what, why=exc.why))
    return found


def reverse_findings(host: str, resolver: Resolver) -> list[Finding]:
    """What is wrong with the reverse names of the relay *host*, as far as the world can reach it."""
    try:
        addresses = [*resolver.look_up(host, "A"), *resolver.look_up(host, "AAAA")]
        return [said for address in addresses if is_global(address) for said in _reverse(address, resolver)]
    except TemporaryError as exc:
        return [finding("C830", Source(path=host), exc.what, why=exc.why)]


def _reverse(address: str, resolver: Resolver) -> Iterator[Finding]:
    """An address has a name, and one of its names leads back to it."""
    parsed = ip_address(address)
    names = resolver.look_up(parsed.reverse_pointer, "PTR")
    where = Source(path=address)
    kind: Kind = "A" if parsed.version == 4 else "AAAA"  # noqa: PLR2004 - of the Internet Protocol
    if not names:
        yield finding("C847", where, "it has no reverse name")
    elif not any(parsed in map(ip_address, resolver.look_up(name, kind)) for name in names):
        yield finding("C847", where, f"its reverse name {names[0]} does not lead back to it")


def is_global(address: str) -> bool:
    """Whether the world can reach *address*: one of a private network needs no name there."""
    return ip_address(address).is_global


def _dmarc(domain: str, resolver: Resolver) -> Iterator[Finding]:
    """RFC 9989: one record, at the domain or at one above it; the first found counts."""
    for name in _upwards(domain):
        where = Source(path=f"_dmarc.{name}")
        records = [text for text in resolver.look_up(f"_dmarc.{name}", "TXT") if _is_dmarc(text)]
        if len(records) > 1:
            yield finding("C836", where, f"there are {len(records)} DMARC records")
            return
        if records:
            yield from _judged(tags(records[0]), where)
            return
    yield finding("C835", Source(path=f"_dmarc.{domain}"), "there is no DMARC record", domain=domain)


def _judged(said: dict[str, str], where: Source) -> Iterator[Finding]:
    policy = said.get("p", "").lower()
    if policy not in POLICIES:
        yield finding("C837", where, f"p={policy} is no policy" if policy else "no policy is given")
    gone = [f"{name}=" for name in REMOVED if name in said]
    if gone:
        yield finding("C839", where, f"{', '.join(gone)} has no meaning any more")


def _is_dmarc(text: str) -> bool:
    name, _, value = text.partition(";")[0].partition("=")
    return name.strip().lower() == "v" and value.strip() == "DMARC1"


def tags(text: str) -> dict[str, str]:
    """The tags of a record of DMARC or DKIM, by name in lower case (RFC 6376 section 3.2)."""
    pairs = (pair.partition("=") for pair in text.split(";") if "=" in pair)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _upwards(domain: str) -> Iterator[str]:
    """*domain* and those above it, but for the last label alone; no more than eight are asked."""
    labels = domain.split(".")
    starts = [0, *range(max(1, len(labels) - 7), len(labels) - 1)]
    yield from (".".join(labels[start:]) for start in starts)


def _mailbox(name: str, resolver: Resolver) -> Iterator[Finding]:
    """A domain takes mail by its MX, or without one at its address (RFC 5321 section 5.1)."""
    hosts = resolver.look_up(name, "MX")
    where = Source(path=name)
    if hosts == ("",):
        yield finding("C840", where, "its MX says that it takes no mail (RFC 7505)")
    elif not hosts and not (resolver.look_up(name, "A") or resolver.look_up(name, "AAAA")):
        yield finding("C840", where, "it has neither an MX nor an address")
