"""Findings about the text of a post: its images, its links, its words."""

from __future__ import annotations

from docchat_mailer.model.codes.row import error, warning

TEXT = (
    error(
        "C201",
        "no alternative text",
        why="readers who do not see the image get nothing",
        fix="describe it",
        explain="Screen readers say the alternative text, and many mail programs show it until the reader "
        "asks for images: ![A hand on a shoulder](hand.jpg).",
    ),
    error(
        "C202",
        "image missing",
        why="readers would see a broken image",
        fix="add the file or mend the path",
        explain="Paths are relative to the post's own file; upper and lower case matter.",
    ),
    error(
        "C203",
        "path leads outside",
        why="only files inside posts/ are published",
        fix="copy the file there",
        explain="What is published lies in the content folder, so that nothing private is published by a "
        "slip and a copy of the folder is enough to rebuild the site.",
    ),
    warning(
        "C204",
        "remote image",
        why="it can vanish, and it tells another server who reads",
        fix="keep a copy beside the post",
        explain="An image on another server is fetched by every reader's program, so that server learns "
        "who reads what and when. It may also change or go.",
    ),
    warning(
        "C205",
        "large image",
        why="letters should load in a moment",
        fix="make it smaller than 1 MB",
        explain="A letter is 600 pixels wide; a photograph of 1,200 pixels as JPEG has some 200 KB and is "
        "sharp on every screen.",
    ),
    warning(
        "C206",
        "image format",
        why="many mail programs do not show SVG or WebP",
        fix="use PNG or JPEG where it matters",
        explain="The page and the feed show such an image; in a letter several readers would see its "
        "alternative text only.",
    ),
    error(
        "C207",
        "not an image",
        why="its size cannot be told",
        fix="export it again as PNG or JPEG",
        explain="The file's name says it is an image, and its bytes do not. Width and height are written "
        "into pages and letters, so that nothing jumps while it loads.",
    ),
    error(
        "C208",
        "dead link",
        why="readers would land on nothing",
        fix="mend the address",
        explain="A link to another post names its file, as in [part 1](01-benefits.md); a link inside the "
        "post names the id of a heading, as in #risks. Links to other sites are not asked for.",
    ),
    warning(
        "C220",
        "no-break space",
        why="pasted ones break lines in odd places",
        fix="replace it by a plain space",
        explain="Programs for writing put them in unasked. Texts in French, where they belong, are left "
        "alone.",
    ),
    warning(
        "C221",
        "unbalanced quotes",
        why="one of a pair is missing or stray",
        fix="close or delete it",
        explain="The paragraph has more opening than closing quotation marks, or the other way round.",
    ),
    warning(
        "C222",
        "promise without its key",
        why="it would be neither tracked nor kept",
        fix="add the line shown",
        explain="The end of the text promises something. With stay_tuned in front matter the promise gets "
        "a date, shows in page, feed and letter, and is linked once it is kept.",
    ),
    warning(
        "C223",
        "placeholder",
        why="it reads like a note to oneself",
        fix="write it out or delete it",
        explain="TK, TODO, FIXME, lorem ipsum and template marks are usually meant to be replaced before "
        "anybody reads them. As code, between backquotes, they are left alone.",
    ),
    warning(
        "C224",
        "HTML left out",
        why="readers' programs cannot be trusted with it",
        fix="say it in Markdown",
        explain="Scripts, styles, forms, frames and event handlers are taken out of the text, in page, "
        "feed and letter alike.",
    ),
    error(
        "C225",
        "empty post",
        why="there is nothing to publish",
        fix="write the text below the second ---",
        explain="A part that is not written yet needs no file: name it in the outline of series.toml. A "
        "file that is begun may carry draft: true.",
    ),
)
"""C2xx."""
