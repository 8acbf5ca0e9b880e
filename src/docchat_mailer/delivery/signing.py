"""RSA by processes of their own: the library holds the interpreter's lock while it signs.

Without them one processor would sign and write to the relay, and the others look on.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Sequence
from itertools import count
from queue import Empty, SimpleQueue
from typing import IO, cast

import structlog

from docchat_mailer.delivery.signing_process import read_frame, write_frame
from docchat_mailer.letter.dkim import PrivateKey, signatures
from docchat_mailer.letter.dkim_keys import key_file

FEW = 100
"""Times it signs here before processes are started: a thousand letters cost about what starting them does."""

log = structlog.get_logger("docchat.delivery")


class SigningProcesses:
    """Signs with one key, for any number of threads; *processes* of them at once, after the first few.

    Where no process is free, or one has died, the signature is made here: it is the same.
    """

    def __init__(self, key: PrivateKey, processes: int, *, few: int = FEW) -> None:
        """Prepare; nothing is started yet."""
        self._key, self._processes, self._few = key, processes, few
        self._asked = count(1)
        self._starting = threading.Lock()
        self._started: list[subprocess.Popen[bytes]] = []
        self._idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()

    def __call__(self, texts: Sequence[bytes]) -> list[bytes]:
        """The signature of each of *texts*."""
        if next(self._asked) == self._few + 1:
            self._start()
        try:
            process = self._idle.get_nowait()
        except Empty:
            return signatures(self._key, texts)
        made = _asked_of(process, texts)
        if made is None:
            log.warning("signing_process_gone", pid=process.pid)
            return signatures(self._key, texts)
        self._idle.put(process)
        return made

    def close(self) -> None:
        """End the processes; what is asked later is signed here."""
        with self._starting:
            ended, self._started, self._idle = self._started, [], SimpleQueue()
        for process in ended:
            with process:
                process.kill()

    def _start(self) -> None:
        with self._starting:
            for _ in range(self._processes):
                process = subprocess.Popen(
                    [sys.executable, "-m", "docchat_mailer.delivery.signing_process"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    bufsize=0,  # what could not be written to a dead process is gone with it
                )
                self._started.append(process)
                write_frame(cast("IO[bytes]", process.stdin), [key_file(self._key)])
                self._idle.put(process)


def _asked_of(process: subprocess.Popen[bytes], texts: Sequence[bytes]) -> list[bytes] | None:
    """What a process signs; None where it has gone."""
    try:
        write_frame(cast("IO[bytes]", process.stdin), texts)
        return read_frame(cast("IO[bytes]", process.stdout))
    except OSError:
        return None
