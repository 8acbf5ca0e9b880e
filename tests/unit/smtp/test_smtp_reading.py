"""Replies out of bytes, however they are cut, and nothing else."""

from __future__ import annotations

import tracemalloc
from itertools import chain

import pytest
from hypothesis import given, settings, strategies as st

from docchat_mailer.smtp.reading import LINE, WHOLE, OutOfStepError, Reply, ReplyReader

TEXT = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=40)
REPLY = st.tuples(st.integers(200, 599), st.lists(TEXT, min_size=1, max_size=4))


def framed(code: int, lines: list[str]) -> bytes:
    marks = ["-"] * (len(lines) - 1) + [" "]
    return "".join(f"{code}{mark}{line}\r\n" for mark, line in zip(marks, lines, strict=True)).encode()


@given(st.lists(REPLY, min_size=1, max_size=5), st.integers(1, 30))
@settings(max_examples=120, deadline=None)
def test_replies_are_read_as_they_were_said_however_they_are_cut(said, size):
    data = b"".join(framed(code, lines) for code, lines in said)
    reader = ReplyReader()
    found = [reply for at in range(0, len(data), size) for reply in reader.feed(data[at : at + size])]
    assert found == [Reply(code, tuple(lines)) for code, lines in said]
    assert reader.between


@given(st.lists(st.binary(max_size=3000), max_size=20))
@settings(max_examples=150, deadline=None)
def test_fault_D13_any_bytes_are_replies_or_out_of_step_and_nothing_is_hoarded(pieces):
    reader = ReplyReader()
    try:
        for piece in pieces:
            for reply in reader.feed(piece):
                assert 200 <= reply.code <= 599
            assert len(reader.rest) <= LINE
    except OutOfStepError:
        pass


@pytest.mark.parametrize(
    "said",
    [
        b"\r\n",
        b"25\r\n",
        b"2500 ok\r\n",
        b"250ok\r\n",
        b"250_ok\r\n",
        b"150 go\r\n",
        b"650 go\r\n",
        b"050 go\r\n",
        b"250 ok\n",
        b"250 ok\r\r\n",
        b"250 o\rk\r\n",
        b"250 o\0k\r\n",
        b"\n",
        b"250-one\r\n251 two\r\n",
        b"250-one\r\n\r\n",
        b"\xff50 ok\r\n",
        "２50 ok\r\n".encode(),
        b" 250 ok\r\n",
        b"250 " + b"x" * LINE + b"\r\n",
        b"x" * (LINE + 1),
        b"250-" + b"x" * LINE,
    ],
)
def test_fault_D13_what_is_no_reply_is_out_of_step(said):
    with pytest.raises(OutOfStepError):
        list(ReplyReader().feed(said))


def test_fault_D13_replies_before_the_nonsense_are_given():
    replies = ReplyReader().feed(b"250 one\r\n550-two\r\n550 end\r\nwhat\r\n")
    assert [next(replies).code, next(replies).code] == [250, 550]
    with pytest.raises(OutOfStepError):
        next(replies)


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        (b"250\r\n", ("",)),
        (b"250 \r\n", ("",)),
        (b"250-a\r\n250\r\n", ("a", "")),
        (b"220 caf\xe9\r\n", ("caf�",)),
    ],
)
def test_what_servers_say_loosely_is_read(said, lines):
    (reply,) = ReplyReader().feed(said)
    assert reply.lines == lines


def test_lines_and_replies_may_be_as_long_as_the_limits_and_no_longer():
    line = b"250-" + b"x" * (LINE - 6) + b"\r\n"
    assert len(line) == LINE
    count = WHOLE // LINE - 1
    (reply,) = ReplyReader().feed(line * count + b"250 end\r\n")
    assert len(reply.lines) == count + 1
    with pytest.raises(OutOfStepError, match="too long"):
        list(ReplyReader().feed(line * (count + 3)))


@pytest.mark.parametrize("piece", [b"x", b"250-more\r\n", b"250-" + b"y" * 1900 + b"\r\n"])
def test_fault_D13_memory_stays_below_a_megabyte_whatever_is_said(piece):
    tracemalloc.start()
    try:
        reader = ReplyReader()
        with pytest.raises(OutOfStepError):
            list(chain.from_iterable(reader.feed(piece) for _ in range(200_000)))
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
