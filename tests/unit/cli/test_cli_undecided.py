"""``status`` names what waits for the operator, why, and the command that follows; the command works."""

import json
import shlex

import pytest
from sqlalchemy import text

from docchat_mailer.delivery.undecided import undecided
from docchat_mailer.model.delivery import Reason
from docchat_mailer.store import editions
from docchat_mailer.store.database import Database
from ledgers import fanned_out
from sites import SiteFolder, call_cli

NOW = "2027-03-16T08:00:00"


@pytest.fixture
def site(tmp_path):
    """A site whose first part went to three readers."""
    site = SiteFolder(tmp_path)
    site.series()
    site.part(1, "Hands")
    site.subscribe("ann@example.org", "ben@example.org", "cat@example.org")
    site.tick(NOW)
    return site


def put(site: SiteFolder, statement: str) -> None:
    db = Database.open(f"sqlite:///{site.root}/state/docchat.db")
    with db.write() as c:
        c.execute(text(statement))
    db.close()


def lines(site: SiteFolder) -> list[str]:
    said = call_cli("status", cwd=site.root).stdout.splitlines()
    return [line for line in said if "; next: " in line]


def test_a_site_at_rest_waits_for_nobody(site):
    assert lines(site) == []
    assert json.loads(call_cli("status", "--json", cwd=site.root).stdout)["undecided"] == []


def test_a_paused_mailing_is_told_with_its_reason_and_resumed_by_the_command(site):
    put(site, "UPDATE deliveries SET state = 'pending' WHERE subscriber_id < 3")
    put(site, "UPDATE batches SET state = 'open'")
    call_cli("pause", "1", "--reason", "a link\x1b[2J is broken", cwd=site.root)
    [line] = lines(site)
    assert line == (
        "paused: massage/1 release (edition 1), 2 deliveries - a link\N{REPLACEMENT CHARACTER}[2J is broken; "
        "next: docchat-mailer resume 1"
    )
    typed(site, line)
    assert lines(site) == []


def test_letters_in_doubt_are_told_with_their_reasons_and_settled_by_the_command(site):
    put(site, "UPDATE deliveries SET state = 'uncertain', reason = 'no reply' WHERE subscriber_id < 3")
    put(site, "UPDATE deliveries SET state = 'uncertain', reason = 'it ended' WHERE subscriber_id = 3")
    [line] = lines(site)
    assert line == (
        "uncertain: massage/1 release (edition 1), 3 deliveries - 2 no reply; 1 it ended; "
        "next: docchat-mailer resolve 1 --as accepted"
    )
    typed(site, line)
    assert lines(site) == []


def test_what_was_refused_for_the_sender_can_be_sent_again(site):
    put(site, "UPDATE deliveries SET state = 'rejected', reason = 'policy' WHERE subscriber_id = 1")
    put(site, "UPDATE deliveries SET state = 'rejected', reason = 'unknown user' WHERE subscriber_id = 2")
    [line] = lines(site)
    assert line.startswith("refused: massage/1 release (edition 1), 1 delivery - the relay holds")
    [told] = json.loads(call_cli("status", "--json", cwd=site.root).stdout)["undecided"]
    assert (told["what"], told["deliveries"]) == ("refused", 1)
    assert told["command"] == "docchat-mailer retry 1"
    assert "would be sent again" in call_cli(*typed_words(line), "--dry-run", cwd=site.root).stderr


@pytest.mark.parametrize("server", [False, True])
def test_every_edition_is_told_of_in_order(server, request):
    db = Database.open(request.getfixturevalue("pg_url") if server else "sqlite://")
    fanned_out(db, readers=2, parts=2)
    with db.write() as c:
        c.execute(text(f"UPDATE deliveries SET state = 'rejected', reason = '{Reason.POLICY}'"))
        c.execute(text("UPDATE deliveries SET state = 'uncertain', reason = NULL WHERE subscriber_id = 2"))
        editions.pause(c, 2, "5 letters in a row came back")
    found = [(one.edition, one.wait, one.deliveries, one.why) for one in undecided(db)]
    db.close()
    ours = "the relay holds something against the sender: mend it first"
    assert found == [
        (1, "refused", 1, ours),
        (1, "uncertain", 1, ""),
        (2, "paused", 0, "5 letters in a row came back"),
        (2, "refused", 1, ours),
        (2, "uncertain", 1, ""),
    ]


def typed_words(line: str) -> list[str]:
    return shlex.split(line.partition("; next: docchat-mailer ")[2])


def typed(site: SiteFolder, line: str) -> None:
    """Type the command of a line."""
    call_cli(*typed_words(line), cwd=site.root)
