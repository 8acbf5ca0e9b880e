"""The DNS, asked through the resolver that the system is set to."""

from __future__ import annotations

import dns.exception
import dns.rdatatype
import dns.resolver

from docchat_mailer.errors import TemporaryError
from docchat_mailer.model.naming import Kind

SECONDS = 5
"""How long one question may take, with its repetitions."""


class DnsResolver:
    """Asks the servers of ``/etc/resolv.conf``, or *resolver*."""

    def __init__(self, resolver: dns.resolver.Resolver | None = None) -> None:
        self._resolver = resolver

    def look_up(self, name: str, kind: Kind) -> tuple[str, ...]:
        """The records of *kind* at *name*.

        Raises TemporaryError where no server answers in time.
        """
        try:
            if self._resolver is None:
                self._resolver = dns.resolver.Resolver()
            answer = self._resolver.resolve(f"{name}.", kind, lifetime=SECONDS)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ()
        except (dns.exception.DNSException, OSError) as exc:
            raise TemporaryError(
                f"the DNS says nothing about {name}",
                why=str(exc).partition("\n")[0][:200],
                fix="see the servers in /etc/resolv.conf, and try again",
            ) from exc
        return tuple(_plain(record, kind) for record in answer)


def _plain(record: object, kind: Kind) -> str:
    """A TXT record's strings joined (RFC 7208 section 3.3), an MX's host, an address, or a name."""
    if kind == "TXT":
        strings: tuple[bytes, ...] = getattr(record, "strings", ())
        return b"".join(strings).decode("utf-8", "replace")
    if kind == "MX":
        return str(getattr(record, "exchange", "")).rstrip(".")
    return str(record).rstrip(".") if kind == "PTR" else str(record)
