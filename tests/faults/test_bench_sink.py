"""The sink and the proxy that benches measure with: they count right, wait as told, and refuse above the cap."""

from __future__ import annotations

import importlib.util
import smtplib
import socket
import sys
import time
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"
MESSAGE = b"Subject: x\r\n\r\n" + b"0123456789" * 7 + b"\r\n"
GROUP = b"MAIL FROM:<a@site.example>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n"


def tool(name: str):
    spec = importlib.util.spec_from_file_location(f"bench_{name}", BENCH / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


fast = tool("sink")
far = tool("far_away")


def send(port: int, count: int) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        for _ in range(count):
            client.sendmail("a@site.example", ["b@example.org"], MESSAGE)


def test_it_counts_messages_and_their_octets():
    with fast.started() as sink:
        send(sink.port, 5)
        figures = sink.figures()
    assert (figures["messages"], figures["octets"]) == (5, 5 * (len(MESSAGE) + len(b".\r\n")))


def test_a_group_cut_anywhere_is_understood():
    with fast.started() as sink, socket.create_connection(("127.0.0.1", sink.port), timeout=10) as raw:
        said = raw.makefile("rb")
        said.readline()
        raw.sendall(GROUP)
        whole = b"one\r\nx\r\n.\r\n" + GROUP
        for cut in range(1, len(whole)):
            assert [said.readline()[:3] for _ in range(3)] == [b"250", b"250", b"354"]
            raw.sendall(whole[:cut])
            time.sleep(0.001)
            raw.sendall(whole[cut:])
            assert said.readline() == b"250 2.0.0 queued\r\n"
        assert sink.figures()["messages"] == len(whole) - 1


def test_above_the_cap_it_says_no():
    with fast.started("--cap", "0.1", "--burst", "2", "--throttle", "421 4.7.0 too fast") as sink:
        with pytest.raises(smtplib.SMTPException) as refused:
            send(sink.port, 3)
        assert refused.value.smtp_code == 421
        figures = sink.figures()
    assert (figures["messages"], figures["throttled"]) == (2, 1)


NEARLY = 0.019
"""Seconds of 20 ms: a loop's timer may ring a little early."""


def test_a_delay_is_a_round_trip_and_so_is_the_way_through_the_proxy():
    with fast.started("--delay", "20") as sink:
        before = time.monotonic()
        send(sink.port, 1)
        assert time.monotonic() - before >= 7 * NEARLY
    with fast.started() as sink, far.far_away(sink.port, 10) as port:
        before = time.monotonic()
        send(port, 1)
        assert time.monotonic() - before >= 7 * NEARLY
        assert sink.figures()["messages"] == 1
