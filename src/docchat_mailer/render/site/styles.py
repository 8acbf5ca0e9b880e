"""The stylesheet: one file for all pages, light and dark, code colours included."""

from __future__ import annotations

from jinja2 import Environment

from docchat_mailer.render.environment import environment as packaged

STYLESHEET_PATH = "/assets/style.css"


def stylesheet(environment: Environment | None = None) -> bytes:
    """The bytes of ``pages/style.css``: the site's own from *environment* where it has one."""
    template = (environment or packaged()).get_template("pages/style.css")
    return template.render().encode()
