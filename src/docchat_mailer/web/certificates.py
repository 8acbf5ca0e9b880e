"""Certificates that relays sign with: fetched once, from addresses that were found to be the relay's own."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from docchat_mailer.errors import ContentError, TemporaryError
from docchat_mailer.hub.fetching import fetch
from docchat_mailer.rules.hooks import UnsignedError
from docchat_mailer.web.clients import Buckets

LARGEST = 64 * 1024
"""Bytes of a certificate."""

SECONDS = 10.0
"""How long one may take."""

KEPT = 8
"""Certificates that are kept: a relay has one or two at a time."""


def fetched(url: str) -> bytes:
    """The bytes at *url*, and at no other address it leads to.

    Raises UnsignedError where there are none, TemporaryError where nobody answers.
    """
    try:
        found = fetch(url, largest=LARGEST, seconds=SECONDS)
    except ContentError as exc:
        raise UnsignedError("its certificate is not there") from exc
    if found.url != url:
        raise UnsignedError("its certificate is elsewhere")
    return found.content


class Certificates:
    """Those that were fetched; strangers make us ask for a few a minute at most."""

    def __init__(self, load: Callable[[str], bytes] = fetched) -> None:
        self._load = load
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._asking = Buckets(tries=5, seconds=30.0)

    def get(self, url: str) -> bytes:
        """The certificate at *url*, an address that was looked at.

        Raises UnsignedError where there is none; TemporaryError where nobody answers, or too many were asked.
        """
        known = self._kept.get(url)
        if known is not None:
            return known
        if not self._asking.take("certificates"):
            raise TemporaryError("too many certificates were asked for", fix="try again later")
        self._kept[url] = found = self._load(url)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return found
