"""A process that signs: ``python -m docchat_mailer.delivery.signing_process``, spoken to through its pipes.

The first frame holds a private key in PEM; the texts of each one after it are signed, and the signatures
answered in one.  A frame is the length of what follows, in four octets, and then MessagePack: a list of
octets.  The end of the input is the end of the process.
"""

from __future__ import annotations

import signal
import struct
import sys
from collections.abc import Sequence
from typing import IO

import msgspec

from docchat_mailer.letter.dkim import signatures
from docchat_mailer.letter.dkim_keys import read_key

LENGTH = struct.Struct(">I")
ENCODER = msgspec.msgpack.Encoder()
DECODER = msgspec.msgpack.Decoder(list[bytes])


def write_frame(pipe: IO[bytes], texts: Sequence[bytes]) -> None:
    """Send one frame; raises OSError where nobody reads."""
    data = ENCODER.encode(texts)
    left = memoryview(LENGTH.pack(len(data)) + data)
    while left:
        left = left[pipe.write(left) :]
    pipe.flush()


def read_frame(pipe: IO[bytes]) -> list[bytes] | None:
    """One frame; None where the other side has gone."""
    head = _octets(pipe, LENGTH.size)
    data = _octets(pipe, LENGTH.unpack(head)[0]) if head else None
    return DECODER.decode(data) if data else None


def _octets(pipe: IO[bytes], wanted: int) -> bytes | None:
    got = pipe.read(wanted)
    while got and len(got) < wanted:
        more = pipe.read(wanted - len(got))
        got = got + more if more else b""
    return got or None


def main() -> None:
    """Sign until nobody asks any more; a wish to stop is for the process that asks."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    first = read_frame(sys.stdin.buffer)
    if first is None:
        return
    key = read_key(first[0])
    while (texts := read_frame(sys.stdin.buffer)) is not None:
        write_frame(sys.stdout.buffer, signatures(key, texts))


if __name__ == "__main__":
    main()
