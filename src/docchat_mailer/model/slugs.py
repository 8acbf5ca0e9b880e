"""Names for URLs: lower-case ASCII words joined by hyphens."""

from __future__ import annotations

import functools
import re
import unicodedata


@functools.lru_cache(maxsize=4096)
def slugify(text: str) -> str:
    """A slug of *text*: accents dropped, everything but letters and digits turned to single hyphens.

    Text without a single ASCII letter or digit keeps its Unicode letters, so that no two tags of another
    script fall together.  Returns an empty string for text without letters or digits.
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if slug or not text:
        return slug
    return re.sub(r"[\W_]+", "-", unicodedata.normalize("NFC", text).lower()).strip("-")
