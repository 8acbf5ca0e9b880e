"""Who runs the mailboxes of a domain: the key that limits of pace apply to."""

from __future__ import annotations

from collections.abc import Mapping

OTHER = "other"
"""The long tail: every domain that no large provider is known to run."""

_DOMAINS: Mapping[str, str] = {
    "google": "gmail.com googlemail.com",
    "microsoft": (
        "hotmail.com hotmail.co.uk hotmail.fr hotmail.it hotmail.de hotmail.es live.com live.co.uk live.fr "
        "live.nl live.de msn.com outlook.com outlook.de outlook.fr outlook.es"
    ),
    "yahoo": (
        "aol.com aol.de rocketmail.com yahoo.ca yahoo.co.in yahoo.co.uk yahoo.com yahoo.com.br yahoo.de "
        "yahoo.es yahoo.fr yahoo.it ymail.com"
    ),
    "apple": "icloud.com mac.com me.com",
    "gmx": "gmx.at gmx.ch gmx.com gmx.de gmx.net web.de mail.com",
    "proton": "pm.me proton.me protonmail.ch protonmail.com",
    "mailru": "bk.ru inbox.ru list.ru mail.ru",
    "yandex": "ya.ru yandex.com yandex.ru",
    "comcast": "comcast.net",
    "orange": "orange.fr wanadoo.fr",
    "telekom": "magenta.de t-online.de",
    "libero": "iol.it libero.it",
}

_PROVIDERS = {domain: provider for provider, domains in _DOMAINS.items() for domain in domains.split()}


def destination_of(domain: str) -> str:
    """The provider that runs the mailboxes of *domain* (A-labels), or :data:`OTHER`."""
    return _PROVIDERS.get(domain.lower(), OTHER)
