"""The content folder as it stood in another revision of its git repository."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from docchat_mailer.errors import UsageError


@contextmanager
def checked_out(folder: Path, revision: str) -> Iterator[Path]:
    """A scratch copy of *folder* as *revision* has it; neither the work tree nor the index is touched.

    A revision in which the folder was not there yet gives an empty one.  Raises UsageError where the
    folder is in no repository, or the revision is not known.
    """
    top = Path(_git(folder, "rev-parse", "--show-toplevel").decode().strip())
    inside = _git(folder, "rev-parse", "--show-prefix").decode().strip()
    commit = _git(top, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}").decode().strip()
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch)
        if _git(top, "ls-tree", commit, "--", inside or "."):
            packed = _git(top, "archive", "--format=tar", f"{commit}:{inside}")
            with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
                archive.extractall(copy, filter="data")
        yield copy


def _git(folder: Path, *arguments: str) -> bytes:
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - a list, and no shell
    except OSError as exc:
        raise UsageError("git cannot be run", why=str(exc.strerror), fix="install git") from exc
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise UsageError(
            f"git cannot say how {folder} stood",
            why=said[-1] if said else "it gave no reason",
            fix="name a commit, branch or tag of the repository the folder is in",
        )
    return done.stdout
