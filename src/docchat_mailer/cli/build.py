"""``build``: pages and feeds from what is published."""

from __future__ import annotations

from pathlib import Path

import click

from docchat_mailer.cli.options import json_option, with_config
from docchat_mailer.cli.output import print_json, progress_bar, say


@click.command("build")
@json_option
@with_config
def command(config: Path, *, as_json: bool) -> None:
    """Bring pages and feeds up to date with what is published; publishes and mails nothing.

    Only what changed is rendered, and equal bytes are not written.

    \b
    docchat-mailer build
    docchat-mailer build --json
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.publishing.round import rebuild  # noqa: PLC0415
    from docchat_mailer.worker.locking import instance_lock  # noqa: PLC0415

    with open_app(config) as app, instance_lock(app.crew.lock), progress_bar("Building") as show:
        report = rebuild(app.press, app.clock.now(), lambda done, total: show(done / max(total, 1)))
    if as_json:
        print_json(
            "build/1",
            {
                "files": report.sheets,
                "rendered": report.rendered,
                "written": list(report.written),
                "removed": list(report.removed),
            },
        )
        return
    say(f"{report.sheets} files, {report.rendered} rendered, {len(report.written)} written")
