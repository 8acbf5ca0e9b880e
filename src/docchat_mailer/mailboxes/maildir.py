"""A Maildir (https://cr.yp.to/proto/maildir.html): new mail lies in ``new``, and what was read in ``cur``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from docchat_mailer.errors import FileError
from docchat_mailer.mailboxes.pipe import LARGEST


@dataclass(frozen=True, slots=True)
class MaildirMail:
    """One message."""

    file: Path

    def read(self) -> bytes:
        """Its bytes; raises FileError where they cannot be read."""
        try:
            with self.file.open("rb") as stream:
                return stream.read(LARGEST)
        except OSError as exc:
            raise FileError(
                f"{self.file} cannot be read", why=str(exc.strerror), fix="check its owner"
            ) from exc

    def done(self) -> None:
        """It was taken in: it is seen, and stays."""
        seen = self.file.parent.parent / "cur"
        try:
            seen.mkdir(exist_ok=True)
            self.file.rename(seen / f"{self.file.name.partition(':')[0]}:2,S")
        except FileNotFoundError:
            return  # another reader was there first, and nothing is counted twice
        except OSError as exc:
            raise FileError(
                f"{self.file} cannot be moved to cur",
                why=str(exc.strerror),
                fix="check the owner of the folder",
            ) from exc


class Maildir:
    """A folder with ``new`` and ``cur``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def mails(self) -> Iterator[MaildirMail]:
        """What is new, in the order of its names.

        Raises FileError where there is no such folder.
        """
        new = self._folder / "new"
        try:
            files = sorted(file for file in new.iterdir() if file.is_file() and not file.is_symlink())
        except OSError as exc:
            raise FileError(
                f"{new} cannot be read", why=str(exc.strerror), fix="correct [bounces] maildir"
            ) from exc
        return (MaildirMail(file) for file in files)
