"""Verdicts: codes, words, and which of the two is believed."""

from __future__ import annotations

import pytest

from docchat_mailer.dsn.judging import judge
from docchat_mailer.dsn.report import Meaning
from docchat_mailer.dsn.statement import Statement
from docchat_mailer.dsn.wording import TABLES, find_phrase, plain


def verdict(said="", *, status="", action="failed", around=""):
    bounce = judge(
        Statement(
            recipient="anna@example.net",
            source="test",
            action=action,
            status=status,
            diagnostic=said,
            around=around,
        )
    )
    return str(bounce.kind), str(bounce.meaning)


@pytest.mark.parametrize("code", ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4"])
def test_codes_that_say_there_is_nobody_are_hard(code):
    assert verdict(status=code)[0] == "hard"
    assert verdict(f"550 {code} no", status="5.0.0")[0] == "hard"


@pytest.mark.parametrize("code", ["4.0.0", "4.1.1", "4.2.2", "4.4.7", "4.7.1", "5.2.2", "5.2.3", "5.3.4"])
def test_codes_that_say_not_now_or_not_this_are_soft(code):
    assert verdict(status=code)[0] == "soft"


@pytest.mark.parametrize("code", ["5.7.1", "5.7.26", "4.7.0", "5.1.7", "5.1.8"])
def test_codes_about_the_sender_count_against_no_reader(code):
    bounce = judge(Statement(recipient="a@example.net", source="test", status=code))
    assert str(bounce.kind) == "soft"
    assert bounce.is_senders_fault


@pytest.mark.parametrize("code", ["5.0.0", "5.1.0", "5.5.0", "5.3.0", ""])
def test_codes_that_say_nothing_leave_it_to_the_words(code):
    assert verdict(status=code)[0] == "soft"
    assert verdict("550 User unknown", status=code)[0] == "hard"
    assert verdict("552 over quota", status=code)[0] == "soft"


def test_the_servers_words_come_before_the_field():
    assert verdict("550 5.2.2 full", status="5.1.1")[0] == "soft"
    assert verdict("550 5.1.1 no", status="5.2.2")[0] == "hard"


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        ("550 5.1.1 <anna@example.net>: Recipient address rejected: User unknown in virtual mailbox table", "unknown user"),
        ("550-5.1.1 The email account that you tried to reach does not exist.", "unknown user"),
        ("550 5.5.0 Requested action not taken: mailbox unavailable", "unknown user"),
        ("554 delivery error: dd This user doesn't have a yahoo.com account", "unknown user"),
        ("550 5.1.1 RESOLVER.ADR.RecipNotFound; not found", "unknown user"),
        ("550 5.4.1 Recipient address rejected: Access denied", "unknown user"),
        ("550 Unrouteable address", "unknown user"),
        ("552 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient", "unknown user"),
        ("550 Mailbox not found. http://service.mail.qq.com", "unknown user"),
        ("550 Message was not accepted -- invalid mailbox.", "unknown user"),
        ("User anna (anna@example.net) not listed in Domino Directory", "unknown user"),
        ("550 This account has been deleted", "unknown user"),
        ("550 5.1.2 Host unknown (Name server: host not found)", "unknown host"),
        ("Host or domain name not found. Name service error for name=example.net", "unknown host"),
        ("Sorry, I couldn't find any host named example.net. (#5.1.2)", "unknown host"),
        ("551 User not local; please try <anna@example.com>", "moved"),
        ("556 5.1.10 Recipient address has null MX", "no mail"),
        ("521 example.net does not accept mail", "no mail"),
    ],
)  # fmt: skip
def test_words_that_mean_nobody_is_there_are_hard(said, meaning):
    assert verdict(said) == ("hard", meaning)


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        ("550 5.1.1 mailbox is full", "mailbox full"),
        ("552-5.2.2 The email account that you tried to reach is over quota.", "mailbox full"),
        ("550 5.2.1 The email account that you tried to reach is disabled.", "disabled"),
        ("552 5.3.4 Message size exceeds fixed limit", "too big"),
        ("550 5.1.1 too many invalid recipients", "rate"),
        ("450 4.7.1 Greylisted, please try again", "rate"),
        ("550 Sender verify failed: no such user", "sender"),
        ("550 5.7.26 This mail is unauthenticated: DKIM and SPF did not pass", "sender"),
        ("450 4.7.25 Client host rejected: cannot find your hostname", "sender"),
        ("550 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", "blocked"),
        ("554 5.7.1 Message rejected as spam", "spam"),
        ("554 5.7.1 <anna@example.net>: Relay access denied", "relay"),
        ("550 5.1.1 Refused due to recipient preferences", "filtered"),
        ("554 5.6.0 virus found", "virus"),
        ("530 5.7.0 Must issue a STARTTLS command first", "security"),
        ("554 5.4.6 Too many hops", "loop"),
        ("connect to mx.example.net[192.0.2.1]:25: Connection refused", "network"),
        ("Name service error for name=example.net: Host not found, try again", "network"),
        ("451 4.3.0 Internal server error", "system"),
        ("I'm not going to try again; this message has been in the queue too long.", "expired"),
        ("500 Syntax error", "protocol"),
        ("554 5.0.0 rejected by policy", "policy"),
        ("554 5.0.0 no", "undecided"),
    ],
)  # fmt: skip
def test_words_that_mean_anything_else_are_soft(said, meaning):
    assert verdict(said) == ("soft", meaning)


def test_no_such_user_said_of_the_sender_or_after_the_letter_is_soft():
    assert verdict("550 no such domain (in reply to MAIL FROM command)") == ("soft", "sender")
    assert verdict("550 Unknown user (in reply to end of DATA command)") == ("soft", "filtered")
    assert verdict("550 5.1.1 Unknown user (in reply to end of DATA command)")[0] == "hard"
    pipelined = ">>> DATA\n<<< 550 User unknown\n<<< 503 5.0.0 Need RCPT (recipient)"
    assert verdict("550 User unknown", around=pipelined)[0] == "hard"


def test_a_temporary_code_is_soft():
    """RFC 3463 section 2: of 4.X.X "sending in the future may be successful"."""
    assert verdict("450 4.1.1 User unknown") == ("soft", "unknown user")
    looked_up = (
        "450 4.1.1 <anna@example.net>: Recipient address rejected: User unknown in virtual alias table"
    )
    assert verdict(looked_up, action="delayed")[0] == "soft"
    assert verdict(looked_up, action="")[0] == "soft"
    assert verdict(looked_up, action="failed") == ("hard", "unknown user")


def test_a_link_to_a_list_tells_as_much_as_its_name():
    assert verdict("553 http://www.spamhaus.org/query/bl?ip=192.0.2.1", status="5.1.3") == ("soft", "blocked")
    assert verdict("550 see https://support.google.com/mail/?p=NoSuchUser") == ("hard", "unknown user")


def test_a_delay_is_soft_whatever_the_code():
    """RFC 3464 section 2.3.3: "delayed" says that the server will go on trying."""
    assert verdict("550 5.1.1 User unknown", action="delayed") == ("soft", "delayed")


def test_the_words_around_tell_where_the_server_said_nothing():
    assert verdict(status="5.0.0", around="The mailbox is full.")[0] == "soft"
    assert verdict(status="5.0.0", around="There is no such user.")[0] == "hard"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: f"{table.meaning}{'?' if table.weak else ''}")
def test_every_phrase_is_found_by_itself(table):
    for phrase in table.phrases:
        assert table.find(f" 550 so{phrase} here ")
        assert find_phrase(f"550 {phrase}") is not None


def test_addresses_links_and_commands_are_no_words():
    assert (
        plain(">>> RCPT TO:<spam@example.net>\n550 <mailbox-full@example.net> No, see https://spam.example/x")
        == " 550 no see "
    )
    assert find_phrase("550 <user-unknown@example.net>") is None


def test_every_meaning_is_reached():
    reached = {table.meaning for table in TABLES}
    elsewhere = {Meaning.DELAYED, Meaning.DELIVERED, Meaning.COMPLAINT, Meaning.FEEDBACK, Meaning.UNDECIDED}
    assert reached | elsewhere == set(Meaning)
