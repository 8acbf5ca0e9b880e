"""Write docs/reference/ from the code, so that no page of it can be wrong."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click
import msgspec

from docchat_mailer.cli.__main__ import VERBS, cli
from docchat_mailer.config.settings import keys
from docchat_mailer.content.post_file import FRONT_MATTER_KEYS
from docchat_mailer.content.series_file import CADENCE_KEYS, OUTLINE_KEYS, SERIES_KEYS
from docchat_mailer.model.codes import AREAS
from docchat_mailer.render.environment import PACKAGED
from docchat_mailer.render.letter_names import LETTER_NAMES, NOTICE_NAMES

HERE = Path(__file__).parent / "reference"
NOTE = "<!-- written by docs/generate.py; change the code, then `make docs` -->\n"


def config_page() -> str:
    """Every key of config.toml."""
    lines = [NOTE, "# Settings\n", "Every key of `config.toml`; relative paths start from its folder.\n"]
    table = None
    for key in keys():
        name = key.path.rpartition(".")[0]
        if name != table:
            table = name
            lines += [f"\n## `[{table}]`\n", "| key | what | accepted | if left out |", "|---|---|---|---|"]
        default = "required" if key.default is msgspec.NODEFAULT else f"`{_plain(key.default)}`"
        lines.append(
            f"| `{key.path.rpartition('.')[2]}` | {_cell(key.description)} | {_cell(key.type)} | {default} |"
        )
    return "\n".join(lines) + "\n"


def content_page() -> str:
    """Every key of front matter and series.toml."""
    lines = [NOTE, "# Posts and series\n"]
    for title, table in (
        ("Front matter of a post", FRONT_MATTER_KEYS),
        ("`series.toml`", SERIES_KEYS),
        ("`[cadence]`", CADENCE_KEYS),
        ("`[[outline]]`", OUTLINE_KEYS),
    ):
        lines += [f"## {title}\n", "| key | what |", "|---|---|"]
        lines += [f"| `{key}` | {_cell(what)} |" for key, what in table.items()] + [""]
    return "\n".join(lines)


def templates_page() -> str:
    """Every template, and every name a letter's templates may use."""
    folder = PACKAGED
    letters = sorted(file.name for file in (folder / "letters").iterdir())
    pages = sorted(f"pages/{file.name}" for file in (folder / "pages").iterdir())
    entries = sorted(f"entries/{file.name}" for file in (folder / "entries").iterdir())
    lines = [
        NOTE,
        "# Templates\n",
        "A file of the same name in the `[content] templates` folder stands in for the one that comes along.",
        "Templates are Jinja; a name that is not known is an error with its line, and nothing is sent.\n",
    ]
    for title, names in (("Letters", letters), ("Pages", pages), ("Feed entries", entries)):
        lines += [f"## {title}\n", ", ".join(f"`{name}`" for name in names) + "\n"]
    lines += ["## Names in letters\n", "| name | what |", "|---|---|"]
    lines += [f"| `{name}` | {_cell(what)} |" for name, what in LETTER_NAMES.items()]
    lines += ["\n## Further names in notices\n", "| name | what |", "|---|---|"]
    lines += [f"| `{name}` | {_cell(what)} |" for name, what in NOTICE_NAMES.items()]
    return "\n".join(lines) + "\n"


def codes_page() -> str:
    """Every code of a finding, area by area."""
    lines = [
        NOTE,
        "# Findings\n",
        "What `check`, the preview and the gate before publishing may say.",
        "A code keeps its meaning for ever; `docchat-mailer check --explain CODE` prints its row.",
        "An error holds what it concerns, a warning fails `check --strict`, a note fails nothing.",
    ]
    for area, rows in AREAS.items():
        lines += [f"\n## {area}"]
        for row in rows:
            lines += [f"\n### {row.code}: {row.title} ({row.severity})\n", _prose(row.explain)]
            lines += ["", f"- Why: {_prose(row.why)}", f"- Fix: {_prose(row.fix)}"]
    return "\n".join(lines) + "\n"


def cli_page() -> str:
    """The help of every verb."""
    lines = [NOTE, "# Commands\n"]
    context = click.Context(cli, info_name="docchat-mailer")
    for verbs in VERBS.values():
        for name, _ in verbs:
            command = cli.get_command(context, name)
            assert command is not None
            lines += _help(command, click.Context(command, info_name=f"docchat-mailer {name}"))
            for inner, each in getattr(command, "commands", {}).items():
                lines += _help(each, click.Context(each, info_name=f"docchat-mailer {name} {inner}"))
    return "\n".join(lines)


def _help(command: click.Command, context: click.Context) -> list[str]:
    return [
        f"## `{context.info_name}`\n",
        "```text",
        re.sub(r"[ ]+$", "", command.get_help(context), flags=re.MULTILINE),
        "```\n",
    ]


def _cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def _prose(text: str) -> str:
    """*text* with everything that Markdown would take for markup of its own as itself."""
    return re.sub(r"([\\`*_\[\]<>{}#|]|(?<=\])\()", r"\\\1", text)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return '""' if value in ("", ()) else str(value)


PAGES = {
    "config.md": config_page,
    "content.md": content_page,
    "templates.md": templates_page,
    "codes.md": codes_page,
    "cli.md": cli_page,
}


def main() -> None:
    """Write every page; with --check only say which differ."""
    different = []
    for name, make in PAGES.items():
        file, text = HERE / name, make()
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            different.append(name)
            if "--check" not in sys.argv:
                HERE.mkdir(exist_ok=True)
                file.write_text(text, encoding="utf-8")
    if "--check" in sys.argv and different:
        sys.exit(f"docs/reference/ is behind the code: {', '.join(different)} - run `make docs`")


if __name__ == "__main__":
    main()
