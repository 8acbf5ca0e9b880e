"""``serve``: the door for readers."""

from __future__ import annotations

from pathlib import Path

import click

from docchat_mailer.cli.options import start_log, with_config
from docchat_mailer.cli.output import say


@click.command("serve")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Instead of that of [web] listen; 0: any free one."
)
@with_config
def command(config: Path, *, port: int | None) -> None:
    """Answer readers: pages and feeds, signing up, confirming, preferences and leaving.

    It sends what `run` has published and mailed; start that too, or both at once with `up`.  A proxy in front
    of it speaks https; how, stands in docs/howto/serve.md.

    \b
    docchat-mailer serve
    docchat-mailer serve --port 8080
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.web.serving import serve  # noqa: PLC0415

    start_log()
    with open_app(config) as app:
        host, listen = app.config.listen
        if not app.config.opens_door:
            say("[web] base_url is empty: pages and feeds are shown, and no letter is sent for who signs up")
        serve(
            app.door(),
            host=host,
            port=listen if port is None else port,
            ready=lambda address: say(f"{address} answers; SIGTERM ends it"),
        )
