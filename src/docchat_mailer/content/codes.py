"""Every fault content can have, in one table: a stable code, its weight, why it matters, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from docchat_mailer.model.finding import Finding, Severity
from docchat_mailer.model.series import Source


@dataclass(frozen=True, kw_only=True, slots=True)
class Code:
    """What stands behind a code: a short *title*, *why* it matters, the usual *fix*."""

    title: str
    why: str
    fix: str
    severity: Severity = Severity.ERROR


def _error(title: str, why: str, fix: str) -> Code:
    return Code(title=title, why=why, fix=fix)


def _warning(title: str, why: str, fix: str) -> Code:
    return Code(title=title, why=why, fix=fix, severity=Severity.WARNING)


CODES: Mapping[str, Code] = {
    # files
    "C101": _error("not UTF-8", "the text cannot be read safely", "save the file as UTF-8"),
    "C102": _error(
        "forbidden character", "it is invisible, and feeds or mails break on it", "delete the character"
    ),
    "C103": _error("file too large", "only files up to 2 MB are read", "split the post"),
    "C104": _error("file cannot be read", "the system refused it", "check its owner and its rights"),
    "C105": _error(
        "link out of the folder", "a symbolic link may not lead out of posts/", "put the file itself there"
    ),
    "C106": _warning(
        "file without a number",
        "only NN-slug.md is a part of a series",
        "number it, or begin its name with an underscore",
    ),
    "C107": _error(
        "bad slug",
        "it becomes part of an address: lower-case letters and digits joined by hyphens",
        "rename it",
    ),
    "C108": _error("bad file name", "the name is not UTF-8 or holds control characters", "rename the file"),
    # front matter and series.toml
    "C110": _error(
        "no front matter", "title and settings stand between two lines of ---", "begin the file with them"
    ),
    "C111": _error("malformed front matter", "it is not YAML that can be read", "mend the line"),
    "C112": _error("front matter too large", "at most 64 KB are read", "move the text below the second ---"),
    "C113": _error("double key", "only one of the two values would count", "delete one of them"),
    "C114": _error("anchor or alias", "they can grow without bound and are refused", "write the value out"),
    "C115": _error("YAML tag", "only plain values are read", "write a plain value"),
    "C116": _error("unknown key", "it would be ignored", "correct or delete it"),
    "C117": _error("missing key", "nothing can stand in for it", "add it"),
    "C118": _error("wrong kind of value", "the key means something else", "write it as shown"),
    "C119": _error("impossible value", "it cannot be used", "write it as shown"),
    "C120": _error("date without a zone", "the same words mean another instant elsewhere", "add the offset"),
    "C121": _error("impossible date", "the calendar has no such day or time", "write a real one"),
    "C122": _error("malformed series.toml", "it is not TOML that can be read", "mend the line"),
    "C123": _error(
        "no series.toml", "a folder of parts needs its title and cadence", "add series.toml beside the parts"
    ),
    "C124": _error(
        "bad title form", "only {series}, {n} and {title} can be filled in", "use these three alone"
    ),
    # order
    "C130": _error(
        "gap", "parts go out in order, without holes", "write the part or promise it in an outline"
    ),
    "C131": _error("double number", "nobody could say which comes first", "renumber one of them"),
    "C132": _error("number disagrees", "file name and front matter name two numbers", "make them agree"),
    "C133": _error("double slug", "two parts would share an address", "rename one of them"),
    "C134": _error("double entry id", "feed readers would take two entries for one", "give one its own"),
    "C135": _error("dates out of order", "a part cannot come before the one it follows", "move one of them"),
    "C136": _warning("after a draft", "parts go out in order", "finish the draft, or renumber"),
    "C137": _error("same name twice", "a series and a post cannot share a name", "rename one of them"),
    # images and links
    "C201": _error("no alternative text", "readers who do not see the image get nothing", "describe it"),
    "C202": _error("image missing", "readers would see a broken image", "add the file or mend the path"),
    "C203": _error("path leads outside", "only files inside posts/ are published", "copy the file there"),
    "C204": _warning(
        "remote image", "it can vanish, and it tells another server who reads", "keep a copy beside the post"
    ),
    "C205": _warning("large image", "letters should load in a moment", "make it smaller than 1 MB"),
    "C206": _warning(
        "image format", "many mail programs do not show SVG or WebP", "use PNG or JPEG where it matters"
    ),
    "C207": _error("not an image", "its size cannot be told", "export it again as PNG or JPEG"),
    "C208": _error("dead link", "readers would land on nothing", "mend the address"),
    # prose
    "C220": _warning(
        "no-break space", "pasted ones break lines in odd places", "replace it by a plain space"
    ),
    "C221": _warning("unbalanced quotes", "one of a pair is missing or stray", "close or delete it"),
    "C222": _warning("promise without its key", "it would be neither tracked nor kept", "add the line shown"),
    "C223": _warning("placeholder", "it reads like a note to oneself", "write it out or delete it"),
    "C224": _warning("HTML left out", "readers' programs cannot be trusted with it", "say it in Markdown"),
    "C225": _error("empty post", "there is nothing to publish", "write the text below the second ---"),
}
"""Code to its meaning; C1xx is structure, C2xx is the text.  A code is never given another meaning."""


def finding(
    code: str,
    source: Source,
    what: str,
    *,
    why: str = "",
    fix: str = "",
    series: str = "",
    part: int | None = None,
) -> Finding:
    """The finding of *code* at *source*; *why* and *fix* stand in for the usual words where given."""
    meaning = CODES[code]
    return Finding(
        code=code,
        source=source,
        what=what,
        why=why or meaning.why,
        fix=fix or meaning.fix,
        severity=meaning.severity,
        series=series,
        part=part,
    )
