"""A process that signs: ``python -m docchat_mailer.delivery.signing_process``, spoken to through its pipes.

The first frame is a private key in PEM; each one after it is signed and answered.  A frame is its length in
four octets, and then so many.  The end of the input is the end of the process.
"""

from __future__ import annotations

import signal
import struct
import sys
from typing import IO

from docchat_mailer.letter.dkim import signature
from docchat_mailer.letter.dkim_keys import read_key

LENGTH = struct.Struct(">I")


def write_frame(pipe: IO[bytes], data: bytes) -> None:
    """Send one frame; raises OSError where nobody reads."""
    left = memoryview(LENGTH.pack(len(data)) + data)
    while left:
        left = left[pipe.write(left) :]
    pipe.flush()


def read_frame(pipe: IO[bytes]) -> bytes | None:
    """One frame; None where the other side has gone."""
    head = _octets(pipe, LENGTH.size)
    return _octets(pipe, LENGTH.unpack(head)[0]) if head else None


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
    pem = read_frame(sys.stdin.buffer)
    if pem is None:
        return
    key = read_key(pem)
    while (data := read_frame(sys.stdin.buffer)) is not None:
        write_frame(sys.stdout.buffer, signature(key, data))


if __name__ == "__main__":
    main()
