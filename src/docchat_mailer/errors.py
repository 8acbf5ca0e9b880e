"""What can go wrong, as types: whose fault it is, whether it passes by itself, what the operator does next.

    DocChatError
    ├── UsageError          the command line asked for something that does not exist     exit 2
    ├── ContentError        posts or series.toml                                         exit 65
    ├── RelayError          the relay cannot be used now                                 exit 69
    │   ├── RelayDownError       it is not reached: back off and try again                    exit 75
    │   └── RelayRefusedError    it refuses our settings, or we its security                  exit 78
    ├── CreateError        a file or folder could not be made                           exit 73
    ├── FileError         a file could not be read or written                          exit 74
    ├── TemporaryError      try again                                                    exit 75
    │   ├── BusyError            another process works on this site
    │   └── ConflictError        two transactions got into each other's way
    ├── PermissionDeniedError        rights or ownership                                          exit 77
    └── ConfigError         config.toml, templates, keys                                 exit 78

The exit codes are those of sysexits.h.
"""

from __future__ import annotations

from typing import ClassVar


class DocChatError(Exception):
    """Something the operator can read and act on: *what* happened, *why*, and the *fix*."""

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, why: str = "", fix: str = "", where: str = "") -> None:
        """Hold the four parts of an error line; *where* is ``file`` or ``file:line``."""
        self.what, self.why, self.fix, self.where = what, why, fix, where
        super().__init__(str(self))

    def __str__(self) -> str:
        """``file:line: what - why - fix``, leaving out what is not known."""
        tail = " - ".join(part for part in (self.what, self.why, self.fix) if part)
        return f"{self.where}: {tail}" if self.where else tail


class UsageError(DocChatError):
    """The command line asked for something that does not exist."""

    exit_code = 2


class ContentError(DocChatError):
    """A post or a series.toml cannot be used as it is."""

    exit_code = 65


class RelayError(DocChatError):
    """The mail relay cannot be used now."""

    exit_code = 69


class RelayDownError(RelayError):
    """The relay cannot be reached, or keeps hanging up; it passes by itself."""

    exit_code = 75


class RelayRefusedError(RelayError):
    """The relay refuses our login or sender, or its TLS cannot be trusted; someone has to look."""

    exit_code = 78


class CreateError(DocChatError):
    """A file or folder could not be made."""

    exit_code = 73


class FileError(DocChatError):
    """A file could not be read or written."""

    exit_code = 74


class TemporaryError(DocChatError):
    """The same call may succeed later."""

    exit_code = 75


class BusyError(TemporaryError):
    """Another process works on this site."""


class ConflictError(TemporaryError):
    """Two transactions got into each other's way; nothing of this one is there."""


class PermissionDeniedError(DocChatError):
    """Rights or ownership forbid it."""

    exit_code = 77


class ConfigError(DocChatError):
    """config.toml, a template or a key cannot be used as it is."""

    exit_code = 78
