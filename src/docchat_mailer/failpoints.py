"""Places where a test can make the program fail: named, and nothing at all until they are armed.

``DOCCHAT_FAILPOINT="wire.after_journal:3:kill"`` has the third pass of that place kill the process; it is
obeyed only beside ``DOCCHAT_TESTING=1``.  The program's entry reads both, once, and calls ``arm``.
"""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from docchat_mailer.errors import ConfigError

NAMES: Mapping[str, str] = MappingProxyType(
    {
        "plan.before_commit": "an edition's audience is written, not committed",
        "plan.after_commit": "the audience is frozen, nobody knows yet",
        "claim.after": "a batch is claimed, nothing opened",
        "window.after_commit": "rows are open, no letter composed",
        "wire.before_journal": "the next body is to be handed over, the journal does not say so yet",
        "wire.after_journal": "the journal says that a body is handed over, none of it is",
        "wire.mid_body": "a part of a body is handed over, its end is held back",
        "wire.after_dot": "the final dot is handed over, no reply read",
        "reply.before_journal": "the final reply is read, the journal does not know it",
        "reply.after_journal": "the journal knows the reply, the ledger does not",
        "settle.before_commit": "outcomes are written to the ledger, not committed",
        "settle.after_commit": "outcomes are committed, the journal is still there",
        "lease.renew": "a lease is to be renewed",
        "replay.mid": "some rows of a dead process's journal are settled, others not",
        "leader.after_lock": "this process leads, and has done nothing yet",
        "reaper.before_retry": "a stalled job is found, not put back",
        "feed.before_rename": "a feed, a page or another file is written beside its place",
        "feed.after_rename": "a feed, a page or another file is in its place, the database does not know",
        "migrate.step": "a step of a migration is done, others follow",
        "backup.mid": "a part of a backup is written",
        "import.row": "a row of an import is read",
        "unsubscribe.before_commit": "somebody leaves, not committed",
        "unsubscribe.before_answer": "somebody has left, and does not know yet",
    }
)
"""Every place, and what is so when it is passed."""


class FailpointError(Exception):
    """A failpoint was told to raise."""


@dataclass
class _Point:
    """An armed place: obeyed at pass *first* and, if *ever*, at all later ones."""

    name: str
    first: int
    ever: bool
    action: Callable[[], None]
    passes: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def reach(self) -> None:
        with self.lock:
            self.passes += 1
            obeyed = self.passes == self.first or (self.ever and self.passes > self.first)
        if obeyed:
            self.action()


_armed: dict[str, _Point] = {}


def failpoint(name: str) -> None:
    """Pass the place *name*; one look-up where nothing is armed."""
    point = _armed.get(name)
    if point is not None:
        point.reach()


def arm(orders: str) -> None:
    """Obey *orders* from now on: ``name:hit:action``, several with commas between; "" for none.

    *hit* counts passes from 1; ``3+`` is the third and each later one.  Actions: ``kill`` (SIGKILL),
    ``stop`` (SIGSTOP; ``stop=20`` goes on after so many seconds), ``delay=2``, ``raise``, ``enospc``,
    ``eio``, and ``drop``, a connection reset.

    Raises ConfigError for a name, hit or action there is none of.
    """
    points = [_point(order) for order in orders.split(",") if order]
    _armed.clear()
    _armed.update({point.name: point for point in points})


def passes() -> dict[str, int]:
    """How often each armed place was passed."""
    return {name: point.passes for name, point in _armed.items()}


def _point(order: str) -> _Point:
    name, _, rest = order.partition(":")
    hit, _, action = rest.partition(":")
    if name not in NAMES:
        raise _refusal(order, f"there is no failpoint {name}", f"one of: {', '.join(NAMES)}")
    if not hit.removesuffix("+").isdecimal() or not int(hit.removesuffix("+")):
        raise _refusal(order, f"{hit or 'nothing'} is no count of passes", "write 1, 2, 3 .. or 3+")
    first, ever = int(hit.removesuffix("+")), hit.endswith("+")
    return _Point(name, first, ever, _action(order, name, action))


def _action(order: str, name: str, action: str) -> Callable[[], None]:
    word, _, amount = action.partition("=")
    try:
        seconds = float(amount or 0)
    except ValueError:
        raise _refusal(order, f"{amount} is no number of seconds", "write stop=20 or delay=0.5") from None
    actions: dict[str, Callable[[], None]] = {
        "kill": _kill,
        "stop": lambda: _stop(seconds),
        "delay": lambda: time.sleep(seconds),
        "raise": lambda: _raise(FailpointError(name)),
        "enospc": lambda: _raise(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), name)),
        "eio": lambda: _raise(OSError(errno.EIO, os.strerror(errno.EIO), name)),
        "drop": lambda: _raise(ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))),
    }
    if word not in actions:
        raise _refusal(order, f"{word or 'nothing'} is no action", f"one of: {', '.join(actions)}")
    return actions[word]


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _stop(seconds: float) -> None:
    """Stand still as under SIGSTOP; a process of its own wakes us, since we cannot."""
    if seconds:
        subprocess.Popen(  # noqa: S603 -- a fixed program, and two numbers of our own
            ["/bin/sh", "-c", 'sleep "$1"; kill -CONT "$2"', "sh", str(seconds), str(os.getpid())]
        )
    os.kill(os.getpid(), signal.SIGSTOP)


def _raise(exc: Exception) -> None:
    raise exc


def _refusal(order: str, why: str, fix: str) -> ConfigError:
    return ConfigError(f"DOCCHAT_FAILPOINT={order} cannot be obeyed", why=why, fix=fix)
