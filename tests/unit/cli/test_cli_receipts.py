"""A receipt per person: what was sent, who took it, under which names."""

import json
from email import message_from_bytes

from relays import Relay
from sites import SiteFolder, call_cli


def a_site(tmp_path, relay: Relay) -> SiteFolder:
    site = SiteFolder(tmp_path / "site")
    site.config.write_text(
        site.config.read_text()
        + 'transport = "smtp"\nunsubscribe_mailto = "leave@docchat.example"\n'
        + f'[mail.smtp]\nhost = "127.0.0.1"\nport = {relay.port}\nsecurity = "none"\nconnections = 1\n'
        + '[output]\nlive = "written"\n'
    )
    site.series()
    site.part(1, "Benefits")
    site.subscribe("anna@example.org", "ben@example.org")
    return site


def asked(site: SiteFolder, *arguments: str) -> str:
    return call_cli("deliveries", "--address", "anna@example.org", *arguments, cwd=site.root).stdout


def test_a_receipt_names_revision_relay_and_both_ids(tmp_path):
    with Relay(answers={"BODY": "250 2.0.0 Ok: queued as 4Qdf3M1xyz"}) as relay:
        site = a_site(tmp_path, relay)
        site.tick("2027-03-16T08:01:00")
    sent = {message["To"]: message for message in map(message_from_bytes, relay.bodies)}
    own = sent["anna@example.org"]["Message-ID"]
    told = json.loads(asked(site, "--json"))
    assert (told["relay"], told["queue_id"], told["message_id"]) == ("127.0.0.1", "4Qdf3M1xyz", own)
    assert (told["edition"], told["revision"], len(told["content_hash"])) == (1, 1, 64)
    assert told["changed_at"].startswith("2027-03-16T08:01")
    line, receipt = asked(site).splitlines()
    assert line.startswith("edition 1  accepted  massage/1 release  anna@example.org")
    assert receipt == (
        f"    revision 1 (sha256 {told['content_hash']}), taken by 127.0.0.1 as 4Qdf3M1xyz, Message-ID {own}"
    )


def test_who_was_refused_was_taken_by_nobody(tmp_path):
    refusal = "550 5.1.1 no id=such user\x1b[2J"
    with Relay(answers={"RCPT anna@example.org": refusal}) as relay:
        site = a_site(tmp_path, relay)
        site.tick("2027-03-16T08:01:00")
    told = json.loads(asked(site, "--json"))
    assert (told["state"], told["queue_id"]) == ("rejected", "")
    line, receipt = asked(site).splitlines()
    assert "such user\ufffd[2J" in line
    assert "taken" not in receipt


def test_an_outbox_is_told_of_too(tmp_path):
    site = SiteFolder(tmp_path / "site")
    site.series()
    site.part(1, "Benefits")
    site.subscribe("anna@example.org")
    site.tick("2027-03-16T08:01:00")
    told = json.loads(asked(site, "--json"))
    assert (told["relay"], told["queue_id"]) == ("", "")
    assert message_from_bytes(site.messages()[0])["Message-ID"] == told["message_id"]
    assert "taken by the outbox, Message-ID <" in asked(site)
