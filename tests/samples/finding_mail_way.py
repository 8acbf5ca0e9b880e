"""For each code about relay and DNS: one that raises it and one, near it, that does not."""

from collections.abc import Callable, Mapping
from pathlib import Path

from dkims import ed25519_key, rsa_key
from docchat_mailer.app import online_diagnosis
from docchat_mailer.checking.domains import domain_findings, reverse_findings
from docchat_mailer.checking.relays import NEEDED, relay_findings
from docchat_mailer.checking.signing import record_findings
from docchat_mailer.errors import TemporaryError
from docchat_mailer.letter.dkim_keys import record
from docchat_mailer.model.finding import Finding
from docchat_mailer.smtp.probing import Probe
from relays import Relay
from sites import SiteFolder

RSA, ED25519 = rsa_key(), ed25519_key()
RECORD = record(RSA.private)

Sample = Callable[[Path], list[Finding]]

SPF, DMARC = "v=spf1 include:spf.relay.example ~all", "v=DMARC1; p=none; rua=mailto:dmarc@example.org"

ZONE = {
    ("letters.example.org", "TXT"): ("google-site-verification=x", SPF),
    ("letters.example.org", "MX"): ("mx.example.org",),
    ("spf.relay.example", "TXT"): ("v=spf1 ip4:192.0.2.0/24 -all",),
    ("_dmarc.example.org", "TXT"): (DMARC,),
}


class Zone:
    """A zone in memory; a name that is None gives no answer."""

    def __init__(self, records: Mapping[tuple[str, str], tuple[str, ...] | None]) -> None:
        self.records, self.asked = records, []

    def look_up(self, name, kind):
        self.asked.append((name, kind))
        found = self.records.get((name, kind), ())
        if found is None:
            raise TemporaryError(f"the DNS says nothing about {name}", why="timed out")
        return found


def at(name="letters.example.org", kind="TXT", *records: str) -> Sample:
    zone = Zone({**ZONE, (name, kind): records})
    return lambda _tmp: domain_findings("letters.example.org", (), zone)


def spf(*records: str) -> Sample:
    return at("letters.example.org", "TXT", *records)


def dmarc(*records: str) -> Sample:
    return at("_dmarc.example.org", "TXT", *records)


def relay(**said) -> Sample:
    return lambda _tmp: list(relay_findings(Probe(host="relay.example", **({"pipelining": True} | said))))


REVERSE = ("8.8.8.8.in-addr.arpa", "PTR")


def reverse(names: tuple[str, ...], back: tuple[str, ...]) -> Sample:
    zone = Zone({("mx.example.net", "A"): ("8.8.8.8", "10.0.0.1"), REVERSE: names})
    zone.records[("dns.example.net", "A")] = back
    return lambda _tmp: reverse_findings("mx.example.net", zone)


def _silent(_tmp):
    return domain_findings("letters.example.org", (), Zone({("letters.example.org", "TXT"): None}))


def _outbox(tmp):
    return online_diagnosis(SiteFolder(tmp / "site").config, Zone(ZONE))


def _with_relay(tmp):
    site = SiteFolder(tmp / "site")
    with Relay() as server:
        text = site.config.read_text(encoding="utf-8").replace(
            "[mail]",
            '[mail]\ntransport = "smtp"\nunsubscribe_mailto = "leave@docchat.example"',
        )
        text += f'[mail.smtp]\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\n'
        site.config.write_text(text, encoding="utf-8")
        return online_diagnosis(site.config, Zone(ZONE))


def dkim(*records: str, keys=(RSA,), sender="letters.example.org", name="rsa1") -> Sample:
    zone = Zone({(f"{name}._domainkey.letters.example.org", "TXT"): records})
    return lambda _tmp: list(record_findings("letters.example.org", sender, keys, zone))


GOOD = at("letters.example.org", "MX", "mx.example.org")
ALL_WELL = relay()
ELEVEN = " ".join(f"a:h{number}.example" for number in range(11))
TEN = " ".join(f"a:h{number}.example" for number in range(10))

MAIL_WAY: dict[str, tuple[Sample, Sample]] = {
    "C820": (_outbox, _with_relay),
    "C821": (relay(unreachable="connection refused"), ALL_WELL),
    "C822": (relay(insecure="it offers no STARTTLS"), ALL_WELL),
    "C823": (relay(refused="535 5.7.8 wrong password"), ALL_WELL),
    "C824": (relay(size=NEEDED - 1), relay(size=NEEDED)),
    "C825": (relay(pipelining=False), ALL_WELL),
    "C830": (_silent, GOOD),
    "C831": (spf("v=spf10 all"), GOOD),
    "C832": (spf(SPF, "v=spf1 -all"), GOOD),
    "C833": (spf(f"v=spf1 {ELEVEN} -all"), spf(f"v=spf1 {TEN} -all")),
    "C834": (spf("v=spf1 +all"), spf("v=spf1 -all")),
    "C835": (dmarc(), GOOD),
    "C836": (dmarc(DMARC, DMARC), GOOD),
    "C837": (dmarc("v=DMARC1; rua=mailto:dmarc@example.org"), dmarc("v=DMARC1; p=reject")),
    "C838": (dkim(keys=()), dkim(RECORD)),
    "C839": (dmarc("v=DMARC1; p=quarantine; pct=50"), dmarc("v=DMARC1; p=quarantine; t=y")),
    "C840": (at("letters.example.org", "MX", ""), at("letters.example.org", "MX", "mx.example.org")),
    "C841": (dkim(), dkim(RECORD)),
    "C842": (dkim("v=DKIM1; k=rsa; p="), dkim(RECORD)),
    "C843": (dkim(record(ED25519.private)), dkim(RECORD)),
    "C844": (dkim(record(ED25519.private), keys=(ED25519,), name="ed1"), dkim(RECORD, keys=(RSA, ED25519))),
    "C845": (dkim(f"{RECORD}; t=s:y"), dkim(f"{RECORD}; t=s")),
    "C846": (dkim(RECORD, sender="example.net"), dkim(RECORD, sender="other.example.org")),
    "C847": (reverse((), ()), reverse(("other.example", "dns.example.net"), ("8.8.8.8",))),
}
