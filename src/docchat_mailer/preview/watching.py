"""Watching: every save of a post, a template or the settings, a moment after it happened."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from pathlib import Path

from watchfiles import Change, DefaultFilter, awatch

from docchat_mailer.preview.stage import Stage

STEP, DEBOUNCE = 10, 200
"""Milliseconds: a save is over when nothing came for STEP, and waits for DEBOUNCE at most."""


class _OneOf(DefaultFilter):
    """Only the files of those names: a site's folder holds much that is no part of it."""

    def __init__(self, names: Collection[str]) -> None:
        super().__init__()
        self._names = names

    def __call__(self, change: Change, path: str) -> bool:
        return Path(path).name in self._names and super().__call__(change, path)


async def saves(stage: Callable[[], Stage], stop: asyncio.Event) -> AsyncIterator[set[Path]]:
    """The files of each save, until *stop* is set; what is watched follows the *stage*."""
    while not stop.is_set():
        now = stage()
        async for changed in _of(now, stop):
            yield changed
            if stage().folders != now.folders or now.config in changed:
                break


async def _of(stage: Stage, stop: asyncio.Event) -> AsyncIterator[set[Path]]:
    found: asyncio.Queue[set[Path] | None] = asyncio.Queue()
    ended = asyncio.Event()

    async def follow(*paths: Path, deep: bool, names: Collection[str] = ()) -> None:
        chosen = _OneOf(names) if names else DefaultFilter()
        async for changes in awatch(
            *paths,
            watch_filter=chosen,
            step=STEP,
            debounce=DEBOUNCE,
            stop_event=ended,
            recursive=deep,
            ignore_permission_denied=True,
        ):
            found.put_nowait({Path(path) for _, path in changes})

    async def wait() -> None:
        await stop.wait()
        found.put_nowait(None)

    posts = stage.press.posts
    names = {stage.config.name, posts.name, stage.templates.name if stage.templates else posts.name}
    tasks = [
        asyncio.create_task(wait()),
        asyncio.create_task(follow(stage.config.parent, deep=False, names=names)),
    ]
    if stage.folders:
        tasks.append(asyncio.create_task(follow(*stage.folders, deep=True)))
    try:
        while (changed := await found.get()) is not None:
            yield changed
    finally:
        ended.set()
        tasks[0].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
