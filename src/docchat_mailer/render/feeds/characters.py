"""Characters that a feed may hold."""

from __future__ import annotations

import re

# XML 1.0 section 2.2 leaves out the C0 controls but TAB, LF and CR, the surrogates, U+FFFE and U+FFFF.
# U+FDD0 to U+FDEF are no characters at all (Unicode section 23.7); two of them mark escapes in titles.
_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def clean(text: str) -> str:
    """*text* without the characters that no XML document can carry."""
    return _REFUSED.sub("", text)
