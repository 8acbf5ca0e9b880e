from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

import dkims
from dkims import NOW, ed25519_key, key_sets, rsa_key, signed, verifies
from docchat_mailer.letter.dkim import OVERSIGNED, SIGNED, Signer, SigningKey

LETTERS = sorted((Path(__file__).parents[2] / "golden" / "email").rglob("*.eml"))
MESSAGE = (
    b"From: DocChat <hello@letters.example.org>\r\n"
    b"To: reader@example.com\r\n"
    b"Subject: Part 1,\r\n of   many\r\n"
    b"Date: Tue, 01 Sep 2026 09:00:00 +0000\r\n"
    b"Message-ID: <a.b@letters.example.org>\r\n"
    b"List-Unsubscribe: <https://example.org/u/token>, <mailto:leave@example.org>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"X-Mailer: nothing that is signed\r\n"
    b"\r\n"
    b"Hello.\r\n"
    b"\r\n"
    b"  Indented,  and spaced. \r\n"
)
KEYS = pytest.mark.parametrize("keys", key_sets().values(), ids=key_sets())


def tag(signature: bytes, name: str) -> str:
    flat = signature.decode().replace("\r\n ", "").removeprefix("DKIM-Signature:")
    pairs = (pair.strip().partition("=") for pair in flat.split(";"))
    return {key: value for key, _, value in pairs}[name]


@KEYS
def test_a_signature_verifies(keys):
    assert verifies(signed(MESSAGE, keys), keys)


@KEYS
@pytest.mark.parametrize("letter", LETTERS, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_every_golden_letter_verifies_once_signed(letter, keys):
    assert verifies(signed(letter.read_bytes(), keys), keys)


@KEYS
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Hello.", b"Hallo."),
        (b"\r\n\r\n  Indented", b"\r\n  Indented"),
        (b"spaced. \r\n", b"spaced.\r\n"),
        (b"many", b"one"),
        (b"hello@", b"yello@"),
        (b"reader@", b"leader@"),
        (b"09:00:00", b"09:00:01"),
        (b"<a.b@", b"<a.c@"),
        (b"/u/token", b"/u/taken"),
        (b"=One-Click", b"=One-Clack"),
        (b"text/plain", b"text/html"),
        (b"letters.example.org>\r\nTo", b"letters.example.org>\r\nFrom: x@example.net\r\nTo"),
        (b"\r\nX-Mailer", b"\r\nSubject: Another\r\nX-Mailer"),
        (b"\r\nX-Mailer", b"\r\nList-Unsubscribe: <https://example.net/>\r\nX-Mailer"),
        (b"\r\nX-Mailer", b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nX-Mailer"),
    ],
)
def test_a_tampered_copy_does_not_verify(old, new, keys):
    message = signed(MESSAGE, keys)
    assert message.count(old) == 1
    assert not verifies(message.replace(old, new), keys)


def test_nobody_can_add_a_way_to_leave_to_a_letter_that_has_none():
    bare = b"".join(line for line in MESSAGE.splitlines(keepends=True) if not line.startswith(b"List-"))
    message = signed(bare, [rsa_key()])
    assert verifies(message, [rsa_key()])
    assert not verifies(message.replace(b"X-Mailer", b"List-Unsubscribe: <x:y>\r\nX-Mailer"), [rsa_key()])


@KEYS
def test_relays_may_fold_and_space_a_header_anew(keys):
    message = signed(MESSAGE, keys)
    respaced = message.replace(b"Subject: Part 1,\r\n of   many", b"SUBJECT:\tPart  1, of many  ")
    assert respaced != message
    assert verifies(respaced, keys)


@pytest.mark.parametrize(
    "body", [b"", b"\r\n", b"\r\n\r\n\r\n", b"a", b"a\r\n", b"a\r\n\r\n\r\n", b"\r\na\r\n"]
)
def test_empty_lines_at_the_end_do_not_count(body):
    message = b"From: a@letters.example.org\r\nSubject: x\r\n\r\n" + body
    assert verifies(signed(message, [ed25519_key()]), [ed25519_key()])


def test_a_signature_is_folded_and_says_when_it_ends():
    signature = dkims.signatures_of(Signer(dkims.DOMAIN, [rsa_key(), ed25519_key()]), MESSAGE)
    lines = signature.split(b"\r\n")
    assert lines.pop() == b""
    assert max(map(len, lines)) <= 78
    assert [line.startswith(b"DKIM-Signature: v=1;") for line in lines].count(True) == 2
    assert all(line.startswith((b" ", b"DKIM-Signature:")) for line in lines)
    assert not any(line.strip() == b"" for line in lines)
    assert int(tag(signature, "t")) == NOW.timestamp()
    assert int(tag(signature, "x")) == (NOW + timedelta(days=30)).timestamp()
    assert b" l=" not in signature


def test_what_is_signed_is_what_stands_there_and_four_fields_once_more():
    names = tag(dkims.signatures_of(Signer(dkims.DOMAIN, [rsa_key()]), MESSAGE), "h").split(":")
    here = [name for name in SIGNED if f"\r\n{name}:" in f"\r\n{MESSAGE.decode().lower()}"]
    assert sorted(names) == sorted([*here, *OVERSIGNED])


def test_of_two_fields_with_one_name_both_are_signed():
    twice = MESSAGE.replace(b"To:", b"Reply-To: a@example.org\r\nReply-To: b@example.org\r\nTo:")
    message = signed(twice, [rsa_key()])
    assert verifies(message, [rsa_key()])
    assert not verifies(message.replace(b"Reply-To: a@", b"Reply-To: c@"), [rsa_key()])


def test_the_same_row_gives_the_same_bytes():
    sign = Signer(dkims.DOMAIN, [rsa_key(), ed25519_key()])
    later = NOW + timedelta(seconds=1)
    first, again, other = sign([(MESSAGE, NOW), (MESSAGE, NOW), (MESSAGE, later)])
    assert first == again == dkims.signatures_of(sign, MESSAGE)
    assert other == dkims.signatures_of(sign, MESSAGE, later) != first
    assert sign([]) == []


def test_a_long_domain_and_selector_are_folded_between_tags():
    key = SigningKey(selector="s" * 60, private=ed25519_key().private)
    signature = dkims.signatures_of(Signer(".".join(["d" * 60] * 3) + ".example", [key]), MESSAGE)
    assert tag(signature, "s") == "s" * 60
    assert all(line.startswith((b" ", b"DKIM")) for line in signature.split(b"\r\n")[:-1])


def test_a_domain_that_would_break_the_line_is_refused():
    with pytest.raises(ValueError, match="control character"):
        Signer("example.org\r\nX: y", [ed25519_key()])


def test_a_message_without_end_of_header_is_refused():
    with pytest.raises(ValueError, match="not found"):
        dkims.signatures_of(Signer(dkims.DOMAIN, [ed25519_key()]), b"From: a@example.org\r\n")


def mean_relay(message: bytes) -> bytes:
    """What some providers do: ids, date and return path are theirs, and lines of their own stand in front."""
    header, _, body = message.partition(b"\r\n\r\n")
    lines = header.replace(b"\r\n ", b"\0").split(b"\r\n")
    kept = [
        line for line in lines if not line.lower().startswith((b"message-id:", b"date:", b"return-path:"))
    ]
    theirs = [
        b"Return-Path: <0100@bounces.relay.example>",
        b"Received: from x by y; Tue, 01 Sep 2026 09:00:07 +0000",
        b"Message-ID: <0100@relay.example>",
        b"Date: Tue, 01 Sep 2026 09:00:07 +0000",
    ]
    return b"\r\n".join([*theirs, *kept]).replace(b"\0", b"\r\n ") + b"\r\n\r\n" + body


@KEYS
def test_what_a_relay_rewrites_is_not_signed(keys):
    rewritten = frozenset({"message-id", "date"})
    assert verifies(mean_relay(signed(MESSAGE, keys, rewritten=rewritten)), keys)
    assert not verifies(mean_relay(signed(MESSAGE, keys)), keys)


PIECES = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=40)


@settings(max_examples=60, deadline=None)
@given(value=PIECES, body=PIECES)
def test_whatever_stands_in_a_letter_it_verifies(value, body):
    text = f"From: a@letters.example.org\r\nSubject: s\r\nReply-To: x{value}x\r\n\r\nb{body}\r\n".encode()
    assert verifies(signed(text, [ed25519_key()]), [ed25519_key()])
