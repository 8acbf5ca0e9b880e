"""A word to a WebSub hub that a feed has changed; it tells the feed's readers at once.

See https://www.w3.org/TR/websub/ section 7: the publisher and its hub agree on how; this is the way that hubs
commonly take, a form with ``hub.mode=publish``.
"""

from __future__ import annotations

import urllib.error
import urllib.request
from http.client import HTTPException
from urllib.parse import urlencode

LIMIT = 10
"""Seconds to wait for an answer."""

SUCCESS = range(200, 300)


def ping(hub: str, topic: str) -> str:
    """Tell *hub* that the feed *topic* has changed; empty where it takes that, else why not."""
    form = urlencode({"hub.mode": "publish", "hub.url": topic}).encode("ascii")
    request = urllib.request.Request(hub, data=form, headers={"User-Agent": "DocChatMailer"})  # noqa: S310 - checked in settings
    try:
        with urllib.request.urlopen(request, timeout=LIMIT) as response:  # noqa: S310
            return "" if response.status in SUCCESS else f"it answers {response.status}"
    except urllib.error.HTTPError as exc:
        with exc:
            return f"it answers {exc.code}"
    except (urllib.error.URLError, HTTPException, OSError) as exc:
        return str(getattr(exc, "reason", exc))[:200]
