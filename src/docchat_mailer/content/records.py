"""What is remembered of a file, so that an unchanged one is not opened again."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from docchat_mailer.content.post_file import PostFile
from docchat_mailer.model.finding import Finding
from docchat_mailer.model.series import Series

VERSION = 1
"""Raised when what is made of a file changes, so that older records are not believed."""


class FileRecord(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One file as it was read: *path* below the folder, *mtime_ns*, *size* in bytes, *digest* (SHA-256, hex).

    *payload* is msgpack of what was made of it.  A file whose mtime and size are the same is not opened.
    """

    path: str
    mtime_ns: int
    size: int
    digest: str
    payload: bytes


class SeriesFile(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What a ``series.toml`` says; *series* is None where it is unusable."""

    series: Series | None
    findings: tuple[Finding, ...] = ()


class _Payload(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """The site's zone belongs to it: a bare day means midnight there."""

    version: int
    zone: str
    post: PostFile | None = None
    series: SeriesFile | None = None


def _encode_zone(value: Any) -> Any:
    if isinstance(value, ZoneInfo):
        return value.key
    raise NotImplementedError(type(value))


def _decode_zone(kind: type, value: Any) -> Any:
    if kind is ZoneInfo:
        return ZoneInfo(value)
    raise NotImplementedError(kind)


_ENCODER = msgspec.msgpack.Encoder(enc_hook=_encode_zone)
_DECODER = msgspec.msgpack.Decoder(_Payload, dec_hook=_decode_zone)


def pack(made: PostFile | SeriesFile, zone: ZoneInfo) -> bytes:
    """The payload of a record."""
    post = made if isinstance(made, PostFile) else None
    series = made if isinstance(made, SeriesFile) else None
    return _ENCODER.encode(_Payload(version=VERSION, zone=zone.key, post=post, series=series))


def unpack(payload: bytes, zone: ZoneInfo) -> PostFile | SeriesFile | None:
    """What *payload* holds, or None where it was made by another version or for another zone."""
    try:
        held = _DECODER.decode(payload)
    except (msgspec.MsgspecError, ValueError, OSError):
        return None
    if held.version != VERSION or held.zone != zone.key:
        return None
    return held.post or held.series
