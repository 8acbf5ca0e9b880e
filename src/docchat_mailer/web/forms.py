"""Forms: url-encoded fields, from a page of ours, and not too often."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

from docchat_mailer.web.door import Door

FIELDS = 500
"""Fields of a form at most."""

FORM = "application/x-www-form-urlencoded"


async def fields_of(request: Request, door: Door) -> Mapping[str, str]:
    """The fields of a form that a page of ours sent; the last of each name counts.

    Raises HTTPException: 403 from elsewhere, 415 for another kind of body, 400 for one that is no form.
    """
    refuse_others(request, door)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise HTTPException(415, "This takes a form.")
    body = await request.body()
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=FIELDS)
        return dict(pairs)
    except ValueError as exc:
        raise HTTPException(400, "This is no form.") from exc


def refuse_others(request: Request, door: Door) -> None:
    """Refuse what a page of somebody else's sends.

    Browsers say with each form where it comes from (https://www.w3.org/TR/fetch-metadata/, RFC 6454); who
    says neither is no browser, and has nobody's session to misuse.  A page that tells other sites nothing
    (``no-referrer``) sends the origin ``null``: that is believed where fetch metadata say that the page is
    ours, and where they are missing from a link whose token nobody else knows.
    """
    site, origin = request.headers.get("sec-fetch-site", ""), request.headers.get("origin", "").lower()
    named = "token" in request.path_params
    allowed = (
        (site in {"same-origin", "none"} and origin in {"", "null", *door.origins})
        or origin in door.origins
        or (not site and (not origin or (origin == "null" and named)))
    )
    if not allowed:
        raise HTTPException(403, "This form was sent from another site.")
