"""The fault sink is what it says: a strict server that fails exactly as told, and forgets nothing."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import smtplib
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.doubles import DOUBLES
from faults.script import Rule, read_script
from faults.session import Options, framed
from faults.sink import Sink
from relays import Certificates

MESSAGE = b"Subject: x\r\nMessage-ID: <1@site.example>\r\nDate: then\r\n\r\n..dots\r\n.\r\nend\r\n"
"""As given to smtplib, which stuffs the dots."""


def send(sink: Sink, to="anna@example.org", message=MESSAGE, **options) -> None:
    with smtplib.SMTP("127.0.0.1", sink.port, timeout=10, **options) as client:
        client.sendmail("a@site.example", [to], message)


@contextlib.contextmanager
def wire(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
        yield raw


def say(raw: socket.socket, data: bytes) -> bytes:
    raw.sendall(data)
    return raw.recv(65536)


def drain(raw: socket.socket) -> bytes:
    got = b""
    with contextlib.suppress(ConnectionError):
        while part := raw.recv(65536):
            got += part
    return got


def until(asked) -> None:
    deadline = time.monotonic() + 10
    while not asked():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_it_keeps_envelope_message_and_every_byte_said():
    with Sink() as sink:
        send(sink)
        (message,) = sink.messages
        assert (message.sender, message.recipients) == ("a@site.example", ("anna@example.org",))
        assert message.raw == MESSAGE
        assert b"\r\n...dots\r\n..\r\n" in message.wire
        (talk,) = sink.conversations
        assert [talk.count(verb) for verb in ("EHLO", "MAIL", "RCPT", "DATA", "QUIT")] == [1, 1, 1, 1, 1]
        assert talk.client.endswith(b"\r\n.\r\nquit\r\n") or talk.client.endswith(b"\r\n.\r\nQUIT\r\n")
        assert talk.server.startswith(b"220 ")
        assert sink.violations == []


def test_commands_may_be_pipelined_and_one_write_may_hold_a_body_and_the_next_envelope():
    with Sink() as sink, wire(sink.port) as raw:
        raw.recv(1000)
        assert b"250-PIPELINING" in say(raw, b"EHLO me\r\n")
        group = b"MAIL FROM:<a@site.example>\r\nRCPT TO:<%s@example.org>\r\nDATA\r\n"
        raw.sendall(group % b"one")
        until(lambda: sink.conversations[0].server.endswith(b"354 go\r\n"))
        raw.sendall(b"first\r\n.\r\n" + group % b"two")
        until(lambda: sink.conversations[0].server.count(b"354 go") == 2)
        raw.sendall(b"second\r\n.\r\nQUIT\r\n")
        drain(raw)
    assert [(message.recipients, message.raw) for message in sink.messages] == [
        (("one@example.org",), b"first\r\n"),
        (("two@example.org",), b"second\r\n"),
    ]
    assert sink.violations == []


def test_what_was_not_offered_is_a_violation():
    with Sink(options=Options(pipelining=False, size=None, smtputf8=False)) as sink, wire(sink.port) as raw:
        raw.recv(1000)
        assert say(raw, b"EHLO me\r\n").count(b"\r\n") == 3
        say(raw, b"MAIL FROM:<a@site.example> SIZE=3\r\n")
        raw.sendall(b"MAIL FROM:<a@site.example>\r\nRCPT TO:<b@example.org>\r\n")
        until(lambda: sink.conversations[0].server.endswith(b"2.1.5 ok\r\n"))
    assert sink.violations == [
        "MAIL with SIZE, which was not offered",
        "more was sent before the reply to MAIL",
    ]


@pytest.mark.parametrize("end", [b"\n.\n", b"\r.\r", b"\n.\r\n", b"\r\n.\n", b"\r.\r\n"])
def test_only_crlf_dot_crlf_ends_a_message_unless_it_is_lax(end):
    body = b"one" + end + b"MAIL FROM:<evil@site.example>\r\n\r\n.\r\n"
    taken = []
    for lax in (False, True):
        with Sink(options=Options(lax=lax)) as sink, wire(sink.port) as raw:
            raw.recv(1000)
            say(raw, b"EHLO me\r\n")
            say(raw, b"MAIL FROM:<a@site.example>\r\n")
            say(raw, b"RCPT TO:<b@example.org>\r\n")
            say(raw, b"DATA\r\n")
            say(raw, body)
        taken.append(sink.messages[0].wire)
        assert sink.violations
    assert taken[0] == body[:-3]
    assert taken[1] in {b"one\n", b"one\r\n", body[:-3]}


@pytest.mark.parametrize("stage", ["greeting", "ehlo", "mail", "rcpt", "data", "body", "rset", "quit"])
def test_a_reply_of_the_script_at_each_stage(stage):
    with Sink([Rule(at=stage, reply="451 4.3.0 not now")]) as sink, wire(sink.port) as raw:
        got = raw.recv(1000)
        for line in (
            *(b"EHLO me", b"MAIL FROM:<a@site.example>", b"RCPT TO:<b@example.org>"),
            *(b"RSET", b"MAIL FROM:<a@site.example>", b"RCPT TO:<b@example.org>", b"DATA"),
        ):
            got += say(raw, line + b"\r\n")
        if got.endswith(b"354 go\r\n"):
            got += say(raw, b"x\r\n.\r\n")
        got += say(raw, b"QUIT\r\n")
    assert b"451 4.3.0 not now\r\n" in got
    assert len(sink.messages) == (stage not in {"mail", "rcpt", "data", "body"})


def test_rules_count_by_recipient_and_by_connection():
    rules = [
        Rule(at="rcpt", to="ben@example.org", reply="550 5.1.1 no", nth=2),
        Rule(at="mail", connection=3, reply="421 4.7.0 slow", close="after"),
    ]
    with Sink(rules) as sink:
        send(sink, "ben@example.org")
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            send(sink, "ben@example.org")
        with pytest.raises(smtplib.SMTPException):
            send(sink, "anna@example.org")
        send(sink, "ben@example.org")
        assert sink.script.obeyed == {0: 1, 1: 1}
    assert len(sink.messages) == 2


def test_a_reply_that_is_lost_is_not_a_message_that_is_lost(tmp_path):
    rules = [
        Rule(at="body", nth=1, close="before"),
        Rule(at="body", nth=2, reply="451 no", close="before", reset=True),
    ]
    log = tmp_path / "log"
    with Sink(rules, log=log) as sink:
        for _ in range(2):
            with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
                send(sink)
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    assert [row["kind"] for row in rows] == ["message", "refused"]


def test_a_connection_is_reset_in_the_middle_of_a_message():
    with Sink([Rule(at="body", after=1000)]) as sink:
        with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
            send(sink, message=b"x" * 70 + b"\r\n" + b"0123456789" * 5000)
        assert sink.messages == sink.refused == []


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (Rule(at="rset", raw="250 a\0b\r\n"), b"250 a\0b\r\n"),
        (Rule(at="rset", raw="250 bare\n"), b"250 bare\n"),
        (Rule(at="rset", reply="250 one", more="250 two"), b"250 one\r\n250 two\r\n"),
        (Rule(at="rset", reply="250 one\n250 two"), b"250-one\r\n250 two\r\n"),
        (Rule(at="rset", half=True, reply="250 12", close="after"), b"250 "),
        (Rule(at="rset", silent=True, close="after"), b""),
        (Rule(at="rset", reply="250 late", delay=0.05), b"250 late\r\n"),
    ],
)
def test_replies_that_are_none(rule, said):
    with Sink([rule]) as sink, wire(sink.port) as raw:
        raw.recv(1000)
        assert say(raw, b"RSET\r\n") == said


def test_an_endless_line_ends_with_the_client():
    with Sink([Rule(at="ehlo", endless=True)]) as sink, wire(sink.port) as raw:
        raw.recv(1000)
        raw.sendall(b"EHLO me\r\n")
        got = b""
        while len(got) < 200_000:
            got += raw.recv(65536)
        assert b"\n" not in got


def test_it_reads_nothing_more_and_the_writer_feels_it():
    with Sink([Rule(at="data", pace=0)]) as sink, wire(sink.port) as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        raw.recv(1000)
        for line in (b"EHLO me", b"MAIL FROM:<a@site.example>", b"RCPT TO:<b@example.org>", b"DATA"):
            say(raw, line + b"\r\n")
        raw.settimeout(0.2)
        with pytest.raises(TimeoutError):
            raw.sendall(b"x" * 20_000_000)


def test_connections_are_refused_or_reset_and_taken_again():
    with Sink([Rule(at="connect", nth=1, close="before", reset=True)]) as sink:
        with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
            send(sink)
        sink.refuse_connections()
        with pytest.raises(ConnectionRefusedError):
            send(sink)
        sink.take_connections()
        send(sink)
        assert len(sink.messages) == 1


@pytest.fixture(scope="module")
def certificates(tmp_path_factory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.mark.parametrize("implicit", [False, True])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_tls_and_login(certificates, implicit, mechanism):
    options = Options(
        tls=certificates.signed(f"sink-{implicit}-{mechanism}"),
        implicit=implicit,
        login=("me", "secret"),
        mechanisms=(mechanism,),
    )
    trust = ssl.create_default_context(cafile=certificates.authority)
    with Sink(options=options) as sink:
        client = (
            smtplib.SMTP_SSL("localhost", sink.port, context=trust)
            if implicit
            else smtplib.SMTP("localhost", sink.port)
        )
        with client:
            if not implicit:
                client.ehlo()
                assert not client.has_extn("auth")
                client.starttls(context=trust)
            with pytest.raises(smtplib.SMTPSenderRefused):
                client.sendmail("a@site.example", ["b@example.org"], MESSAGE)
            client.login("me", "secret")
            client.sendmail("a@site.example", ["b@example.org"], MESSAGE)
        (message,) = sink.messages
        assert (message.tls, message.login) == (True, "me")
        assert b"AUTH" not in sink.conversations[0].before_tls


def test_plaintext_after_starttls_is_injected_before_the_handshake(certificates):
    options = Options(tls=certificates.self_signed())
    with Sink([Rule(at="starttls", more="250 injected")], options) as sink, wire(sink.port) as raw:
        raw.recv(1000)
        assert b"STARTTLS" in say(raw, b"EHLO me\r\n")
        assert say(raw, b"STARTTLS\r\n") == b"220 2.0.0 go ahead\r\n250 injected\r\n"


def test_doubles_rewrite_what_relays_rewrite():
    seen = {}
    for name, double in DOUBLES.items():
        with Sink(double=double) as sink:
            send(sink)
        assert sink.messages[0].raw == MESSAGE
        assert sink.stored[0].endswith(b"end\r\n")
        seen[name] = (b"<1@site.example>" in sink.stored[0], b"Date: then" in sink.stored[0])
    kept, date_kept, all_rewritten = (True, True), (False, True), (False, False)
    assert seen == {
        "plain": kept,
        "generic": kept,
        "mailgun": kept,
        "postmark": date_kept,
        "ses": all_rewritten,
        "mean": all_rewritten,
    }


def test_a_script_is_json_and_a_wrong_word_is_refused(tmp_path):
    text = '[{"at": "rcpt", "to": "x@example.org", "reply": "550 5.1.1 no"}]'
    (tmp_path / "script.json").write_text(text)
    assert read_script(text).rules == read_script(str(tmp_path / "script.json")).rules
    with pytest.raises(ValueError, match="no such stage"):
        read_script('[{"at": "recipient"}]')
    with pytest.raises(TypeError):
        read_script('[{"at": "rcpt", "say": "no"}]')
    assert framed("250 a\n250 b") == b"250-a\r\n250 b\r\n"


def test_as_a_process_it_writes_before_it_answers(tmp_path):
    log, folder = tmp_path / "log.jsonl", tmp_path / "wire"
    sink = Path(__file__).with_name("sink.py")
    process = subprocess.Popen(
        [sys.executable, sink, "--log", log, "--fsync", "--wire", folder, "--relay", "mean"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        port = int(process.stdout.readline())
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
            client.sendmail("a@site.example", ["b@example.org"], MESSAGE)
            (row,) = [json.loads(line) for line in log.read_text().splitlines()]
        until(lambda: list(folder.iterdir()))
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()
    assert base64.b64decode(row["raw"]) == MESSAGE
    assert (row["kind"], row["to"], row["sha256"]) == (
        "message",
        ["b@example.org"],
        hashlib.sha256(MESSAGE).hexdigest(),
    )
    assert b"Message-ID: <1@" not in base64.b64decode(row["stored"])
