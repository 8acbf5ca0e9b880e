"""Log lines on stderr: one event with its facts, for a person or as JSON; no address ever stands in one."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog


def configure(*, as_json: bool = False, verbose: bool = False, quiet: bool = False) -> None:
    """Set logging up for this process."""
    level = logging.WARNING if quiet else logging.DEBUG if verbose else logging.INFO
    last: Any = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            without_addresses,
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_on_stderr,
        cache_logger_on_first_use=False,
    )


def _on_stderr(*_names: object) -> structlog.PrintLogger:
    """Asked for each line: while a bar is drawn, stderr is another, which keeps lines and bar apart."""
    return structlog.PrintLogger(sys.stderr)


def without_addresses(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Put a placeholder for every word with an ``@`` in it: who reads what is nobody else's business."""
    for name, value in event.items():
        event[name] = _masked(value)
    return event


def _masked(value: Any) -> Any:
    """*value* without addresses, however deep they stand in it; an exception becomes what it says."""
    if isinstance(value, str):
        if "@" not in value:
            return value
        return " ".join("<address>" if "@" in word else word for word in value.split(" "))
    if isinstance(value, Mapping):
        return {_masked(name): _masked(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(each) for each in value]
    return value if value is None or isinstance(value, int | float) else _masked(str(value))
