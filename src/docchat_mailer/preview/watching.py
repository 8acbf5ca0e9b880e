"""Watching: every save of a post, a template or the settings, a moment after it happened."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from pathlib import Path

from watchfiles import Change, DefaultFilter, awatch

from docchat_mailer.errors import FileError
from docchat_mailer.preview.stage import Stage

STEP, DEBOUNCE = 10, 200
"""Milliseconds: a save is over when nothing came for STEP, and waits for DEBOUNCE at most."""

SETTLING = 0.2
"""Seconds until a new watch holds: what was saved while nobody watched is looked for then."""


async def saves(stage: Callable[[], Stage], stop: asyncio.Event) -> AsyncIterator[set[Path]]:
    """The files of each save, until *stop* is set; what is watched follows the *stage*.

    Raises FileError where the system watches no more files.
    """
    while not stop.is_set():
        watch = _Watch(stage())
        try:
            async for changed in watch.until(stop):
                yield changed
                if watch.is_past(stage(), changed):
                    break
        finally:
            await watch.end()


class _OneOf(DefaultFilter):
    """Only the files of those names: a site's folder holds much that is no part of it."""

    def __init__(self, names: Collection[str]) -> None:
        super().__init__()
        self._names = names

    def __call__(self, change: Change, path: str) -> bool:
        return Path(path).name in self._names and super().__call__(change, path)


class _Watch:
    """One watch: over the folders there are, and over the folder of the settings for what comes and goes.

    It looks once by itself, since something may have been saved before it began.
    """

    def __init__(self, stage: Stage) -> None:
        self._folders, self._config = stage.folders, stage.config
        self._found: asyncio.Queue[set[Path] | FileError | None] = asyncio.Queue()
        self._ended = asyncio.Event()
        names = {stage.config.name, stage.press.posts.name, stage.templates.name}
        follows = [self._follow(stage.config.parent, deep=False, names=names)]
        if self._folders:
            follows.append(self._follow(*self._folders, deep=True))
        follows.append(self._look_once())
        self._tasks = [asyncio.create_task(each) for each in follows]

    async def until(self, stop: asyncio.Event) -> AsyncIterator[set[Path]]:
        """What changed, until *stop* is set."""
        self._tasks.append(asyncio.create_task(self._wait(stop)))
        while (changed := await self._found.get()) is not None:
            if isinstance(changed, FileError):
                raise changed
            yield changed

    def is_past(self, stage: Stage, changed: set[Path]) -> bool:
        """Whether other folders are to be watched, or others of the same name."""
        return stage.folders != self._folders or not changed.isdisjoint(self._folders)

    async def end(self) -> None:
        """Watch no longer."""
        self._ended.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)

    async def _follow(self, *paths: Path, deep: bool, names: Collection[str] = ()) -> None:
        watch = awatch(
            *paths,
            watch_filter=_OneOf(names) if names else DefaultFilter(),
            step=STEP,
            debounce=DEBOUNCE,
            stop_event=self._ended,
            recursive=deep,
            ignore_permission_denied=True,
        )
        try:
            async for changes in watch:
                self._found.put_nowait({Path(path) for _, path in changes})
        except FileNotFoundError:
            self._found.put_nowait(set(paths))  # it went away between two looks
        except (OSError, RuntimeError) as exc:
            fix = "raise the system's limit of watched files (fs.inotify.max_user_watches)"
            self._found.put_nowait(FileError("the files cannot be watched", why=str(exc), fix=fix))

    async def _look_once(self) -> None:
        await asyncio.sleep(SETTLING)
        self._found.put_nowait({self._config})

    async def _wait(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._found.put_nowait(None)
