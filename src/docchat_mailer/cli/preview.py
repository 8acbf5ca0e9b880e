"""``preview``: the writer's mirror."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from docchat_mailer.cli.options import with_config
from docchat_mailer.cli.output import say

if TYPE_CHECKING:
    from docchat_mailer.preview.stage import Stage


@click.command("preview")
@click.option("--port", default=0, show_default=True, type=click.IntRange(0, 65535), help="0: any free one.")
@click.option("--open", "opened", is_flag=True, help="Open it in the browser.")
@with_config
def command(config: Path, *, port: int, opened: bool) -> None:
    """Show every part as readers will see it, and follow each save of a post, a template or the settings.

    Letter, web page and feed entry, on a phone, in the dark, with images off, beside what `check` finds.
    It answers to this machine alone, changes nothing, and ends with Ctrl-C.

    \b
    docchat-mailer preview --open
    docchat-mailer preview --port 8000
    """
    from docchat_mailer.preview.serving import serve  # noqa: PLC0415

    def ready(address: str) -> None:
        say(f"{address} shows {config}; Ctrl-C ends it")
        if opened:
            import webbrowser  # noqa: PLC0415 - few ask for it

            webbrowser.open(address)

    @contextmanager
    def open_stage() -> Iterator[Stage]:
        from docchat_mailer.app import open_app  # noqa: PLC0415
        from docchat_mailer.config.faults import SettingsError  # noqa: PLC0415
        from docchat_mailer.preview.stage import StageError  # noqa: PLC0415

        with ExitStack() as stack:
            try:
                app = stack.enter_context(open_app(config, create=False))
            except SettingsError as exc:
                raise StageError(exc.findings) from exc
            yield app.stage()

    serve(open_stage, port=port, ready=ready)
