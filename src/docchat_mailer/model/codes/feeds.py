"""Findings about what a part would be in a feed: what readers' programs and validators complain of."""

from __future__ import annotations

from docchat_mailer.model.codes.row import error, warning

FEEDS = (
    error(
        "C501",
        "relative address in a feed",
        why="readers' programs resolve it each in its own way, or not at all",
        fix="link to the post's file, or write the whole address",
        explain="An entry is read far from its page, so every address in it is whole. Those in the text "
        "of a post are made so; one that is left comes from a template.",
    ),
    error(
        "C502",
        "markup that may do harm",
        why="readers' programs strip it or refuse the entry",
        fix="take it out of the text or the template",
        explain="Scripts, frames, objects, forms, event handlers and javascript: addresses have no place "
        "in a feed. The text of a post is cleaned of them; this one got in by a template.",
    ),
    warning(
        "C503",
        "style in a feed",
        why="feed readers strip layout, or are laid out wrong by it",
        fix="use a class, or leave the style out",
        explain="A style attribute places, sizes or hides something. Feeds carry the text before a "
        "letter's styles are inlined, so there should be none but simple ones.",
    ),
    error(
        "C504",
        "not a piece of HTML",
        why="an entry stands inside somebody else's page",
        fix="take html, head, body, meta, title and link out of it",
        explain="The content of an entry is a fragment. A whole page in it breaks the page of the "
        "reader's program.",
    ),
    warning(
        "C505",
        "title that looks like markup",
        why="some readers' programs would show nothing in its place",
        fix="write the title without < and >",
        explain="A title such as 'Why <b> is old' is escaped rightly, and still some programs take it for "
        "a tag.",
    ),
    warning(
        "C506",
        "entry id that is no URI",
        why="in Atom an id is a whole URI (RFC 4287 section 4.2.6), and some programs reject another",
        fix="set 'entry_id' to the very id that the old feed had, or leave it out",
        explain="'entry_id' is for posts that come from another blog: copy it from the old feed to the "
        "letter, even if it is no URI, since readers know the post by it. A new post needs none: "
        "a tag: URI is minted for it. An id that is called a permalink must be an http or https "
        "address.",
    ),
    warning(
        "C507",
        "date that cannot be meant",
        why="feed readers sort it to the very end, or show it for years",
        fix="correct 'date', 'publish' or 'updated'",
        explain="The date lies before 1990 or more than five years ahead.",
    ),
    error(
        "C508",
        "updated before published",
        why="nothing changes before it is there (RFC 4287 section 4.2.15)",
        fix="correct 'updated'",
        explain="The date of the last change must not lie before that of the first publication.",
    ),
    error(
        "C509",
        "two entries changed at one instant",
        why="readers' programs tell versions apart by 'updated'",
        fix="report it as a fault of this program, with the feed",
        explain="Within a feed every entry has its own 'updated'; parts that come out in one second are a "
        "second apart.",
    ),
    error(
        "C510",
        "one id for two entries",
        why="readers' programs would show only one of them",
        fix="give one of the posts its own 'entry_id'",
        explain="An id occurs once in a feed.",
    ),
    error(
        "C511",
        "feed that does not know its address",
        why="subscribers of a copy would never find the feed itself",
        fix="correct [site] base_url",
        explain="A feed names its own address (rel=self) in full, and it is the address it is served at.",
    ),
    error(
        "C512",
        "channel image differs from its channel",
        why="RSS wants the image's title and link to be the channel's",
        fix="report it as a fault of this program, with the feed",
        explain="RSS 2.0: the title and link of an image should be those of its channel.",
    ),
    error(
        "C513",
        "bad enclosure",
        why="players need its address, length and type, and take only the first",
        fix="give 'enclosure' an https url, the length in bytes and a type such as audio/mpeg",
        explain="An enclosure is a file that goes with a part, such as a recording. RSS allows one for an "
        "item, with its length in bytes and its media type.",
    ),
    error(
        "C514",
        "author said twice",
        why="RSS takes author and dc:creator for the same thing",
        fix="report it as a fault of this program, with the feed",
        explain="An item names its author once, as dc:creator, so that no mail address is needed.",
    ),
    error(
        "C515",
        "description after the content",
        why="some readers' programs show whichever comes last",
        fix="report it as a fault of this program, with the feed",
        explain="In an RSS item the short description stands before content:encoded.",
    ),
    error(
        "C516",
        "address that is not plain",
        why="addresses in feeds are ASCII without spaces (RFC 3986)",
        fix="percent-encode it, and write the host in its xn-- form",
        explain="Letters outside ASCII, spaces and the like are percent-encoded in an address.",
    ),
    error(
        "C517",
        "history link in an entry",
        why="links between documents of a feed belong to the feed (RFC 5005 section 4)",
        fix="report it as a fault of this program, with the feed",
        explain="prev-archive, next-archive and current are links of the feed, never of an entry.",
    ),
    warning(
        "C518",
        "large feed",
        why="every reader's program fetches it again and again",
        fix="lower [feeds] entries, or split long parts",
        explain="The current feed would have more than 512 KB. Older entries stay readable in its archives.",
    ),
    error(
        "C519",
        "entry without a title or a link",
        why="lists of entries show nothing to click on",
        fix="give the post a title",
        explain="Each entry has a plain title that is not blank, a link to its page and a summary.",
    ),
)
"""C5xx."""
