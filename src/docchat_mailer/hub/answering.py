"""The question whether a URL of ours answers, asked before anything is mailed about it."""

from __future__ import annotations

import urllib.error
import urllib.request

LIMIT = 10
"""Seconds to wait for an answer."""


def answers(url: str) -> bool:
    """Whether *url* (http or https) answers 200 to a GET; redirects are followed."""
    request = urllib.request.Request(url, headers={"User-Agent": "DocChatMailer"})  # noqa: S310 - base_url is checked
    try:
        with urllib.request.urlopen(request, timeout=LIMIT) as response:  # noqa: S310
            return bool(response.status == 200)  # noqa: PLR2004
    except (urllib.error.URLError, TimeoutError, OSError):
        return False
