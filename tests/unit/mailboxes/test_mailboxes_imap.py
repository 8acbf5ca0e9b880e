"""A mailbox on a server: a small one in this process, which says what a test wants."""

from __future__ import annotations

import re
import socketserver
import threading
from contextlib import contextmanager
from dataclasses import replace

import pytest

from docchat_mailer.errors import ConfigError, TemporaryError
from docchat_mailer.mailboxes.imap import ImapSettings, mails

LETTERS = {"4": b"one\r\n", "9": b"two\r\n"}


class Handler(socketserver.StreamRequestHandler):
    """One conversation with the server that a test began."""

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        self.say("* OK ready")
        for raw in self.rfile:
            line = raw.decode("latin-1").strip()
            self.server.heard.append(line)
            tag, _, rest = line.partition(" ")
            self.say(f"{tag} {self.answer(rest)}")

    def answer(self, said: str) -> str:
        if "LOGIN" in said:
            return "OK done" if self.server.password in said else "NO wrong password"
        if "SELECT" in said:
            return "OK done" if self.server.mailbox in said else "NO no such mailbox"
        if "CAPABILITY" in said:
            self.say("* CAPABILITY IMAP4rev1")
        elif "SEARCH" in said:
            self.say(f"* SEARCH {' '.join(uid for uid in LETTERS if uid not in self.server.seen)}".rstrip())
        elif found := re.search(r"FETCH (\d+)", said):
            body = LETTERS[found[1]]
            head = f"* 1 FETCH (UID {found[1]} BODY[] {{{len(body)}}}\r\n".encode()
            self.wfile.write(head + body + b")\r\n")
        elif found := re.search(r"STORE (\d+)", said):
            self.server.seen.append(found[1])
        return "OK done"


class Server(socketserver.ThreadingTCPServer):
    """A server that keeps LETTERS, what was *seen* of them, and every line it *heard*."""

    daemon_threads = True
    password, mailbox = "secret", "INBOX"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[str] = []
        self.heard: list[str] = []


@contextmanager
def server():
    """Its port, and the server."""
    with Server() as listening:
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield listening.server_address[1], listening
        finally:
            listening.shutdown()
            thread.join()


def settings(port: int, **more) -> ImapSettings:
    return ImapSettings(
        host="127.0.0.1", port=port, security="none", **{"username": "jane", "password": "secret", **more}
    )


def test_what_is_unseen_is_read_and_seen_when_it_is_done():
    with server() as (port, kept):
        with mails(settings(port)) as found:
            one, two = found
            assert (one.read(), two.read()) == (b"one\r\n", b"two\r\n")
            assert kept.seen == []
            one.done()
        assert kept.seen == ["4"]
        with mails(settings(port)) as found:
            assert [mail.uid for mail in found] == ["9"]


@pytest.mark.parametrize("wrong", [{"password": "other"}, {"mailbox": "Bounces"}])
def test_a_login_or_a_mailbox_that_is_refused_is_a_fault_of_the_settings(wrong):
    with server() as (port, _), pytest.raises(ConfigError), mails(settings(port, **wrong)):
        pass


def test_a_server_that_is_away_is_trouble_for_now():
    with server() as (port, _):
        pass
    with pytest.raises(TemporaryError, match="cannot be reached"), mails(settings(port)):
        pass


def test_threat_T18_a_server_that_speaks_no_tls_gets_no_password():
    refused = pytest.raises((ConfigError, TemporaryError))
    with server() as (port, kept), refused, mails(replace(settings(port), security="tls")):
        pass
    assert not any("LOGIN" in line for line in kept.heard)
