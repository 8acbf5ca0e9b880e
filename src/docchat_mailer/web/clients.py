"""Who asks: the address behind trusted proxies, and the network that limits go by."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

from starlette.requests import Request

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

NOBODY = "0.0.0.0"  # noqa: S104 - stands for a client without an address, and is never bound
FORWARDED = 20
"""Hops of a forwarding header that are looked at."""


def client_of(request: Request, trusted: Sequence[Network]) -> str:
    """The address of who asks: the last one before our own proxies, whatever others claim before it."""
    address = request.client.host if request.client else NOBODY
    said = ",".join(request.headers.getlist("x-forwarded-for"))
    hops = [hop.strip() for hop in said.split(",")][-FORWARDED:]
    while hops and _is_trusted(address, trusted):
        parsed = _parsed(hops.pop())
        if parsed is None:
            break
        address = str(parsed)
    return address


def network_of(address: str) -> str:
    """What one household or office has: a /24 of IPv4, a /48 of IPv6."""
    parsed = _parsed(address)
    if parsed is None:
        return address
    return str(ipaddress.ip_network(f"{parsed}/{24 if parsed.version == 4 else 48}", strict=False))  # noqa: PLR2004 - RFC 4291


def _is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    parsed = _parsed(address)
    return parsed is not None and any(
        parsed.version == network.version and parsed in network for network in trusted
    )


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address, or None; an IPv4 one that came in IPv6's clothes is itself (RFC 4291 section 2.5.5.2)."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed


class Buckets:
    """So many tries in a row for each network, and then one every so many *seconds*: a leaky bucket."""

    KEPT = 10_000

    def __init__(self, *, tries: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._tries, self._seconds, self._clock = tries, seconds, clock
        self._full_until: OrderedDict[str, float] = OrderedDict()

    def take(self, network: str) -> bool:
        """Whether one more is allowed now."""
        now = self._clock()
        until = max(self._full_until.pop(network, now), now)
        allowed = until - now <= (self._tries - 1) * self._seconds
        self._full_until[network] = until + self._seconds if allowed else until
        while len(self._full_until) > self.KEPT:
            self._full_until.popitem(last=False)
        return allowed
