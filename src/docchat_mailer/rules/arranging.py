"""Posts of another program arranged as series and lone posts: by what it said, or by "Part N" in titles."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from docchat_mailer.model.old_post import OldPost
from docchat_mailer.model.slugs import slugify

_PART = re.compile(
    r"(?P<series>.*?\w[^\w]*?)(?P<before>[\s,:;|–—(-]+)(?P<word>[Pp]art|PART|[Tt]eil|[Pp]artie|[Pp]arte)\s+"
    r"(?P<number>\d{1,3})(?P<after>[\s:;,.|–—)-]*)(?P<title>.*)"
)
"""``Therapeutic Massage Part 1 – Potential Health Benefits``, with whatever stands between the pieces."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Arranged:
    """A series of posts, in order and numbered from 1, or a lone post with *title* empty.

    *part_title* is the form in which its titles were composed.
    """

    title: str
    slug: str
    posts: tuple[OldPost, ...]
    part_title: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Title:
    series: str
    number: int
    bare: str
    form: str


def arrange(posts: Iterable[OldPost]) -> list[Arranged]:
    """Every post once, oldest series first; numbers with gaps or doubles make no series."""
    lone: list[OldPost] = []
    named: defaultdict[str, list[OldPost]] = defaultdict(list)
    titled: defaultdict[str, list[tuple[_Title, OldPost]]] = defaultdict(list)
    for post in posts:
        found = _read(post.title)
        if post.series:
            named[post.series].append(post)
        elif found is not None:
            titled[slugify(found.series)].append((found, post))
        else:
            lone.append(post)
    made = [_named(title, members) for title, members in named.items()]
    for members in titled.values():
        series = _titled(members)
        made += [series] if series else [_alone(post) for _, post in members]
    made += [_alone(post) for post in lone]
    return sorted(_apart(made), key=lambda one: (one.posts[0].published, one.slug))


def _read(title: str) -> _Title | None:
    found = _PART.fullmatch(title)
    if found is None:
        return None
    end = "{title}" if found["title"] else ""
    form = f"{{series}}{found['before']}{found['word']} {{n}}{found['after']}{end}"
    number, bare = int(found["number"]), found["title"].strip()
    return _Title(series=found["series"].strip(), number=number, bare=bare, form=form)


def _titled(members: Sequence[tuple[_Title, OldPost]]) -> Arranged | None:
    """A series, if its parts are numbered from 1 without gap or double and titled in one form."""
    ordered = sorted(members, key=lambda member: member[0].number)
    first = ordered[0][0]
    numbers = [title.number for title, _ in ordered]
    if numbers != list(range(1, len(ordered) + 1)) or len({title.form for title, _ in ordered}) > 1:
        return None
    posts = tuple(
        replace(post, title=title.bare or f"{first.series} {title.number}", number=title.number)
        for title, post in ordered
    )
    slug = slugify(first.series) or "series"
    return Arranged(title=first.series, slug=slug, posts=posts, part_title=first.form)


def _named(title: str, members: Sequence[OldPost]) -> Arranged:
    """A series its program knew by name: by its numbers where each has one of its own, else by date."""
    numbers = [post.number for post in members]
    by_number = None not in numbers and len(set(numbers)) == len(numbers)
    ordered = sorted(members, key=lambda post: ((post.number or 0) if by_number else 0, post.published))
    posts = tuple(replace(post, number=number) for number, post in enumerate(ordered, 1))
    return Arranged(title=title, slug=slugify(title) or "series", posts=posts, part_title="{title}")


def _alone(post: OldPost) -> Arranged:
    return Arranged(title="", slug=slugify(post.slug) or slugify(post.title) or "post", posts=(post,))


def _apart(made: Sequence[Arranged]) -> Iterable[Arranged]:
    """The same with slugs that differ: series and posts share one set of names."""
    taken: set[str] = set()
    for one in sorted(made, key=lambda each: (not each.title, each.posts[0].published, each.slug)):
        slug, again = one.slug, 1
        while slug in taken:
            again += 1
            slug = f"{one.slug}-{again}"
        taken.add(slug)
        yield replace(one, slug=slug)
