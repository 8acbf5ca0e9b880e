"""The program's entry: the verbs by name, imported only when asked for, and errors as one line."""

from __future__ import annotations

import gc
import importlib
import os
import sys
import traceback

import click

from docchat_mailer.errors import DocChatError, FileError

VERBS: dict[str, tuple[tuple[str, str], ...]] = {
    "Write": (
        ("init", "make a new site that works at once"),
        ("check", "say everything that should be changed, by file and line"),
        ("preview", "show every part as readers will see it, live while you write"),
        ("render", "write the exact bytes of a part: letter, page or feed entry"),
        ("send-test", "send one part to an address of yours"),
    ),
    "Look ahead": (
        ("plan", "say what goes out when, to how many"),
        ("simulate", "live through the plan in a scratch folder"),
        ("demo", "live the sample series through"),
    ),
    "Run": (
        ("run", "publish what is due and mail it, until told to stop"),
        ("serve", "answer readers: pages, feeds, signing up, leaving"),
        ("up", "run and serve on one machine"),
        ("status", "say where everything stands"),
        ("deliveries", "say who got what, and why somebody did not"),
        ("doctor", "say what is wrong with this machine, the relay and the DNS"),
        ("keys", "make the keys that letters are signed with"),
        ("build", "bring pages and feeds up to date"),
        ("publish", "let a part go out on its next slot, or now"),
        ("cancel", "stop the mailing of what was published"),
        ("pause", "stop a mailing until it is resumed"),
        ("retry", "send again what was refused"),
        ("resolve", "settle deliveries whose answer never came"),
        ("hold", "keep a part or a series from going out"),
        ("resume", "let go on what is held or paused"),
        ("adopt", "take over a blog that exists, and mail nobody"),
        ("rename", "accept another name for a published series or part"),
    ),
    "Readers": (
        ("subscribers", "add, list, import, export and remove subscribers"),
        ("suppress", "keep letters from an address, or let them go there again"),
        ("bounces", "say what mail that came back means"),
    ),
    "The program": (
        ("db", "copy, check and restore the database, or move it to PostgreSQL"),
        ("completion", "print the completion script of a shell"),
        ("version", "say which version this is"),
    ),
}
"""Every verb under its heading, with its help in a line; ``send-test`` lives in ``send_test.py``."""


GARBAGE = 10_000
"""New objects before Python looks for cycles among them: at its own 700, reading ten thousand posts takes a
third longer; at 100,000, building them takes twice the memory."""


class LazyGroup(click.Group):
    """A group that imports a verb's module only when the verb is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Every verb, in the order of the table."""
        return [name for verbs in VERBS.values() for name, _ in verbs]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a verb, or None for an unknown one."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"docchat_mailer.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The table itself: help needs no module."""
        for heading, verbs in VERBS.items():
            with formatter.section(heading):
                formatter.write_dl(list(verbs))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Turn a folder of Markdown series into feeds, pages and letters: each part to each reader, once."""


def _arm_failpoints() -> None:
    if os.environ.get("DOCCHAT_TESTING") == "1" and (orders := os.environ.get("DOCCHAT_FAILPOINT")):
        from docchat_mailer.failpoints import arm  # noqa: PLC0415

        arm(orders)


def main() -> None:
    """Run the program; an error of ours is one line on stderr and an exit code of sysexits.h."""
    gc.set_threshold(GARBAGE)
    try:
        _arm_failpoints()
        cli(prog_name="docchat-mailer", standalone_mode=False)
    except DocChatError as exc:
        if "--verbose" in sys.argv:
            traceback.print_exc()
        click.echo(f"error: {exc}", err=True)
        sys.exit(exc.exit_code)
    except click.ClickException as exc:
        exc.show()
        sys.exit(exc.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        # whoever read us has gone; Python would complain again while it flushes stdout at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except OSError as exc:
        if "--verbose" in sys.argv:
            traceback.print_exc()
        click.echo(f"error: {exc.filename or 'a file'} could not be used - {exc.strerror or exc}", err=True)
        sys.exit(FileError.exit_code)


if __name__ == "__main__":
    main()
