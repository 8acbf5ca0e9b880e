"""A newcomer's way: clone, follow the quickstart line by line, stop when the first letter is there.

Prints the seconds of each step, and fails where they come to more than five minutes.  It needs git, make and
Python, and fetches what `make setup` fetches.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

ROOT = Path(__file__).parents[1]
LIMIT = 300
"""Seconds from the clone to the first letter."""

QUICKSTART = "docs/quickstart.md"
LEFT_OUT = re.compile(r"VIRTUAL_ENV|PYTHON.*|MAKE.*|MFLAGS|DOCCHAT_.*")
"""What a newcomer's shell does not hold, though the one that runs this may."""


def commands(page: str) -> list[str]:
    """The lines of a page's shell blocks, in order."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", page, flags=re.DOTALL | re.MULTILINE)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


class Shell:
    """One bash, which stops at the first command that fails."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            ["bash", "-eu"],
            cwd=folder,
            env={name: value for name, value in os.environ.items() if not LEFT_OUT.fullmatch(name)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, command: str) -> Path:
        """Run a command, its words on stderr; the folder it ends in."""
        self.process.stdin.write(f'{{ {command}\n}} >&2 </dev/null\necho "$PWD"\n')
        self.process.stdin.flush()
        folder = self.process.stdout.readline()
        if not folder:
            sys.exit(f"it ends with: {command}")
        return Path(folder.strip())


def steps(folder: Path) -> Iterator[tuple[str, float, list[Path]]]:
    """Each step, its seconds, and the letters there are after it."""
    shell = Shell(folder)
    clone = folder / "docchat-mailer"
    first = [f"git clone --quiet '{ROOT}' '{clone}'", f"cd '{clone}'"]
    told = commands((ROOT / QUICKSTART).read_text(encoding="utf-8"))
    for command in first + told:
        before = time.perf_counter()
        here = shell.run(command)
        yield (
            command.replace(str(folder), "…").replace(str(ROOT), "…"),
            time.perf_counter() - before,
            letters(here),
        )


def letters(folder: Path) -> list[Path]:
    return list(folder.glob("outbox/*.eml"))


def main() -> None:
    if "--list" in sys.argv:
        print("\n".join(commands((ROOT / QUICKSTART).read_text(encoding="utf-8"))))
        return
    total = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for command, seconds, found in steps(Path(folder)):
            total += seconds
            print(f"{seconds:7.1f} s  {command}", flush=True)
            if found:
                letter = message_from_bytes(found[0].read_bytes(), policy=policy.default)
                print(f"{total:7.1f} s  to the first letter: {letter['Subject']}")
                break
        else:
            sys.exit("the quickstart ends without a letter")
    if total > LIMIT:
        sys.exit(f"that is more than {LIMIT} seconds")


if __name__ == "__main__":
    main()
