"""Findings about the posts against what is published, and about templates and slots."""

from __future__ import annotations

from docchat_mailer.model.codes.row import error, warning

HISTORY = (
    error(
        "C301",
        "published part renumbered",
        why="a published part keeps its number and its id",
        fix="docchat-mailer rename {old} {new}",
        explain="The text of a published part now stands under another number or name. If nothing were "
        "said, readers would get it again as a new part. The rename verb tells the program that "
        "it is the same part; its ids and its address stay.",
    ),
    warning(
        "C302",
        "published file gone",
        why="its page and its entry stay as they are",
        fix="put the file back, or leave it: nothing is unpublished",
        explain="What was published is kept in the database, so page and feed go on without the file. "
        "They can only no longer be edited.",
    ),
    warning(
        "C303",
        "promised and not written",
        why="readers were promised it",
        fix="write the part, or move its slot with 'publish'",
        explain="The part's slot is less than three days away and there is no file. At its slot it would "
        "be held, and it would go out at the first slot after the text is there.",
    ),
    error(
        "C304",
        "letter too long",
        why="the largest mail provider cuts longer letters off",
        fix="shorten the part, split it in two, or set [mail] excerpt = true",
        explain="Gmail shows about 102 KB of a letter's HTML and hides the rest, the unsubscribe link "
        "with it. Letters of more than 90 KB are therefore not sent. With [mail] excerpt = true "
        "the letter ends with a link to read on; page and feed have the whole text.",
    ),
    error(
        "C305",
        "letter cannot be made",
        why="nothing of the part can be published",
        fix="mend what it names",
        explain="The text of the part cannot be turned into a page and a letter at all; what is said "
        "names the place. The part is held, and with it the parts after it.",
    ),
    error(
        "C306",
        "template at fault",
        why="templates are rendered once at every check",
        fix="mend the template",
        explain="Every declared template of pages and letters is tried with sample data. A letter's "
        "template must have the postal address, the way to unsubscribe and the link to the page "
        "in HTML and in text.",
    ),
    error(
        "C307",
        "entry id taken",
        why="an entry id is never used for two things",
        fix="give the post another 'entry_id'",
        explain="Another published part has this id already. Readers' programs would take the new part "
        "for the old one and not show it.",
    ),
    warning(
        "C308",
        "part without a slot",
        why="a part without a slot never comes out",
        fix="add [cadence], or 'publish'",
        explain="Neither the cadence of the series nor the part itself says when it comes out.",
    ),
)
"""C3xx."""
