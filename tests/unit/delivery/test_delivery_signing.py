"""Letters that leave are signed: from the ledger, as a test, and never in a simulation."""

import os
from datetime import timedelta
from email import message_from_bytes

import pytest
from hypothesis import given, settings, strategies as st

import dkims
from docchat_mailer.app import open_app
from docchat_mailer.delivery.addressing import Envelope
from docchat_mailer.delivery.signing import FEW
from docchat_mailer.letter.compiling import compile_letter
from docchat_mailer.letter.dkim import Signer
from docchat_mailer.letter.dkim_keys import key_file
from docchat_mailer.letter.fields import Field, Sentinels
from docchat_mailer.letter.headers import Header
from docchat_mailer.model.delivery import DeliveryId
from docchat_mailer.model.site import Sender
from docchat_mailer.model.subscriber import Address, Follow, Scope, Subscriber, SubscriberState
from sites import SiteFolder, call_cli

KEYS = [dkims.rsa_key(), dkims.ed25519_key()]
BEFORE = dkims.NOW - timedelta(hours=1)


@pytest.fixture
def site(tmp_path):
    site = SiteFolder(tmp_path)
    for key in KEYS:
        (tmp_path / f"{key.selector}.pem").write_bytes(key_file(key.private))
    dkim = f'[mail.dkim]\nkeys = ["rsa1.pem", "ed1.pem"]\ndomain = "{dkims.DOMAIN}"\n'
    with site.config.open("a", encoding="utf-8") as file:
        file.write(dkim)
    site.series(start=BEFORE.replace(tzinfo=None).isoformat())
    site.part(1, "Hands")
    site.part(2, "Feet")
    return site


def test_each_letter_in_the_outbox_verifies(site):
    site.subscribe("ann@example.org", "ben@example.org", instant=BEFORE.isoformat())
    site.tick(BEFORE.isoformat())
    site.tick(dkims.NOW.isoformat())
    messages = [one for one in site.messages() if b"Hands" in one]
    assert {message_from_bytes(one)["To"] for one in messages} == {"ann@example.org", "ben@example.org"}
    assert all(dkims.verifies(one, KEYS) for one in messages)


def test_a_test_letter_is_signed_and_a_simulation_is_not(site):
    call_cli("send-test", "massage/1", "--to", "me@example.org", cwd=site.root)
    [message] = site.messages()
    assert dkims.verifies(message, KEYS)
    (site.root / "rsa1.pem").unlink()
    call_cli("simulate", "--from", "2027-01-01", "--until", "2027-01-15", "--out", "out", cwd=site.root)
    refused = call_cli("send-test", "massage/1", "--to", "me@example.org", cwd=site.root, check=False)
    assert refused.returncode == 78
    assert "rsa1.pem cannot be used" in refused.stderr


def test_to_a_relay_rsa_is_left_to_processes_that_end_with_the_site(site):
    text = site.config.read_text(encoding="utf-8")
    relay = (
        'transport = "smtp"\nunsubscribe_mailto = "leave@docchat.example"\n[mail.smtp]\nhost = "127.0.0.1"\n'
    )
    site.config.write_text(text.replace("[mail.dkim]", f"{relay}[mail.dkim]"), encoding="utf-8")
    message = b"From: a@letters.example.org\r\nSubject: x\r\n\r\nHello\r\n"
    with open_app(site.config) as app:
        sign = app.crew.mailing.sign
        signatures = {dkims.signatures_of(sign, message) for _ in range(FEW + 20)}
        started = list(app._processes._started) if app._processes else []
    assert len(started) == (0 if os.cpu_count() == 1 else os.cpu_count())
    assert all(process.returncode is not None for process in started)
    [signature] = signatures
    assert dkims.verifies(signature + message, KEYS)


SENDER = Sender(
    name="DocChat",
    address="letters@letters.example.org",
    reply_to="",
    domain=dkims.DOMAIN,
    list_name="DocChat",
    web_url="https://example.org",
)
SENTINELS = Sentinels("x7f3")
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")), max_size=60)


def envelope():
    headers = [
        Header("From", "DocChat <letters@letters.example.org>"),
        Header("To", SENTINELS.token(Field.TO)),
        Header("Subject", "Part 1"),
        Header("Date", SENTINELS.token(Field.DATE)),
        Header("Message-ID", SENTINELS.token(Field.MESSAGE_ID)),
        Header("References", SENTINELS.token(Field.REFERENCES)),
        Header("List-Unsubscribe", f"<https://example.org/u/{SENTINELS.token(Field.UNSUBSCRIBE)}>"),
        Header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    ]
    why = f"Why: {SENTINELS.token(Field.WHY)}"
    return Envelope(
        plain=None,
        compiled=compile_letter(headers, f".dots\n{why}\n.\n", f"<p>.{why}</p>", SENTINELS, b"seed"),
        edition_key="part-1|followers",
        root="root|followers",
        series="massage",
        tags=(),
        key=b"k" * 32,
        sender=SENDER,
        why=lambda _follow: ".because you asked",
        sign=Signer(dkims.DOMAIN, KEYS),
    )


@settings(max_examples=60, deadline=None)
@given(name=NAMES, occasion=st.integers(0, 9))
def test_whatever_a_reader_is_called_their_letter_verifies_and_no_line_begins_with_a_dot(name, occasion):
    reader = Subscriber(
        id=1,
        address=Address(local="ann", domain="example.org"),
        name=name,
        state=SubscriberState.ACTIVE,
        token_id="a" * 16,
        created_at=BEFORE,
        follows=(Follow(Scope.SITE),),
    )
    letter = envelope().addressed_to(DeliveryId(1, 1, occasion), reader, dkims.NOW)
    assert dkims.verifies(letter.message, KEYS)
    assert b"\n." not in letter.message
    assert letter == envelope().addressed_to(DeliveryId(1, 1, occasion), reader, dkims.NOW)
