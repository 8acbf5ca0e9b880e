"""Posts of another program written into the posts folder, with all that readers know them by."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from docchat_mailer.disk import write_whole
from docchat_mailer.errors import ContentError
from docchat_mailer.model.old_entry import OldEntry
from docchat_mailer.model.old_post import OldPost
from docchat_mailer.rules.arranging import Arranged, arrange


@dataclass(frozen=True, kw_only=True, slots=True)
class MovedIn:
    """What to write: *files* and *images* by path below the posts; old *entries*; what was *left* out."""

    files: dict[str, str]
    entries: tuple[OldEntry, ...]
    left: tuple[str, ...]
    images: dict[str, bytes] = field(default_factory=dict)


def moved_in(found: Iterable[OldPost | str]) -> MovedIn:
    """The files of every post *found*, and a sentence for each item that is none."""
    posts: list[OldPost] = []
    left: list[str] = []
    for item in found:
        if isinstance(item, OldPost):
            posts.append(item)
        else:
            left.append(item)
    files: dict[str, str] = {}
    entries: list[OldEntry] = []
    for series in arrange(posts):
        for path, post in _paths(series):
            files[path] = _file(post, lone=not series.title)
            entries.append(_entry(path, post))
        if series.title:
            files[f"{series.slug}/series.toml"] = _series(series)
    return MovedIn(files=files, entries=tuple(entries), left=tuple(left))


def write_posts(moved: MovedIn, folder: Path) -> int:
    """Write the files that are not there yet below *folder*; returns how many.

    Raises ContentError, and writes nothing, where a file is there and says something else.
    """
    contents = {path: text.encode() for path, text in moved.files.items()} | moved.images
    other = [path for path, content in contents.items() if _says_else(folder / path, content)]
    if other:
        raise ContentError(
            f"{len(other)} files are there already, and differ: {', '.join(sorted(other)[:5])}",
            why="what was written by hand is not overwritten",
            fix="move them away, or give another [content] posts",
        )
    new = [path for path in contents if not (folder / path).exists()]
    for path in new:
        write_whole(folder / path, contents[path])
    return len(new)


def _says_else(file: Path, content: bytes) -> bool:
    return file.exists() and file.read_bytes() != content


def _paths(series: Arranged) -> Iterator[tuple[str, OldPost]]:
    width = max(2, len(str(len(series.posts))))
    used: set[str] = set()
    for number, post in enumerate(series.posts, 1):
        slug, again = post.slug, 1
        while slug in used:
            again += 1
            slug = f"{post.slug}-{again}"
        used.add(slug)
        yield f"{series.slug}/{number:0{width}}-{slug}.md" if series.title else f"{series.slug}.md", post


def _file(post: OldPost, *, lone: bool) -> str:
    front: dict[str, object] = {"title": post.title}
    front |= {"summary": post.summary} if post.summary else {}
    front |= {"tags": list(post.tags)} if post.tags else {}
    front |= {"author": post.author} if post.author else {}
    front |= {"date" if lone else "publish": post.published.isoformat()}
    front |= {"aliases": list(post.aliases)} if post.aliases else {}
    matter = yaml.safe_dump(front, allow_unicode=True, sort_keys=False, width=1000)
    return f"---\n{matter}---\n\n{post.text}"


def _series(series: Arranged) -> str:
    """A ``series.toml``; a JSON string is a TOML string."""
    lines = [f"title = {json.dumps(series.title, ensure_ascii=False)}"]
    lines.append(f"start = {min(post.published for post in series.posts).isoformat()}")
    if series.part_title:
        lines.append(f"part_title = {json.dumps(series.part_title, ensure_ascii=False)}")
    return "\n".join(lines) + "\n"


def _entry(path: str, post: OldPost) -> OldEntry:
    return OldEntry(
        where=post.where,
        entry_id=post.entry_id,
        permalink=post.permalink,
        url=post.url,
        title=post.title,
        source=path,
        published=post.published,
        updated=post.updated,
    )
