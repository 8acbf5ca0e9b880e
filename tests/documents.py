"""What the documents show: their fenced blocks, and the commands in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import yaml

ROOT = Path(__file__).parents[1]
REFERENCE = "docs/reference/cli.md"
PAGES = sorted(
    str(file.relative_to(ROOT))
    for file in (
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "ARCHITECTURE.md",
        *(ROOT / "docs").rglob("*.md"),
    )
)
SHOWN = {"text", "ini", "nginx", "caddy"}
"""Languages of blocks that are looked at and not tried."""
TRIED = {"sh", "toml", "yaml"}

_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>[^\n]*)\n(?P<text>.*?)^(?P=indent)```$", re.DOTALL | re.MULTILINE
)
_EXAMPLE = re.compile(r"^  (docchat-mailer .*)$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Block:
    """A fenced block; *line* is where its text begins in the page."""

    page: str
    line: int
    language: str
    text: str

    def commands(self) -> Iterator[tuple[str, str]]:
        """Its commands, each with its place: lines of a shell, or what a forge's job runs."""
        if self.language == "yaml":
            yield from ((f"{self.page}:{self.line}", command) for command in _steps(self.text))
        if self.language == "sh":
            for number, line in enumerate(self.text.splitlines(), self.line):
                if line.strip():
                    yield f"{self.page}:{number}", line.strip()


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page, in order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [
        Block(
            page=page,
            line=text.count("\n", 0, found.start("text")) + 1,
            language=found["language"],
            text=dedent(found["text"]),
        )
        for found in _FENCE.finditer(text)
    ]


def examples() -> dict[str, list[tuple[str, str]]]:
    """The examples of the command reference by verb, each with its place."""
    return {
        block.text.split("\n")[0].partition("docchat-mailer ")[2].split(" [")[0]: [
            (f"{REFERENCE}:{block.line + block.text.count(chr(10), 0, found.start())}", found[1])
            for found in _EXAMPLE.finditer(block.text)
        ]
        for block in blocks(REFERENCE)
    }


def _steps(text: str) -> list[str]:
    """What the steps of a GitHub workflow run; nothing where *text* is another kind of YAML."""
    read = next(iter(yaml.safe_load_all(text)))
    return [step["run"] for job in read.get("jobs", {}).values() for step in job["steps"] if "run" in step]
