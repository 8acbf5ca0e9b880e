"""Runs of the program with a fault at its n-th operation, each in a fork of a process that has all imported.

A line of JSON comes in for each run and one goes out::

    {"config": "site/config.toml", "at": "2027-03-01T12:00", "kind": "database", "n": 17, "mode": "dies"}
    {"code": -9, "reached": 17, "said": ""}

*kind* is ``failpoint`` (then *name* is one, and *mode* its action), ``database`` (statements and commits), ``file`` (opening to write, renaming, removing, making
folders, flushing) or ``connect``; empty for a run without a fault.  *mode* is ``fails``, ``dies`` or, for
the database, ``lost``: it is done, and the answer does not come back.  *reached* counts operations.
"""

from __future__ import annotations

import errno
import importlib
import json
import mmap
import os
import pkgutil
import signal
import struct
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.exc import OperationalError

sys.path.insert(0, str(Path(__file__).parents[1]))
import docchat_mailer
from docchat_mailer.app import open_app
from docchat_mailer.errors import DocChatError
from docchat_mailer.failpoints import arm
from docchat_mailer.worker.clocks import VirtualClock
from docchat_mailer.worker.running import run_once
from sites import moment

FILE_EVENTS = frozenset({"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.truncate"})
ROOMS = frozenset({"content", "render", "smtp", "letter", "publishing", "delivery", "worker"})
"""What a run imports on its way; the forks find it there already."""

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Counter:
    """Operations so far, in memory that outlives the one who counts."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, 8)

    def add(self) -> int:
        """One more; how many there are."""
        count = self.count + 1
        self._shared[:8] = struct.pack("q", count)
        return count

    @property
    def count(self) -> int:
        """How many there are."""
        return int(struct.unpack("q", self._shared[:8])[0])

    def reset(self) -> None:
        """None."""
        self._shared[:8] = struct.pack("q", 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """What is to fail: the *n*-th operation of a kind, in a mode."""

    kind: str
    n: int
    mode: str
    counter: Counter

    def reach(self, error: Callable[[], Exception]) -> None:
        """Count an operation that is about to be done."""
        if self.counter.add() != self.n:
            return
        if self.mode == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        raise error()


def install(fault: Fault, root: Path) -> None:
    """Have operations counted, and one of them fail, in this process."""
    match fault.kind:
        case "database":
            _watch_database(fault)
        case "file":
            _watch_files(fault, str(root.resolve()))
        case "connect":
            _watch_connects(fault)


def _watch_database(fault: Fault) -> None:
    def error() -> Exception:
        return OperationalError("a statement", {}, Exception("disk I/O error"))

    def executed(*_: Any) -> None:
        fault.reach(error)

    commit = DefaultDialect.do_commit

    def committed(self: DefaultDialect, connection: Any) -> None:
        if fault.mode != "lost":
            fault.reach(error)
        commit(self, connection)
        if fault.mode == "lost":
            fault.reach(error)

    moment_of = "after_cursor_execute" if fault.mode == "lost" else "before_cursor_execute"
    event.listen(Engine, moment_of, executed)
    DefaultDialect.do_commit = committed  # type: ignore[method-assign]  # the driver's last step, nobody's event


def _watch_files(fault: Fault, root: str) -> None:
    def heard(name: str, arguments: tuple[Any, ...]) -> None:
        if (name in FILE_EVENTS or (name == "open" and _writes(arguments))) and _inside(arguments[0], root):
            fault.reach(lambda: OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(arguments[0])))

    fsync = os.fsync

    def flushed(descriptor: int) -> None:
        fault.reach(lambda: OSError(errno.EIO, os.strerror(errno.EIO)))
        fsync(descriptor)

    os.fsync = flushed
    sys.addaudithook(heard)


def _writes(arguments: tuple[Any, ...]) -> bool:
    mode, flags = arguments[1], arguments[2]
    return bool(set(mode) & set("wax+")) if isinstance(mode, str) else bool((flags or 0) & WRITES)


def _inside(path: object, root: str) -> bool:
    try:
        return os.path.abspath(os.fsdecode(path)).startswith(root)  # noqa: PTH100 -- a link counts where it stands
    except TypeError:
        return False


def _watch_connects(fault: Fault) -> None:
    def heard(name: str, _arguments: tuple[Any, ...]) -> None:
        if name == "socket.connect":
            fault.reach(lambda: ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED)))

    sys.addaudithook(heard)


def _run(order: dict[str, Any], counter: Counter) -> int:
    """What the program's own entry does for ``run --once``, at an instant of our choice; its exit code."""
    config = Path(order["config"])
    os.chdir(config.parent)
    if order["kind"] == "failpoint":
        arm(f"{order['name']}:{order['n']}:{order['mode']}")
    elif order["kind"]:
        install(Fault(kind=order["kind"], n=order["n"], mode=order["mode"], counter=counter), config.parent)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    try:
        with open_app(config, VirtualClock(moment(order["at"]))) as app:
            run_once(app.crew, lambda _: None)
    except DocChatError as exc:
        print(f"error: {exc}", file=sys.stderr)  # noqa: T201
        return exc.exit_code
    except OSError as exc:
        print(f"error: {exc}", file=sys.stderr)  # noqa: T201
        return 74
    except Exception:  # noqa: BLE001 -- it is what the caller looks for
        traceback.print_exc()
        return 1
    return 0


def _forked(order: dict[str, Any], counter: Counter) -> dict[str, Any]:
    counter.reset()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.dup2(writing, 2)
        os.dup2(2, 1)
        code = _run(order, counter)
        sys.stderr.flush()
        os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as said:
        text = said.read().decode("utf-8", "replace")
    _, status = os.waitpid(child, 0)
    return {"code": os.waitstatus_to_exitcode(status), "reached": counter.count, "said": text}


def main() -> None:
    """Run as told, line by line, until there are no more lines."""
    for module in pkgutil.walk_packages(docchat_mailer.__path__, "docchat_mailer."):
        if module.name.split(".")[1] in ROOMS:
            importlib.import_module(module.name)
    counter = Counter()
    for line in sys.stdin:
        print(json.dumps(_forked(json.loads(line), counter)), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
