"""The crew: what a worker works with, handed to it by the composition root."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from docchat_mailer.model.clock import Clock
from docchat_mailer.model.delivery import Courier
from docchat_mailer.model.site import Sender
from docchat_mailer.model.subscriber import Follow
from docchat_mailer.publishing.press import Press


@dataclass(frozen=True, kw_only=True, slots=True)
class Crew:
    """The press and the courier of one site, and the clock they go by.

    *key* signs links and message ids; *why* says in the reader's words why they get a letter; *jitter*
    gives numbers from -1 to 1 that spread retries; *lock* is the file that keeps a second worker out.
    """

    press: Press
    courier: Courier
    clock: Clock
    key: bytes
    sender: Sender
    why: Callable[[Follow | None], str]
    jitter: Callable[[], float]
    lock: Path
