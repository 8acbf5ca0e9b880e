"""Parts go out through a real SMTP server; some bounce there, some later, and the next part knows of it."""

from __future__ import annotations

import email
import email.policy
import re
import subprocess
import sys

from docchat_mailer.delivery.accounting import accounts
from docchat_mailer.model.delivery import DeliveryState
from docchat_mailer.store import accounting
from faults.script import Rule, Script
from faults.sink import Sink
from returned_mail import block, dsn, feedback
from sites import SiteFolder, call_cli

RELAY = """\
transport = "smtp"
bounce_domain = "bounces.docchat.example"
unsubscribe_mailto = "leave@docchat.example"

[mail.smtp]
host = "127.0.0.1"
port = {port}
security = "none"

[output]
live = "written"

[bounces]
maildir = "returned"
"""
READERS = ("anna", "bert", "cleo", "dora", "emil", "fred")


def a_site(folder, port: int) -> SiteFolder:
    site = SiteFolder(folder)
    with site.config.open("a", encoding="utf-8") as config:
        config.write(RELAY.format(port=port))
    site.series()
    site.part(1, "Benefits")
    site.part(2, "Risks")
    site.tick("2027-03-01")
    site.subscribe(*(f"{name}@example.org" for name in READERS))
    return site


def returned(message, *, status: str, said: str, action: str = "failed") -> bytes:
    """What a server sends to the very return path that it was given."""
    to = message.recipients[0]
    text = dsn(block(to, status=status, said=said, action=action), returned=message.raw.decode("ascii"))
    return text.replace(b"bounce+abc234@bounces.example.org", message.sender.encode())


def piped(site: SiteFolder, message: bytes) -> str:
    """What a mail server does with a message for the bounce domain."""
    command = [sys.executable, "-m", "docchat_mailer.cli", "bounces", "ingest", "-"]
    done = subprocess.run(command, cwd=site.root, input=message, capture_output=True, timeout=60, check=True)
    return done.stderr.decode()


def unfolded(message: bytes) -> bytes:
    """A message with its header fields on one line each."""
    return re.sub(rb"\r\n[ \t]+", b" ", message)


def reached(sink: Sink, subject: str) -> list[str]:
    return sorted(
        message.recipients[0].partition("@")[0]
        for message in sink.messages
        if email.message_from_bytes(message.raw, policy=email.policy.default)["Subject"].startswith(subject)
    )


def test_only_the_right_people_get_the_next_part(tmp_path):
    refusals = [Rule(at="rcpt", to="anna@example.org", reply="550 5.1.1 no such user")]
    with Sink(Script(refusals)) as sink:
        site = a_site(tmp_path / "site", sink.port)
        site.tick("2027-03-16T08:00:01")
        assert reached(sink, "Massage Part 1") == ["bert", "cleo", "dora", "emil", "fred"]
        mine = {message.recipients[0].partition("@")[0]: message for message in sink.messages}
        for message in mine.values():
            assert re.fullmatch(r"bounce\+[a-z2-7]+@bounces\.docchat\.example", message.sender)
        new = site.root / "returned" / "new"
        new.mkdir(parents=True)
        hard = returned(mine["bert"], status="5.1.1", said="550 5.1.1 user unknown")
        (new / "1.mx").write_bytes(hard)
        (new / "2.mx").write_bytes(returned(mine["cleo"], status="4.2.2", said="452 4.2.2 mailbox full"))
        (new / "3.mx").write_bytes(b"From: emil@example.org\nSubject: Out of office\n\nI am away.\n")
        forged = returned(mine["emil"], status="5.1.1", said="550 5.1.1 user unknown")
        (new / "4.mx").write_bytes(re.sub(rb"bounce\+[a-z2-7]+@", b"bounce+aaaaaaaaaa@", forged))
        said = call_cli("bounces", "ingest", cwd=site.root).stderr
        assert "4 messages: 3 bounces, 1 of nobody we know of" in said
        assert "1 readers get nothing more" in said
        assert list(new.iterdir()) == []
        assert len(list((site.root / "returned" / "cur").iterdir())) == 4
        complaint = feedback("abuse", returned=mine["dora"].raw.decode("ascii"))
        complaint = complaint.replace(b"bounce+abc234@bounces.example.org", mine["dora"].sender.encode())
        assert "1 readers get nothing more" in piped(site, complaint)
        assert "1 known before" in piped(site, hard)
        [token] = re.findall(rb"unsubscribe%20(v1\.u\.[0-9a-f.]+)", unfolded(mine["fred"].raw))[:1]
        leaving = b"From: fred@example.org\r\nTo: leave@docchat.example\r\nSubject: unsubscribe " + token
        assert "1 asked to leave" in piped(site, leaving + b"\r\n\r\n\r\n")
        assert "0 asked to leave" in piped(site, leaving[:-1] + b"0\r\n\r\n\r\n")
        site.tick("2027-03-23T08:00:01")
        assert reached(sink, "Massage Part 2") == ["cleo", "emil"]
    with site.at("2027-03-24") as (app, _):
        assert all(account.balanced for account in accounts(app.db))
        with app.db.read() as c:
            lines = accounting.lines(c)
    newest = max(line.id.edition for line in lines)
    states = {line.address.partition("@")[0]: line.state for line in lines if line.id.edition == newest}
    suppressed = {name for name, state in states.items() if state is DeliveryState.SUPPRESSED}
    accepted = {name for name, state in states.items() if state is DeliveryState.ACCEPTED}
    assert (suppressed | accepted, accepted) == ({"anna", "bert", "cleo", "dora", "emil"}, {"cleo", "emil"})
